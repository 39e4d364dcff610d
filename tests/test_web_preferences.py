"""A reader's choice: GET changes nothing, POST does at once; it needs no script, no mouse and no large screen."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from publisher.model.column import Column
from publisher.model.subscriber import Cadence, SubscriberState
from publisher.store import schema, subscribers
from publisher.store.database import Store
from publisher.tokens import Purpose, token_for
from tests.browsing import browser as browser
from tests.browsing import told_by_axe
from tests.web_site import KEYS, MORNING, Visit, own_store, site_of, unsubscribe_path, visiting
from tests.writers import put_readers

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
}
CADENCES = {
    "morning": (Cadence.DAILY, Cadence.WEEKLY, Cadence.AS_IT_HAPPENS),
    "briefe": (Cadence.DAILY, Cadence.MONTHLY),
    "noon": (Cadence.DAILY,),
}


def preferences_path(subscription: int, *, keys: tuple[bytes, ...] = KEYS) -> str:
    return f"/preferences/{token_for(keys, Purpose.PREFERENCES, subscription)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who gets a newsletter, new for each test."""

    store: Store
    email: str
    subscription: int

    @property
    def path(self) -> str:
        return preferences_path(self.subscription)

    def standing(self) -> tuple[str, str, str]:
        table = schema.subscriptions
        with self.store.read() as conn:
            row = conn.execute(table.select().where(table.c.id == self.subscription)).one()
        return row.cadence, row.columns, row.state


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Visit]]:
    folder = tmp_path_factory.mktemp("site")
    site = replace(site_of(folder / "feeds"), newsletters=NEWSLETTERS, cadences=CADENCES, columns=lambda: COLUMNS)
    styles = Path(__file__).parent.parent / "templates" / "web" / "site.css"
    (folder / "feeds").mkdir()
    shutil.copy(styles, folder / "feeds" / "site.css")
    with own_store(folder) as store, visiting(store, folder, site=site) as visit:
        yield store, visit


@pytest.fixture
def visit(place: tuple[Store, Visit]) -> Visit:
    return place[1]


@pytest.fixture
def reader(place: tuple[Store, Visit]) -> Reader:
    return new_reader(place[0], "morning")


def new_reader(store: Store, newsletter: str) -> Reader:
    with store.write() as conn:
        number = sum(1 for _ in subscribers.get_all(conn))
        put_readers(conn, 1, newsletter=newsletter, start=number)
        found = subscribers.find(conn, f"reader{number}@readers.example")
    assert found
    return Reader(store=store, email=found.email, subscription=found.subscriptions[0].id)


def test_opening_the_link_shows_what_is_chosen_and_changes_nothing(reader: Reader, visit: Visit) -> None:
    for number in range(60):  # programs that check links
        query = ("", "?cadence=weekly&columns=all", "?confirm=1")[number % 3]
        got = visit.client.request(("GET", "HEAD")[number % 2], reader.path + query)
        assert got.status_code == 200
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert visit.client.request(method, reader.path).status_code == 405
    page = visit.client.get(reader.path)
    assert 'value="daily" required checked' in page.text
    assert 'value="all" class="all" checked' in page.text
    assert "Harbour Notes" in page.text
    assert "School &lt;Bell&gt;" in page.text
    assert "r…@readers.example" in page.text
    assert reader.email not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert reader.standing() == ("daily", "", "active")


@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_saving_takes_effect_at_once_and_says_so(reader: Reader, visit: Visit, form: str) -> None:
    fields = [("cadence", "weekly"), ("columns", "some"), ("column", "school"), ("column", "council")]
    if form == "urlencoded":
        body = "&".join(f"{name}={value}" for name, value in fields).encode()
        kind = "application/x-www-form-urlencoded"
    else:
        parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields]
        body, kind = ("".join(parts) + "--x--\r\n").encode(), "multipart/form-data; boundary=x"
    for _ in range(2):  # pressed twice
        got = visit.client.post(reader.path, content=body, headers={"Content-Type": kind, "Origin": "null"})
        assert got.status_code == 200
        assert got.history == []
        assert "set-cookie" not in got.headers
        assert "Your choice is saved" in got.text
    assert reader.standing() == ("weekly", "council school", "active")
    again = visit.client.get(reader.path).text
    assert "Your choice is saved" not in again
    assert 'value="weekly" required checked' in again
    assert 'value="school" checked' in again
    assert 'value="harbour">' in again


def test_some_columns_without_one_are_asked_for_again_and_nothing_is_changed(reader: Reader, visit: Visit) -> None:
    got = visit.client.post(reader.path, data={"cadence": "weekly", "columns": "some"})
    assert got.status_code == 422
    assert 'role="alert"' in got.text
    assert "tick at least one column" in got.text
    assert 'value="weekly" required checked' in got.text  # what was chosen beside it is still there
    assert 'value="some" checked' in got.text
    assert reader.standing() == ("daily", "", "active")


def test_a_cadence_that_is_not_offered_is_asked_for_again(reader: Reader, visit: Visit) -> None:
    got = visit.client.post(reader.path, data={"cadence": "monthly"})
    assert got.status_code == 422
    assert "choose how often" in got.text
    assert reader.standing() == ("daily", "", "active")


@pytest.mark.parametrize("body", [b"", b"confirm=1", b"columns=none", b"\xff", b"&".join([b"a=1"] * 50)])
def test_a_body_that_is_not_this_form_changes_nothing(reader: Reader, visit: Visit, body: bytes) -> None:
    assert visit.client.post(reader.path, content=body).status_code == 400
    assert reader.standing() == ("daily", "", "active")


def test_a_link_that_is_not_ours_is_told_kindly(reader: Reader, visit: Visit) -> None:
    row = reader.subscription
    foreign = preferences_path(row, keys=(b"somebody else's key",))
    leaving = unsubscribe_path(row).replace("unsubscribe", "preferences")
    for path in (reader.path[:-1], reader.path + "0", foreign, leaving, preferences_path(99_999), "/preferences/x"):
        for got in (visit.client.get(path), visit.client.post(path, data={"cadence": "weekly"})):
            assert got.status_code == 404
            assert "This link is not complete" in got.text
            assert "desk@courier.example" in got.text
    assert reader.standing() == ("daily", "", "active")


def test_a_link_of_an_older_key_still_works(reader: Reader, visit: Visit) -> None:
    path = preferences_path(reader.subscription, keys=KEYS[1:])
    assert visit.client.post(path, data={"cadence": "weekly"}).status_code == 200
    assert reader.standing()[0] == "weekly"


def test_it_leads_to_the_page_where_one_leaves(reader: Reader, visit: Visit) -> None:
    page = visit.client.get(reader.path).text
    assert f'href="..{unsubscribe_path(reader.subscription)}"' in page
    left = visit.client.post(unsubscribe_path(reader.subscription), data={"confirm": "1"})
    assert left.status_code == 200
    for got in (visit.client.get(reader.path), visit.client.post(reader.path, data={"cadence": "weekly"})):
        assert "You have left The Morning Tide" in got.text
        assert "<form" not in got.text
    assert reader.standing() == ("daily", "", "left")


def test_who_must_not_get_mail_is_told_so(reader: Reader, visit: Visit) -> None:
    with reader.store.write() as conn:
        people = schema.subscribers
        conn.execute(update(people).where(people.c.email == reader.email).values(state=SubscriberState.SUPPRESSED))
    got = visit.client.get(reader.path)
    assert "We send no mail to you" in got.text
    assert "<form" not in got.text


def test_a_newsletter_that_has_ended_offers_nothing(place: tuple[Store, Visit]) -> None:
    gone = new_reader(place[0], "evening")
    for got in (place[1].client.get(gone.path), place[1].client.post(gone.path, data={"cadence": "weekly"})):
        assert got.status_code == 200
        assert "evening has ended" in got.text
        assert "<form" not in got.text


def test_where_there_is_nothing_to_choose_there_is_no_form_but_the_way_out(place: tuple[Store, Visit]) -> None:
    noon = new_reader(place[0], "noon")
    page = place[1].client.get(noon.path).text
    assert "<form" not in page
    assert "Leave At Noon" in page


def test_the_page_speaks_the_language_of_the_newsletter(place: tuple[Store, Visit]) -> None:
    page = place[1].client.get(new_reader(place[0], "briefe").path).text
    assert '<html lang="de" dir="ltr">' in page


def test_a_page_without_a_link_of_ones_own_explains_how_it_works(visit: Visit) -> None:
    got = visit.client.get("/preferences")
    assert got.status_code == 200
    assert "How to change what you get" in got.text
    assert visit.client.post("/preferences", data={"cadence": "weekly"}).status_code == 405


def test_no_token_stands_in_the_log(reader: Reader, visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    token = reader.path.rpartition("/")[2]
    with caplog.at_level(logging.DEBUG):
        visit.client.get(reader.path)
        visit.client.get(f"{reader.path[:-4]}x/more")
        visit.client.post(reader.path, data={"cadence": "weekly"})
    ours = [record for record in caplog.records if record.name.startswith(("publisher", "uvicorn", "starlette"))]
    assert "GET /preferences/… 200" in [record.getMessage() for record in ours]
    assert not [record for record in ours if token[:20] in str(record.__dict__) or reader.email in str(record.__dict__)]


def test_it_works_on_a_phone_by_keyboard_and_without_script(browser: Browser, reader: Reader, visit: Visit) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{visit.port}{reader.path}")
    assert not page.get_by_label("Harbour Notes").is_visible()  # who wants all has none to tick
    page.get_by_label("Daily").focus()
    page.keyboard.press("ArrowDown")  # to the next radio button
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # from all columns to some
    assert page.get_by_label("Harbour Notes").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert page.get_by_role("status").inner_text().startswith("Your choice is saved.")
    assert reader.standing() == ("weekly", "harbour", "active")
    page.get_by_role("link", name="Leave The Morning Tide").click()
    page.get_by_role("button", name="Leave The Morning Tide").click()
    assert reader.standing()[2] == "left"
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_and_it_fits_the_screen(
    browser: Browser, place: tuple[Store, Visit], width: int, scheme: Any
) -> None:
    store, visit = place
    reader = new_reader(store, "morning")
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "policy" in message.text.lower() else None)
    base = f"http://127.0.0.1:{visit.port}"
    for path in (reader.path, "/preferences", new_reader(store, "noon").path, new_reader(store, "evening").path):
        page.goto(base + path)
        assert told_by_axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert said == []
    page.goto(base + reader.path)
    page.get_by_label("Only these:").check()
    page.get_by_role("button", name="Save").click()
    assert "at least one column" in page.get_by_role("alert").inner_text()
    assert told_by_axe(page) == []
    page.get_by_label("Council Chamber").check()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").is_visible()
    assert told_by_axe(page) == []
    page.goto(f"{base}/preferences/nobody")
    assert told_by_axe(page) == []
    page.close()
