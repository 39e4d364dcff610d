"""Posts as they happen: each goes as a letter of its own, once it stood unchanged for the quiet time.

A post that was just edited waits, and others overtake it; each reader's place in the news
knows which were had ahead. What became ready while nothing was running, and longer ago than
`grace`, is held. A letter of one post that somebody cancelled before it went passes its post:
who reads as it happens does not get it any more, who reads digests finds it there.

Who comes from another cadence may not have posts whose letters have long gone out to the
others. They come together, in one letter, at the next look.

Not here: the look each minute (the schedule). Known weakness: where nobody reads posts as
they happen, and a reader then comes from a digest, posts younger than `grace` still come
one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembled, Assembly, Enqueue
from publisher.assemble.proposing import gather, issue_of
from publisher.assemble.readers import readers_of
from publisher.assemble.settling import nothing_in, settle, until_it_stands
from publisher.letter.choose import choose
from publisher.model.issue import Wish
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import audience, issues, posts, proposals, singles
from publisher.store.database import Store
from publisher.templating import Templates

_SINGLE = Cadence.AS_IT_HAPPENS
_LOOKS = 4  # within the grace time it is remembered so often that somebody looked


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The posts that some reader who wants them as they happen does not have."""

    ready: Mapping[int, datetime]  # to go alone, since when
    together: frozenset[int]  # what the others had before
    resting: Mapping[int, datetime]  # just edited, until when
    passed: frozenset[int]  # cancelled
    after: Mapping[Wish, Wish]  # how readers stand where nothing of it is theirs


_NOTHING = Outlook(ready={}, together=frozenset(), resting={}, passed=frozenset(), after={})


def assemble_singles(
    store: Store, assembly: Assembly, *, now: datetime, templates: Templates, enqueue: Enqueue
) -> list[Assembled]:
    """Make the letters of all posts that are ready. Raises StorageError."""

    def make(slot: Slot, among: Callable[[int], bool]) -> Assembled | None:
        def attempt() -> Assembled | None:
            with store.read() as conn:
                readers = readers_of(conn, assembly, _SINGLE, now=now)
                material = gather(conn, assembly, _SINGLE, readers, among=among, passed=found.passed)
            if nothing_in(material):
                return None
            issue = issue_of(assembly, _SINGLE, slot, material.choice, now=now)
            return settle(store, assembly, issue, material, now=now, templates=templates, enqueue=enqueue)

        return until_it_stands(assembly.newsletter.slug, attempt)

    with store.read() as conn:
        found = outlook(conn, assembly, now=now)
        last = singles.last_look(conn, assembly.newsletter.slug)
    made = [make(Slot(key=str(seq), at=since), seq.__eq__) for seq, since in found.ready.items()]
    if found.together:
        made.append(make(Slot(key=_moment(now), at=now), found.together.__contains__))
    _remember(store, assembly, found, last, now=now)
    return [one for one in made if one]


def _moment(now: datetime) -> str:
    """The key of a letter that is of no one post."""
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z"


def outlook(conn: Connection, assembly: Assembly, *, now: datetime) -> Outlook:
    """What is ready, and what waits for how long."""
    slug, columns = assembly.newsletter.slug, assembly.newsletter.columns
    readers = readers_of(conn, assembly, _SINGLE, now=now) if singles.may_be_news(conn, slug, columns) else {}
    if not readers:
        return _NOTHING
    oldest = min(wish.seen_seq for wish in readers)
    passed = proposals.posts_given_up(conn, slug, _SINGLE, after_seq=oldest)
    held = proposals.posts_waiting(conn, slug, _SINGLE, after_seq=oldest)
    news = [one for one in posts.news(conn, columns=columns, after_seq=oldest) if one[0] not in passed]
    choice = choose(readers, news, columns=columns, maximum=len(news))
    wanted = sorted({seq for variant in choice.variants for seq in variant.seqs} - held)
    due = {seq: since + assembly.quiet for seq, since in singles.unchanged_since(conn, wanted).items()}
    resting = {seq: until for seq, until in sorted(due.items()) if until > now}
    gone = singles.had_their_letter(conn, slug, wanted)
    looked = singles.last_look(conn, slug) or now - assembly.grace
    late = {seq for seq, since in due.items() if since <= looked and now - since > assembly.grace}
    together = frozenset((gone | late) - set(resting))
    return Outlook(
        ready={seq: since for seq, since in sorted(due.items()) if seq not in resting and seq not in together},
        together=together,
        resting=resting,
        passed=frozenset(passed),
        after=choose(readers, news, columns=columns, maximum=1, among=lambda _: False).after,
    )


def _remember(store: Store, assembly: Assembly, found: Outlook, last: datetime | None, *, now: datetime) -> None:
    """Move on readers for whom nothing was new, and write down that somebody looked."""
    slug = assembly.newsletter.slug
    moved = {wish: after for wish, after in found.after.items() if wish != after}
    if last is not None and not moved and now - last < assembly.grace / _LOOKS:
        return
    with store.write() as conn:
        issues.take_turn(conn, slug)
        audience.advance(conn, slug, _SINGLE, moved)
        singles.looked(conn, slug, now=now)
