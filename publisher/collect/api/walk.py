"""Walking through the pages of an API, over several visits where one is not enough.

A walk goes from the newest post (or change) to the oldest, and sees only what was there when
it began: what comes later is for the walk of a later visit. Where a visit ends before it, it
is kept, and the next visit goes on. If posts were deleted meanwhile, those after them moved
up a page: the total tells, and the last page is read once more. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

OVERLAP = timedelta(days=1)  # a site's clock may go wrong, and its posts may go out late
SKEW = timedelta(minutes=5)  # by which clocks may differ while much is changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How far one walk has come."""

    by_change: bool = False  # the newest change first; False: the newest publication first
    after: datetime | None = None  # how far back it asks; None: through the whole back catalogue
    floor: datetime | None = None  # where it ends, if not before
    began: datetime
    page: int = 0  # the last one read; 0: none yet
    total: int = 0  # posts in all, as the API told with that page; 0: it did not

    @property
    def is_resumed(self) -> bool:
        return self.page > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a visit left to the next one."""

    url: str  # where it was
    walks: tuple[Walk, ...] = ()
    covered: datetime | None = None  # what changed up to then was read by a walk of several visits


_LEFT: TypeAdapter[Left] = TypeAdapter(Left)


def written(left: Left) -> str:
    return _LEFT.dump_json(left).decode() if left.walks or left.covered else ""


def left_in(memory: str, url: str) -> Left:
    """What `written` wrote; nothing where the source has another address now."""
    try:
        left = _LEFT.validate_json(memory) if memory else Left(url=url)
    except ValidationError:
        return Left(url=url)
    return left if left.url == url else Left(url=url)


def walks_of_visit(left: Left, *, since: datetime | None, now: datetime, by_change: bool) -> list[Walk]:
    """Those that a visit begins: for what was published, and later also for what was changed.

    Both go back to `OVERLAP` before the last visit. Where more was changed than one visit
    takes, the second does not read all that again: what another walk sees is left to it.
    """
    if since is None:
        return [Walk(began=now)]
    after = since - OVERLAP
    seen = [walk.began for walk in left.walks if walk.by_change] + ([left.covered] if left.covered else [])
    floor = max([after, *(began - SKEW for began in seen)])
    published = [] if by_change else [Walk(after=after, floor=after, began=now)]
    return [*published, Walk(by_change=True, after=after, floor=floor, began=now)]


def left_after(left: Left, unfinished: Sequence[Walk], *, now: datetime) -> Left:
    """What is left when the visit ends."""
    done = [walk.began for walk in left.walks if walk.by_change and walk.began not in {one.began for one in unfinished}]
    covered = max([*done, *([left.covered] if left.covered else [])], default=None)
    is_old = covered is not None and now - covered > 2 * OVERLAP  # no walk goes back so far any more
    return Left(url=left.url, walks=tuple(unfinished), covered=None if is_old else covered)
