"""Filing entries into archive documents (RFC 5005 §4), by month, for good. Pure.

The laws, which property tests hold:

1. The set of entries of a document never changes once it is decided. Documents of one
   month are `2026-11`, `2026-11-2` …; none holds more than `MOST`.
2. What is not filed stands in the subscription document, so that both together always
   hold every entry; and that is never more than `MOST`.
3. Entries are filed when a new month has begun, or when more than `MOST` wait: so a post
   that comes late (back-dated, or from a new source's back catalogue) is seen in the
   subscription document or in a document that is new in the chain, by whoever follows it.
4. The order of the chain is that in which documents were decided; within one decision,
   that of the months.

Months are those of UTC: the newsroom may move, its archive may not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

MOST = 100  # entries of one document


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An entry that is in no archive document yet."""

    post: int
    month: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A new archive document."""

    name: str
    posts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What is decided: the new documents in the order of the chain, and the month it was decided in."""

    month: str
    pages: tuple[Page, ...]


def month_of(moment: datetime) -> str:
    """`2026-11`"""
    return f"{moment.astimezone(UTC):%Y-%m}"


def is_due(waiting: Sequence[Waiting], *, month: str, most: int = MOST) -> bool:
    """Whether any entry is to be filed now (the third law)."""
    return len(waiting) > most or any(one.month > month for one in waiting)


def file_entries(waiting: Sequence[Waiting], *, month: str, taken: Mapping[str, int], most: int = MOST) -> Filing:
    """Decide about the entries that wait, oldest first.

    `month` is that of the last decision, "" before the first; `taken` tells how many
    documents each month has.
    """
    if not is_due(waiting, month=month, most=most):
        return Filing(month=month, pages=())
    newest = max([month, *(one.month for one in waiting)])
    pages: list[Page] = []
    ordered = sorted(waiting, key=lambda one: one.month)  # stable: oldest first within a month
    for name, group in groupby(ordered, key=lambda one: one.month):
        posts = [one.post for one in group]
        if name == newest:
            posts = posts[: (len(posts) - 1) // most * most]  # full documents alone; the rest goes on waiting
        start = taken.get(name, 0)
        parts = [posts[at : at + most] for at in range(0, len(posts), most)]
        pages += [Page(name=_named(name, start + n), posts=tuple(part)) for n, part in enumerate(parts, 1)]
    return Filing(month=newest, pages=tuple(pages))


def _named(month: str, number: int) -> str:
    return month if number == 1 else f"{month}-{number}"
