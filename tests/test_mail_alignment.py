"""Alignment: who may be one organisation."""

from __future__ import annotations

import pytest

from publisher.mail.alignment import may_align


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("courier.example", "courier.example", True),
        ("courier.example", "bounces.Courier.example.", True),
        ("a.b.courier.example", "bounces.courier.example", True),
        ("courier.example", "lantern.example", False),
        ("courier.example", "courier.test", False),
        ("notcourier.example", "courier.example", False),
        ("localhost", "localhost", True),
        ("localhost", "courier.example", False),
    ],
)
def test_domains_of_one_organisation_share_what_it_registered(one: str, other: str, same: bool) -> None:
    assert may_align(one, other) is may_align(other, one) is same
