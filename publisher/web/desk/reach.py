"""Whose columns and posts are: who may do something in one of the newsletters that have a column may do it there."""

from __future__ import annotations

from starlette.exceptions import HTTPException

from publisher.house.opened import House
from publisher.model.post import Post
from publisher.model.user import EVERYTHING, Right
from publisher.store import posts
from publisher.web.desk.doors import About
from publisher.web.desk.visit import Visit


def newsletters_with(house: House, column: str) -> tuple[str, ...]:
    """Those that have the column, by slug."""
    return tuple(slug for slug, newsletter in house.newsletters.items() if column in newsletter.columns)


def may(visit: Visit, house: House, right: Right, column: str) -> bool:
    return visit.may(right) or bool(visit.user.newsletters(right, newsletters_with(house, column)))


def columns_of(visit: Visit, house: House, right: Right) -> tuple[str, ...]:
    """The columns that a visitor has a right for."""
    return tuple(slug for slug in house.config.columns if may(visit, house, right, slug))


def by_whom(visit: Visit, house: House, right: Right, column: str) -> str:
    """The newsletter for which the visitor has the right; EVERYTHING where it takes a role for the site."""
    mine = visit.user.newsletters(right, newsletters_with(house, column))
    return EVERYTHING if visit.may(right) or not mine else mine[0]


def of_column(house: House, right: Right) -> About:
    """For doors whose path has `{slug}`."""

    def about(visit: Visit) -> str:
        if visit.part("slug") not in house.config.columns:
            raise HTTPException(404)
        return by_whom(visit, house, right, visit.part("slug"))

    return about


def of_source(house: House, right: Right) -> About:
    """For doors whose path has `{name}`, that of a source."""

    def about(visit: Visit) -> str:
        table = house.config.sources.get(visit.part("name"))
        if table is None:
            raise HTTPException(404)
        return by_whom(visit, house, right, table.column)

    return about


def of_post(house: House, right: Right) -> About:
    """For doors whose path has `{seq:int}`."""

    def about(visit: Visit) -> str:
        return by_whom(visit, house, right, post_at(visit, house).column)

    return about


def post_at(visit: Visit, house: House) -> Post:
    """The post that the path names. Raises HTTPException 404 where there is none."""
    seq = visit.number("seq")
    with house.store.read() as conn:
        found = posts.with_seqs(conn, [seq]).get(seq)
    if found is None:
        raise HTTPException(404)
    return found
