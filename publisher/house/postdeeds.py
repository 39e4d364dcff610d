"""What is done to a post by hand: the same for `publisher posts` and for the desk.

Each deed is made in the caller's transaction and says whether it changed anything. Editing
the text of a post is in `editing.py`; which fields are held by hand, in `store/edits.py`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from publisher.errors import WrongUse
from publisher.house.opened import House
from publisher.model.post import Post
from publisher.store import edits, held, posts
from publisher.store.comeback import make_news_again
from publisher.store.issues import take_turn

EARLIEST_YEAR = 1990


def withdraw(conn: Connection, post: Post, *, now: datetime) -> bool:
    """Take it back: its page goes, feeds say that it was deleted, no letter will hold it."""
    return edits.withdraw_if(conn, post.seq, now=now)


def restore(conn: Connection, house: House, post: Post, *, now: datetime) -> bool:
    """Bring it back, at its old address; who never had it gets it with the next issue, unless it is held."""
    is_back = edits.restore_if(conn, post.seq, now=now)
    if is_back and not held.among(conn, [post.seq]):
        make_news_again(conn, post.seq, _columns(house), was_news_until=post.withdrawn)
    return is_back


def redate(conn: Connection, post: Post, published: datetime, *, now: datetime) -> bool:
    """Give it another date of publication."""
    return edits.redate_if(conn, post.seq, published=published, now=now)


def hold(conn: Connection, house: House, post: Post, *, now: datetime) -> bool:
    """Keep it out of letters until it is let go; feeds and pages have it as before.

    An issue that is being made at this moment is either made before this, or without the post.
    """
    for slug, newsletter in sorted(house.newsletters.items()):
        if post.column in newsletter.columns:
            take_turn(conn, slug)
    return held.hold_if(conn, post.seq, now=now)


def release(conn: Connection, house: House, post: Post) -> bool:
    """Let it go into letters: it is news to everybody who has not had it; one that is withdrawn, when it is back."""
    is_free = held.release_if(conn, post.seq)
    if is_free and posts.with_seqs(conn, [post.seq])[post.seq].withdrawn is None:
        make_news_again(conn, post.seq, _columns(house))
    return is_free


def date_told(when: str, house: House, *, now: datetime) -> datetime:
    """A date of publication as somebody types it, on the newsroom's clock. Raises WrongUse."""
    try:
        told = datetime.fromisoformat(when)
    except ValueError:
        raise WrongUse(f"{when!r} is no date; write 2026-11-22, or 2026-11-22 07:30") from None
    if told.year < EARLIEST_YEAR:
        raise WrongUse(f"{when} is before there were web pages; write a later date")
    published = told if told.tzinfo else told.replace(tzinfo=house.zone)
    if published > now:
        raise WrongUse(f"{when} is in the future; a post that is to come later is withdrawn until then")
    return published


def _columns(house: House) -> dict[str, tuple[str, ...]]:
    return {slug: newsletter.columns for slug, newsletter in house.newsletters.items()}
