"""The link of a letter that asks: a page with two buttons. Only a button does anything, and once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from publisher.model.asking import Proof
from publisher.model.issue import IssueKind
from publisher.model.subscriber import Cadence
from publisher.store import issues, moving, schema, subscribers, suppressions
from publisher.store.database import Store
from publisher.store.joining import Joiner
from publisher.tokens import Purpose, passing_token_for, token_for
from tests.conftest import NOW
from tests.join_stand import SIGN_UP, Clock, Stand, join_stand
from tests.web_site import KEYS, own_store

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("site")
    with own_store(folder) as store, join_stand(store, folder) as stand:
        yield stand


@pytest.fixture
def stand(shared: Stand) -> Stand:
    shared.clock.pass_by(hours=1)
    return shared


def asked(stand: Stand, email: str, path: str = "/subscribe/noon", **fields: object) -> str:
    """The link of the letter that asks this address."""
    assert stand.send(path, email=email, **fields).status_code == 200
    return stand.link(email)


def states(stand: Stand, email: str) -> dict[str, str]:
    return {wish.newsletter: str(wish.state) for wish in stand.reader(email).subscriptions}


def everything(stand: Stand) -> list[object]:
    """All rows that a page could change."""
    tables = (schema.subscribers, schema.subscriptions, schema.consents, schema.deliveries, schema.suppressions)
    with stand.store.read() as conn:
        return [row for table in tables for row in conn.execute(select(table).order_by(*table.primary_key)).all()]


def test_scanners_that_open_the_link_change_nothing(stand: Stand) -> None:
    link = asked(stand, "scanned@readers.example")
    before = everything(stand)
    for number in range(300):
        query = ("", "?confirm=1&newsletter=noon", "?decline=1")[number % 3]
        assert stand.client.request(("GET", "HEAD")[number % 2], link + query).status_code == 200
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert stand.client.request(method, link).status_code == 405
    assert everything(stand) == before


def test_the_page_shows_what_was_asked_for_and_nothing_that_is_known(stand: Stand) -> None:
    with stand.store.write() as conn:
        joiner = Joiner(
            email="known@readers.example",
            name="Kira Known",
            newsletter="morning",
            cadence=Cadence.DAILY,
            consent="a test",
        )
        subscribers.join(conn, joiner, now=NOW)
    page = stand.client.get(asked(stand, "known@readers.example"))
    assert "At Noon" in page.text
    assert "k…@readers.example" in page.text
    for private in ("known@readers.example", "Kira", "Morning Tide"):
        assert private not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "script-src" not in page.headers["content-security-policy"]


def test_the_button_subscribes_keeps_the_proof_and_has_a_welcome_sent(stand: Stand) -> None:
    link = asked(stand, "mira@readers.example")
    stand.clock.pass_by(minutes=3)
    headers = {"X-Forwarded-For": "203.0.113.9"}
    done = stand.client.post(link, data={"confirm": "1", "newsletter": "noon", "name": "Mira Voss"}, headers=headers)
    assert done.status_code == 200
    assert "You are subscribed" in done.text
    assert "set-cookie" not in done.headers
    reader = stand.reader("mira@readers.example")
    assert (reader.state, reader.name) == ("confirmed", "Mira Voss")
    token = token_for(KEYS, Purpose.PREFERENCES, reader.subscriptions[0].id)
    assert f'href="../preferences/{token}"' in done.text
    assert stand.client.get(f"/preferences/{token}").status_code == 200
    assert [who for who, _, _ in stand.letters("welcome")].count("mira@readers.example") == 1
    consents = schema.consents
    with stand.store.read() as conn:
        proof = conn.execute(select(consents).where(consents.c.subscriber == reader.id)).one()
        texts = schema.consent_texts
        said = conn.execute(select(texts.c.text).where(texts.c.version == proof.form)).scalar_one()
    assert (proof.asked_ip, proof.confirmed_ip) == ("127.0.0.1", "203.0.113.9")
    assert proof.confirmed - proof.asked == timedelta(minutes=3)
    assert said.splitlines()[:2] == ["Subscribe", "At Noon: One letter, at noon."]
    assert "asks you to confirm" in said
    assert said.endswith("https://courier.example/privacy")


def test_where_no_welcome_is_wanted_none_is_sent(stand: Stand) -> None:
    link = asked(stand, "brief@readers.example", "/subscribe/briefe")
    done = stand.client.post(link, data={"confirm": "1", "newsletter": "briefe"})
    assert "Sie haben abonniert" in done.text
    assert "brief@readers.example" not in [who for who, _, _ in stand.letters("welcome")]


def test_only_what_is_still_ticked_is_joined(stand: Stand) -> None:
    link = asked(stand, "ada@readers.example", "/subscribe", newsletter=["morning", "noon"])
    none = stand.client.post(link, data={"confirm": "1"})
    assert none.status_code == 422
    assert "choose at least one newsletter" in none.text
    stand.client.post(link, data={"confirm": "1", "newsletter": ["noon", "staff", "unknown"]})
    assert states(stand, "ada@readers.example") == {"morning": "left", "noon": "active"}


def test_the_way_out_of_a_letter_that_asks_ends_nothing_that_is_read(stand: Stand) -> None:
    """Somebody else asked: a mail program's button says that one did not. Later the same one leaves."""
    fields = {"confirm": "1", "newsletter": "noon"}
    stand.client.post(asked(stand, "button@readers.example"), data=fields)
    stand.clock.pass_by(hours=2)
    asked(stand, "button@readers.example", "/subscribe/briefe")
    wishes = {wish.newsletter: wish.id for wish in stand.reader("button@readers.example").subscriptions}
    out = f"/unsubscribe/{token_for(KEYS, Purpose.DECLINE, wishes['noon'])}"
    assert "It was not you?" in stand.client.get(out).text
    assert states(stand, "button@readers.example") == {"noon": "active", "briefe": "pending"}
    got = stand.client.post(out, data={"List-Unsubscribe": "One-Click"})
    assert (got.status_code, got.text.startswith("Nothing of ")) == (200, True)
    assert states(stand, "button@readers.example") == {"noon": "active", "briefe": "left"}
    assert "It was not you?" not in stand.client.get(out).text
    got = stand.client.post(out, data={"List-Unsubscribe": "One-Click"})
    assert (got.status_code, got.text.startswith("You have left ")) == (200, True)
    assert states(stand, "button@readers.example") == {"noon": "left", "briefe": "left"}


def test_pressed_twice_it_is_told_that_it_is_done(stand: Stand) -> None:
    link = asked(stand, "twice@readers.example")
    fields = {"confirm": "1", "newsletter": "noon", "name": "First"}
    stand.client.post(link, data=fields)
    before = everything(stand)
    for got in (stand.client.post(link, data=fields | {"name": "Second"}), stand.client.get(link)):
        assert got.status_code == 200
        assert "This is done already" in got.text
        assert "/preferences/" not in got.text  # a letter that was passed on opens nothing
    assert stand.client.post(link, data={"decline": "1"}).status_code == 200
    assert everything(stand) == before


def test_who_leaves_is_not_brought_back_by_the_link_of_an_old_letter(stand: Stand) -> None:
    link = asked(stand, "gone@readers.example")
    fields = {"confirm": "1", "newsletter": "noon"}
    stand.client.post(link, data=fields)
    wish = stand.reader("gone@readers.example").subscriptions[0]
    stand.client.post(f"/unsubscribe/{token_for(KEYS, Purpose.UNSUBSCRIBE, wish.id)}", data={"confirm": "1"})
    got = stand.client.post(link, data=fields)
    assert got.status_code == 404
    assert "This link opens nothing any more" in got.text
    assert states(stand, "gone@readers.example") == {"noon": "left"}


def test_who_did_not_ask_says_so_and_is_left_alone(stand: Stand) -> None:
    link = asked(stand, "bothered@readers.example")
    got = stand.client.post(link, data={"decline": "1"})
    assert got.status_code == 200
    assert "Nothing will come" in got.text
    assert states(stand, "bothered@readers.example") == {"noon": "left"}
    assert stand.client.get(link).status_code == 404
    assert "Look into your mailbox" in stand.send(email="bothered@readers.example").text
    stand.clock.pass_by(days=20)
    assert "Look into your mailbox" in stand.send(email="bothered@readers.example").text
    assert len([who for who, _, _ in stand.letters() if who == "bothered@readers.example"]) == 1
    assert stand.client.post(link, data={"confirm": "1", "newsletter": "noon"}).status_code == 404  # too old


@pytest.mark.parametrize("body", [b"", b"newsletter=noon", b"confirmed=1", b"\xff", b"&".join([b"a=1"] * 50)])
def test_a_body_that_is_not_this_form_changes_nothing(stand: Stand, body: bytes) -> None:
    link = asked(stand, f"odd{len(body)}{body[:1].hex()}@readers.example")
    before = everything(stand)
    assert stand.client.post(link, content=body).status_code == 400
    assert everything(stand) == before


def test_links_that_are_forged_cut_foreign_or_over_are_told_kindly(stand: Stand) -> None:
    link = asked(stand, "forged@readers.example")
    token = link.rpartition("/")[2]
    row, until = stand.reader("forged@readers.example").subscriptions[0].id, stand.clock.now + WEEK
    foreign_key = passing_token_for((b"somebody else's key",), Purpose.CONFIRM, row, until=until)
    foreign_purpose = passing_token_for(KEYS, Purpose.OWN_PAGE, row, until=until)
    nobody = passing_token_for(KEYS, Purpose.CONFIRM, 99_999, until=until)
    lasting = [token_for(KEYS, purpose, row) for purpose in Purpose]
    before = everything(stand)
    fields = {"confirm": "1", "newsletter": "noon"}
    for wrong in (token[:-1], token + "0", "x", "é" * 32, "..", foreign_key, foreign_purpose, nobody, *lasting):
        for got in (stand.client.get(f"/confirm/{wrong}"), stand.client.post(f"/confirm/{wrong}", data=fields)):
            assert got.status_code in (404, 405) if wrong == ".." else got.status_code == 404, wrong
    got = stand.client.get(f"/confirm/{foreign_key}")
    assert "This link opens nothing any more" in got.text
    assert 'href="../subscribe"' in got.text
    assert "desk@courier.example" in got.text
    assert everything(stand) == before
    older_key = passing_token_for(KEYS[1:], Purpose.CONFIRM, row, until=until)
    assert stand.client.get(f"/confirm/{older_key}").status_code == 200  # keys are changed, links stay
    stand.clock.pass_by(days=7, hours=1)
    assert stand.client.post(link, data=fields).status_code == 404
    assert states(stand, "forged@readers.example") == {"noon": "pending"}


def test_a_name_with_signs_of_headers_and_tags_is_one_plain_line(stand: Stand) -> None:
    for number, (typed, kept) in enumerate(
        (
            ("Eve\r\nBcc: all@readers.example", "Eve Bcc: all@readers.example"),
            ("<b>Eve</b>", "<b>Eve</b>"),
            ("\x00\x1b[31mEve\u2028X", "[31mEve X"),
            ("{{ name }}", "{{ name }}"),
            ("E" * 500, "E" * 100),
            ("   ", ""),
        )
    ):
        email = f"eve{number}@readers.example"
        link = asked(stand, email)
        assert stand.client.post(link, data={"confirm": "1", "newsletter": "noon", "name": typed}).status_code == 200
        assert stand.reader(email).name == kept


def test_who_was_suppressed_comes_back_by_confirming_and_by_nothing_else(stand: Stand) -> None:
    with stand.store.write() as conn:
        suppressions.put(
            conn, "back@readers.example", why=suppressions.Grounds.COMPLAINT, detail="", now=stand.clock.now
        )
    stand.clock.pass_by(days=2)
    link = asked(stand, "back@readers.example")
    assert stand.reader("back@readers.example").state == "suppressed"
    stand.client.post(link, data={"confirm": "1", "newsletter": "noon"})
    reader = stand.reader("back@readers.example")
    assert (reader.state, states(stand, "back@readers.example")) == ("confirmed", {"noon": "active"})


def test_a_new_address_is_confirmed_where_it_reads(stand: Stand) -> None:
    with stand.store.write() as conn:
        joiner = Joiner(email="old@readers.example", newsletter="noon", cadence=Cadence.DAILY, consent="a test")
        subscribers.join(conn, joiner, now=NOW)
        reader = subscribers.find(conn, "old@readers.example")
        assert reader
    courier = stand.site.courier
    assert courier
    now = stand.clock.now
    prepared = courier.prepare(IssueKind.CHANGE, "noon", now=now)
    with stand.store.write() as conn:
        moved = moving.ask_to_move(conn, reader.id, "new@readers.example", Proof(ip="192.0.2.1", form="", at=now))
        assert moved
        assert moved.letter
        assert courier.post(conn, prepared, moved.subscription, now=now)
    link = stand.link("new@readers.example", "change")
    page = stand.client.get(link).text
    assert "Is this your new address?" in page
    assert "o…@readers.example" in page
    assert "n…@readers.example" in page
    done = stand.client.post(link, data={"confirm": "1"})
    assert "Your address is changed" in done.text
    found = stand.reader("new@readers.example")
    assert found.id == reader.id
    assert [wish.state for wish in found.subscriptions] == ["active"]
    assert stand.client.post(link, data={"confirm": "1"}).status_code == 404


def test_who_joins_does_not_find_that_a_stranger_wants_to_move_there(stand: Stand) -> None:
    stranger = asked(stand, "stranger@readers.example")
    stand.client.post(stranger, data={"confirm": "1", "newsletter": "noon"})
    joins = asked(stand, "joins@readers.example")
    stand.clock.pass_by(hours=2)
    now, courier, known = stand.clock.now, stand.site.courier, stand.reader("stranger@readers.example")
    assert courier
    prepared = courier.prepare(IssueKind.CHANGE, "noon", now=now)
    with stand.store.write() as conn:
        moved = moving.ask_to_move(conn, known.id, "joins@readers.example", Proof(ip="192.0.2.1", form="", at=now))
        assert moved
        assert courier.post(conn, prepared, moved.subscription, now=now)
    change = stand.link("joins@readers.example", "change")
    assert change != joins
    assert "Is this your new address?" in stand.client.get(change).text
    assert "Is this your new address?" not in stand.client.get(joins).text
    stand.client.post(joins, data={"confirm": "1", "newsletter": "noon"})
    assert states(stand, "joins@readers.example") == {"noon": "active"}
    assert stand.reader("stranger@readers.example") == known
    assert "Is this your new address?" not in stand.client.get(joins).text
    assert "Is this your new address?" in stand.client.get(change).text  # it waits for a word of its own


def test_what_was_asked_for_can_be_confirmed_where_nobody_joins_any_more(store: Store, tmp_path: Path) -> None:
    folder, clock = tmp_path, Clock()
    with join_stand(store, folder, clock=clock) as stand:
        link = asked(stand, "late@readers.example")
    with join_stand(store, folder, signup=None, clock=clock) as closed:
        assert closed.client.get("/subscribe").status_code == 404
        assert closed.client.get("/api/subscribe").status_code == 404
        got = closed.client.get("/confirm/x")
        assert got.status_code == 404
        assert "Ask for a new letter" not in got.text
        done = closed.client.post(link, data={"confirm": "1", "newsletter": "noon"})
        assert "You are subscribed" in done.text
        assert closed.reader("late@readers.example").state == "confirmed"


def test_a_welcome_whose_own_template_is_broken_comes_in_the_built_in_look(store: Store, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "letter").mkdir(parents=True)
    with join_stand(store, tmp_path, signup=replace(SIGN_UP), own=own) as stand:
        link = asked(stand, "early@readers.example")
        (own / "letter" / "service.html").write_text("{{ nothing }}", encoding="utf-8")
        done = stand.client.post(link, data={"confirm": "1", "newsletter": "noon"})
        assert "You are subscribed" in done.text
        ((who, _, issue),) = stand.letters("welcome")
        assert who == "early@readers.example"
        with stand.store.read() as conn:
            letter = issues.find_letter(conn, issue)
        assert letter
        assert "Thank you for subscribing" in letter.text
        assert stand.client.post("/subscribe/noon", data={}).status_code == 422
