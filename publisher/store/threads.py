"""Which posts follow up which (RFC 4685).

A post says whom it follows by a name: a guid of its own source, an id, or an address in
its own source. Whom that means is asked each time, for the post that is meant may come
later, go by another name, or make way for one that the name fits better.

Two posts that are linked so show each other. Publishing finds the links that stand; that
one was lost is nowhere to be seen, so who takes names away touches what they led to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, select, update

from publisher.store import schema
from publisher.store.counters import CHANGES, reserve

_posts = schema.posts
_SOME = 150  # posts asked about at a time; each has up to three names


def find_named(conn: Connection, source: str, name: str) -> int | None:
    """The post that a post of this source means by the name."""
    for wanted in _meanings(source, name):
        found = conn.execute(select(_posts.c.seq).where(wanted).order_by(_posts.c.seq).limit(1)).scalar_one_or_none()
        if found is not None:
            return int(found)
    return None


def are_there(conn: Connection) -> bool:
    """Whether any post follows up another."""
    return conn.execute(select(_posts.c.seq).where(_posts.c.follows != "").limit(1)).first() is not None


def following(conn: Connection, seq: int) -> list[int]:
    """The posts that follow up this one, oldest first."""
    named = select(_posts.c.seq, _posts.c.source, _posts.c.follows).where(_by_name(conn, [seq]))
    rows = conn.execute(named.order_by(_posts.c.published, _posts.c.seq)).all()
    return [row.seq for row in rows if find_named(conn, row.source, row.follows) == seq]


def followers(conn: Connection, seqs: Sequence[int]) -> list[tuple[int, int]]:
    """(change, seq) of the posts that may mean any of these."""
    found: dict[int, int] = {}
    for some in _in_parts(seqs):
        named = select(_posts.c.change, _posts.c.seq).where(_by_name(conn, some))
        found.update((row.seq, row.change) for row in conn.execute(named))
    return [(change, seq) for seq, change in sorted(found.items())]


def followed(conn: Connection, seqs: Sequence[int]) -> set[int]:
    """Every post that any of these may mean."""
    found: set[int] = set()
    for some in _in_parts(seqs):
        names = select(_posts.c.source, _posts.c.follows).where(_posts.c.seq.in_(some), _posts.c.follows != "")
        for row in conn.execute(names).all():
            for wanted in _meanings(row.source, row.follows):
                found.update(conn.execute(select(_posts.c.seq).where(wanted)).scalars())
    return found


def around(conn: Connection, seqs: Sequence[int]) -> set[int]:
    """The posts that may show any of these, or be shown by them."""
    after = {seq for _, seq in followers(conn, seqs)}
    return after | followed(conn, [*seqs, *sorted(after - set(seqs))])


def touch(conn: Connection, seqs: Iterable[int]) -> None:
    """Let posts count as changed, though they are not revised: what is shown with them is another."""
    for seq in sorted(seqs):
        conn.execute(update(_posts).where(_posts.c.seq == seq).values(change=reserve(conn, CHANGES)))


def _meanings(source: str, name: str) -> tuple[ColumnElement[bool], ...]:
    """What a name may mean, the likeliest first."""
    here = _posts.c.source == source
    return here & (_posts.c.guid == name), _posts.c.id == name, here & (_posts.c.url == name)


def _by_name(conn: Connection, seqs: Sequence[int]) -> ColumnElement[bool]:
    rows = conn.execute(select(_posts.c.id, _posts.c.guid, _posts.c.url).where(_posts.c.seq.in_(seqs))).all()
    names = {name for row in rows for name in row if name}
    return (_posts.c.follows != "") & _posts.c.follows.in_(names)


def _in_parts(seqs: Sequence[int]) -> Iterator[Sequence[int]]:
    yield from (seqs[at : at + _SOME] for at in range(0, len(seqs), _SOME))
