"""A reader's own page: the link comes by letter; what comes is chosen, paused, moved, taken away and erased there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from publisher.model.subscriber import Cadence, SubscriberState
from publisher.model.suppression import Grounds
from publisher.store import pauses, schema, subscribers, suppressions, tags, uses
from publisher.store.joining import Joiner
from publisher.subscribe.bounds import counted_for
from publisher.tokens import Purpose, passing_token_for, token_for
from tests.conftest import NOW
from tests.join_stand import SIGN_UP, Stand, join_stand
from tests.test_web_confirming import everything, states
from tests.web_site import KEYS, own_store

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("site")
    with own_store(folder) as store, join_stand(store, folder) as stand:
        yield stand


@pytest.fixture
def stand(shared: Stand) -> Stand:
    shared.clock.pass_by(hours=1)
    return shared


def reads(stand: Stand, name: str, *newsletters: str) -> str:
    """Somebody who reads these; the address."""
    email = f"{name}@readers.example"
    with stand.store.write() as conn:
        for newsletter in newsletters:
            cadence = Cadence.DAILY
            joiner = Joiner(email=email, name=name.title(), newsletter=newsletter, cadence=cadence, consent="a card")
            subscribers.join(conn, joiner, now=stand.clock.now)
    return email


def page_of(stand: Stand, email: str) -> str:
    """The link that somebody asked for."""
    assert stand.send("/you", email=email).status_code == 200
    return stand.link(email, "link")


def test_the_link_goes_to_who_reads_and_the_answer_is_the_same_for_all(stand: Stand) -> None:
    email = reads(stand, "ada", "noon")
    answers = {
        re.sub(r"(?i)[a-z]+@readers\.example", "ADDRESS", stand.send("/you", email=address).text)
        for address in (email, "nobody@readers.example", email, email.upper())
    }
    assert len(answers) == 1
    assert "Look into your mailbox" in answers.pop()
    assert [who for who, _, _ in stand.letters("link")].count(email) == 1
    assert stand.reader("nobody@readers.example") is None


def test_who_never_confirmed_has_no_page(stand: Stand) -> None:
    stand.send(email="pending@readers.example")
    stand.clock.pass_by(hours=2)
    stand.send("/you", email="pending@readers.example")
    assert "pending@readers.example" not in [who for who, _, _ in stand.letters("link")]


@pytest.mark.parametrize("typed", ["", "nobody", "a@b", "x@readers.example\r\nBcc: y@z.example"])
def test_what_is_no_address_is_told_at_its_field(stand: Stand, typed: str) -> None:
    got = stand.send("/you", email=typed)
    assert got.status_code == 422
    assert 'id="fault-email"' in got.text
    assert (
        stand.client.post("/you", data={"email": "ada@readers.example"}).status_code == 200
    )  # without a ticket: again
    assert stand.client.put("/you").status_code == 405


def test_the_page_shows_all_that_comes_and_opening_it_changes_nothing(stand: Stand) -> None:
    link = page_of(stand, reads(stand, "bea", "noon", "staff"))
    before = everything(stand)
    for method in ("GET", "HEAD"):
        assert stand.client.request(method, link).status_code == 200
        assert stand.client.request(method, f"{link}/erase").status_code == 200
        assert stand.client.request(method, f"{link}/data.json").status_code == 200
    page = stand.client.get(link)
    for shown in ("bea@readers.example", 'value="Bea"', "The Morning Tide", "Die Briefe", "At Noon", "For the Staff"):
        assert shown in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "script-src" not in page.headers["content-security-policy"]
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert stand.client.request(method, link).status_code == 405
    assert everything(stand) == before


def test_newsletters_are_joined_changed_and_left_together(stand: Stand) -> None:
    email = reads(stand, "cyd", "noon", "briefe")
    link = page_of(stand, email)
    fields = {
        "do": "choose", "newsletter": ["morning", "briefe"], "cadence-morning": "weekly", "columns-morning": "some",
        "column-morning": ["harbour", "school"], "cadence-briefe": "monthly",
    }  # fmt: skip
    done = stand.client.post(link, data=fields)
    assert done.status_code == 200
    assert 'role="status"' in done.text
    assert states(stand, email) == {"noon": "left", "briefe": "active", "morning": "active"}
    wishes = {wish.newsletter: (str(wish.cadence), wish.columns) for wish in stand.reader(email).subscriptions}
    assert wishes["morning"] == ("weekly", ("harbour", "school"))
    assert wishes["briefe"] == ("monthly", ())
    with stand.store.read() as conn:
        consents = schema.consents
        mine = consents.c.subscriber == stand.reader(email).id
        (proof,) = conn.execute(select(consents).where(mine)).all()
    assert (proof.newsletter, proof.asked, proof.confirmed) == ("morning", stand.clock.now, stand.clock.now)


def test_newsletters_that_nobody_may_join_are_for_who_has_them(stand: Stand) -> None:
    email = reads(stand, "dan", "noon")
    link = page_of(stand, email)
    assert "For the Staff" not in stand.client.get(link).text
    stand.client.post(link, data={"do": "choose", "newsletter": ["noon", "staff"]})
    assert states(stand, email) == {"noon": "active"}


def test_a_cadence_that_is_not_offered_any_more_may_stay(stand: Stand) -> None:
    email = reads(stand, "deb", "noon")
    link = page_of(stand, email)
    with stand.store.write() as conn:
        mine = schema.subscriptions.c.subscriber == stand.reader(email).id
        conn.execute(schema.subscriptions.update().where(mine).values(cadence="weekly"))
    kept = stand.client.post(link, data={"do": "choose", "newsletter": "noon", "cadence-noon": "weekly"})
    assert kept.status_code == 200
    assert "It is saved." in kept.text
    assert stand.reader(email).subscriptions[0].cadence is Cadence.WEEKLY
    stand.client.post(link, data={"do": "choose", "newsletter": "noon", "cadence-noon": "daily"})
    assert stand.reader(email).subscriptions[0].cadence is Cadence.DAILY
    gone = stand.client.post(link, data={"do": "choose", "newsletter": "noon", "cadence-noon": "weekly"})
    assert gone.status_code == 422  # for who does not have it


def test_what_is_not_clear_is_told_at_its_place_and_nothing_is_changed(stand: Stand) -> None:
    email = reads(stand, "eve", "noon")
    link = page_of(stand, email)
    before = everything(stand)
    got = stand.client.post(link, data={"do": "choose", "newsletter": ["morning"], "columns-morning": "some"})
    assert got.status_code == 422
    assert 'id="fault-columns-morning"' in got.text
    assert 'value="morning" checked' in got.text
    assert 'value="some" checked autofocus' in got.text
    assert everything(stand) == before


def test_a_pause_is_begun_and_ended(stand: Stand) -> None:
    email = reads(stand, "fay", "noon")
    link = page_of(stand, email)
    for wrong in ("", "tomorrow", str(stand.clock.now.date()), "2001-01-01", "2099-01-01", "0001-01-01", "9999-12-31"):
        got = stand.client.post(link, data={"do": "pause", "until": wrong})
        assert got.status_code == 422, wrong
        assert 'aria-invalid="true" aria-describedby="told" autofocus' in got.text
    day = (stand.clock.now + 10 * DAY).date()
    done = stand.client.post(link, data={"do": "pause", "until": day.isoformat()})
    assert "You are having a pause" in done.text
    with stand.store.read() as conn:
        until = pauses.paused_until(conn, stand.reader(email).id)
    assert until
    assert until.astimezone(stand.site.zone).date() == day
    page = stand.client.get(link).text
    assert "You are having a pause" in page
    assert f'value="{day.isoformat()}"' in page  # to be changed
    assert "Letters come again" in stand.client.post(link, data={"do": "go-on"}).text
    assert "That is as it was." in stand.client.post(link, data={"do": "go-on"}).text


def test_name_and_language_are_the_readers_own(stand: Stand) -> None:
    email = reads(stand, "gus", "noon")
    link = page_of(stand, email)
    done = stand.client.post(link, data={"do": "person", "name": "Gus\r\nBcc: x@y.example", "language": "de"})
    assert '<html lang="de"' in done.text
    assert "Alles, was zu Ihnen kommt" in done.text
    assert (stand.reader(email).name, stand.reader(email).language) == ("Gus Bcc: x@y.example", "de")
    stand.client.post(link, data={"do": "person", "name": "", "language": "../../etc"})
    assert (stand.reader(email).name, stand.reader(email).language) == ("", "")


def test_another_address_counts_once_it_is_confirmed_there(stand: Stand) -> None:
    email, new = reads(stand, "hal", "noon"), "hal@elsewhere.example"
    link = page_of(stand, email)
    assert stand.client.post(link, data={"do": "move", "email": "nowhere"}).status_code == 422
    assert "That is as it was." in stand.client.post(link, data={"do": "move", "email": email}).text
    done = stand.client.post(link, data={"do": "move", "email": new})
    assert new in done.text
    assert stand.reader(email)
    there = stand.link(new, "change")
    page = stand.client.get(there)
    assert "h…@readers.example" in page.text
    assert stand.reader(email)
    assert stand.client.post(there, data={"confirm": "1"}).status_code == 200
    assert stand.reader(email) is None
    assert states(stand, new) == {"noon": "active"}
    assert new in stand.client.get(link).text  # the same reader


def test_who_asks_for_many_addresses_is_stopped(stand: Stand) -> None:
    link = page_of(stand, reads(stand, "ida", "noon"))
    client, bounds, now = "203.0.113.77", SIGN_UP.bounds, stand.clock.now
    counted = counted_for(KEYS[0], bounds, client=client, email="x0@many0.example", has_worked=True)
    (of_client,) = [one for one in counted if one.key.startswith("signup:client:")]
    with stand.store.write() as conn:
        uses.add(conn, of_client.key, [of_client.limit], bounds.client - 1, now=now)
    told = [
        stand.client.post(
            link,
            data={"do": "move", "email": f"x{number}@many{number}.example"},
            headers={"X-Forwarded-For": client},
        )
        for number in range(3)
    ]
    assert [one.status_code for one in told] == [200, 422, 422]
    assert "Too many addresses" in told[-1].text
    assert 'value="x2@many2.example"' in told[-1].text  # to be sent later


def test_everything_that_is_kept_can_be_taken_away(stand: Stand) -> None:
    email = reads(stand, "jan", "noon")
    link = page_of(stand, email)
    with stand.store.write() as conn:
        tags.put(conn, stand.reader(email).id, ["patron"])
    stand.client.post(link, data={"do": "choose", "newsletter": ["noon", "morning"]})
    got = stand.client.get(f"{link}/data.json")
    assert got.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    facts = json.loads(got.text)
    assert (facts["address"], facts["name"], facts["consent"], facts["tags"]) == (email, "Jan", "a card", ["patron"])
    assert {one["newsletter"]: one["state"] for one in facts["subscriptions"]} == {
        "noon": "active",
        "morning": "active",
    }
    stand.client.post(link, data={"do": "move", "email": "jan@elsewhere.example"})
    asked, moves = json.loads(stand.client.get(f"{link}/data.json").text)["asked_and_confirmed"]
    assert (moves["about"], moves["confirmed"]) == ("jan@elsewhere.example", None)
    assert (asked["newsletter"], asked["asked_from"]) == ("morning", "127.0.0.1")
    assert "own page" in asked["page_said"]
    assert [one["subject"] for one in facts["letters"]]
    assert set(facts) == {
        "address", "name", "language", "state", "consent", "joined", "paused_until", "tags", "subscriptions",
        "asked_and_confirmed", "letters", "came_back", "mail_to_the_address", "suppressed",
    }  # fmt: skip


def test_leaving_everything_takes_effect_at_once(stand: Stand) -> None:
    email = reads(stand, "kim", "noon", "staff")
    link = page_of(stand, email)
    assert "You have left everything" in stand.client.post(link, data={"do": "leave"}).text
    assert set(states(stand, email).values()) == {"left"}


def test_who_is_erased_is_sure_of_it_and_then_nobody(stand: Stand) -> None:
    email = reads(stand, "liv", "noon")
    link = page_of(stand, email)
    reader = stand.reader(email).id
    assert stand.client.post(f"{link}/erase", data={}).status_code == 422
    assert stand.reader(email)
    done = stand.client.post(f"{link}/erase", data={"sure": "1"})
    assert "You are erased" in done.text
    assert stand.reader(email) is None
    with stand.store.read() as conn:
        gone = subscribers.get(conn, reader)
    assert gone
    assert (gone.email, gone.state) == ("", SubscriberState.ERASED)
    for after in (link, f"{link}/erase", f"{link}/data.json"):
        assert stand.client.get(after).status_code == 404
    assert stand.client.post(f"{link}/erase", data={"sure": "1"}).status_code == 404


@pytest.mark.parametrize("also", [["noon", "morning"], ["noon"]])
def test_who_gets_no_mail_is_told_and_comes_back_by_joining_here(stand: Stand, also: list[str]) -> None:
    email = reads(stand, f"mia{len(also)}", "noon")
    with stand.store.write() as conn:
        suppressions.put(conn, email, why=Grounds.GONE, detail="", now=NOW)
    link = page_of(stand, email)
    page = stand.client.get(link).text
    assert "At the moment nothing comes" in page
    assert 'id="until"' not in page
    stand.client.post(link, data={"do": "choose", "newsletter": also})
    assert stand.reader(email).state is SubscriberState.CONFIRMED
    assert "At the moment nothing comes" not in stand.client.get(link).text


def test_links_that_are_forged_cut_foreign_or_over_open_nothing(stand: Stand) -> None:
    link = page_of(stand, reads(stand, "ned", "noon"))
    token, row = link.rpartition("/")[2], stand.reader("ned@readers.example").subscriptions[0].id
    until = stand.clock.now + DAY
    others = [
        passing_token_for((b"somebody else's key",), Purpose.OWN_PAGE, row, until=until),
        passing_token_for(KEYS, Purpose.CONFIRM, row, until=until),
        passing_token_for(KEYS, Purpose.OWN_PAGE, 99_999, until=until),
        *(token_for(KEYS, purpose, row) for purpose in Purpose),
    ]
    before = everything(stand)
    for wrong in (token[:-1], token + "0", "x", "é" * 32, *others):
        for below in ("", "/erase", "/data.json"):
            assert stand.client.get(f"/you/{wrong}{below}").status_code == 404
        for below, fields in (("", {"do": "leave"}), ("/erase", {"sure": "1"})):
            assert stand.client.post(f"/you/{wrong}{below}", data=fields).status_code == 404
    assert everything(stand) == before
    stand.clock.pass_by(hours=26)
    over = stand.client.get(link)
    assert over.status_code == 404
    assert 'href="../you"' in over.text


@pytest.mark.parametrize("body", [b"", b"do=everything", b"\xff", b"&".join([b"a=1"] * 99)])
def test_a_body_that_is_not_of_this_page_changes_nothing(stand: Stand, body: bytes) -> None:
    link = page_of(stand, reads(stand, f"odd{len(body)}x{body[:1].hex()}", "noon"))
    before = everything(stand)
    assert stand.client.post(link, content=body).status_code == 400
    assert everything(stand) == before


def pending(stand: Stand, name: str) -> str:
    """Somebody who was asked and has not answered; where the link to leave leads."""
    email = f"{name}@readers.example"
    stand.send("/subscribe/morning", email=email)
    return f"/unsubscribe/{token_for(KEYS, Purpose.UNSUBSCRIBE, stand.reader(email).subscriptions[0].id)}"


def test_who_leaves_what_they_never_confirmed_is_told_that_nothing_comes(stand: Stand) -> None:
    path = pending(stand, "ola")
    page = stand.client.get(path)
    assert "It was not you?" in page.text
    assert states(stand, "ola@readers.example") == {"morning": "pending"}
    done = stand.client.post(path, data={"confirm": "1"})
    assert "Nothing will come" in done.text
    assert states(stand, "ola@readers.example") == {"morning": "left"}
    before = len(stand.letters())
    stand.clock.pass_by(days=2)
    stand.send("/subscribe/morning", email="ola@readers.example")
    assert len(stand.letters()) == before  # for thirty days
    assert stand.client.get(stand.link("ola@readers.example")).status_code == 200  # asked anew, and may be confirmed


def test_one_click_of_a_letter_that_asks_declines_and_says_so(stand: Stand) -> None:
    path = pending(stand, "pia")
    done = stand.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert (done.status_code, done.text) == (200, "Nothing of The Morning Tide will come.\n")
    assert states(stand, "pia@readers.example") == {"morning": "left"}
    assert stand.client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200


@pytest.mark.parametrize("path", ["/unsubscribe", "/preferences"])
def test_who_comes_without_a_link_is_shown_the_way_to_one(stand: Stand, path: str) -> None:
    page = stand.client.get(path).text
    assert "ask for a link to your own page" in page
    assert 'href="./you"' in page
