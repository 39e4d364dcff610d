"""The log: who may read what of it, its filters and pages; and the jobs that the program ran by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from publisher.house.scheduledeeds import when_of
from publisher.model.schedule import Slot
from publisher.model.user import Role
from publisher.schedule.slots import next_slot
from publisher.store import audit, schedules, users
from publisher.web.desk.difference import LONGEST, difference
from tests.browsing import browser as browser
from tests.browsing import whole
from tests.desk_stand import Stand, desk_stand, let_in
from tests.desk_things import CONFIG

EVIL = "<script>alert('log')</script>"


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("log"), CONFIG) as opened:
        let_in(opened, {"evening-viewer": {"evening": Role.VIEWER}})
        fill(opened)
        yield opened


def fill(stand: Stand) -> None:
    now = stand.clock()
    with stand.house.store.write() as conn:
        editor = users.find(conn, "editor@courier.example")
        assert editor
        note = {"who": "Editor", "user": editor.id, "ip": "192.0.2.55", "now": now}
        for number in range(120):
            audit.add(conn, "issue.pause", f"issue:{number}", newsletter="morning", before="on", after="off", **note)
        audit.add(conn, "issue.resume", "issue:7", newsletter="evening", before="off", after="on", **note)
        audit.add(conn, "config.save", "config", before="a = 1\nb = 2\n", after=f"a = 1\nb = '{EVIL}'\n", **note)
        audit.add(conn, "post.edit", f"post:{EVIL}", newsletter="evening", after=EVIL, who=EVIL, now=now)
        audit.add(conn, "reader.add", "reader:ada@readers.example", newsletter="morning", after="ada", **note)
        for number, name in enumerate(("collect", "newsletter:morning:daily", "newsletter:evening:daily")):
            slot = Slot(key=f"slot-{number}", at=now + timedelta(minutes=number))
            schedules.put(conn, name, slot)
            schedules.add_run(conn, name, slot)
            run = schedules.claim_run(conn, name, slot.key, now=now)
            assert run
            schedules.finish_run(conn, run.id, now=now + timedelta(seconds=75), note=f"{number} posts {EVIL}")
        schedules.miss(conn, "collect", Slot(key="missed", at=now), now=now, note="the program did not run")


def rows(page: str) -> int:
    return page.count('<tr id="change-')


def test_an_owner_reads_everything_and_addresses(stand: Stand) -> None:
    page = stand.get("owner", "/log").text
    for said in ("192.0.2.55", "config: save", "issue:7", "ada@readers.example", "what changed"):
        assert said in page
    assert EVIL not in page
    assert "&lt;script&gt;alert(" in page


def test_others_read_what_is_about_their_newsletters_and_no_addresses(stand: Stand) -> None:
    for who in ("viewer", "editor", "sender"):
        page = stand.get(who, "/log").text
        assert "issue:7" in page, who
        assert "config: save" not in page, who
        assert "192.0.2.55" not in page, who
    morning = stand.get("morning-editor", "/log").text
    assert "issue:119" in morning
    assert "Evening Courier" not in morning
    evening = stand.get("evening-viewer", "/log").text
    assert "issue:7" in evening
    assert "Morning Courier" not in evening


def test_a_viewer_reads_no_readers_address(stand: Stand) -> None:
    page = stand.get("viewer", "/log?kind=reader").text
    assert rows(page) == 1
    assert "ada@" not in page
    assert ">ada<" not in page
    assert "Who may see readers is told more" in page
    assert "ada@readers.example" in stand.get("morning-editor", "/log?kind=reader").text


def test_what_a_filter_asks_for_beyond_ones_rights_is_not_there(stand: Stand) -> None:
    for who, about in (("morning-editor", "n:evening"), ("viewer", "site"), ("viewer", "n:"), ("viewer", "n:gone")):
        assert stand.get(who, f"/log?about={about}").status_code == 404, (who, about)
    assert rows(stand.get("viewer", "/log?kind=config").text) == 0
    assert rows(stand.get("viewer", "/log?subject=config").text) == 0


def test_what_a_change_was_about_is_one_click_away_for_who_may_see_it(stand: Stand) -> None:
    with stand.house.store.write() as conn:
        for subject in ("newsletter:morning", "column:harbour-notes", "post:1", "reader:4", "user:1", "config", "x:1"):
            about = "" if subject == "config" else "morning"
            audit.add(conn, "link.try", subject, newsletter=about, who="x", now=stand.clock())
        audit.add(conn, "link.try", "column:../evil", newsletter="morning", who="x", now=stand.clock())

    def links(who: str) -> set[str]:
        return set(re.findall(r'<a href="\.\./desk(/\w[^"?]*)">', stand.get(who, "/log?kind=link").text))

    pages = {"/newsletters/morning", "/columns/harbour-notes", "/posts/1"}
    assert pages | {"/readers/4", "/users/1", "/config/history"} <= links("owner")
    assert pages | {"/readers/4"} <= links("editor")
    assert not {"/users/1", "/config/history"} & links("editor")
    assert "/readers/4" not in links("viewer")
    assert not any("evil" in one for one in links("owner"))


def test_filters_by_person_kind_newsletter_and_thing(stand: Stand) -> None:
    assert rows(stand.get("owner", "/log?kind=post").text) == 1
    assert rows(stand.get("owner", "/log?about=n:evening").text) == 2
    assert rows(stand.get("owner", "/log?about=site&kind=config").text) == 1
    assert rows(stand.get("owner", "/log?person=nobody&kind=post").text) == 1
    assert rows(stand.get("owner", "/log?person=999").text) == 0
    assert rows(stand.get("owner", "/log?subject=issue:7").text) == 2
    for strange in ("person=-1", "person=²", "before=x", "after=" + "9" * 30, "kind='", "about=%00"):
        assert stand.get("owner", f"/log?{strange}").status_code in (200, 404), strange


def test_pages_lead_to_all_rows_and_back(stand: Stand) -> None:
    with stand.client("owner") as client:
        seen: list[str] = []
        address = "/desk/log?kind=issue"
        pages = []
        while address:
            pages.append(address)
            text = client.get(address).text
            seen += re.findall(r'<tr id="change-(\d+)"', text)
            older = re.search(r'href="([^"]+)" rel="next"', text)
            address = f"/desk/{older[1].replace('&amp;', '&').removeprefix('../desk/')}" if older else ""
        assert len(seen) == len(set(seen)) == 121
        assert seen == sorted(seen, key=int, reverse=True)
        newer = re.search(r'href="([^"]+)" rel="prev"', client.get(pages[2]).text)
        assert newer
        text = client.get(f"/desk/{newer[1].replace('&amp;', '&').removeprefix('../desk/')}").text
        assert re.findall(r'<tr id="change-(\d+)"', text) == seen[50:100]


def test_jobs_are_shown_to_whom_they_concern(stand: Stand) -> None:
    owner = stand.get("owner", "/log/jobs").text
    for said in ("newsletter:morning:daily", "collect", "missed", "the program did not run", "1 minute"):
        assert said in owner
    assert EVIL not in owner
    morning = stand.get("morning-editor", "/log/jobs").text
    assert "newsletter:morning:daily" in morning
    assert "newsletter:evening:daily" not in morning
    assert "did not run" not in morning
    assert "the program did not run" in stand.get("viewer", "/log/jobs?state=missed").text
    assert "newsletter:evening" not in stand.get("morning-editor", "/log/jobs?schedule=newsletter:evening:daily").text


@given(st.lists(st.text("ab\n", max_size=6), max_size=8), st.lists(st.text("ab\n", max_size=6), max_size=8))
def test_a_difference_tells_all_that_came_and_went(before: list[str], after: list[str]) -> None:
    old, new = "\n".join(before), "\n".join(after)
    told = difference(old, new)
    assert sum(line.kind == "more" for line in told) - sum(line.kind == "less" for line in told) == len(
        new.splitlines()
    ) - len(old.splitlines())
    assert bool(told) == (old.splitlines() != new.splitlines())


def test_long_texts_are_shown_as_they_are() -> None:
    told = difference("a\n" * (LONGEST + 1), "b")
    assert [line.kind for line in told[-2:]] == ["less", "more"]
    assert len(told) == LONGEST + 2


@pytest.mark.parametrize(("width", "light"), [(390, "dark"), (1280, "light")])
def test_the_log_is_whole_at_any_width(stand: Stand, browser: Browser, width: int, light: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=light)
    context.add_cookies([stand.cookie("owner")])
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("dialog", lambda dialog: told.append(dialog.message))
    page.goto(f"{stand.url}/log")
    page.locator("summary", has_text="what changed").first.press("Enter")
    page.locator(".diff .more").first.wait_for()
    whole(page, width)
    page.get_by_role("link", name="Jobs").click()
    page.get_by_text("the program did not run").wait_for()
    whole(page, width)
    assert told == []
    context.close()


def test_a_viewer_is_not_told_which_colleague_it_was_and_cannot_ask_by_person(stand: Stand) -> None:
    with stand.house.store.read() as conn:
        editor = users.find(conn, "editor@courier.example")
    assert editor
    page = stand.get("viewer", "/log").text
    assert ">Editor<" not in page
    assert "a colleague" in page
    assert rows(stand.get("viewer", f"/log?person={editor.id}").text) == 0
    assert rows(stand.get("morning-editor", f"/log?person={editor.id}").text) > 0
    for who in ("morning-editor", "sender", "owner"):
        page = stand.get(who, "/log").text
        assert "a colleague" not in page, who
        assert f'<option value="{editor.id}"' in page, who


def test_who_edits_one_newsletter_and_looks_at_another_has_the_names_of_the_first(stand: Stand) -> None:
    with stand.house.store.read() as conn:
        is_there = users.find(conn, "both@courier.example")
        editor = users.find(conn, "editor@courier.example")
    if is_there is None:
        let_in(stand, {"both": {"morning": Role.EDITOR, "evening": Role.VIEWER}})
    assert editor
    evening = stand.get("both", "/log?about=n:evening").text
    assert "issue:7" in evening
    assert 'data-name="Who">a colleague' in evening
    assert 'data-name="Who">Editor' in stand.get("both", "/log?about=n:morning").text
    assert rows(stand.get("both", f"/log?person={editor.id}&about=n:evening").text) == 0


def test_ones_own_changes_are_ones_own(stand: Stand) -> None:
    with stand.house.store.write() as conn:
        viewer = users.find(conn, "viewer@courier.example")
        assert viewer
        note = {"who": "Viewer", "user": viewer.id, "now": stand.clock()}
        audit.add(conn, "export.taken", "newsletter:morning", newsletter="morning", **note)
    assert 'data-name="Who">Viewer' in stand.get("viewer", "/log?kind=export").text
    assert rows(stand.get("viewer", f"/log?person={viewer.id}").text) == 1


def test_who_left_a_date_out_is_no_name_for_viewers_on_any_page(stand: Stand) -> None:
    slot = next_slot(when_of(stand.house, "newsletter:morning:daily"), after=stand.clock())
    assert stand.send("editor", "/newsletters/morning/daily/skip", {"slot": slot.key}).status_code == 303
    month = f"/calendar?month={slot.at:%Y-%m}"
    for path in ("/newsletters/morning", "/newsletters", month):
        page = stand.get("viewer", path).text
        assert "by Editor" not in page, path
        assert "by a colleague" in page or path == "/newsletters", path
        assert "by Editor" in stand.get("morning-editor", path).text or path == "/newsletters", path
    with stand.house.store.write() as conn:
        name = "newsletter:morning:daily"
        at = stand.clock()
        schedules.miss(conn, name, Slot(key="out", at=at), now=at, note="left out by Editor, 2026-11-23 06:00 UTC")
    assert "left out by a colleague, 2026-11-23 06:00 UTC" in stand.get("viewer", "/log/jobs").text
    assert "left out by Editor" in stand.get("sender", "/log/jobs").text
