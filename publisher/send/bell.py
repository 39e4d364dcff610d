"""A bell: rung where something happens, and waited for no longer than so long.

Not `asyncio.timeout`, for that cancels the task that waits, for a moment; and who looks in that moment
whether a run was cancelled (`patience.py` does) takes it for the end. It costs less, too.
"""

from __future__ import annotations

import asyncio


class Bell(asyncio.Event):
    """Belongs to one event loop, and one task waits."""

    async def rings_within(self, seconds: float) -> bool:
        """Wait until it rings or rang before; False where it did not in that time."""
        is_late = False

        def give_up() -> None:
            nonlocal is_late
            if not self.is_set():
                is_late = True
                self.set()

        timer = asyncio.get_running_loop().call_later(seconds, give_up)
        try:
            await self.wait()
        finally:
            timer.cancel()
        if is_late:
            self.clear()
        return not is_late
