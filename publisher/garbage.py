"""How often Python looks for objects that only hold each other, while millions come and go that do not."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 10_000  # new objects after which garbage is looked for


@contextmanager
def collecting_rarely(young: int = YOUNG) -> Iterator[None]:
    """Letters and rows leave no cycles: to look for some as often as Python does costs a part of a run.

    What is there is not frozen meanwhile: a server whose runs are many would never be rid of its garbage.
    """
    before = gc.get_threshold()
    if not 0 < before[0] < young:  # so it is already; perhaps by a run in another thread, which will end it
        yield
        return
    gc.set_threshold(young, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
