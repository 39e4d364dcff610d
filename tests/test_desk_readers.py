"""Readers at the desk: found, seen whole, changed by who may, and never shown to who may not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from publisher.model.subscriber import Subscriber, SubscriberState, SubscriptionState
from publisher.store import audit, pauses, readerlist, schema, subscribers, suppressions, tags
from publisher.store.audit import Only
from publisher.web.desk.readercensus import KeptCensus
from tests.browsing import browser as browser
from tests.browsing import told_by_axe, whole
from tests.desk_readers_site import STRANGE, config, fill
from tests.desk_stand import Stand, desk_stand
from tests.test_desk_sources import until


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("readers"), config()) as opened:
        yield opened


@pytest.fixture(scope="module")
def people(stand: Stand) -> dict[str, int]:
    return fill(stand)


def _reader(stand: Stand, number: int) -> Subscriber:
    with stand.house.store.read() as conn:
        found = subscribers.get(conn, number)
    assert found
    return found


def _changes(stand: Stand, number: int) -> list[audit.Change]:
    with stand.house.store.read() as conn:
        return audit.newest(conn, only=Only(subject=f"reader:{number}"), limit=9)


def _new(stand: Stand, address: str, newsletter: str = "morning") -> int:
    fields = {"address": address, "newsletter": newsletter, "consent": "signed at the fair"}
    answer = stand.send("owner", "/readers/add", fields)
    assert answer.status_code == 303, answer.text
    return int(answer.headers["location"].rpartition("/")[2])


def test_readers_are_counted_by_newsletter_and_state(stand: Stand, people: dict[str, int]) -> None:
    page = until(lambda: (text := stand.get("owner", "/readers").text) and "being counted" not in text and text)
    assert re.search(r"Morning Courier</a></th>\s*<td[^>]*><span class=\"number\">[1-9]", page)
    assert "Subscriptions that began and ended, by day" in page
    assert "ada@readers.example" in page


@pytest.mark.parametrize(
    ("query", "found", "others"),
    [
        ("q=ADA", ["ada@"], ["bo@"]),
        ("q=ada@readers.example", ["ada@"], ["bo@"]),
        ("q=@readers.example", ["ada@", "bo@"], []),
        ("q=domain:Readers.Example&tag=patron", ["ada@"], ["bo@"]),
        ("q=@eaders.example", [], ["ada@", "bo@"]),
        ("newsletter=weekend", ["ada@", "bo@", "fay@"], ["cy@"]),
        ("newsletter=weekend&q=b", ["bo@"], ["ada@"]),
        ("state=suppressed", ["ed@"], ["ada@"]),
        ("state=pending", ["fay@"], ["ada@"]),
        ("state=paused", ["di@"], ["ada@"]),
        ("state=resting", ["ada@"], ["di@"]),
        ("tag=PATRON", ["ada@"], ["bo@"]),
        ("segment=patrons", ["ada@"], ["bo@"]),
        ("cadence=weekly&state=confirmed", ["ada@", "bo@"], ["cy@", "fay@"]),
    ],
)
def test_readers_are_found(
    stand: Stand, people: dict[str, int], query: str, found: list[str], others: list[str]
) -> None:
    page = stand.get("owner", f"/readers?{query}").text
    for one in found:
        assert f"{one}readers.example</a>" in page
    for one in others:
        assert f"{one}readers.example</a>" not in page


def test_of_an_address_without_a_reader_it_is_told_whether_mail_may_go_there(
    stand: Stand, people: dict[str, int]
) -> None:
    page = stand.get("owner", "/readers?q=nobody@readers.example").text
    assert "nobody reads with this address" in page
    assert "asked by telephone" in page
    fields = {"address": "nobody@readers.example", "why": "she wrote to us", "do": "lift"}
    assert stand.send("owner", "/readers/address", fields).status_code == 303
    with stand.house.store.read() as conn:
        found = suppressions.find(conn, "nobody@readers.example")
    assert found
    assert found.lifted


def test_everything_about_one_reader_is_on_one_page_and_no_script_of_a_stranger_runs(
    stand: Stand, people: dict[str, int]
) -> None:
    page = stand.get("owner", f"/readers/{people['ada']}?post=the-ferry").text
    for one in ("Ada Lind", "Morning Courier", "Weekend", "signed at the fair", "resting until", "mailbox full"):
        assert one in page
    assert "452 4.2.2 no room" in page
    assert "next try" in page
    assert STRANGE not in page
    for name in ("cy", "ed", "fay"):
        assert STRANGE not in stand.get("owner", f"/readers/{people[name]}").text
    assert STRANGE not in stand.get("owner", f"/readers?tag={STRANGE}&q={STRANGE}").text


def test_why_a_post_came_or_did_not_is_told(stand: Stand, people: dict[str, int]) -> None:
    page = stand.get("owner", f"/readers/{people['ada']}?post=ferry that waits").text
    assert "The ferry that waits</a>" in page
    assert re.search(r"Morning Courier: .*room", page), "the relay puts it off: the mailbox is full"
    assert "no post" in stand.get("owner", f"/readers/{people['ada']}?post=xyzzy").text


def test_who_edits_one_newsletter_sees_its_readers_and_of_them_what_is_about_it(
    stand: Stand, people: dict[str, int]
) -> None:
    everybody = stand.get("morning-editor", "/readers").text
    assert "ada@readers.example" in everybody
    assert "bo@readers.example" not in everybody
    assert "Weekend" not in everybody
    assert "bo@" not in stand.get("morning-editor", "/readers?newsletter=weekend&q=bo").text
    ada = stand.get("morning-editor", f"/readers/{people['ada']}").text
    assert "Morning Courier" in ada
    assert "Weekend" not in ada
    assert stand.get("morning-editor", f"/readers/{people['bo']}").status_code == 403
    assert stand.get("viewer", "/readers").status_code == 403


@pytest.mark.parametrize(
    ("who", "path", "fields", "status"),
    [
        ("morning-sender", "/readers/{bo}/join", {"newsletter": "morning", "consent": "x"}, 404),
        ("morning-sender", "/readers/{ada}/newsletters/weekend/end", {}, 403),
        ("morning-sender", "/readers/{ada}/suppress", {"why": "x"}, 403),
        ("morning-sender", "/readers/{ada}/erase", {"address": "ada@readers.example"}, 403),
        ("morning-sender", "/readers/{ada}/data", {}, 403),
        ("morning-sender", "/readers/export", {"newsletter": ""}, 403),
        ("morning-sender", "/readers/export", {"newsletter": "weekend"}, 403),
        ("morning-sender", "/readers/add", {"newsletter": "weekend", "address": "x@y.example", "consent": "x"}, 403),
        ("morning-sender", "/readers/address", {"address": "x@y.example", "why": "x", "do": "suppress"}, 403),
        ("morning-editor", "/readers/{ada}/newsletters/morning/end", {}, 403),
        ("editor", "/readers/{ada}/pause", {"until": "2030-01-01"}, 403),
        ("editor", "/readers/add", {"newsletter": "morning", "address": "x@y.example", "consent": "x"}, 403),
        ("viewer", "/readers/{ada}/describe", {"name": "x"}, 403),
        ("owner", "/readers/999999/describe", {"name": "x"}, 404),
        ("owner", "/readers/{ada}/newsletters/nothing/end", {}, 404),
    ],
)
def test_what_is_not_ones_own_to_change_is_refused(
    stand: Stand, people: dict[str, int], who: str, path: str, fields: dict[str, str], status: int
) -> None:
    assert stand.send(who, path.format(**people), fields).status_code == status


def test_name_language_and_tags_are_changed_and_noted_without_the_name(stand: Stand, people: dict[str, int]) -> None:
    number = _new(stand, "gil@readers.example")
    fields = {"name": "Gil Ort", "language": "de", "tags": 'friend, "old, dear"'}
    assert stand.send("morning-editor", f"/readers/{number}/describe", fields).status_code == 303
    reader = _reader(stand, number)
    assert (reader.name, reader.language) == ("Gil Ort", "de")
    with stand.house.store.read() as conn:
        assert tags.of(conn, [number])[number] == ("friend", "old, dear")
    change = _changes(stand, number)[0]
    assert change.act == "reader.describe"
    assert "friend" in change.after
    assert "Gil" not in change.before + change.after
    assert '"old, dear"' in stand.get("owner", f"/readers/{number}").text.replace("&#34;", '"')


def test_a_tag_that_is_too_long_is_told_at_its_field_and_all_that_was_typed_stays(
    stand: Stand, people: dict[str, int]
) -> None:
    fields = {"name": "Somebody Else", "tags": "x" * 200}
    answer = stand.send("owner", f"/readers/{people['bo']}/describe", fields)
    assert answer.status_code == 422
    assert "cannot be a tag" in answer.text
    assert "Somebody Else" in answer.text
    assert _reader(stand, people["bo"]).name == "Bo"


def test_cadence_and_columns_are_chosen(stand: Stand, people: dict[str, int]) -> None:
    number = _new(stand, "hal@readers.example")
    fields = {"cadence": "daily", "columns": ["night-desk"]}
    assert stand.send("morning-editor", f"/readers/{number}/newsletters/morning", fields).status_code == 303
    assert _reader(stand, number).subscriptions[0].columns == ("night-desk",)
    wrong = stand.send("owner", f"/readers/{number}/newsletters/morning", {"cadence": "hourly"})
    assert wrong.status_code == 422
    assert "it offers: daily" in wrong.text


def test_a_reader_is_added_to_a_newsletter_and_taken_out_and_not_brought_back(stand: Stand) -> None:
    number = _new(stand, "ira@readers.example")
    fields = {"newsletter": "weekend", "consent": "wrote to us"}
    assert stand.send("sender", f"/readers/{number}/join", fields).status_code == 303
    assert {wish.newsletter for wish in _reader(stand, number).subscriptions} == {"morning", "weekend"}
    assert stand.send("sender", f"/readers/{number}/newsletters/weekend/end").status_code == 303
    stand.send("sender", f"/readers/{number}/join", fields)
    states = {wish.newsletter: wish.state for wish in _reader(stand, number).subscriptions}
    assert states == {"morning": SubscriptionState.ACTIVE, "weekend": SubscriptionState.LEFT}
    assert [one.act for one in _changes(stand, number)] == ["reader.remove", "reader.add", "reader.add"]


def test_a_pause_ends_on_a_day_to_come_or_at_a_word(stand: Stand) -> None:
    number = _new(stand, "jo@readers.example")
    wrong = stand.send("owner", f"/readers/{number}/pause", {"until": "2020-01-01"})
    assert wrong.status_code == 422
    assert "a day to come" in wrong.text
    day = f"{stand.clock() + timedelta(days=20):%Y-%m-%d}"
    assert stand.send("owner", f"/readers/{number}/pause", {"until": day}).status_code == 303
    with stand.house.store.read() as conn:
        until = pauses.paused_until(conn, number)
    assert until
    assert f"{until.astimezone(stand.house.zone):%Y-%m-%d %H:%M}" == f"{day} 00:00"
    stand.send("owner", f"/readers/{number}/go-on")
    with stand.house.store.read() as conn:
        assert pauses.paused_until(conn, number) is None


def test_an_address_is_suppressed_with_a_reason_and_lifted(stand: Stand) -> None:
    number = _new(stand, "kim@readers.example")
    assert stand.send("owner", f"/readers/{number}/suppress", {"why": " "}).status_code == 422
    assert stand.send("owner", f"/readers/{number}/suppress", {"why": "asked by telephone"}).status_code == 303
    assert _reader(stand, number).state is SubscriberState.SUPPRESSED
    assert "asked by telephone" in stand.get("owner", f"/readers/{number}").text
    assert stand.send("owner", f"/readers/{number}/lift", {"why": "she wrote again"}).status_code == 303
    assert _reader(stand, number).state is SubscriberState.PENDING


def test_an_erase_asks_for_the_address_and_leaves_nothing_of_the_person(stand: Stand) -> None:
    number = _new(stand, "lou@readers.example")
    imports = stand.house.var / "imports"
    imports.mkdir(exist_ok=True)
    (imports / "old.csv").write_text("email\nLOU@readers.example\n", "utf-8")
    assert stand.send("owner", f"/readers/{number}/erase", {"address": "lou"}).status_code == 422
    assert stand.send("owner", f"/readers/{number}/erase", {"address": "Lou@readers.example"}).status_code == 303
    with stand.house.store.read() as conn:
        person = conn.execute(schema.subscribers.select().where(schema.subscribers.c.id == number)).mappings().one()
        assert not any("lou" in str(value) for value in person.values())
        rows = audit.newest(conn, only=Only(subject=f"reader:{number}"), limit=9)
        assert not any("lou@" in str(row) for row in rows)
    page = stand.get("owner", f"/readers/{number}")
    assert "An erased reader" in page.text
    assert stand.send("owner", f"/readers/{number}/describe", {"name": "Lou"}).status_code == 404
    (imports / "old.csv").unlink()


def test_adding_asks_for_a_valid_address_and_for_the_consent(stand: Stand) -> None:
    answer = stand.send("owner", "/readers/add", {"address": "no address", "newsletter": "morning", "name": "Kept"})
    assert answer.status_code == 422
    assert "is not a mail address" in answer.text
    assert "consent" in answer.text
    assert 'value="Kept"' in answer.text
    assert 'aria-invalid="true" aria-describedby="wrong-address"' in answer.text


def test_all_that_is_kept_of_a_reader_is_taken_as_json_and_noted(stand: Stand, people: dict[str, int]) -> None:
    answer = stand.send("owner", f"/readers/{people['ada']}/data")
    assert answer.json()["address"] == "ada@readers.example"
    assert {one["newsletter"] for one in answer.json()["subscriptions"]} == {"morning", "weekend"}
    assert _changes(stand, people["ada"])[0].act == "reader.data"


def test_readers_are_exported_as_csv_that_no_spreadsheet_runs(stand: Stand, people: dict[str, int]) -> None:
    number = _new(stand, "mo@readers.example")
    stand.send("owner", f"/readers/{number}/describe", {"name": "=1+1"})
    answer = stand.send("sender", "/readers/export", {"newsletter": ""})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert "mo@readers.example,'=1+1," in answer.text
    weekend = stand.send("sender", "/readers/export", {"newsletter": "weekend"}).text
    assert "bo@readers.example" in weekend
    assert "cy@readers.example" not in weekend
    with stand.house.store.read() as conn:
        noted = audit.newest(conn, only=Only(act="readers.export"), limit=2)
    assert [one.newsletter for one in noted] == ["weekend", ""]


def test_pages_follow_one_another_and_show_everybody_once(stand: Stand, people: dict[str, int]) -> None:
    with stand.house.store.read() as conn:
        for only in (readerlist.Only(), readerlist.Only(start="reader"), readerlist.Only(newsletters=["morning"])):
            seen: list[str] = []
            after = ""
            while True:
                page = readerlist.page(conn, only, after=after, size=3)
                seen += [one.reader.email for one in page.rows]
                after = page.next
                if not after:
                    break
            assert len(seen) == len(set(seen)) > 3
            everybody = readerlist.page(conn, only, size=1000)
            assert [one.reader.email for one in everybody.rows] == seen


def test_why_looks_well_on_a_telephone_in_the_dark_and_wide_in_the_light(
    stand: Stand, people: dict[str, int], browser: Browser
) -> None:
    """Other pages of readers: tests/test_desk_tour.py."""
    said: list[str] = []
    cookie: Any = stand.cookie("owner")
    for width in (390, 1280):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if width == 390 else "light"
        )
        context.add_cookies([cookie])
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{stand.url}/readers/{people['ada']}?post=ferry")
        whole(page, width)
        context.close()
    assert said == []


def uncounted(stand: Stand, show: Callable[[], str]) -> str:
    """A page that did not wait for the count at all; one in a great many is counted at once all the same."""
    for _ in range(20):
        stand.desk.census = KeptCensus(stand.house.store, patience_seconds=0)
        if "being counted" in (shown := show()):
            return shown
    raise AssertionError("each time it was counted before the page was made")


def test_no_page_waits_until_all_are_counted(stand: Stand, people: dict[str, int]) -> None:
    shown = uncounted(stand, lambda: stand.get("owner", "/readers").text)
    assert "The readers are being counted." in shown
    assert "ada@readers.example" in shown  # all else is there
    assert ">Look again</a>" in shown
    until(lambda: "being counted" not in stand.get("owner", "/readers").text)
    assert "being counted" in uncounted(stand, lambda: stand.get("morning-editor", "/readers").text)


def test_the_numbers_come_into_the_open_page(stand: Stand, people: dict[str, int], browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([stand.cookie("owner")])
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def show() -> str:
        asked.clear()
        page.goto(f"{stand.url}/readers", wait_until="domcontentloaded")
        return page.content()

    uncounted(stand, show)
    expect(page.locator("#papers")).to_contain_text("Counted", timeout=15_000)
    expect(page.locator("#census")).not_to_contain_text("being counted")
    assert page.locator("#growth .plot, #growth .nothing").count() == 1
    assert any(url.endswith("/readers?days=30") for url in asked)
    assert told_by_axe(page) == []
    context.close()
