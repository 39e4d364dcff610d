"""What is begun by hand is in the log before it is done; who leaves a date out is told whether that was in time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Connection

from publisher.house.scheduledeeds import bring_in_line, leave_out, run_now, take_back, when_of
from publisher.house.visitnow import Visits
from publisher.model.schedule import RunState, Slot
from publisher.schedule.jobs import Clockwork, Entry
from publisher.schedule.slots import next_slot
from publisher.store import audit, issues, schedules, skips
from tests.desk_issues import fill
from tests.desk_stand import Stand, config_on, desk_stand

DAILY = "newsletter:morning:daily"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("traces")) as opened:
        fill(opened.house)
        bring_in_line(opened.house)
        yield opened


@pytest.fixture
def newsroom(database_url: str, tmp_path: Path) -> Iterator[Stand]:
    """On both databases."""
    with desk_stand(tmp_path, config_on(database_url)) as opened:
        bring_in_line(opened.house)
        yield opened


def log_of(stand: Stand, act: str) -> list[tuple[str, str, str]]:
    with stand.house.store.read() as conn:
        return [(one.who, one.before, one.after) for one in audit.newest(conn, only=audit.Only(act=act), limit=9)]


def test_a_run_by_hand_is_in_the_log_from_its_begin_and_with_its_end(stand: Stand) -> None:
    assert stand.send("sender", "/newsletters/morning/daily/run").status_code == 303
    ended, begun = log_of(stand, "schedule.run")[:2]
    assert begun == ("Sender", "", "begun")
    assert ended[:2] == ("Sender", "begun")
    assert "4 letters" in ended[2]


def test_who_is_killed_while_a_run_goes_has_left_a_trace(stand: Stand) -> None:
    def begun(conn: Connection) -> None:
        audit.add(conn, "schedule.run", "schedule:collect", who="Ada", after="begun", now=stand.clock())

    def job(_run: object) -> str:
        raise Killed

    house = stand.house
    works = Clockwork(
        house.store,
        {"collect": Entry(when=when_of(house, "collect"), grace=timedelta(hours=1), job=job)},
        stand.clock,
    )
    with pytest.raises(Killed):
        works.run_slot("collect", Slot(key="by-hand", at=stand.clock()), begun=begun)
    assert log_of(stand, "schedule.run")[0] == ("Ada", "", "begun")


def test_where_it_was_run_already_nobody_begins_it(stand: Stand) -> None:
    noted: list[object] = []
    asked = stand.clock()
    run_now(stand.house, "collect", now=asked, asked=asked, begun=noted.append)
    with pytest.raises(Exception, match="was run already"):
        run_now(stand.house, "collect", now=asked, asked=asked, begun=noted.append)
    assert len(noted) == 1


def test_a_draft_and_who_wanted_it_are_written_together(stand: Stand) -> None:
    with stand.house.store.write() as conn:
        conn.exec_driver_sql("UPDATE subscriptions SET seen_seq = 0, ahead = ''")
    answer = stand.send("editor", "/issues/draft", {"of": "morning:daily"})
    assert answer.status_code == 303
    number = int(answer.headers["location"].rpartition("/")[2])
    with stand.house.store.read() as conn:
        letter = issues.find_letter(conn, number)
    assert letter
    assert log_of(stand, "issue.draft") == [("Editor", "", f"daily, “{letter.subject}”")]


def test_who_wanted_a_source_visited_is_written_before_it_is_asked(stand: Stand) -> None:
    visits, name = Visits(stand.house), next(iter(stand.house.config.sources))
    order: list[bool] = []
    assert visits.begin(name, lambda: order.append(visits.last(name) is None))
    assert order == [True]


def coming(stand: Stand) -> Slot:
    return next_slot(when_of(stand.house, DAILY), after=stand.clock())


def clockwork_at(stand: Stand, moment: datetime) -> Clockwork:
    entry = Entry(when=when_of(stand.house, DAILY), grace=timedelta(hours=6), job=lambda _run: "made")
    return Clockwork(stand.house.store, {DAILY: entry}, lambda: moment)


def in_a_thread(deed: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=deed)
    thread.start()
    thread.join(0.5)  # it waits for the transaction that is open here
    return thread


@pytest.mark.parametrize("deed", ["skip", "unskip"])
def test_a_date_that_comes_while_it_is_left_out_is_said_to_be_too_late(newsroom: Stand, deed: str) -> None:
    stand, slot = newsroom, coming(newsroom)
    if deed == "unskip":
        with stand.house.store.write() as conn:
            leave_out(conn, stand.house, DAILY, [slot], who="Ada", now=stand.clock())
    answers: list[httpx2.Response] = []
    path = f"/newsletters/morning/daily/{deed}"
    with stand.house.store.write() as conn:  # the clock settles the slot just now
        schedules.take_turn(conn, DAILY)
        schedules.add_run(conn, DAILY, slot)
        thread = in_a_thread(lambda: answers.append(stand.send("editor", path, {"slot": slot.key})))
    thread.join()
    assert answers[0].status_code == 422
    assert "too late" in answers[0].text
    with stand.house.store.read() as conn:
        assert bool(skips.of_one(conn, DAILY)) is (deed == "unskip")
    assert log_of(stand, f"schedule.{deed}") == []


def test_who_leaves_a_date_out_before_the_clock_looks_is_in_time(newsroom: Stand) -> None:
    house, slot = newsroom.house, coming(newsroom)
    works = clockwork_at(newsroom, slot.at + timedelta(seconds=1))
    with house.store.write() as conn:
        assert leave_out(conn, house, DAILY, [slot], who="Ada", now=newsroom.clock()) == [slot]
        thread = in_a_thread(lambda: works.run_due() and None)
    thread.join()
    with house.store.read() as conn:
        found = schedules.runs_between(conn, DAILY, slot.at, slot.at + timedelta(minutes=1))
    assert [run.state for run in found] == [RunState.MISSED]
    assert found[0].note.startswith("left out by Ada")
    with house.store.write() as conn, pytest.raises(Exception, match="too late"):
        take_back(conn, house, DAILY, [slot])
