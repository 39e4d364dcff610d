"""One reader, added by an editor's word that they agreed; and all of them taken along as CSV, a row at a time."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection
from starlette.responses import Response, StreamingResponse

from publisher.errors import PublisherError, WrongUse
from publisher.feed.characters import one_line
from publisher.house import readerdeeds
from publisher.house.readerwishes import wanted_of
from publisher.model.subscriber import Cadence
from publisher.model.user import EVERYTHING, Right
from publisher.store import subscribers
from publisher.store.joining import Joined
from publisher.store.roll import roll
from publisher.subscribe.candidates import Wanted
from publisher.subscribe.exporting import csv_parts
from publisher.subscribe.importing import add_one
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method, Somewhere
from publisher.web.desk.readerrights import one_in_the_form
from publisher.web.desk.readerwords import parted_again
from publisher.web.desk.visit import Visit
from publisher.web.pages import HEADERS, PRIVATE

LONGEST_CONSENT = 500
_FIELDS = ("address", "name", "newsletter", "cadence", "consent", "tags")


class AddingPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        return self._form(visit, {})

    def _form(self, visit: Visit, problems: dict[str, str]) -> Response:
        house = self._desk.house
        mine = visit.user.newsletters(Right.SEND, tuple(house.newsletters))
        values = {
            "newsletters": {slug: house.newsletters[slug].name for slug in mine},
            "cadences": [cadence.value for cadence in Cadence],
            "columns": {slug: self._columns(slug) for slug in mine},
            "problems": problems,
            "typed": {name: visit.text(name) for name in _FIELDS},
            "chosen": visit.texts("columns"),
        }
        return self._desk.page(visit, "desk/reader_add.html", values, status=422 if problems else 200)

    def _columns(self, newsletter: str) -> dict[str, str]:
        tables = self._desk.house.config.columns
        return {slug: tables[slug].name or slug for slug in self._desk.house.newsletters[newsletter].columns}

    def add(self, visit: Visit) -> Response:
        house, slug = self._desk.house, visit.text("newsletter")
        address, consent = visit.text("address"), one_line(visit.text("consent"))[:LONGEST_CONSENT]
        problems = {}
        if not consent:
            problems["consent"] = "Say where the reader's consent comes from: it stands in the record."
        if not slug:
            problems["newsletter"] = "Say which newsletter."
        try:
            readerdeeds.valid(address)
        except WrongUse as wrong:
            problems["address"] = str(wrong)
        if problems:
            return self._form(visit, problems)
        try:
            wanted = wanted_of(house, slug, visit.text("cadence") or None, self._chosen(visit, slug), consent=consent)
            with house.store.write() as conn:
                joined, number = self._add(conn, visit, wanted)
        except PublisherError as wrong:
            return self._form(visit, {"cadence": str(wrong)})
        told = f"{address}: {joined}" + (f", {wanted.newsletter_name}." if joined is Joined.ADDED else ".")
        is_wrong = joined in (Joined.LEFT, Joined.SUPPRESSED)
        return self._desk.back(visit, f"/readers/{number}" if number else "/readers", told, wrong=is_wrong)

    def _chosen(self, visit: Visit, slug: str) -> tuple[str, ...]:
        """Those ticked that the newsletter has; the form shows those of all newsletters. () are all."""
        there = self._desk.house.newsletters[slug].columns
        chosen = tuple(column for column in there if column in visit.texts("columns"))
        return () if len(chosen) == len(there) else chosen

    def _add(self, conn: Connection, visit: Visit, wanted: Wanted) -> tuple[Joined, int | None]:
        """What became of it, and the reader's number where there is one."""
        words = parted_again(visit.text("tags"))
        for word in words:
            readerdeeds.check_tag(word)
        name, address = one_line(visit.text("name")), visit.text("address")
        joined = add_one(conn, address, name, wanted, tags=tuple(words), now=visit.now)
        reader = subscribers.find(conn, readerdeeds.form_of(address))
        if reader and joined is Joined.ADDED:
            told = f"{wanted.cadence}, {', '.join(wanted.columns) or 'all columns'}; consent: {wanted.consent}"
            self._desk.note(conn, visit, "reader.add", f"reader:{reader.id}", newsletter=wanted.newsletter, after=told)
        return joined, reader.id if reader else None


class ExportPages:
    """The file holds people's addresses: who takes it is noted."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        house = self._desk.house
        mine = visit.user.newsletters(Right.SEND, tuple(house.newsletters))
        values = {
            "newsletters": {slug: house.newsletters[slug].name for slug in mine},
            "may_all": visit.may(Right.SEND),
        }
        return self._desk.page(visit, "desk/reader_export.html", values)

    def take(self, visit: Visit) -> Response:
        slug = visit.text("newsletter")
        with self._desk.house.store.write() as conn:
            self._desk.note(
                conn, visit, "readers.export", f"newsletter:{slug}" if slug else "readers",
                newsletter=slug, after=slug or "all readers",
            )  # fmt: skip
        name = f"readers-{slug or 'all'}-{visit.now.astimezone(self._desk.house.zone):%Y-%m-%d}.csv"
        headers = HEADERS | PRIVATE | {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(self._parts(slug or None), media_type="text/csv; charset=utf-8", headers=headers)

    def _parts(self, slug: str | None) -> Iterator[str]:
        """Read while it is sent: however many there are, some thousand are held at once."""
        with self._desk.house.store.read() as conn:
            yield from csv_parts(roll(conn, newsletter=slug))


def doors(desk: Desk) -> list[Door]:
    adding, exporting, send = AddingPages(desk), ExportPages(desk), Right.SEND
    named = one_in_the_form(desk)

    def about(visit: Visit) -> str:
        """Without a newsletter the form is shown again to whoever may add to any."""
        mine = visit.user.newsletters(send, tuple(desk.house.newsletters))
        return named(visit) or next(iter(mine), EVERYTHING)

    return [
        Door(path="/readers/add", handler=adding.show, right=send, about=Somewhere.ANY),
        Door(path="/readers/add", handler=adding.add, right=send, about=about, method=Method.POST),
        Door(path="/readers/export", handler=exporting.show, right=send, about=Somewhere.ANY),
        Door(path="/readers/export", handler=exporting.take, right=send, about=named, method=Method.POST),
    ]
