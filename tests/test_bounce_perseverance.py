"""What takes messages in goes on, whatever ends it; and is not begun again without a pause."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from publisher.bounce.perseverance import persevere
from publisher.errors import MailboxError


@dataclass
class Day:
    """Time that passes when somebody waits, or works; it is over at its end."""

    ends: float
    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def stopped(self, seconds: float) -> bool:
        if seconds:
            self.pauses.append(seconds)
        self.now += seconds
        return self.now >= self.ends

    def clock(self) -> float:
        return self.now


def failing(day: Day, errors: Iterator[tuple[float, Exception]]) -> None:
    seconds, error = next(errors)
    day.now += seconds
    raise error


def work(day: Day, *errors: tuple[float, Exception]) -> None:
    left = iter([*errors, *[(0.0, error) for _, error in errors[-1:]] * 100])
    persevere("bounces.box", lambda: failing(day, left), stopped=day.stopped, clock=day.clock)


def test_a_fault_of_the_program_is_logged_with_where_it_was_and_the_work_begun_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    day = Day(ends=2000)
    work(day, (0, KeyError("nobody thought of it")))
    assert day.pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300, 300]
    assert len(caplog.records) == len(day.pauses)
    assert all(one.levelno == logging.ERROR and one.exc_info for one in caplog.records)
    assert caplog.messages[0] == "bounces.box failed by a fault of the program, and is begun again"


def test_what_is_known_to_go_wrong_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    taken, gone = (MailboxError(mailbox="box", problem=problem) for problem in ("somebody has it", "no such folder"))
    work(Day(ends=60), (0, taken), (0, taken), (0, gone))
    assert caplog.messages == [
        "bounces.box is tried again: mailbox box: somebody has it",
        "bounces.box is tried again: mailbox box: no such folder",
    ]
    assert not any(one.exc_info for one in caplog.records)


def test_what_went_well_for_long_is_begun_again_soon() -> None:
    day = Day(ends=100_010)
    work(day, (0, ValueError()), (0, ValueError()), (100_000, ValueError()))
    assert day.pauses[:4] == [1, 2, 1, 2]


def test_whoever_stops_it_waits_for_no_pause() -> None:
    stopped = threading.Event()

    def fails() -> None:
        threading.Timer(0.05, stopped.set).start()
        raise MailboxError(mailbox="box", problem="somebody has it")

    began = time.monotonic()
    persevere("bounces.box", fails, stopped=stopped.wait)
    assert time.monotonic() - began < 0.9, "the pause would be a second"
