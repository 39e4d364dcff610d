"""Which posts are in an issue, for whom.

Wishes that come to the same posts share one variant, which is rendered once. So the cost
grows with the variants, never with the readers.

What is news to a reader are the posts of the chosen columns first seen after `seen_seq`
that were not had already (`ahead`). A letter holds the oldest of them, up to the
newsletter's maximum; the rest comes next time, because the reader's place is then just
below the oldest post that was not had. Nothing is left out, and nothing comes twice.
Within a letter posts stand in the order of the newsletter's columns, the newest of each
first.

`among` says which posts may be in this issue: those up to the newest of a draft that is
released, or the one post that goes by itself. The others stay news. `first` are those that go
before others where a letter is full, and `order` is an editor's: posts that it names stand in it,
before all others.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from publisher.model.issue import Variant, Wish

ALL = "all"  # key of the variant with the most posts

News = Sequence[tuple[int, str]]  # (seq, column) of posts, oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an issue made now would hold."""

    variants: tuple[Variant, ...]  # none: there is no letter for anybody
    quiet: tuple[Wish, ...]  # there is no news for these
    waiting: tuple[Wish, ...]  # there is too little for these; nothing of theirs changes
    after: Mapping[Wish, Wish] = field(default_factory=dict)  # how readers stand once it went out, `quiet` too
    through_seq: int  # the newest post that could be in it

    def through_of(self, variant: Variant) -> int:
        """Up to here there is no post that any reader of the variant does not have after this letter."""
        return min(self.after[wish].seen_seq for wish in variant.wishes)


def everything(_seq: int) -> bool:
    """The answer where any post may be in the issue."""
    return True


def choose(
    wishes: Iterable[Wish],
    news: News,
    *,
    columns: Sequence[str],
    maximum: int,
    minimum: int = 1,
    skip_empty: bool = True,
    among: Callable[[int], bool] = everything,
    first: Collection[int] = (),
    order: Sequence[int] = (),
) -> Choice:
    """Group wishes into variants. `news` is of the newsletter's columns, after the least `seen_seq`."""
    by_posts: dict[tuple[int, ...], list[Wish]] = {}
    quiet, waiting, after = [], [], {}
    by_column, in_letter = _by_column(news, columns), ordering(news, columns, order)
    for wish in wishes:
        unread = _unread(wish, by_column)
        letter = _held(filter(among, unread), maximum, first)
        if letter and len(letter) < minimum:
            waiting.append(wish)
            continue
        after[wish] = _placed(wish, unread, letter, newest=news[-1][0] if news else 0)
        if letter or not (unread or skip_empty):
            by_posts.setdefault(letter, []).append(wish)
        else:
            quiet.append(wish)
    return Choice(
        variants=_named({tuple(sorted(letter, key=in_letter)): group for letter, group in by_posts.items()}),
        quiet=tuple(quiet),
        waiting=tuple(waiting),
        after=after,
        through_seq=next((seq for seq, _ in reversed(news) if among(seq)), 0),
    )


def _by_column(news: News, columns: Sequence[str]) -> dict[str, list[int]]:
    """The posts of each column, in the order of the columns: a wish then looks at its own columns alone."""
    found: dict[str, list[int]] = {column: [] for column in columns}
    for seq, column in news:
        if column in found:
            found[column].append(seq)
    return found


def _unread(wish: Wish, by_column: Mapping[str, list[int]]) -> list[int]:
    """What is news to a reader with this wish, oldest first."""
    chosen = (by_column.get(column, ()) for column in wish.columns or by_column)
    found = sorted(chain.from_iterable(seqs[bisect_right(seqs, wish.seen_seq) :] for seqs in chosen))
    had = set(wish.ahead)
    return [seq for seq in found if seq not in had] if had else found


def _placed(wish: Wish, unread: Sequence[int], letter: tuple[int, ...], *, newest: int) -> Wish:
    """How a reader with this wish stands after the letter: the least form of what was had."""
    got = set(letter)
    first_left = next((seq for seq in unread if seq not in got), None)
    # Nobody goes back: where a newsletter lost a column, its newest post may be older than what was seen.
    seen = max(wish.seen_seq, newest) if first_left is None else first_left - 1
    ahead = sorted(seq for seq in got.union(wish.ahead) if seq > seen)
    return Wish(columns=wish.columns, seen_seq=seen, ahead=tuple(ahead))


def _held(unread: Iterable[int], maximum: int, first: Collection[int]) -> tuple[int, ...]:
    """What a letter has room for, oldest first."""
    if not first:
        return tuple(islice(unread, maximum))
    wanted = sorted(unread, key=lambda seq: seq not in first)  # stable: the oldest of each
    return tuple(sorted(wanted[:maximum]))


def ordering(news: News, columns: Sequence[str], order: Sequence[int] = ()) -> Callable[[int], tuple[int, int, int]]:
    """The place of a post in a letter."""
    place = {column: position for position, column in enumerate(columns)}
    named = {seq: position for position, seq in enumerate(order)}
    last = len(named)
    return {seq: (named.get(seq, last), place[column], -seq) for seq, column in news if column in place}.__getitem__


def _named(by_posts: Mapping[tuple[int, ...], Sequence[Wish]]) -> tuple[Variant, ...]:
    """The fullest variant first and called `all`; the others by a digest of their posts."""
    fullest_first = sorted(by_posts, key=lambda seqs: (-len(seqs), seqs))
    return tuple(
        Variant(key=_digest(seqs) if position else ALL, wishes=tuple(by_posts[seqs]), seqs=seqs)
        for position, seqs in enumerate(fullest_first)
    )


def _digest(seqs: tuple[int, ...]) -> str:
    return hashlib.sha256(str(seqs).encode()).hexdigest()[:12]
