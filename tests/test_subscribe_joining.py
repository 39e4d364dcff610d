"""Tickets, work, limits and the form itself, whatever comes in."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.subscriber import Cadence
from publisher.subscribe.bounds import Bounds, client_of, counted_for, uses_of_ticket
from publisher.subscribe.joinform import EMAIL, NEWSLETTER, Fault, blank, read_form
from publisher.subscribe.preferences import Offer
from publisher.subscribe.tickets import LIFETIME, is_solved, read_ticket, solve, ticket_for
from publisher.web.origins import allowed_by, is_from_here
from tests.conftest import NOW

KEYS = (b"the key that signs now", b"the key that signed before")
OFFERS = {
    "morning": Offer(cadences=(Cadence.DAILY, Cadence.WEEKLY), columns=("harbour", "council")),
    "noon": Offer(cadences=(Cadence.MONTHLY,), columns=("harbour",)),
}
SITE = "https://courier.example/news"


@given(nonce=st.binary(min_size=8, max_size=8), seconds=st.integers(0, int(LIFETIME.total_seconds()) - 1))
def test_a_ticket_says_when_its_form_was_shown(nonce: bytes, seconds: int) -> None:
    text = ticket_for(KEYS[1:], nonce, now=NOW)
    read = read_ticket(KEYS, text, now=NOW + timedelta(seconds=seconds))
    assert read
    assert (read.nonce, read.shown) == (nonce.hex(), NOW)
    assert len(text) == 32
    assert text == text.lower()


@given(text=st.text(max_size=40) | st.text("0123456789abcdefghijklmnopqrstuv", min_size=32, max_size=32))
def test_nothing_else_is_a_ticket(text: str) -> None:
    assert read_ticket(KEYS, text, now=NOW) is None


@given(at=st.integers(0, 31), digit=st.sampled_from("0123456789abcdefghijklmnopqrstuv"))
def test_a_ticket_of_which_one_sign_is_changed_is_none(at: int, digit: str) -> None:
    text = ticket_for(KEYS, b"8 octets", now=NOW)
    changed = text[:at] + digit + text[at + 1 :]
    assert (read_ticket(KEYS, changed, now=NOW) is None) == (changed != text)


def test_a_ticket_ends_and_one_of_the_future_or_of_a_foreign_key_is_none() -> None:
    text = ticket_for(KEYS, b"8 octets", now=NOW)
    assert read_ticket(KEYS, text, now=NOW + LIFETIME) is None
    assert read_ticket(KEYS, text, now=NOW - timedelta(minutes=10)) is None
    assert read_ticket(KEYS, text, now=NOW - timedelta(minutes=1)) is not None
    assert read_ticket((b"another",), text, now=NOW) is None


@given(bits=st.integers(0, 10), nonce=st.binary(min_size=8, max_size=8))
def test_what_was_worked_out_is_good_for_its_ticket(bits: int, nonce: bytes) -> None:
    ticket = ticket_for(KEYS, nonce, now=NOW)
    number = solve(ticket, bits)
    assert is_solved(ticket, number, bits)
    digest = hashlib.sha256(f"{ticket}.{number}".encode()).hexdigest()
    assert f"{int(digest, 16):0256b}".startswith("0" * bits)


@given(number=st.text(max_size=20))
def test_work_that_is_no_number_is_no_work(number: str) -> None:
    plain = number.isascii() and number.isdigit() and len(number) <= 16
    assert is_solved("ticket", number, 0) == plain


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("not an address", "not an address"),
    ],
)
def test_a_client_is_an_address_or_a_network_of_ipv6(address: str, client: str) -> None:
    assert client_of(address) == client


@given(client=st.text(max_size=300), email=st.text(max_size=300), worked=st.booleans())
def test_whatever_is_counted_has_a_short_key_of_its_own(client: str, email: str, worked: bool) -> None:
    counted = counted_for(KEYS[0], Bounds(client=1, domain=1, site=1), client=client, email=email, has_worked=worked)
    assert len({one.key for one in counted}) == len(counted) == (3 if worked else 6)
    assert all(len(one.key) < 60 and one.limit.letters >= 1 for one in counted)


def test_a_ticket_counts_once_and_once_for_each_address() -> None:
    used, use = uses_of_ticket(KEYS[0], "00", "Ada@one.example")
    assert uses_of_ticket(KEYS[0], "00", "ada@ONE.example") == (used, use)
    other_used, other_use = uses_of_ticket(KEYS[0], "00", "bo@one.example")
    assert other_used == used
    assert other_use != use
    assert uses_of_ticket(KEYS[0], "01", "ada@one.example")[0] != used


FIELD = st.sampled_from(
    [
        EMAIL, NEWSLETTER, "cadence-morning", "columns-morning", "column-morning", "cadence-noon", "columns-noon",
        "cadence", "columns", "column-", "ticket",
    ]
)  # fmt: skip
VALUE = st.sampled_from(
    ["ada@readers.example", "morning", "noon", "daily", "weekly", "monthly", "all", "some", "harbour", "council", ""]
) | st.text(max_size=30)


@given(fields=st.dictionaries(FIELD, st.lists(VALUE, min_size=1, max_size=4), max_size=9))
def test_a_form_is_either_a_wish_that_can_be_kept_or_says_what_is_wrong_with_it(fields: dict[str, list[str]]) -> None:
    filled = read_form(fields, OFFERS)
    assert set(filled.wanted) == set(OFFERS)
    if filled.faults:
        assert filled.choices == ()
        return
    assert "@" in filled.email
    assert filled.choices
    for choice in filled.choices:
        offer = OFFERS[choice.newsletter]
        assert choice.newsletter in fields[NEWSLETTER]
        assert choice.cadence in offer.cadences
        assert set(choice.columns) <= set(offer.columns)


def test_what_a_form_leaves_out_is_as_we_would_have_it() -> None:
    filled = read_form({EMAIL: [" Ada@Readers.Example "]}, {"morning": OFFERS["morning"]})
    assert filled.email == "Ada@readers.example"
    assert [(one.newsletter, one.cadence, one.columns) for one in filled.choices] == [("morning", "daily", ())]
    assert read_form({EMAIL: ["ada@readers.example"]}, OFFERS).faults == {NEWSLETTER: Fault.NO_NEWSLETTER}


def test_a_blank_form_has_a_choice_made_where_there_is_one_newsletter_and_none_where_there_are_more() -> None:
    assert [one.chosen for one in blank(OFFERS).wanted.values()] == [False, False]
    assert [one.chosen for one in blank(OFFERS, chosen="noon").wanted.values()] == [False, True]
    assert blank({"noon": OFFERS["noon"]}).wanted["noon"].chosen


def test_an_address_beyond_ascii_is_taken_with_its_domain_as_programs_write_it() -> None:
    filled = read_form({EMAIL: ["jörg@Bücher.example"], NEWSLETTER: ["noon"]}, OFFERS)
    assert filled.email == "jörg@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, True),
        ({"origin": "null"}, True),
        ({"origin": "https://courier.example"}, True),
        ({"origin": "http://127.0.0.1:8080", "host": "127.0.0.1:8080"}, True),
        ({"origin": "https://friend.example", "sec-fetch-site": "cross-site"}, True),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "https://stranger.example"}, False),
        ({"origin": "https://courier.example.stranger.example"}, False),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, False),
        ({"origin": "https://courier.example", "sec-fetch-site": "cross-site"}, False),
        ({"origin": "https://friend.example.stranger.example", "sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
    ],
)
def test_where_a_form_comes_from(headers: dict[str, str], expected: bool) -> None:
    assert is_from_here(headers, site_url=SITE, origins=("https://friend.example",)) is expected


def test_scripts_of_named_sites_alone_are_told_that_they_may_read() -> None:
    origins = ("https://friend.example",)
    assert allowed_by({"origin": "https://friend.example"}, origins=origins) == {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": "https://friend.example",
    }
    for other in ({}, {"origin": "null"}, {"origin": "https://stranger.example"}, {"origin": ""}):
        assert allowed_by(other, origins=origins) == {"Vary": "Origin"}
