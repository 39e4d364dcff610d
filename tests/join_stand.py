"""A site that people join by themselves, on a real socket: newsletters to choose, letters of service, a clock."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import func, select

from publisher.assemble.assembly import Assembly
from publisher.assemble.service import Courier
from publisher.model.column import Column
from publisher.model.service import DOORS, good_until
from publisher.model.subscriber import Cadence
from publisher.store import columns, issues, schema, subscribers
from publisher.store.database import Store
from publisher.subscribe.bounds import Bounds
from publisher.subscribe.tickets import solve
from publisher.templating import Templates, open_templates
from publisher.tokens import Purpose, passing_token_for
from publisher.web.app import build_app
from publisher.web.server import serve_in_thread
from publisher.web.site import SignUp, Site
from tests.assembling import an_assembly
from tests.conftest import NOW
from tests.web_site import KEYS, MORNING, site_of

TOP = Path(__file__).parent.parent
FRIEND = "https://friend.example"  # a site that may show the form
COLUMNS = {
    slug: Column(slug=slug, feed_id=f"tag:courier.example,2026:{slug}", name=name, tagline=tagline)
    for slug, name, tagline in (
        ("harbour", "Harbour Notes", "What the tide brings in & takes out"),
        ("council", "Council Chamber", ""),
        ("school", "School <Bell>", "Lessons for all"),
    )
}
NEWSLETTERS = {
    "morning": replace(MORNING, columns=tuple(COLUMNS)),
    "briefe": replace(MORNING, slug="briefe", name="Die Briefe", language="de", columns=("harbour",)),
    "noon": replace(MORNING, slug="noon", name="At Noon", columns=("harbour",)),
    "staff": replace(MORNING, slug="staff", name="For the Staff", columns=("harbour",)),
}
CADENCES = {
    "morning": (Cadence.DAILY, Cadence.WEEKLY, Cadence.AS_IT_HAPPENS),
    "briefe": (Cadence.DAILY, Cadence.MONTHLY),
    "noon": (Cadence.DAILY,),
    "staff": (Cadence.DAILY,),
}
SIGN_UP = SignUp(
    offers={"morning": "All the harbour wakes up to.", "briefe": "", "noon": "One letter, at noon."},
    origins=(FRIEND,),
    privacy_url="https://courier.example/privacy",
    bounds=Bounds(client=500, domain=500, site=5000),
    work_bits=4,
    beat_seconds=0,
)


@dataclass
class Stand:
    """The running site and who looks at it."""

    store: Store
    site: Site
    client: httpx2.Client
    port: int
    clock: Clock
    templates: Templates
    queued: list[int] = field(default_factory=list)  # issues that the engine was told of

    def ticket(self, path: str = "/subscribe/noon") -> str:
        """Of a form that was shown long enough for anybody to fill it in."""
        page = self.client.get(path)
        assert page.status_code == 200
        self.clock.pass_by(seconds=5)
        return hidden(page.text, "ticket")

    def send(self, path: str = "/subscribe/noon", *, work: bool = True, **fields: Any) -> httpx2.Response:
        """Fill in the form as a browser with script does, and send it."""
        ticket = fields.pop("ticket", None) or self.ticket(path)
        assert self.site.signup
        number = solve(ticket, self.site.signup.work_bits) if work else ""
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": "null"} | fields.pop("headers", {})
        return self.client.post(path, data={"ticket": ticket, "work": number, **fields}, headers=headers)

    def reader(self, email: str) -> Any:
        with self.store.read() as conn:
            return subscribers.find(conn, email)

    def letters(self, kind: str = "confirm") -> list[tuple[str, int, int]]:
        """Address, subscription and issue of each letter of this kind."""
        ledger_, people, wishes = schema.deliveries, schema.subscribers, schema.subscriptions
        wanted = (
            select(people.c.email, ledger_.c.subscription, ledger_.c.issue)
            .select_from(
                ledger_.join(schema.issues, schema.issues.c.id == ledger_.c.issue)
                .join(wishes, wishes.c.id == ledger_.c.subscription)
                .join(people, people.c.id == wishes.c.subscriber)
            )
            .where(schema.issues.c.kind == kind)
            .order_by(ledger_.c.id)
        )
        with self.store.read() as conn:
            return [(email, wish, issue) for email, wish, issue in conn.execute(wanted)]

    def link(self, email: str, kind: str = "confirm") -> str:
        """What the newest letter of this kind to an address leads to."""
        subscription, number = next((wish, issue) for who, wish, issue in reversed(self.letters(kind)) if who == email)
        with self.store.read() as conn:
            issue = issues.get_issue(conn, number)
        purpose = {"link": Purpose.OWN_PAGE, "change": Purpose.MOVE}.get(kind, Purpose.CONFIRM)
        token = passing_token_for(KEYS, purpose, subscription, until=good_until(issue))
        return f"/{DOORS[issue.kind].path}/{token}"

    def count(self, table: str) -> int:
        with self.store.read() as conn:
            number: int = conn.execute(select(func.count()).select_from(getattr(schema, table))).scalar_one()
        return number


@dataclass
class Clock:
    """The time of the site, which tests let pass."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **much: float) -> None:
        self.now += timedelta(**much)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def assembly_of(slug: str) -> Assembly:
    return replace(an_assembly(), newsletter=NEWSLETTERS[slug], columns=COLUMNS)


@contextmanager
def join_stand(
    store: Store, folder: Path, *, signup: SignUp | None = SIGN_UP, clock: Clock | None = None, own: Path | None = None
) -> Iterator[Stand]:
    """The site on a free port; its styles are there."""
    (folder / "feeds").mkdir(parents=True, exist_ok=True)
    shutil.copy(TOP / "templates" / "web" / "site.css", folder / "feeds" / "site.css")
    with store.write() as conn:
        columns.put_newsletters(conn, [(one.slug, one.name) for one in NEWSLETTERS.values()], now=NOW)
    time, queued = clock or Clock(), list[int]()
    templates = open_templates(own)
    courier = Courier(assembly_of, store=store, templates=templates, enqueue=lambda _conn, issue: queued.append(issue))
    site = replace(
        site_of(folder / "feeds"),
        newsletters=NEWSLETTERS,
        cadences=CADENCES,
        columns=lambda: COLUMNS,
        courier=courier,
        signup=signup,
        welcomes=frozenset({"morning", "noon"}),
    )
    server = serve_in_thread(build_app(site, store=store, templates=templates, clock=time), "127.0.0.1", 0)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=10) as client:
            yield Stand(
                store=store, site=site, client=client, port=server.port, clock=time, templates=templates, queued=queued
            )
    finally:
        server.stop()
