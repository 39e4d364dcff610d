"""What waits for a bell: until it rings, or for so long, and without being cancelled."""

from __future__ import annotations

import asyncio

import pytest

from publisher.send.bell import Bell

SOON, LONG = 0.01, 60.0


def test_who_waits_is_woken_by_it_or_goes_on_when_the_time_is_over() -> None:
    async def wait() -> list[bool]:
        bell = Bell()
        heard = [await bell.rings_within(SOON)]
        asyncio.get_running_loop().call_later(SOON, bell.set)
        heard.append(await bell.rings_within(LONG))
        heard.append(await bell.rings_within(LONG))  # it rang before
        bell.clear()
        return [*heard, await bell.rings_within(SOON), bell.is_set()]

    assert asyncio.run(wait()) == [False, True, True, False, False]


def test_who_is_cancelled_waits_no_longer_and_leaves_no_timer_that_rings() -> None:
    async def wait() -> bool:
        bell = Bell()
        waiting = asyncio.ensure_future(bell.rings_within(SOON))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(2 * SOON)
        return bell.is_set()

    assert not asyncio.run(wait())
