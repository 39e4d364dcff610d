"""Who may do what with a reader: by the newsletters that the reader has, had, or asked for.

Who works for one newsletter sees its readers, and of them what is about that newsletter. What changes a
reader everywhere (a pause, an erase) takes the right for all newsletters of theirs; of somebody who
has none, for the site.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException

from publisher.model.subscriber import Subscriber
from publisher.model.user import EVERYTHING, Right
from publisher.store import subscribers
from publisher.web.desk.desk import Desk
from publisher.web.desk.visit import Visit

About = Callable[[Visit], str]


def reader_of(desk: Desk, visit: Visit) -> Subscriber:
    """The reader that the path names. Raises HTTPException 404."""
    with desk.house.store.read() as conn:
        reader = subscribers.get(conn, visit.number("id"))
    if reader is None:
        raise HTTPException(404)
    return reader


def newsletters_of(reader: Subscriber) -> tuple[str, ...]:
    return tuple(wish.newsletter for wish in reader.subscriptions)


def seen_of(visit: Visit, reader: Subscriber) -> tuple[str, ...]:
    """Those newsletters of a reader that a visitor may see."""
    return visit.user.newsletters(Right.EDIT, newsletters_of(reader))


def any_of_theirs(desk: Desk, right: Right) -> About:
    """About one newsletter of the reader for which the visitor has the right, if there is any."""

    def about(visit: Visit) -> str:
        theirs = newsletters_of(reader_of(desk, visit))
        return next((slug for slug in theirs if visit.may(right, slug)), EVERYTHING)

    return about


def all_of_theirs(desk: Desk, right: Right) -> About:
    """About one newsletter of the reader for which the visitor lacks the right, if there is any."""

    def about(visit: Visit) -> str:
        theirs = newsletters_of(reader_of(desk, visit))
        return next((slug for slug in theirs if not visit.may(right, slug)), theirs[0] if theirs else EVERYTHING)

    return about


def one_of_theirs(desk: Desk) -> About:
    """About the newsletter in the path, which the reader has or had."""

    def about(visit: Visit) -> str:
        slug = visit.part("slug")
        if slug not in newsletters_of(reader_of(desk, visit)):
            raise HTTPException(404)
        return slug

    return about


def one_in_the_form(desk: Desk) -> About:
    """About the newsletter that the form names."""

    def about(visit: Visit) -> str:
        slug = visit.text("newsletter")
        if slug and slug not in desk.house.newsletters:
            raise HTTPException(404)
        return slug

    return about


def may_all(visit: Visit, right: Right, reader: Subscriber) -> bool:
    """Whether a visitor has a right for all newsletters of a reader."""
    theirs = newsletters_of(reader)
    return all(visit.may(right, slug) for slug in theirs) if theirs else visit.may(right)
