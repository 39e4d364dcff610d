"""Which newsletters may go by a relay, and which destination an address belongs to."""

from __future__ import annotations

import pytest

from publisher.send.relay import Relay, read_relay
from publisher.send.route import Destination, Route, destination_of, names_by_domain

GMAIL = Destination(name="gmail.com", domains=frozenset({"gmail.com", "googlemail.com"}))
QUAY = Destination(name="quay.example", domains=frozenset({"quay.example"}))


def relay() -> Relay:
    return read_relay("smtp://localhost", name="post")


def test_a_relay_carries_all_where_nothing_is_said() -> None:
    route = Route(relay=relay())
    assert route.name == "post"
    assert route.may_carry("morning", "courier.example")


def test_a_relay_carries_the_newsletters_that_it_names_and_no_others() -> None:
    route = Route(relay=relay(), newsletters=frozenset({"morning"}))
    assert route.may_carry("morning", "courier.example")
    assert not route.may_carry("evening", "courier.example")


@pytest.mark.parametrize(
    ("domain", "carried"),
    [
        ("courier.example", True),
        ("Courier.Example", True),
        ("night.courier.example", True),
        ("thecourier.example", False),
        ("example", False),
        ("lantern.example", False),
    ],
)
def test_a_domain_of_from_is_one_of_those_named_or_below_it(domain: str, carried: bool) -> None:
    route = Route(relay=relay(), from_domains=frozenset({"courier.example"}))
    assert route.may_carry("morning", domain) == carried


def test_both_must_fit_where_both_are_said() -> None:
    route = Route(relay=relay(), newsletters=frozenset({"morning"}), from_domains=frozenset({"courier.example"}))
    assert not route.may_carry("morning", "lantern.example")
    assert not route.may_carry("evening", "courier.example")


@pytest.mark.parametrize(
    ("address", "destination"),
    [
        ("ada@gmail.com", "gmail.com"),
        ("ada@GoogleMail.com", "gmail.com"),
        ("ben@quay.example", "quay.example"),
        ("cid@lists.quay.example", "lists.quay.example"),
        ('"d@gmail.com"@mill.example', "mill.example"),
        ("@gmail.com", "gmail.com"),
    ],
)
def test_an_address_belongs_to_the_destination_with_its_domain_or_to_its_domain_alone(
    address: str, destination: str
) -> None:
    assert destination_of(address, names_by_domain([GMAIL, QUAY])) == destination
