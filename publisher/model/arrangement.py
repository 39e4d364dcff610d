"""What an editor wants of a draft's posts: their order, which are left out, which are added.

A post that is left out stays news, and comes with the next issue. One that is added is news that
the draft did not have, because it came later or the letter was full; it goes before others where
the letter is full. Whoever has had a post gets it no more, whatever stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Posts by their numbers."""

    order: tuple[int, ...] = ()  # the lead first; whoever is not named comes after these, in the order of columns
    out: frozenset[int] = frozenset()
    added: frozenset[int] = frozenset()

    def may_hold(self, seq: int, *, through_seq: int) -> bool:
        """Whether a post may be in the issue, whose newest one was this when it was drafted."""
        return seq in self.added or (seq <= through_seq and seq not in self.out)


AS_COMPOSED = Arrangement()
"""Nobody changed anything."""


def moved(arrangement: Arrangement, standing: Sequence[int], seq: int, *, places: int) -> Arrangement:
    """A post further up (below zero) or down. `standing`: the posts as they stand now; else nothing changes."""
    if seq not in standing:
        return arrangement
    order = [one for one in standing if one != seq]
    order.insert(max(0, standing.index(seq) + places), seq)
    return replace(arrangement, order=tuple(order))


def led_by(arrangement: Arrangement, standing: Sequence[int], seq: int) -> Arrangement:
    """With this post as its lead."""
    return moved(arrangement, standing, seq, places=-len(standing))


def without(arrangement: Arrangement, standing: Sequence[int], seq: int) -> Arrangement:
    """With this post left out."""
    order = tuple(one for one in standing if one != seq)
    return Arrangement(order=order, out=arrangement.out | {seq}, added=arrangement.added - {seq})


def with_post(arrangement: Arrangement, standing: Sequence[int], seq: int) -> Arrangement:
    """With this post, at the end."""
    order = (*(one for one in standing if one != seq), seq)
    return Arrangement(order=order, out=arrangement.out - {seq}, added=arrangement.added | {seq})
