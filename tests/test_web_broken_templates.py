"""Templates of a site that are broken: readers get the built-in ones, can always leave, and admins are told."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.house.standby import mishaps_now
from publisher.model.subscriber import Cadence, SubscriptionState
from publisher.store import subscribers
from publisher.store.joining import Joiner
from publisher.subscribe.tickets import solve
from publisher.tokens import Purpose, token_for
from publisher.web.desk.desk import Desk
from tests.conftest import NOW
from tests.desk_stand import Stand as DeskStand
from tests.desk_stand import desk_stand
from tests.join_stand import Stand, hidden, join_stand
from tests.test_web_confirming import states
from tests.web_site import KEYS, own_store

TOP = Path(__file__).parent.parent
BROKEN = "{% if nobody.closed.this %}<h1>Half of a page"
EMAIL = "ola@readers.example"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Each page and each letter of this site has a broken template of the site's own."""
    folder = tmp_path_factory.mktemp("site")
    for given in (*(TOP / "templates" / "web").iterdir(), *(TOP / "templates" / "letter").rglob("*.*")):
        own = folder / "own" / given.relative_to(TOP / "templates")
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(BROKEN, "utf-8")
    with own_store(folder) as store, join_stand(store, folder, own=folder / "own") as stand:
        yield stand


@pytest.fixture
def stand(shared: Stand) -> Stand:
    shared.clock.pass_by(hours=1)
    return shared


def subscription_of(stand: Stand, email: str) -> int:
    with stand.store.write() as conn:
        joiner = Joiner(email=email, name="", newsletter="noon", cadence=Cadence.DAILY, consent="a card")
        subscribers.join(conn, joiner, now=stand.clock.now)
    number: int = stand.reader(email).subscriptions[0].id
    return number


def test_somebody_joins_confirms_and_finds_the_own_page(stand: Stand) -> None:
    assert stand.send(email=EMAIL).status_code == 200
    link = stand.link(EMAIL)
    assert 'name="confirm"' in stand.client.get(link).text
    done = stand.client.post(link, data={"confirm": "1", "newsletter": "noon", "name": "Ola"})
    assert (done.status_code, states(stand, EMAIL)) == (200, {"noon": "active"})
    assert [who for who, _, _ in stand.letters("welcome")] == [EMAIL]
    stand.clock.pass_by(hours=2)
    assert stand.send("/you", email=EMAIL).status_code == 200
    own = stand.link(EMAIL, "link")
    assert EMAIL in stand.client.get(own).text
    moved = stand.client.post(own, data={"do": "move", "email": "ola.new@readers.example"})
    assert moved.status_code == 200
    assert [who for who, _, _ in stand.letters("change")] == ["ola.new@readers.example"]


def test_leaving_works_by_the_page_and_by_one_click(stand: Stand) -> None:
    for email, fields in (
        ("per@readers.example", {"confirm": "1"}),
        ("una@readers.example", {"List-Unsubscribe": "One-Click"}),
    ):
        path = f"/unsubscribe/{token_for(KEYS, Purpose.UNSUBSCRIBE, subscription_of(stand, email))}"
        assert 'name="confirm"' in stand.client.get(path).text
        assert stand.client.post(path, data=fields).status_code == 200
        assert stand.reader(email).subscriptions[0].state is SubscriptionState.LEFT


def test_choosing_works_and_what_is_not_there_has_its_page(stand: Stand) -> None:
    row = subscription_of(stand, "quin@readers.example")
    path = f"/preferences/{token_for(KEYS, Purpose.PREFERENCES, row)}"
    assert stand.client.get(path).status_code == 200
    assert stand.client.get("/web.css").status_code == 200
    assert stand.client.get("/subscribe.js").status_code == 200
    for missing in ("/unsubscribe/nonsense", "/preferences/nonsense", "/you/nonsense", "/confirm/nonsense", "/nowhere"):
        got = stand.client.get(missing)
        assert (got.status_code, "</html>" in got.text) == (404, True)


def test_what_is_broken_is_logged_once_for_each_page(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert stand.client.get("/preferences").status_code == 200
    about = [line.getMessage() for line in caplog.records if "preferences_help.html" in line.getMessage()]
    assert len(about) <= 1  # another test may have asked for it first
    with stand.store.read() as conn:
        assert "web/preferences_help.html" in {one.name for one in mishaps_now(conn, stand.templates)}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskStand]:
    with desk_stand(tmp_path_factory.mktemp("desk")) as stand:
        yield stand


def asks_for_the_own_page(desk: DeskStand, email: str) -> int:
    with desk.client() as client:
        ticket = hidden(client.get("/you").text, "ticket")
        fields = {"ticket": ticket, "work": solve(ticket, 16), "email": email}
        return client.post("/you", data=fields, headers={"Sec-Fetch-Site": "same-origin"}).status_code


def test_today_tells_whoever_may_mend_it_until_it_is_mended(desk: DeskStand) -> None:
    with desk.house.store.write() as conn:
        joiner = Joiner(email=EMAIL, name="", newsletter="morning", cadence=Cadence.DAILY, consent="a card")
        subscribers.join(conn, joiner, now=NOW)
    own = desk.house.file.root / "templates" / "letter"
    own.mkdir(parents=True)
    service = own / "service.html"
    service.write_text(BROKEN, "utf-8")
    assert asks_for_the_own_page(desk, EMAIL) == 200
    for who in ("owner", "editor", "morning-editor"):
        page = desk.get(who).text
        assert "letters that confirm, welcome or bring a link" in page, who
        assert "service.html:1" in page
    assert "service.html" not in desk.get("viewer").text
    service.write_text('{% extends "letter/plain.html" %}', "utf-8")
    assert "service.html" not in desk.get("owner").text


def test_a_page_of_the_desk_itself_stands_when_its_template_is_broken(desk: DeskStand) -> None:
    own = desk.house.file.root / "templates" / "desk"
    own.mkdir(parents=True)
    for name in ("about.html", "desk.css", "charts.js"):
        (own / name).write_text(BROKEN, "utf-8")
    assert desk.get("owner", "/about").status_code == 200
    assert re.search(r"the page desk/about\.html is shown by the built-in template", desk.get("owner").text)
    assert "about.html is shown" not in desk.get("morning-editor").text
    files = Desk(desk.house, desk.clock).files  # as at the next start
    assert b"--accent" in files["desk.css"]
    assert b"uPlot" in files["charts.js"]
