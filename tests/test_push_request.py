"""What is asked of our hub: read strictly, refused in words that help."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.push.request import (
    FORM,
    LONGEST_LEASE_SECONDS,
    SHORTEST_LEASE_SECONDS,
    USUAL_LEASE_SECONDS,
    Mode,
    Refusal,
    Wish,
    wish_in,
)

TOPIC = "https://courier.example/harbour/atom.xml"
CALLBACK = "https://reader.example/hook?of=7"
ASKED = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": CALLBACK}


def ask(**changes: str | None) -> Wish | Refusal:
    """`callback="…"` changes `hub.callback`; None leaves it out."""
    fields = ASKED | {f"hub.{name}": value for name, value in changes.items()}
    return wish_in(urlencode({name: value for name, value in fields.items() if value is not None}).encode(), FORM)


def refused(asked: Wish | Refusal) -> str:
    assert isinstance(asked, Refusal)
    assert asked.status == 400
    return asked.reason


def test_a_request_in_order_is_read_as_it_stands() -> None:
    wish = ask(secret="over the bar", lease_seconds="172800")
    assert wish == Wish(
        mode=Mode.SUBSCRIBE,
        topic=TOPIC,
        callback=CALLBACK,
        host="reader.example",
        secret="over the bar",
        lease_seconds=172800,
    )


def test_a_secret_is_in_no_log() -> None:
    assert "over the bar" not in repr(ask(secret="over the bar"))


@pytest.mark.parametrize(
    ("asked_for", "granted"),
    [
        (None, USUAL_LEASE_SECONDS),
        ("", USUAL_LEASE_SECONDS),
        ("1", SHORTEST_LEASE_SECONDS),
        ("0", SHORTEST_LEASE_SECONDS),
        ("999999999999", LONGEST_LEASE_SECONDS),
        ("864001", 864001),
    ],
)
def test_a_lease_is_granted_within_our_bounds(asked_for: str | None, granted: int) -> None:
    wish = ask(lease_seconds=asked_for)
    assert isinstance(wish, Wish)
    assert wish.lease_seconds == granted


@pytest.mark.parametrize("lease", ["-1", "1.5", "ten", "١٢", "9" * 5000])
def test_a_lease_that_is_no_number_is_refused(lease: str) -> None:
    assert "hub.lease_seconds" in refused(ask(lease_seconds=lease))


@pytest.mark.parametrize("name", ["mode", "topic", "callback"])
def test_what_is_missing_is_named(name: str) -> None:
    assert refused(ask(**{name: None})) == f"hub.{name} is missing"


@pytest.mark.parametrize(
    "callback",
    [
        "ftp://reader.example/hook",
        "reader.example/hook",
        "https:///hook",
        "https://reader.example/hook#part",
        "https://user:word@reader.example/hook",
        "https://reader.example:25/hook",
        "https://reader.example:70000/hook",
        "https://leser.bücher.example/hook",
        "https://reader.example/two words",
        "https://reader.example/\r\nHost: other.example",
        "https://[fe80::1/hook",
        "https://reader.example/" + "a" * 2048,
    ],
)
def test_a_callback_that_cannot_be_used_is_refused(callback: str) -> None:
    assert "hub.callback" in refused(ask(callback=callback))


@pytest.mark.parametrize(
    "callback", ["http://reader.example/h", "https://reader.example:8443/h", "http://[2001:db8::1]:8080/", CALLBACK]
)
def test_a_callback_is_kept_exactly(callback: str) -> None:
    wish = ask(callback=callback)
    assert isinstance(wish, Wish)
    assert wish.callback == callback


def test_a_secret_has_less_than_200_bytes() -> None:
    assert isinstance(ask(secret="é" * 99), Wish)
    assert "hub.secret" in refused(ask(secret="é" * 100))


def test_a_publisher_is_told_that_this_hub_needs_no_ping() -> None:
    assert "knows when they change" in refused(ask(mode="publish"))
    assert "neither" in refused(ask(mode="denied"))


def test_a_field_that_stands_twice_is_refused_and_strange_ones_are_ignored() -> None:
    body = urlencode([*ASKED.items(), ("hub.topic", "https://courier.example/other/atom.xml")])
    assert refused(wish_in(body.encode(), FORM)) == "hub.topic stands there twice"
    body = urlencode([*ASKED.items(), ("hub.verify", "sync"), ("verify", "a"), ("verify", "b")])
    assert isinstance(wish_in(body.encode(), f"{FORM}; charset=UTF-8"), Wish)


def test_another_kind_of_body_is_not_read() -> None:
    refusal = wish_in(b"{}", "application/json")
    assert isinstance(refusal, Refusal)
    assert refusal.status == 415


def test_a_topic_that_is_written_otherwise_is_the_same() -> None:
    wish = ask(topic="https://courier.example/h%61rbour/atom%2exml")
    assert isinstance(wish, Wish)
    assert wish.topic == TOPIC


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_wish_or_a_refusal(body: bytes) -> None:
    assert isinstance(wish_in(body, FORM), Wish | Refusal)


@given(st.dictionaries(st.sampled_from([*ASKED, "hub.secret", "hub.lease_seconds", "x"]), st.text(max_size=60)))
def test_every_refusal_of_a_form_names_a_field(fields: dict[str, str]) -> None:
    asked = wish_in(urlencode(ASKED | fields, errors="replace").encode(), FORM)
    assert isinstance(asked, Wish) or "hub." in asked.reason
