"""Warm-up and sending hours over days that pass: a real sender, a real server, and a clock that is put forward.

What counts is when letters came to the server, by that clock. The nights on which clocks are moved
are among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from publisher.model.delivery import DeliveryState
from publisher.model.limit import Limit
from publisher.send.hours import Hours
from publisher.send.relay import read_relay
from publisher.send.route import Route
from publisher.send.warmup import WarmUp
from publisher.store import schema
from publisher.store.database import Store
from tests import smtp_servers
from tests.sending import send_by
from tests.test_send_deliver import CONTEXT, states
from tests.writers import put_issue_on_its_way

BERLIN = ZoneInfo("Europe/Berlin")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TICK = timedelta(seconds=2)
LOOKS_EVERY = 90 * MINUTE  # what limits leave is used up at each look


class Clock:
    """It goes on by a tick whenever it is asked, and may be put forward: so a busy machine does not make it fast."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += TICK
        return self.now


def came_until_all_was_sent(store: Store, readers: int, start: datetime, **route: object) -> list[datetime]:
    """When letters came to a relay, where a sender looks whenever the last one said it should, and not all the time."""
    issue = put_issue_on_its_way(store, readers)
    with store.write() as conn:
        conn.execute(schema.issues.update().values(expires=start + 30 * DAY))
    clock, came = Clock(start), []

    def note(verb: str, argument: str, taken: int) -> None:
        if verb == "MAIL":
            came.append(clock.now)

    with smtp_servers.Relay(answer=note) as server:
        relay = read_relay(server.url(), name="new", connections=2)
        while states(store, issue) != {DeliveryState.SENT: readers}:
            assert clock.now < start + 20 * DAY, "it does not come to an end"
            report = send_by(
                store, Route(relay=relay, **route), context=CONTEXT, clock=clock, zone=BERLIN, drain_seconds=5.0
            )
            assert report.problem == ""
            clock.now = max(report.next_try or clock.now, clock.now + LOOKS_EVERY)
    assert set(Counter(server.recipients()).values()) == {1}
    return sorted(came)


def test_a_warm_up_grows_day_by_day_and_no_24_hours_have_more_than_its_day_allows(sqlite_store: Store) -> None:
    begins = date(2026, 10, 23)  # in the night of the 25th the clocks are put back
    warm_up = WarmUp(since=begins, first_day=12, growth=1.5, days=5)
    allowed = [12, 18, 27, 40, 60]
    came = came_until_all_was_sent(sqlite_store, 200, datetime(2026, 10, 23, 9, tzinfo=BERLIN), warm_up=warm_up)
    by_day = Counter((moment.astimezone(BERLIN).date() - begins).days for moment in came)
    assert set(by_day) == set(range(6)), "on the sixth day there is no limit any more"
    assert all(0.95 * letters <= by_day[day] <= letters for day, letters in enumerate(allowed)), by_day
    for place, moment in enumerate(came[: -by_day[5]]):
        day = (moment.astimezone(BERLIN).date() - begins).days
        assert sum(moment - DAY < other for other in came[: place + 1]) <= allowed[day]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "nights",
    [
        ["2026-10-23T20:00 2026-10-24T01:00", "2026-10-24T20:00 2026-10-25T02:00", "2026-10-25T21:00 2026-10-26T02:00"],
        ["2027-03-26T21:00 2027-03-27T02:00", "2027-03-27T21:00 2027-03-28T01:00", "2027-03-28T20:00 2027-03-29T01:00"],
    ],
    ids=["clocks are put back", "clocks are put forward"],
)
def test_sending_hours_are_those_of_the_clock_on_the_wall_in_nights_on_which_it_is_moved(
    sqlite_store: Store, nights: Sequence[str]
) -> None:
    """22:00 to 03:00 in Berlin: five hours, but six in the one night and four in the other."""
    open_ = [(utc(begin), utc(end)) for begin, end in (night.split() for night in nights)]
    route = {"hours": Hours(opens=time(22), closes=time(3)), "limits": (Limit(letters=10, seconds=3600),)}
    came = came_until_all_was_sent(sqlite_store, 75, open_[0][0] - 3 * HOUR, **route)
    tonight = [[moment for moment in came if begin <= moment < end + MINUTE] for begin, end in open_]
    assert sum(map(len, tonight)) == 75, "none at another time"
    for (begin, end), letters in zip(open_[:2], tonight[:2], strict=True):
        assert letters[0] - begin < 5 * MINUTE
        assert end - letters[-1] < LOOKS_EVERY + 5 * MINUTE, "letters go to the end of the night"
