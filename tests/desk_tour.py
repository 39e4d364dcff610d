"""A tour of the desk: every page of a site that has been at work for a while, as its owner sees it.

`python -m tests.desk_tour` writes pictures of all of them into docs/desk/, at 390 and 1280 px, by light and in
the dark. The test walks the same way.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import Connection, insert, select

from publisher.house.configsaving import digest_of
from publisher.house.domains import check_domains, keep
from publisher.house.making import draft_issue, times_of
from publisher.model.delivery import DeliveryState
from publisher.model.reason import Reason
from publisher.model.subscriber import Cadence
from publisher.schedule.slots import slots_between
from publisher.store import audit, configversions, hours, issues, schema
from publisher.store.hours import Event
from publisher.web.desk.doorplan import doors_of
from publisher.web.desk.doors import Method
from tests.conftest import chromium_program
from tests.desk_day import command, make_day
from tests.desk_stand import Stand, desk_stand
from tests.dns_stand import Zone, dns_stand

TOP = Path(__file__).parent.parent
SCHEMES = ("light", "dark")
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
ZONE: Zone = {
    ("courier.example", "TXT"): ['"v=spf1 include:relay.example ~all"'],
    ("relay.example", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 -all"'],
    ("_dmarc.courier.example", "TXT"): ['"v=DMARC1; p=none; rua=mailto:dmarc@courier.example"'],
    ("courier.example", "MX"): ["10 mail.courier.example."],
}
# What is no page to look at: parts of pages, files, answers for scripts, and what begins a way elsewhere.
_NO_PAGE = re.compile(
    r"/(login|logout|first|invite|oidc|frame|export|data|mail|live|part|next|report|bad|schema)\b|\.\w+$"
)
NEWS = """---
title: A lamp that is never out
date: 2026-11-20T06:30:00+01:00
---
There is a lamp on the north pier that nobody has ever seen go out.
"""
A_WEEK = timedelta(days=7)
EXTRA = 30  # letters beside those of the example, so that bars and lists have something to show


@contextmanager
def busy_site(folder: Path) -> Iterator[Stand]:
    """The example site after its main job and some weeks of trouble that was made up."""
    config = make_day(folder)
    (folder / "columns" / "harbour-notes" / "a-lamp.md").write_text(NEWS, "utf-8")
    command("collect", "--config", str(config))
    with dns_stand(ZONE) as resolver, desk_stand(folder, resolver=resolver) as stand:
        house, now = stand.house, stand.clock()
        (slot, *_) = slots_between(times_of(house.config, "morning")[Cadence.DAILY], after=now, until=now + A_WEEK)
        draft_issue(house, "morning", Cadence.DAILY, slot, now=now)
        checked = check_domains(house, resolver, now=now - timedelta(minutes=7))
        with house.store.write() as conn:
            keep(conn, checked)
            for back in range(24 * 28):
                at = now - timedelta(hours=back)
                numbers = {Event.SENT: 0, Event.FAILED: 0, Event.BOUNCED: back % 5, Event.DEFERRED: 0}
                if at.hour in (6, 7):
                    numbers |= {Event.SENT: 4100 + back % 97, Event.FAILED: 31 + back % 7, Event.DEFERRED: 160}
                hours.count(conn, numbers, now=at)
                people = {Event.JOINED: 3 + back % 4, Event.LEFT: back % 3}
                hours.count(conn, people, now=at, newsletter="morning")
            _trouble(conn)
            for who, text in (("", "[site]\nname = 'Before'\n"), ("Ada Lindgren", house.file.path.read_text("utf-8"))):
                configversions.keep(conn, text, digest=digest_of(text), who=who, note="a name", now=now)
            for act, subject in (("issue.approve", "issue:1"), ("config.save", "config"), ("reader.add", "reader:3")):
                audit.add(
                    conn, act, subject, who="Ada Lindgren", ip="192.0.2.7", newsletter="", before="old\nsame",
                    after="new\nsame", now=now,
                )  # fmt: skip
        yield stand


def _trouble(conn: Connection) -> None:
    """Some letters of the first issue that failed, wait, or are in doubt."""
    people, wishes, ledger = schema.subscribers, schema.subscriptions, schema.deliveries
    first = conn.execute(select(ledger).limit(1)).mappings().one()
    states = (DeliveryState.FAILED, DeliveryState.SENT, DeliveryState.IN_DOUBT, DeliveryState.SKIPPED)
    for number in range(EXTRA):
        email = f"reader{number}@harbour{number % 3}.example"
        row = {"email": email, "address_key": email, "name": f"Reader {number}", "language": "", "state": "confirmed"}
        row |= {"consent": "asked at the quay", "joined": first["changed"], "asks": 0}
        reader = conn.execute(insert(people).values(row).returning(people.c.id)).scalar_one()
        wish = {"subscriber": reader, "newsletter": "morning", "cadence": "daily", "columns": "", "state": "active"}
        wish |= {"seen_seq": 99, "ahead": "", "joined": first["changed"], "left_how": ""}
        known = conn.execute(insert(wishes).values(wish).returning(wishes.c.id)).scalar_one()
        state = states[number % 4]
        letter = {"issue": first["issue"], "variant": first["variant"], "subscription": known, "state": state}
        letter |= {"attempts": 1, "changed": first["changed"], "code": 250, "enhanced": "", "reply": "", "reason": ""}
        if state is DeliveryState.FAILED:
            letter |= {"code": 550, "enhanced": "5.1.1", "reply": "no such user", "reason": Reason.USER_UNKNOWN.value}
        conn.execute(insert(ledger).values(letter))
    issues.address(conn, first["issue"], EXTRA)


def pages_of(stand: Stand) -> list[str]:
    """The paths of all pages below /desk, with something that exists in the place of their parts."""
    places = {f"/issues/{{id:int}}/{one}": f"/issues/2/{one}" for one in ("send", "add", "cancel")}  # a draft
    places |= {"/columns/{slug}": "/columns/harbour-notes", "/sources/{name}": "/sources/harbour-notes"}
    forms = "/config/forms/{section}"
    places |= {f"{forms}/{{name}}": "/config/forms/newsletters/morning", forms: "/config/forms/columns"}
    places |= {"/config/add/{section}": "/config/add/relays"}
    parts = {"{id:int}": "1", "{seq:int}": "1", "{number:int}": "1", "{slug}": "morning", "{name}": "harbour-notes"}
    found = {}
    with stand.client("owner") as client:
        for door in doors_of(stand.desk):
            path = door.path
            for pattern, place in (*places.items(), *parts.items()):
                path = path.replace(pattern, place)
            if door.method is Method.GET and "{" not in path and not _NO_PAGE.search(path):
                found[path] = is_page(client.get(f"/desk{path}", follow_redirects=True))
    return [path for path, is_one in found.items() if is_one]


def is_page(answer: httpx2.Response) -> bool:
    """A whole one, and not a part of one, a file, or what is shown in a frame without a right to anything."""
    framed = "sandbox" in answer.headers.get("content-security-policy", "")
    return not framed and answer.text.lstrip().lower().startswith("<!doctype html>")


def picture_name(path: str) -> str:
    return path.strip("/").replace("/", "-") or "today"


def take_pictures(folder: Path) -> None:
    """Each page at each size, by light and in the dark."""
    with tempfile.TemporaryDirectory() as site, busy_site(Path(site)) as stand, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_program(), args=["--no-sandbox"])
        for size, (width, height) in SIZES.items():
            for scheme in SCHEMES:
                context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
                context.add_cookies([stand.cookie("owner")])
                page = context.new_page()
                for path in pages_of(stand):
                    open_page(page, stand, path)
                    page.screenshot(path=folder / f"{picture_name(path)}-{size}-{scheme}.png")
                context.close()
        chromium.close()


def write_gallery(folder: Path) -> None:
    """A page of all pictures, for whoever looks at them on the web."""
    names = sorted({path.name.rsplit("-", 2)[0] for path in folder.glob("*-desktop-light.png")})
    parts = ["# The desk, page by page\n\nMade by `python -m tests.desk_tour`, from a site that was made up.\n"]
    for name in names:
        shots = [f"![{name}, {size}, {scheme}]({name}-{size}-{scheme}.png)" for size in SIZES for scheme in SCHEMES]
        parts.append(f"## {name.replace('-', ' ')}\n\n" + "\n".join(shots) + "\n")
    (folder / "README.md").write_text("\n".join(parts), "utf-8")


def open_page(page: Page, stand: Stand, path: str) -> int:
    """Go there; the status of the answer."""
    answer = page.goto(stand.url + path)
    assert answer, path
    return answer.status


if __name__ == "__main__":
    target = Path(sys.argv[1]) if sys.argv[1:] else TOP / "docs" / "desk"
    target.mkdir(parents=True, exist_ok=True)
    take_pictures(target)
    write_gallery(target)
