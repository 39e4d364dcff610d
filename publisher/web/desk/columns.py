"""Columns: what there is and how their sources are; a page for each with its sources, feeds, authors and last posts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection
from starlette.responses import Response

from publisher.config.schema import AuthorTable
from publisher.house.visitnow import Visits
from publisher.model.column import Column
from publisher.model.user import EVERYTHING, Right
from publisher.store import columnposts, posts
from publisher.store.postlist import Wanted, page
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method, Somewhere
from publisher.web.desk.history import history_of
from publisher.web.desk.posts import badges_of
from publisher.web.desk.reach import columns_of, may, newsletters_with, of_column, of_source
from publisher.web.desk.sourceview import sources_of_column, views_of
from publisher.web.desk.visit import Visit

LAST = 8  # posts
WEEKS = 13
_WEEK = timedelta(days=7)


class ColumnPages:
    def __init__(self, desk: Desk, visits: Visits) -> None:
        self._desk = desk
        self._visits = visits

    def all(self, visit: Visit) -> Response:
        house = self._desk.house
        columns = house.columns()
        with house.store.read() as conn:
            counts = columnposts.counts(conn)
            cards = [
                {
                    **self._named(columns[slug]),
                    "posts": counts.get(slug, 0),
                    "newest": self._desk.moment(columnposts.last_published(conn, slug)),
                    "sources": views_of(conn, self._desk, self._visits, sources_of_column(house, slug)),
                }
                for slug in columns_of(visit, house, Right.LOOK)
            ]
        may_add, saved = visit.may(Right.EDIT), visit.asked("saved")
        # A source that was just saved is not there before the program runs by the changed config.toml.
        waits_for = saved if may_add and saved not in house.config.sources else ""
        values = {"cards": cards, "may_add": may_add, "waits_for": waits_for}
        return self._desk.page(visit, "desk/columns.html", values)

    def one(self, visit: Visit) -> Response:
        house, slug = self._desk.house, visit.part("slug")
        column, names = house.columns()[slug], sources_of_column(house, slug)
        with house.store.read() as conn:
            values = {
                **self._named(column),
                "posts": columnposts.count(conn, slug),
                "sources": views_of(conn, self._desk, self._visits, names),
                "last": self._last(conn, slug),
                "chart": self._chart(conn, slug, now=visit.now),
                "changes": history_of(conn, self._desk, visit, [f"source:{one}" for one in names]),
            }
        values |= {
            "address": f"{house.config.site.url}/{slug}/",
            "feeds": []
            if column.ended
            else [(name, f"{house.config.site.url}/{slug}/{file}") for name, file in _FEEDS],
            "newsletters": [(one, house.newsletters[one].name) for one in newsletters_with(house, slug)],
            "aliases": house.config.columns[slug].aliases,
            "language": column.language,
            "may_edit": may(visit, house, Right.EDIT, slug),
            "may_add": visit.may(Right.EDIT),
        }
        return self._desk.page(visit, "desk/column.html", values)

    def collect(self, visit: Visit) -> Response:
        """Visit a source at once; the page of its column tells what came of it."""
        house, name = self._desk.house, visit.part("name")
        column = house.config.sources[name].column

        def begun() -> None:
            newsletter = next(iter(newsletters_with(house, column)), EVERYTHING)
            with house.store.write() as conn:
                self._desk.note(conn, visit, "source.collect", f"source:{name}", newsletter=newsletter)

        if not self._visits.begin(name, begun):
            return self._desk.back(visit, f"/columns/{column}", "It is being visited already.")
        return self._desk.back(visit, f"/columns/{column}", f"{name} is being visited now.")

    def _named(self, column: Column) -> dict[str, object]:
        authors = self._desk.house.config.authors
        return {
            "slug": column.slug,
            "name": column.name,
            "tagline": column.tagline,
            "ended": column.ended,
            "authors": [_author(authors[key]) for key in column.authors if key in authors],
        }

    def _last(self, conn: Connection, slug: str) -> list[dict[str, object]]:
        seqs = page(conn, Wanted(columns=(slug,)), most=LAST).seqs
        written = posts.with_seqs(conn, seqs)
        return [
            {
                "seq": seq,
                "title": written[seq].title,
                "published": self._desk.moment(written[seq].published),
                "badges": badges_of(written[seq]),
            }
            for seq in seqs
        ]

    def _chart(self, conn: Connection, slug: str, *, now: datetime) -> dict[str, object]:
        """Posts by week, those of this week last."""
        today = now.astimezone(self._desk.house.zone)
        monday = (today - timedelta(days=today.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
        weeks = [monday - number * _WEEK for number in reversed(range(WEEKS))]
        moments = columnposts.published_since(conn, slug, weeks[0])
        found = Counter(next((one for one in reversed(weeks) if moment >= one), weeks[0]) for moment in moments)
        return {
            "kind": "bars",
            "labels": [f"{week.day} {week:%b}" for week in weeks],
            "series": [{"name": "posts", "values": [found[week] for week in weeks], "colour": "--busy"}],
            "is_empty": not found,
        }


_FEEDS = (("Atom", "atom.xml"), ("RSS", "rss.xml"), ("JSON Feed", "feed.json"))


def _author(table: AuthorTable) -> dict[str, str]:
    return {"name": table.name, "blurb": table.blurb.strip()}


def doors(desk: Desk) -> list[Door]:
    pages = ColumnPages(desk, Visits(desk.house))
    looking, collecting = of_column(desk.house, Right.LOOK), of_source(desk.house, Right.EDIT)
    path = "/sources/{name}/collect"
    return [
        Door(path="/columns", handler=pages.all, right=Right.LOOK, about=Somewhere.ANY),
        Door(path="/columns/{slug}", handler=pages.one, right=Right.LOOK, about=looking),
        Door(path=path, handler=pages.collect, right=Right.EDIT, about=collecting, method=Method.POST),
    ]
