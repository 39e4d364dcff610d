"""Why a reader got, did not get, or will get a post, by all that is known."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from publisher.config.nouns import cadences_of, zone_of
from publisher.house.forecast import coming_of
from publisher.house.opened import House
from publisher.letter.choose import choose
from publisher.letter.why import Case, no_reader, reasons
from publisher.model.fate import Answer
from publisher.model.issue import IssueState, Newsletter, Wish
from publisher.model.post import Post
from publisher.model.subscriber import Cadence, Subscriber
from publisher.model.whereabouts import Standing
from publisher.store import issues, posts, segments, whereabouts
from publisher.store.pauses import paused_until
from publisher.store.standings import rests_until

MOST_SLOTS = 60  # issues to come that are looked through for a post that many others go before


def reasons_of(
    conn: Connection, house: House, slug: str, person: Subscriber, post: Post, *, now: datetime
) -> tuple[Answer, ...]:
    """For one newsletter."""
    newsletter, standing = house.newsletters[slug], whereabouts.standings(conn, person.id).get(slug)
    if standing is None:
        return (no_reader(newsletter),)
    unread, maximum = _unread(conn, newsletter, standing), house.config.newsletters[slug].maximum
    slots = min(MOST_SLOTS, 2 + len(unread) // maximum)
    return reasons(
        Case(
            newsletter=newsletter,
            offered=cadences_of(house.config, slug),
            post=post,
            reader=person.state,
            rests_until=rests_until(conn, person.id),
            paused_until=paused_until(conn, person.id),
            outside=newsletter.audience is not None and not segments.has(conn, newsletter.audience, person.id, now=now),
            standing=standing,
            traces=tuple(whereabouts.traces(conn, standing.id, post.seq)),
            cancelled=_cancelled(conn, slug, post),
            unread=unread,
            coming=coming_of(conn, house, slug, standing.cadence, now=now, most=slots),
            zone=zone_of(house.config, slug),
            now=now,
        )
    )


def _cancelled(conn: Connection, slug: str, post: Post) -> int | None:
    issue = issues.find_by_slot(conn, slug, Cadence.AS_IT_HAPPENS, str(post.seq))
    return issue.id if issue and issue.state is IssueState.CANCELLED else None


def _unread(conn: Connection, newsletter: Newsletter, standing: Standing) -> tuple[int, ...]:
    """The posts that are news to the reader, oldest first."""
    news = posts.news(conn, columns=newsletter.columns, after_seq=standing.seen_seq)
    wish = Wish(columns=standing.columns, seen_seq=standing.seen_seq, ahead=standing.ahead)
    choice = choose([wish], news, columns=newsletter.columns, maximum=len(news) or 1)
    return tuple(sorted(seq for variant in choice.variants for seq in variant.seqs))
