"""Posts, readers and issues for tests to write, with as little said as the test needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from publisher.model.author import Author
from publisher.model.intake import Take
from publisher.model.issue import Issue, IssueEvent, IssueState, Variant, Wish
from publisher.model.letter import Letter, Slot
from publisher.model.post import Post
from publisher.model.subscriber import Cadence
from publisher.store import audience, columns, issues, joining, posts, schema, subscribers
from publisher.store.database import Store
from tests.conftest import NOW

SENDER = 1  # the one process that sends, where there is no other
JOINED_AT_ONCE = 500

MIRA = Author(key="mira-voss", name="Mira Voss", blurb="Mira Voss writes about harbours.")


def a_post(number: int, *, column: str = "harbour", seq: int = 0, title: str = "", mailable: bool = True) -> Post:
    """A new post; the higher its number, the later it was published."""
    return Post(
        id=f"tag:courier.example,2026:{column}/{number}",
        seq=seq,
        column=column,
        source=f"{column}-posts",
        slug=f"post-{number}",
        title=title or f"Post {number}",
        published=NOW + timedelta(minutes=number),
        updated=NOW + timedelta(minutes=number),
        first_seen=NOW,
        summary=f"What post {number} is about.",
        body=f"<p>All of post {number}.</p>",
        url=f"https://elsewhere.example/{number}",
        authors=(MIRA,),
        mailable=mailable,
    )


def put_columns(conn: Connection, *slugs: str) -> None:
    for slug in slugs:
        columns.put_if_new(conn, slug, feed_id=f"tag:courier.example,2026:{slug}", now=NOW)


def take(post: Post, *, content_hash: str = "") -> Take:
    return Take(guid=post.id, content_hash=content_hash or f"{post.title}{post.body}", post=post)


def put_posts(conn: Connection, written: Sequence[Post]) -> list[int]:
    put_columns(conn, *{post.column for post in written})
    return posts.save(conn, [take(post) for post in written])


def put_readers(conn: Connection, count: int, *, newsletter: str = "morning", start: int = 0) -> None:
    columns.put_newsletters(conn, [(newsletter, newsletter.title())], now=NOW)
    joiners = [
        subscribers.Joiner(
            email=f"reader{number}@readers.example",
            name=f"Reader {number}",
            newsletter=newsletter,
            cadence=Cadence.DAILY,
            consent="a test",
        )
        for number in range(start, start + count)
    ]
    for begin in range(0, count, JOINED_AT_ONCE):
        joining.join_all(conn, joiners[begin : begin + JOINED_AT_ONCE], now=NOW)


def move_readers(conn: Connection, domain: str, *, every: int) -> None:
    """Each so manieth reader has the mailbox there."""
    people = schema.subscribers
    for person, email in conn.execute(select(people.c.id, people.c.email)).all():
        moved = f"{email.partition('@')[0]}@{domain}"
        if not person % every:
            conn.execute(update(people).where(people.c.id == person).values(email=moved, address_key=moved.lower()))


LETTER = Letter(
    subject="A morning",
    html=f"<html><body><p>News for {Slot.NAME.mark}.</p><a href='{Slot.UNSUBSCRIBE_URL.mark}'>Leave</a></body></html>",
    text=f"News for {Slot.NAME.mark}.\nLeave: {Slot.UNSUBSCRIBE_URL.mark}\n",
)


def an_issue(*, slot: str = "2026-11-22", through_seq: int = 1, now: datetime = NOW) -> Issue:
    return Issue(
        id=0,
        newsletter="morning",
        cadence=Cadence.DAILY,
        slot=slot,
        state=IssueState.QUEUED,
        created=now,
        due=now,
        expires=now + timedelta(hours=24),
        through_seq=through_seq,
    )


def freeze_for_all(conn: Connection, *, slot: str = "2026-11-22", seqs: tuple[int, ...] = (1,)) -> int:
    """An issue of these posts for every reader of the morning newsletter; its id."""
    issue = an_issue(slot=slot, through_seq=max(seqs))
    wishes = tuple(audience.wishes(conn, issue.newsletter, issue.cadence))
    variant = Variant(key="all", wishes=wishes, seqs=seqs)
    after = {one: replace(one, seen_seq=max(seqs)) for one in wishes}
    return issues.freeze(conn, issue, [(variant, LETTER)], after=after).issue


def put_issue_on_its_way(store: Store, readers: int) -> int:
    """A post, some readers, and an issue for them that a sender may claim from; its id."""
    with store.write() as conn:
        put_posts(conn, [a_post(1)])
        put_readers(conn, readers)
        issue = freeze_for_all(conn)
        assert issues.move_if(conn, issue, IssueEvent.START, now=NOW)
    return issue


def wish(*columns: str, seen: int = 0, ahead: tuple[int, ...] = ()) -> Wish:
    return Wish(columns=tuple(sorted(columns)), seen_seq=seen, ahead=ahead)
