"""How long the sender waits for its database, what it says meanwhile, and how it ends."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import text

from publisher.errors import StorageError, WrongUse
from publisher.send.patience import (
    AT_ONCE_SECONDS,
    BUSY_SECONDS,
    LEFT_BEHIND_SECONDS,
    LOOK_SECONDS,
    PROMPT_ANSWERS,
    SAY_AFTER_SECONDS,
    Patience,
)
from publisher.store.database import Store

LOCKED = StorageError("another program holds it", retry=True)


def failing(times: int, wrong: Exception = LOCKED) -> Callable[[], str]:
    """Work that succeeds after so many tries."""
    left = iter(range(times))

    def work() -> str:
        if next(left, None) is not None:
            raise wrong
        return "done"

    return work


def done(work: Callable[[], str], **settings: Any) -> str:
    async def run() -> str:
        with Patience(**{"pauses": (0.005,), **settings}) as patience:
            return await patience.with_(work)

    return asyncio.run(run())


def test_as_long_as_nobody_stops_the_sender_it_is_tried_again_and_again() -> None:
    said: list[str] = []
    assert done(failing(200), say=said.append) == "done"
    assert said == [], "a moment is not worth a line"


def test_what_cannot_help_is_raised_at_once_and_what_is_no_trouble_of_the_database_too() -> None:
    damaged = StorageError("the file is damaged", retry=False)
    for wrong in (damaged, WrongUse("the newsletter is gone"), KeyError("a fault of the program")):
        with pytest.raises(type(wrong)) as raised:
            done(failing(1, wrong))
        assert raised.value is wrong


def test_waiting_is_said_with_its_reason_and_its_end_too() -> None:
    said: list[str] = []
    end = time.monotonic() + SAY_AFTER_SECONDS + 0.5

    def held() -> str:
        if time.monotonic() < end:
            raise LOCKED
        return "done"

    assert done(held, say=said.append) == "done"
    waiting, back = said
    assert waiting == "waiting: another program holds it"
    assert back.startswith("the database was waited for, ")


def test_it_is_also_said_while_one_try_takes_long() -> None:
    said: list[str] = []

    def slow() -> str:
        time.sleep(SAY_AFTER_SECONDS + 0.3)
        return "done"

    assert done(slow, say=said.append) == "done"
    waiting, back = said
    assert waiting == "waiting: the database does not answer"
    assert back.startswith("the database was waited for, ")


def test_who_is_stopped_has_a_last_chance_and_then_is_told_what_was_wrong() -> None:
    stop = threading.Event()
    stop.set()
    assert done(failing(20), stop=stop.is_set) == "done"
    begun = time.monotonic()
    with pytest.raises(StorageError, match="another program holds it"):
        done(failing(10**9), stop=stop.is_set, last_chance=0.3)
    assert 0.3 <= time.monotonic() - begun < 2


def test_a_long_pause_is_cut_short_where_the_sender_is_stopped() -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    begun = time.monotonic()
    assert done(failing(2), pauses=(60.0,), stop=stop.is_set) == "done"
    assert time.monotonic() - begun < 5


def test_a_try_that_does_not_end_is_left_behind_by_who_is_stopped() -> None:
    stop, silent, ended = threading.Event(), threading.Event(), threading.Event()
    stop.set()

    def ask() -> str:
        silent.wait(30)
        ended.set()
        return "done"

    begun = time.monotonic()
    with pytest.raises(StorageError, match="does not answer"):
        done(ask, stop=stop.is_set, last_chance=0.0)
    assert LEFT_BEHIND_SECONDS <= time.monotonic() - begun < LEFT_BEHIND_SECONDS + 2
    assert not ended.is_set()
    silent.set()
    assert ended.wait(10), "its thread comes to its end without anybody who waits, and without a word"


def test_work_is_done_one_after_the_other_and_one_that_nobody_waits_for_any_more_holds_up_none() -> None:
    order: list[int] = []

    def work(number: int) -> Callable[[], int]:
        def do() -> int:
            time.sleep(0.01)
            order.append(number)
            return number

        return do

    async def run() -> list[int]:
        with Patience() as patience:
            tasks = [asyncio.ensure_future(patience.with_(work(number))) for number in range(5)]
            await asyncio.sleep(0)
            tasks[1].cancel()
            found = await asyncio.gather(*tasks, return_exceptions=True)
            assert isinstance(found[1], asyncio.CancelledError)
            return [one for one in found if isinstance(one, int)]

    assert asyncio.run(run()) == [0, 2, 3, 4]
    assert order == [0, 1, 2, 3, 4]


def anyhow(seconds: float) -> None:
    """It waits for nobody."""


def threads_of(works: int, *, is_file: bool, slow: frozenset[int] = frozenset()) -> list[str]:
    """In which threads so many answers come, of which some take longer than the event loop can wait."""
    seen: list[str] = []

    def work() -> str:
        seen.append(threading.current_thread().name)
        if len(seen) in slow:
            time.sleep(AT_ONCE_SECONDS * 1.5)
        return "done"

    async def run() -> None:
        with Patience(wait_at_most=anyhow if is_file else None) as patience:
            for _ in range(works):
                assert await patience.with_(work) == "done"

    asyncio.run(run())
    return seen


def test_a_file_that_answers_at_once_is_asked_in_the_event_loop_until_it_is_late() -> None:
    late = 2 * PROMPT_ANSWERS
    seen = threads_of(4 * PROMPT_ANSWERS, is_file=True, slow=frozenset({late}))
    here = threading.current_thread().name
    before, during, after = seen[:PROMPT_ANSWERS], seen[PROMPT_ANSWERS:late], seen[late : late + PROMPT_ANSWERS]
    assert set(before) == set(after) == {"ledger"}
    assert set(during) == set(seen[late + PROMPT_ANSWERS :]) == {here}


def test_a_server_is_never_asked_in_the_event_loop() -> None:
    assert set(threads_of(4 * PROMPT_ANSWERS, is_file=False)) == {"ledger"}


def test_what_goes_wrong_in_the_event_loop_is_tried_again_or_raised_as_in_the_thread() -> None:
    async def run() -> str:
        with Patience(pauses=(0.005,), wait_at_most=anyhow) as patience:
            for _ in range(PROMPT_ANSWERS):
                await patience.with_(lambda: "warm")
            with pytest.raises(KeyError):
                await patience.with_(failing(1, KeyError("a fault of the program")))
            return await patience.with_(failing(3))

    assert asyncio.run(run()) == "done"


def test_another_writer_is_waited_for_in_the_thread_and_a_moment_only_in_the_event_loop(sqlite_store: Store) -> None:
    kept = sqlite_store.waiting_at_most(BUSY_SECONDS).kept()
    tries: list[tuple[str, float]] = []

    def write() -> str:
        begun = time.monotonic()
        try:
            with kept.write() as conn:
                return str(conn.execute(text("PRAGMA busy_timeout")).scalar_one())
        finally:
            tries.append((threading.current_thread().name, time.monotonic() - begun))

    async def run() -> list[str]:
        with Patience(wait_at_most=kept.wait_at_most) as patience:
            waits = [await patience.with_(write) for _ in range(PROMPT_ANSWERS + 1)]
            with ExitStack() as held:
                held.enter_context(sqlite_store.write())
                asyncio.get_running_loop().call_later(0.3, held.close)
                waits.append(await patience.with_(write))
        return waits

    waits = asyncio.run(run())
    patient, hasty = str(int(BUSY_SECONDS * 1000)), str(int(AT_ONCE_SECONDS * 1000))
    assert waits == [patient] * PROMPT_ANSWERS + [hasty, patient]
    (here, moment), (there, long) = tries[-2:]
    assert (here, there) == (threading.current_thread().name, "ledger")
    assert moment < 0.25 < long
    kept.let_go()


def test_what_takes_long_anyhow_is_never_done_in_the_event_loop_and_says_nothing_of_the_database() -> None:
    seen: list[str] = []

    def work() -> None:
        seen.append(threading.current_thread().name)
        time.sleep(AT_ONCE_SECONDS * 1.2)

    async def run() -> None:
        with Patience(wait_at_most=anyhow) as patience:
            for _ in range(PROMPT_ANSWERS):
                await patience.with_(lambda: None)
            await patience.with_(work, is_long=True)
            await patience.with_(lambda: seen.append(threading.current_thread().name))

    asyncio.run(run())
    assert seen == ["ledger", threading.current_thread().name]


def test_the_event_loop_does_nothing_beside_a_try_that_nobody_waits_for_any_more() -> None:
    order: list[str] = []
    go = threading.Event()

    def long() -> None:
        go.wait(10)
        order.append("long")

    async def run() -> None:
        with Patience(wait_at_most=anyhow) as patience:
            for _ in range(PROMPT_ANSWERS - 1):
                await patience.with_(lambda: None)
            last, forgotten = (asyncio.ensure_future(patience.with_(one)) for one in (lambda: None, long))
            await last  # from here on the event loop would do it
            forgotten.cancel()
            quick = asyncio.ensure_future(patience.with_(lambda: order.append("quick")))
            await asyncio.sleep(0.01)
            go.set()
            await quick

    asyncio.run(run())
    assert order == ["long", "quick"]


def test_the_last_try_may_take_as_long_as_waiting_for_others_takes() -> None:
    assert LEFT_BEHIND_SECONDS >= BUSY_SECONDS + 2 * LOOK_SECONDS


# The store's part.

TOUCH = text("UPDATE settings SET value = value")


def test_a_store_waits_for_other_writers_as_long_as_is_wanted_and_its_sisters_as_before(store: Store) -> None:
    quick = store.waiting_at_most(0.3)
    with store.write() as conn:
        conn.execute(text("INSERT INTO settings (name, value) VALUES ('a', 'b')"))
    with store.write() as held:
        held.execute(TOUCH)
        begun = time.monotonic()
        with pytest.raises(StorageError, match="another program holds") as raised, quick.write() as conn:
            conn.execute(TOUCH)
        assert raised.value.retry
        assert 0.25 < time.monotonic() - begun < 5
    with quick.write() as conn:
        conn.execute(TOUCH)
    patient = threading.Thread(target=touch, args=(store,))
    with quick.write() as held:
        held.execute(TOUCH)
        patient.start()
        time.sleep(0.8)
        assert patient.is_alive(), "it has a connection that the quick one had, and waits all the same"
    patient.join(10)
    assert not patient.is_alive()


def touch(store: Store) -> None:
    with store.write() as conn:
        conn.execute(TOUCH)
