"""One mailbox has many addresses; whoever types them makes us fill it no faster, and is told nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.store.database import Store
from publisher.subscribe.bounds import Bounds, mailbox_of
from publisher.web.joindesk import Verdict
from tests.join_stand import Stand, join_stand
from tests.test_web_joining_floods import desk_of, take


@pytest.fixture
def stand(sqlite_store: Store, tmp_path: Path) -> Iterator[Stand]:
    with join_stand(sqlite_store, tmp_path) as stand:
        yield stand


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Mira@readers.example", "mi.ra+news@Readers.example", True),
        ("mira@gmail.com", "m.i.r.a@googlemail.com", True),
        ("mira@readers.example", "mira@readers.test.example", False),
        ("mira@readers.example", "mirna@readers.example", False),
        ("+1@readers.example", "+2@readers.example", False),
    ],
)
def test_addresses_that_may_be_one_mailbox_count_together(one: str, other: str, same: bool) -> None:
    assert (mailbox_of(one) == mailbox_of(other)) is same


def test_many_names_of_one_mailbox_get_three_letters_an_hour_and_ten_a_day(stand: Stand) -> None:
    desk = desk_of(stand, bounds=Bounds(client=10_000, domain=10_000, site=10_000))
    hours = []
    for hour in range(6):
        for number in range(5):
            name = f"vic.tim+{hour}{number}@readers.example"
            assert take(desk, stand, name) is Verdict.TAKEN
        hours.append(len(stand.letters()))
        stand.clock.pass_by(minutes=75)
    assert hours == [3, 6, 9, 10, 10, 10]
    assert stand.count("subscribers") == 10  # nothing is kept of the others
    stand.clock.now += timedelta(days=2)
    assert take(desk, stand, "victim@readers.example") is Verdict.TAKEN
    assert len(stand.letters()) == 11
