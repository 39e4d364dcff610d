"""What happens is counted by the hour, by several processes, and added up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from publisher.store import hours
from publisher.store.database import Store
from publisher.store.hours import Event
from publisher.web.desk.charting import daily, hourly

AT = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the night in which Berlin has 02:30 twice
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def test_nobody_waits_for_another_ones_counting_and_all_are_added(store: Store, database_url: str) -> None:
    with store.write() as conn:
        for number in (10, 20) if database_url.startswith("sqlite") else (10,):
            hours.count(conn, {Event.SENT: number, Event.FAILED: 0}, now=AT)
        if not database_url.startswith("sqlite"):
            with store.write() as other:  # it would wait for ever, had it the same row
                hours.count(other, {Event.SENT: 20}, now=AT)
        hours.count(conn, {Event.JOINED: 1}, now=AT, newsletter="morning")
        hours.count(conn, {Event.JOINED: 2}, now=AT + HOUR, newsletter="noon")
    with store.read() as conn:
        begun = AT.replace(minute=0)
        assert hours.between(conn, AT, AT, events=list(Event)) == {(begun, Event.SENT): 30, (begun, Event.JOINED): 1}
        noon = hours.between(conn, AT, AT + HOUR, events=[Event.JOINED], newsletter="noon")
        assert noon == {(begun + HOUR, Event.JOINED): 2}


def test_the_hour_that_comes_twice_stands_twice_and_a_day_of_25_hours_is_one_day() -> None:
    counted = {(AT.replace(minute=0) + number * HOUR, Event.SENT): number + 1 for number in range(3)}
    chart = hourly(counted, [Event.SENT], since=AT, until=AT + 2 * HOUR, zone=BERLIN)
    assert chart["labels"] == ["Sun 02:00", "Sun 02:00", "Sun 03:00"]
    days = daily(counted, [Event.SENT], since=AT, until=AT + timedelta(days=1), zone=BERLIN)
    assert days["labels"] == ["25 Oct", "26 Oct"]
    assert days["series"] == [{"name": "sent", "values": [6, 0], "colour": "--good"}]
    assert not days["is_empty"]
