"""Lists of readers brought to the desk: looked at, rehearsed, taken in by a process of its own, gone on with."""

from __future__ import annotations

import io
import os
import re
import signal
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser
from sqlalchemy import func, select

from publisher.house.readerimporting import take_in
from publisher.house.readeruploads import Choice, Job, Stage, Uploads
from publisher.store import audit, schema, subscribers, tags
from publisher.store.audit import Only
from publisher.web.desk.desk import COOKIE
from tests.browsing import browser as browser
from tests.browsing import whole
from tests.desk_readers_site import STRANGE, config, fill
from tests.desk_stand import Stand, desk_stand

PATIENCE_SECONDS = 60
LIST = (
    "Mail;Whole Name;Since;Labels\n"
    "ana@lists.example;Ana Ruiz;2024-05-01;patron\n"
    "ben@lists.example;=1+1;;\n"
    "no address;;;\n"
    "ed@readers.example;Ed;;\n"
)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("imports"), config()) as opened:
        fill(opened, crowd=1)
        yield opened


def _bring(stand: Stand, who: str, content: bytes, *, name: str = "friends.csv") -> httpx2.Response:
    with stand.client(who) as client:
        proof = re.search(r'name="proof" value="([0-9a-f]+)"', client.get("/desk/about").text)
        assert proof
        return client.post(
            "/desk/readers/import",
            data={"proof": proof[1]},
            files={"list": (name, content, "text/csv")},
            headers={"Sec-Fetch-Site": "same-origin"},
        )


def _brought(stand: Stand, content: str, *, who: str = "owner", name: str = "friends.csv") -> str:
    answer = _bring(stand, who, content.encode(), name=name)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def _job(stand: Stand, number: str) -> Job:
    found = Uploads(stand.house.var).find(number)
    assert found
    return found


def _wait(stand: Stand, number: str, stage: Stage) -> Job:
    until = time.monotonic() + PATIENCE_SECONDS
    while (job := _job(stand, number)).stage is not stage:
        assert job.stage is not Stage.FAILED, job.problem
        assert time.monotonic() < until, (job, Uploads(stand.house.var).last_words(job))
        time.sleep(0.05)
    return job


def _readers(stand: Stand) -> int:
    with stand.house.store.read() as conn:
        number: int = conn.execute(select(func.count()).select_from(schema.subscribers)).scalar_one()
    return number


def _drop(stand: Stand, number: str) -> None:
    assert stand.send("owner", f"/readers/import/{number}/drop").status_code == 303
    assert Uploads(stand.house.var).find(number) is None


def test_a_list_is_mapped_rehearsed_and_taken_in(stand: Stand) -> None:
    number = _brought(stand, LIST)
    page = stand.get("owner", f"/readers/import/{number}").text
    assert re.search(r'name="column-0"[^§]*?<option value="EMAIL" selected>', page)
    assert "Ana Ruiz" in page
    mapping = {"column-0": "EMAIL", "column-1": "NAME", "column-3": "TAGS"}
    fields = {**mapping, "newsletter": "morning", "consent": "signed at the fair"}
    before = _readers(stand)
    assert stand.send("sender", f"/readers/import/{number}/look", fields).status_code == 303
    job = _wait(stand, number, Stage.LOOKED)
    assert (job.told["rows"], job.told["added"], job.told["bad"]) == (4, 2, 1)
    assert _readers(stand) == before
    page = stand.get("owner", f"/readers/import/{number}").text
    assert "Add 2 readers" in page
    assert "is not an address" in page
    bad = stand.get("owner", f"/readers/import/{number}/bad/1")
    assert "no address" in bad.text
    assert stand.get("owner", f"/readers/import/{number}/bad/2").status_code == 404
    assert stand.send("sender", f"/readers/import/{number}/take-in").status_code == 303
    job = _wait(stand, number, Stage.DONE)
    assert dict(job.told["joined"])["added"] == 2
    assert not Uploads(stand.house.var).list_of(job).exists()
    with stand.house.store.read() as conn:
        ana = subscribers.find(conn, "ana@lists.example")
        assert ana
        assert (ana.name, ana.consent) == ("Ana Ruiz", "signed at the fair")
        assert tags.of(conn, [ana.id])[ana.id] == ("patron",)
        acts = [one.act for one in audit.newest(conn, only=Only(subject=f"import:{number}"), limit=9)]
    assert acts == ["readers.imported", "readers.import"]
    assert "What became of the rows" in stand.get("owner", f"/readers/import/{number}").text


def test_a_list_is_imported_in_a_browser_by_keyboard_and_the_page_tells_how_far_it_is(
    stand: Stand, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "by-hand.csv").write_text("email\nzoe@lists.example\nnothing\n", "utf-8")
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
    cookie: Any = stand.cookie("owner")
    context.add_cookies([cookie])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{stand.url}/readers/import")
    whole(page, 390)
    page.get_by_label("File").set_input_files(tmp_path / "by-hand.csv")
    page.get_by_role("button", name="Look at it").press("Enter")
    whole(page, 390)
    page.get_by_label("Where their consent comes from").fill("signed at the fair")
    page.get_by_role("button", name="Try it").press("Enter")
    add = page.get_by_role("button", name="Add 1 reader")
    add.wait_for(timeout=PATIENCE_SECONDS * 1000)  # the page brings it by itself
    page.set_viewport_size({"width": 1280, "height": 800})
    whole(page, 1280)
    add.press("Enter")
    page.get_by_text("What became of the rows").wait_for(timeout=PATIENCE_SECONDS * 1000)
    context.close()
    assert said == []


def test_a_mapping_without_addresses_or_with_two_of_them_is_told(stand: Stand) -> None:
    number = _brought(stand, LIST)
    answer = stand.send("owner", f"/readers/import/{number}/look", {"newsletter": "morning", "column-1": "NAME"})
    assert answer.status_code == 422
    assert "which column holds the addresses" in answer.text
    assert "Say where these readers" in answer.text
    both = {"newsletter": "morning", "consent": "x", "column-0": "EMAIL", "column-1": "EMAIL"}
    answer = stand.send("owner", f"/readers/import/{number}/look", both)
    assert "cannot both be the address" in answer.text
    assert _job(stand, number).stage is Stage.BROUGHT
    _drop(stand, number)


def _zip_of(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "no column holds mail addresses"),
        (b"name,town\nAda,Portside\n", "no column holds mail addresses"),
        (b"\0" * 5000, "no column holds mail addresses"),
        (_zip_of("xl/workbook.xml", b"<x/>"), "save it as CSV"),
        (_zip_of("list.csv", b"a@b.example\n" * 4_000_000), "would grow"),
        (b"PK\x03\x04 and no more", "the zip is damaged"),
    ],
    ids=["empty", "a-picture", "no-addresses", "nuls", "a-workbook", "a-bomb", "a-broken-zip"],
)
def test_what_is_no_list_is_told_kindly_and_not_kept(stand: Stand, content: bytes, said: str) -> None:
    answer = _bring(stand, "owner", content, name=f"{STRANGE}.csv")
    assert answer.status_code == 422
    assert said in answer.text
    assert STRANGE not in answer.text
    assert str(stand.house.var) not in answer.text
    assert not list((stand.house.var / "imports" / "uploads").glob("*/list"))


@pytest.mark.parametrize(
    "content",
    [
        "email" + ",column" * 15_000 + "\nada@lists.example" + "," * 15_000 + "\n",
        "email,note\nada@lists.example," + "x" * 400_000 + "\nbo@lists.example,y\n",
        'email,note\nada@lists.example,"never ended\n' + "bo@lists.example,y\n" * 50,
        f"email,{STRANGE}\nada@lists.example,{STRANGE}\n",
        "email,note\nada@lists.example,nul \0 inside\n",
    ],
    ids=["columns", "a-huge-field", "a-quote", "script", "nul"],
)
def test_a_list_made_to_hurt_is_shown_and_harms_nothing(stand: Stand, content: str) -> None:
    number = _brought(stand, content, name=f"../../{STRANGE}")
    page = stand.get("owner", f"/readers/import/{number}")
    assert page.status_code == 200
    assert len(page.text) < 400_000
    assert STRANGE not in page.text
    assert STRANGE not in stand.get("owner", "/readers/import").text
    _drop(stand, number)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(stand: Stand) -> None:
    asking = HTTPConnection("127.0.0.1", stand.port, timeout=20)
    asking.putrequest("POST", "/desk/readers/import")
    cookie = f"{COOKIE}={stand.tokens['owner']}"
    kind = "multipart/form-data; boundary=x"
    for name, value in (("Cookie", cookie), ("Sec-Fetch-Site", "same-origin"), ("Content-Type", kind)):
        asking.putheader(name, value)
    asking.putheader("Content-Length", str(200 << 20))
    asking.endheaders()
    assert asking.getresponse().status == 413
    asking.close()


def test_lists_of_others_and_those_of_other_newsletters_are_not_ones_own(stand: Stand) -> None:
    number = _brought(stand, LIST)
    for path in ("", "/bad/1"):
        assert stand.get("morning-sender", f"/readers/import/{number}{path}").status_code == 403
    assert number not in stand.get("morning-sender", "/readers/import").text
    assert stand.send("morning-sender", f"/readers/import/{number}/drop").status_code == 403
    own = _brought(stand, LIST, who="morning-sender")
    fields = {"column-0": "EMAIL", "newsletter": "weekend", "consent": "x"}
    assert stand.send("morning-sender", f"/readers/import/{own}/look", fields).status_code == 403
    assert stand.get("morning-sender", f"/readers/import/{own}").status_code == 200
    assert _bring(stand, "morning-editor", LIST.encode()).status_code == 403
    for strange in ("../../etc", "0123456789abcdef", "x" * 300):
        assert stand.get("owner", f"/readers/import/{strange}").status_code == 404
    _drop(stand, number)
    _drop(stand, own)


def test_our_own_export_is_imported_by_who_may_send_for_all(stand: Stand) -> None:
    export = stand.send("owner", "/readers/export", {"newsletter": ""}).text
    number = _brought(stand, export, who="morning-sender")
    answer = stand.send("morning-sender", f"/readers/import/{number}/look", {"newsletter": "morning"})
    assert answer.status_code == 422
    assert "may send for the whole site" in answer.text
    before = _readers(stand)
    looking = replace(_job(stand, number), stage=Stage.LOOKING, choice=Choice(newsletter=""))
    job = take_in(stand.house, Uploads(stand.house.var), looking, now=stand.clock())  # as its process does
    assert job.told["added"] == 0
    assert dict(job.told["joined"])["already a reader"] > 0
    assert _readers(stand) == before
    _drop(stand, number)


def test_an_import_that_is_killed_says_where_it_stands_and_goes_on_there(stand: Stand) -> None:
    rows = 45_000
    number = _brought(stand, "email\n" + "".join(f"many{one}@lists.example\n" for one in range(rows)))
    uploads, before = Uploads(stand.house.var), _readers(stand)
    choice = Choice(newsletter="weekend", consent="x")
    looked = replace(_job(stand, number), stage=Stage.LOOKED, choice=choice, told={"rows": rows})
    job = uploads.put(looked)  # a dry run was watched above
    stand.send("owner", f"/readers/import/{number}/take-in")
    again = stand.send("owner", f"/readers/import/{number}/take-in")
    assert "being worked at" in again.text
    until = time.monotonic() + PATIENCE_SECONDS
    while _readers(stand) == before:
        assert time.monotonic() < until, (_job(stand, number), uploads.last_words(job))
        time.sleep(0.01)
    os.kill(int(uploads.lock_of(job).read_text()), signal.SIGKILL)
    assert _readers(stand) < before + rows
    stand.clock.ahead = timedelta(minutes=1)
    until = time.monotonic() + PATIENCE_SECONDS  # whoever is killed dies a moment later
    while "It was stopped at" not in (page := stand.get("owner", f"/readers/import/{number}").text):
        assert time.monotonic() < until, page
        time.sleep(0.02)
    assert stand.send("owner", f"/readers/import/{number}/go-on").status_code == 303
    job = _wait(stand, number, Stage.DONE)
    stand.clock.ahead = timedelta(0)
    assert job.told["resumed_after"] > 0
    assert job.told["added"] == rows
    assert _readers(stand) == before + rows
