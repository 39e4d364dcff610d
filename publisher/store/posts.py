"""Posts with their authors and related stories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, select, update

from publisher.model.author import Author
from publisher.model.intake import Known, Take
from publisher.model.media import Enclosure, Image
from publisher.model.post import Origin, Post, RelatedStory
from publisher.store import authors, schema, threads
from publisher.store.approvals import hold_touched
from publisher.store.counters import CHANGES, POSTS, last_of, reserve


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPlace:
    """Where a post is."""

    column: str
    slug: str
    url: str  # "": our page is its only home
    updated: datetime


_PAGE = 500  # rows read at a time: memory stays flat, and SQLite takes that many variables

_posts = schema.posts
_KNOWN = ("seq", "id", "slug", "published", "first_seen", "updated", "revision", "content_hash", "mailable")


def find_known(conn: Connection, source: str, guids: Sequence[str]) -> dict[str, Known]:
    """What is stored of a source's posts, by guid; new ones are left out."""
    known: dict[str, Known] = {}
    for start in range(0, len(guids), _PAGE):
        wanted = select(_posts.c.guid, _posts.c.edited, *(_posts.c[name] for name in _KNOWN)).where(
            _posts.c.source == source, _posts.c.guid.in_(guids[start : start + _PAGE])
        )
        for row in conn.execute(wanted).mappings():
            known[row["guid"]] = _known_of(conn, row)
    return known


def find_moved(conn: Connection, source: str, aliases: Mapping[str, str]) -> dict[str, Known]:
    """Posts of a source that went by another host or scheme: `aliases` maps new guids to their aliases.

    An alias that several posts have names none of them.
    """
    found: dict[str, list[Known]] = {}
    wanted = sorted({alias for alias in aliases.values() if alias})
    for start in range(0, len(wanted), _PAGE):
        page = select(_posts.c.alias, _posts.c.edited, *(_posts.c[name] for name in _KNOWN)).where(
            _posts.c.source == source, _posts.c.alias.in_(wanted[start : start + _PAGE])
        )
        for row in conn.execute(page).mappings():
            found.setdefault(row["alias"], []).append(_known_of(conn, row))
    moved: dict[int, str] = {}  # of two new guids with one alias the first is the post
    for guid, alias in aliases.items():
        if len(found.get(alias, ())) == 1:
            moved.setdefault(found[alias][0].seq, guid)
    return {guid: found[aliases[guid]][0] for guid in moved.values()}


def _known_of(conn: Connection, row: RowMapping) -> Known:
    # Few were edited. Without a hash an edit was given up: the source's word counts again where it differs.
    touched = row["edited"] or not row["content_hash"]
    stands = with_seqs(conn, [row["seq"]])[row["seq"]] if touched else None
    return Known(**{name: row[name] for name in _KNOWN}, edited=tuple(row["edited"]), stands=stands)


def rename(conn: Connection, guids: Mapping[int, str]) -> None:
    """Let posts go by new guids from now on; their ids stay."""
    seqs = list(guids)
    touched = threads.around(conn, seqs)
    for seq, guid in guids.items():
        conn.execute(update(_posts).where(_posts.c.seq == seq).values(guid=guid))
    threads.touch(conn, touched | threads.around(conn, seqs))


def slugs_taken(conn: Connection, column: str, slugs: Sequence[str]) -> set[str]:
    """Which of these slugs a post of the column has already."""
    taken: set[str] = set()
    for start in range(0, len(slugs), _PAGE):
        found = select(_posts.c.slug).where(_posts.c.column == column, _posts.c.slug.in_(slugs[start : start + _PAGE]))
        taken.update(conn.execute(found).scalars())
    return taken


def save(conn: Connection, takes: Sequence[Take]) -> list[int]:
    """Store new posts and new revisions; their sequence numbers, in order."""
    authors.learn(conn, (author for take in takes for author in take.post.authors))
    lost = _linked_till_now(conn, takes)
    fresh = sum(take.is_new for take in takes)
    next_seq = reserve(conn, POSTS, fresh) if fresh else 0
    changes = reserve(conn, CHANGES, len(takes)) if takes else 0
    seqs = []
    for change, take in enumerate(takes, changes):
        seq, row = take.post.seq, _row_of(take) | {"change": change}
        if take.is_new:
            seq, next_seq = next_seq, next_seq + 1
            conn.execute(_posts.insert().values(row | {"seq": seq}))
        else:
            conn.execute(update(_posts).where(_posts.c.seq == seq).values(row))
        _put_children(conn, seq, take.post)
        seqs.append(seq)
    threads.touch(conn, lost.difference(seqs))
    if revised := [take.post for take in takes if not take.is_new]:
        moment = max(post.revised or post.first_seen for post in revised)
        hold_touched(conn, [post.seq for post in revised], now=moment)
    return seqs


def _linked_till_now(conn: Connection, takes: Sequence[Take]) -> set[int]:
    """Posts that are shown with these and perhaps no more, since these get other names or follow others."""
    revised = {take.post.seq: (take.post.url, take.post.follows) for take in takes if not take.is_new}
    renamed: list[int] = []
    for start in range(0, len(seqs := list(revised)), _PAGE):
        names = select(_posts.c.seq, _posts.c.url, _posts.c.follows).where(
            _posts.c.seq.in_(seqs[start : start + _PAGE])
        )
        renamed += [row.seq for row in conn.execute(names) if (row.url, row.follows) != revised[row.seq]]
    return threads.around(conn, renamed)


def _put_children(conn: Connection, seq: int, post: Post) -> None:
    for table in (schema.post_authors, schema.related_stories):
        conn.execute(delete(table).where(table.c.post == seq))
    keys = list(dict.fromkeys(author.key for author in post.authors))
    if keys:
        rows = [{"post": seq, "position": position, "author": key} for position, key in enumerate(keys)]
        conn.execute(schema.post_authors.insert(), rows)
    if post.related:
        conn.execute(
            schema.related_stories.insert(),
            [_related_row(seq, position, story) for position, story in enumerate(post.related)],
        )


def _related_row(seq: int, position: int, story: RelatedStory) -> dict[str, Any]:
    row = asdict(story) | {"image": asdict(story.image) if story.image else {}}
    return row | {"post": seq, "position": position}


_PLAIN = (
    "id", "column", "source", "slug", "title", "summary", "body", "url", "language",
    "published", "updated", "first_seen", "revision", "revised", "mailable", "follows", "told",
)  # fmt: skip


_OURS = ("note", "withdrawn", "held")  # what no source can say


def _row_of(take: Take) -> dict[str, Any]:
    post = take.post
    row: dict[str, Any] = {name: getattr(post, name) for name in _PLAIN}
    row["image"] = asdict(post.image) if post.image else {}
    row["tags"] = list(post.tags)
    row["enclosures"] = [asdict(enclosure) for enclosure in post.enclosures]
    row["origin"] = asdict(post.origin) if post.origin else {}
    return row | {"guid": take.guid, "alias": take.alias, "content_hash": take.content_hash}


def newest(conn: Connection, *, columns: Sequence[str], limit: int) -> list[Post]:
    """The newest posts of these columns that may be in a letter, by date of publication, newest first."""
    wanted = (
        select(_posts)
        .where(_posts.c.column.in_(columns), _posts.c.withdrawn.is_(None), _posts.c.held.is_(None))
        .order_by(_posts.c.published.desc(), _posts.c.seq.desc())
        .limit(limit)
    )
    return _read(conn, wanted)


def news(conn: Connection, *, columns: Sequence[str], after_seq: int) -> list[tuple[int, str]]:
    """(seq, column) of posts that may be mailed and were first seen after `after_seq`, oldest first."""
    # An expression and not the column: else SQLite goes by the index of columns, through all that they ever had.
    column = _posts.c.column.concat("")
    wanted = (
        select(_posts.c.seq, _posts.c.column)
        .where(_posts.c.mailable, _posts.c.seq > after_seq, column.in_(columns))
        .where(_posts.c.withdrawn.is_(None), _posts.c.held.is_(None))
        .order_by(_posts.c.seq)
    )
    return [(row.seq, row.column) for row in conn.execute(wanted)]


def with_seqs(conn: Connection, seqs: Sequence[int]) -> dict[int, Post]:
    """The posts with these numbers, by number."""
    found: dict[int, Post] = {}
    for start in range(0, len(seqs), _PAGE):
        page = _read(conn, select(_posts).where(_posts.c.seq.in_(seqs[start : start + _PAGE])))
        found.update((post.seq, post) for post in page)
    return found


def changed_after(conn: Connection, change: int, *, most: int = _PAGE) -> list[tuple[int, int]]:
    """(change, seq) of posts that are new, were revised or withdrawn after that change, in this order."""
    wanted = select(_posts.c.change, _posts.c.seq).where(_posts.c.change > change)
    return [(row.change, row.seq) for row in conn.execute(wanted.order_by(_posts.c.change).limit(most))]


def changed_since(conn: Connection, seqs: Sequence[int], change: int) -> bool:
    """Whether any of these posts was revised or withdrawn after that change."""
    return any(
        conn.execute(
            select(_posts.c.seq).where(_posts.c.seq.in_(seqs[start : start + _PAGE]), _posts.c.change > change).limit(1)
        ).first()
        for start in range(0, len(seqs), _PAGE)
    )


def seqs_after(conn: Connection, seq: int, *, most: int = _PAGE) -> list[tuple[int, int]]:
    """(change, seq) of all posts with higher numbers, in the order of these."""
    wanted = select(_posts.c.change, _posts.c.seq).where(_posts.c.seq > seq).order_by(_posts.c.seq).limit(most)
    return [(row.change, row.seq) for row in conn.execute(wanted)]


def by_authors(conn: Connection, keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(change, seq) of the posts of any of these authors."""
    table = schema.post_authors
    wanted = select(_posts.c.change, _posts.c.seq).join(table, table.c.post == _posts.c.seq)
    for key in keys:
        yield from ((row.change, row.seq) for row in conn.execute(wanted.where(table.c.author == key)))


def places_of(conn: Connection, seqs: Sequence[int]) -> list[PostPlace]:
    """Where these posts are, in this order, without all that stands in them."""
    found: dict[int, PostPlace] = {}
    for start in range(0, len(seqs), _PAGE):
        wanted = select(*(_posts.c[name] for name in ("seq", "column", "slug", "url", "updated")))
        for row in conn.execute(wanted.where(_posts.c.seq.in_(seqs[start : start + _PAGE]))).mappings():
            found[row["seq"]] = PostPlace(**{name: row[name] for name in ("column", "slug", "url", "updated")})
    return [found[seq] for seq in seqs if seq in found]


def count(conn: Connection) -> int:
    """How many posts were ever stored."""
    return last_of(conn, POSTS)


def _read(conn: Connection, wanted: Select[Any]) -> list[Post]:
    rows = conn.execute(wanted).mappings().all()
    seqs = [row["seq"] for row in rows]
    writers, stories = _authors_of(conn, seqs), _related_of(conn, seqs)
    return [_post_of(row, writers.get(row["seq"], ()), stories.get(row["seq"], ())) for row in rows]


def _post_of(row: RowMapping, writers: Sequence[Author], stories: Sequence[RelatedStory]) -> Post:
    return Post(
        **{name: row[name] for name in _PLAIN},
        seq=row["seq"],
        image=_image_of(row["image"]),
        tags=tuple(row["tags"]),
        authors=tuple(writers),
        related=tuple(stories),
        enclosures=tuple(Enclosure(**value) for value in row["enclosures"]),
        origin=Origin(**row["origin"]) if row["origin"] else None,
        **{name: row[name] for name in _OURS},
    )


def _authors_of(conn: Connection, seqs: Sequence[int]) -> dict[int, list[Author]]:
    table = schema.post_authors
    rows = conn.execute(
        select(table.c.post, table.c.author).where(table.c.post.in_(seqs)).order_by(table.c.post, table.c.position)
    ).all()
    people = authors.find(conn, list({row.author for row in rows}))
    found: dict[int, list[Author]] = {}
    for row in rows:
        found.setdefault(row.post, []).append(people[row.author])
    return found


def _related_of(conn: Connection, seqs: Sequence[int]) -> dict[int, list[RelatedStory]]:
    table = schema.related_stories
    wanted = select(table).where(table.c.post.in_(seqs)).order_by(table.c.post, table.c.position)
    found: dict[int, list[RelatedStory]] = {}
    for row in conn.execute(wanted).mappings():
        story = RelatedStory(title=row["title"], url=row["url"], summary=row["summary"], image=_image_of(row["image"]))
        found.setdefault(row["post"], []).append(story)
    return found


def _image_of(value: dict[str, str]) -> Image | None:
    return Image(**value) if value else None
