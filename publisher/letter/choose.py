"""Which posts are in an issue, for whom.

Readers with the same wish (columns, and how far they have been told the news) get the same
posts; wishes that come to the same posts share one variant, rendered once. So the cost
grows with the variants, never with the readers.

What is news to a reader are the posts of the chosen columns first seen after `seen_seq`,
oldest first, up to the newsletter's maximum; the rest comes in the next issue, because
the reader is then told to have seen only what was in the letter. Nothing is left out, and
nothing comes twice. Within a letter posts stand in the order of the newsletter's columns,
the newest of each first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from publisher.model.issue import Variant, Wish

ALL = "all"  # key of the variant for readers of all columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an issue made now would hold."""

    variants: tuple[Variant, ...]  # none: there is no news for anybody
    quiet: tuple[Wish, ...]  # wishes there is no news for
    through_seq: int  # the newest post there is


def choose(wishes: Iterable[Wish], news: Sequence[tuple[int, str]], *, columns: Sequence[str], maximum: int) -> Choice:
    """Group wishes into variants. `news` is (seq, column), oldest first, of the newsletter's columns."""
    by_posts: dict[tuple[tuple[int, ...], int], list[Wish]] = {}
    quiet = []
    newest = news[-1][0] if news else 0
    for wish in wishes:
        wanted, more = _news_for(wish, news, columns=columns, maximum=maximum)
        if not wanted:
            quiet.append(wish)
            continue
        # Where nothing was left over, the reader has seen all there is, of other columns too.
        through = wanted[-1][0] if more else newest
        by_posts.setdefault((_in_order(wanted, columns), through), []).append(wish)
    variants = [
        Variant(key="", wishes=tuple(group), seqs=seqs, through_seq=through)
        for (seqs, through), group in by_posts.items()
    ]
    return Choice(variants=_named(variants), quiet=tuple(quiet), through_seq=newest)


def _news_for(
    wish: Wish, news: Sequence[tuple[int, str]], *, columns: Sequence[str], maximum: int
) -> tuple[list[tuple[int, str]], bool]:
    """The posts of a letter, oldest first, and whether there are more than fit."""
    chosen = set(wish.columns) & set(columns) if wish.columns else set(columns)
    wanted = list(islice((one for one in news if one[0] > wish.seen_seq and one[1] in chosen), maximum + 1))
    return wanted[:maximum], len(wanted) > maximum


def _in_order(wanted: Sequence[tuple[int, str]], columns: Sequence[str]) -> tuple[int, ...]:
    place = {column: position for position, column in enumerate(columns)}
    return tuple(seq for seq, _ in sorted(wanted, key=lambda one: (place[one[1]], -one[0])))


def _named(variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """The fullest variant first and called `all`; the others by a digest of their posts."""
    fullest_first = sorted(variants, key=lambda variant: (-len(variant.seqs), variant.seqs, variant.through_seq))
    return tuple(
        Variant(
            key=ALL if position == 0 else _digest(variant),
            wishes=variant.wishes,
            seqs=variant.seqs,
            through_seq=variant.through_seq,
        )
        for position, variant in enumerate(fullest_first)
    )


def _digest(variant: Variant) -> str:
    facts = f"{variant.seqs}{variant.through_seq}".encode()
    return hashlib.sha256(facts).hexdigest()[:12]
