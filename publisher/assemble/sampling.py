"""Letters to look at: what a newsletter would send now, and where that is nothing, a sample.

A sample is made of the newest posts of the newsletter's columns, whoever has had them, so
that design and wording can be seen on a quiet day. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembly, Result
from publisher.assemble.proposing import Material, Proposal, compose_all, issue_of, propose
from publisher.assemble.readers import readers_of
from publisher.assemble.relating import relate
from publisher.assemble.settling import nothing_in
from publisher.letter.choose import choose
from publisher.model.issue import Wish
from publisher.model.post import Post, with_media
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import posts
from publisher.store.counters import CHANGES, last_of
from publisher.store.database import Store
from publisher.templating import Templates

IN_SAMPLE = 10  # posts at most: a full letter, as readers know it
ANYBODY = Wish(columns=(), seen_seq=0)


# Why there is no letter to send, in a sentence that goes on.
_QUIET = {
    Result.NO_READERS: "nobody gets it yet",
    Result.TOO_FEW: "fewer posts are new than its `minimum`",
    Result.NO_NEWS: "nothing is new",
}


def why_quiet(proposal: Proposal) -> str:
    """Why a proposal has no letters; "" where it has some."""
    nothing = nothing_in(proposal.material)
    return _QUIET[nothing] if nothing else ""


def propose_now(
    store: Store,
    assembly: Assembly,
    *,
    cadence: Cadence,
    slot: Slot,
    now: datetime,
    templates: Templates,
    wish: Wish | None = None,
) -> Proposal:
    """What would be sent if it were time, to all or to one reader; as it happens, the oldest post that waits.

    Raises TemplateError. Without letters where nothing is news to anybody.
    """
    if cadence is Cadence.AS_IT_HAPPENS:
        with store.read() as conn:
            oldest = _oldest_waiting(conn, assembly, wish, now=now)
        slot = Slot(key=str(oldest), at=now) if oldest else slot
    return propose(store, assembly, cadence=cadence, slot=slot, now=now, templates=templates, wish=wish)


def _oldest_waiting(conn: Connection, assembly: Assembly, wish: Wish | None, *, now: datetime) -> int:
    """The number of the first post that is news to somebody who gets each by itself; 0: there is none."""
    columns = assembly.newsletter.columns
    readers = [wish] if wish else list(readers_of(conn, assembly, Cadence.AS_IT_HAPPENS, now=now))
    if not readers:
        return 0
    news = posts.news(conn, columns=columns, after_seq=min(one.seen_seq for one in readers))
    choice = choose(readers, news, columns=columns, maximum=max(1, len(news)))
    return min((seq for variant in choice.variants for seq in variant.seqs), default=0)


def sample(
    store: Store,
    assembly: Assembly,
    *,
    cadence: Cadence,
    slot: Slot,
    now: datetime,
    templates: Templates,
    wish: Wish = ANYBODY,
) -> Proposal:
    """A letter of the newest posts; where there is none at all, the one that says so. Raises TemplateError."""
    newsletter = assembly.newsletter
    most = 1 if cadence is Cadence.AS_IT_HAPPENS else min(assembly.maximum, IN_SAMPLE)
    wanted = [slug for slug in newsletter.columns if slug in (wish.columns or newsletter.columns)]
    fresh = Wish(columns=wish.columns, seen_seq=0)
    with store.read() as conn:
        newest = sorted(posts.newest(conn, columns=wanted, limit=most), key=lambda post: post.seq)
        material = _material(conn, assembly, newest, fresh, most=most)
    return _proposal(assembly, material, cadence=cadence, slot=slot, now=now, templates=templates)


def sample_of(
    store: Store, assembly: Assembly, post: Post, *, cadence: Cadence, slot: Slot, now: datetime, templates: Templates
) -> Proposal:
    """A letter with this one post, whoever has had it and whether or not it may go. Raises TemplateError."""
    with store.read() as conn:
        material = _material(conn, assembly, [post], ANYBODY, most=1)
    return _proposal(assembly, material, cadence=cadence, slot=slot, now=now, templates=templates)


def _material(conn: Connection, assembly: Assembly, written: Sequence[Post], fresh: Wish, *, most: int) -> Material:
    choice = choose(
        [fresh],
        [(post.seq, post.column) for post in written],
        columns=assembly.newsletter.columns,
        maximum=most,
        skip_empty=False,
    )
    return Material(
        readers={fresh: 0},
        choice=choice,
        posts={post.seq: with_media(post, assembly.site_url) for post in written},
        relations=relate(conn, assembly, written, through_seq=choice.through_seq),
        change=last_of(conn, CHANGES),
    )


def _proposal(
    assembly: Assembly, material: Material, *, cadence: Cadence, slot: Slot, now: datetime, templates: Templates
) -> Proposal:
    issue = issue_of(assembly, cadence, slot, material.choice, now=now)
    return Proposal(issue=issue, material=material, letters=compose_all(assembly, issue, material, templates))
