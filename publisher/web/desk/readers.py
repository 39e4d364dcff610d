"""Readers: how many read what, how that grew, and those one looks for. No page looks through all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from publisher.config.nouns import segment_of
from publisher.house.readerdeeds import form_of
from publisher.model.segment import Segment, key_of
from publisher.model.subscriber import Cadence, SubscriberState
from publisher.model.user import Right
from publisher.store import hours, readerlist, segments, subscribers, suppressions
from publisher.store.census import Census
from publisher.store.hours import Event
from publisher.store.readerlist import Listed, Only
from publisher.web.desk.charting import daily
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Somewhere
from publisher.web.desk.readerwords import PEOPLE, WISHES
from publisher.web.desk.visit import Visit

AT_A_TIME = 50
DAYS = (30, 90, 365)
_EVENTS = (Event.JOINED, Event.LEFT)
_STANDING = {
    "confirmed": "confirmed",
    "pending": "not confirmed yet",
    "suppressed": "suppressed",
    "paused": "paused by themselves",
    "resting": "resting after bounces",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the query asks for."""

    words: str
    newsletter: str
    cadence: str
    state: str
    tag: str
    segment: str

    @property
    def is_any(self) -> bool:
        return bool(self.words or self.newsletter or self.cadence or self.state or self.tag or self.segment)

    def query(self, **more: str) -> str:
        told = {
            "q": self.words, "newsletter": self.newsletter, "cadence": self.cadence, "state": self.state,
            "tag": self.tag, "segment": self.segment,
        }  # fmt: skip
        return urlencode({name: value for name, value in (told | more).items() if value})


class ReaderPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        asked, mine = self._asked(visit), self._mine(visit)
        with self._desk.house.store.read() as conn:
            only = self._only(conn, visit, asked)
            found = readerlist.page(conn, only, after=visit.asked("after"), size=AT_A_TIME)
            values = {
                "asked": asked,
                "readers": [self._row(visit, one) for one in found.rows],
                "is_whole": found.is_whole,
                "domain": domain_in(asked.words.lower()),
                "is_first": not visit.asked("after"),
                "first": f"readers?{asked.query()}",
                "next": f"readers?{asked.query(after=found.next)}" if found.next else "",
                "stranger": self._stranger(conn, visit, asked) if not found.rows and asked.words else None,
                "newsletters": {slug: self._name(slug) for slug in mine},
                "cadences": [cadence.value for cadence in Cadence],
                "states": _STANDING,
                "segments": list(self._desk.house.config.segments),
                "may": self._may(visit, mine),
            }
            if not asked.is_any and not visit.asked("after"):
                values |= self._numbers(conn, visit, mine)
        return self._desk.page(visit, "desk/readers.html", values)

    def _asked(self, visit: Visit) -> _Asked:
        house = self._desk.house
        newsletter, cadence = visit.asked("newsletter"), visit.asked("cadence")
        state, segment = visit.asked("state"), visit.asked("segment")
        return _Asked(
            words=visit.asked("q")[:320],
            newsletter=newsletter if newsletter in self._mine(visit) else "",
            cadence=cadence if cadence in list(Cadence) else "",
            state=state if state in _STANDING else "",
            tag=visit.asked("tag")[:200],
            segment=segment if segment in house.config.segments else "",
        )

    def _mine(self, visit: Visit) -> tuple[str, ...]:
        return visit.user.newsletters(Right.EDIT, tuple(self._desk.house.newsletters))

    def _only(self, conn: Connection, visit: Visit, asked: _Asked) -> Only:
        config = self._desk.house.config
        segment: Segment | None = segment_of(config, asked.segment) if asked.segment else None
        everybody = None if visit.may(Right.EDIT) else self._mine(visit)
        words = asked.words.lower()
        domain = domain_in(words)
        standing = asked.state if asked.state not in ("paused", "resting") else ""
        return Only(
            newsletters=(asked.newsletter,) if asked.newsletter else everybody,
            cadence=asked.cadence,
            state=SubscriberState(standing) if standing else None,
            is_paused=asked.state == "paused",
            rests=asked.state == "resting",
            tag=key_of(asked.tag),
            start="" if domain else words,
            domain=domain,
            among=segments.among(conn, segment, now=visit.now),
        )

    def _row(self, visit: Visit, one: Listed) -> dict[str, object]:
        reader = one.reader
        return {
            "id": reader.id,
            "email": reader.email,
            "name": reader.name,
            "badge": PEOPLE[reader.state],
            "paused": one.paused_until is not None,
            "rests": one.rests_until is not None,
            "joined": self._desk.moment(reader.joined),
            "wishes": [
                {
                    "name": self._name(wish.newsletter),
                    "cadence": wish.cadence.value.replace("-", " "),
                    "badge": WISHES[wish.state],
                    "active": wish.state.value == "active",
                }
                for wish in reader.subscriptions
                if visit.may(Right.EDIT, wish.newsletter)
            ],
        }

    def _stranger(self, conn: Connection, visit: Visit, asked: _Asked) -> dict[str, object] | None:
        """What stands of a whole address that nobody reads with; for who may see all of the site."""
        address = form_of(asked.words)
        if "@" not in address.strip("@") or not visit.may(Right.EDIT) or subscribers.find(conn, address):
            return None
        known = suppressions.find(conn, address)
        in_force = known if known and known.lifted is None else None
        return {
            "email": address,
            "since": self._desk.moment(in_force.since) if in_force else None,
            "why": f"{in_force.why}: {in_force.detail}" if in_force and in_force.detail else in_force and in_force.why,
        }

    def _numbers(self, conn: Connection, visit: Visit, mine: tuple[str, ...]) -> dict[str, object]:
        is_everybody = visit.may(Right.EDIT)
        days = next((days for days in DAYS if visit.asked("days") == str(days)), DAYS[0])
        return {
            "count": self._count(visit, mine, everybody=is_everybody),
            "is_everybody": is_everybody,
            "days": days,
            "spans": DAYS,
            "growth": self._growth(conn, visit, mine, days=days, everybody=is_everybody),
        }

    def _count(self, visit: Visit, mine: tuple[str, ...], *, everybody: bool) -> dict[str, object] | None:
        """None as long as they are being counted."""
        taken = self._desk.census.take(now=visit.now)
        if taken is None:
            return None
        at, found = taken
        known = (*mine, *sorted({slug for slug, _ in found.reading} - set(mine))) if everybody else mine
        return {
            "at": self._desk.moment(at),
            "people": {state.value: number for state, number in found.people.items()},
            "paused": found.paused,
            "resting": found.resting,
            "reading": found.readers_of(known),
            "papers": [self._paper(found, slug) for slug in known],
        }

    def _paper(self, found: Census, slug: str) -> dict[str, object]:
        cadences: Mapping[Cadence, int] = found.cadences_of(slug)
        return {
            "slug": slug,
            "name": self._name(slug),
            "cadences": [(one.value.replace("-", " "), one.value, cadences[one]) for one in Cadence if one in cadences],
            "reading": sum(cadences.values()),
            "barred": found.barred.get(slug, 0),
            "asked": found.asked.get(slug, 0),
            "left": found.left.get(slug, 0),
        }

    def _growth(
        self, conn: Connection, visit: Visit, mine: tuple[str, ...], *, days: int, everybody: bool
    ) -> dict[str, object]:
        since = visit.now - timedelta(days=days - 1)
        if everybody:
            told = hours.between(conn, since, visit.now, events=_EVENTS)
        else:
            told = {}
            for slug in mine:
                for place, number in hours.between(conn, since, visit.now, events=_EVENTS, newsletter=slug).items():
                    told[place] = told.get(place, 0) + number
        return daily(told, _EVENTS, since=since, until=visit.now, zone=self._desk.house.zone)

    def _name(self, slug: str) -> str:
        known = self._desk.house.newsletters.get(slug)
        return known.name if known else slug

    def _may(self, visit: Visit, mine: tuple[str, ...]) -> dict[str, object]:
        return {
            "send": bool(visit.user.newsletters(Right.SEND, mine)),
            "send_site": visit.may(Right.SEND),
            "export": {slug: self._name(slug) for slug in visit.user.newsletters(Right.SEND, mine)},
        }


def domain_in(words: str) -> str:
    """The domain that somebody looks for, `@example.org` or `domain:example.org`; "" where it is none."""
    words = words.strip()
    for start in ("@", "domain:"):
        if words.startswith(start):
            return words.removeprefix(start).strip().removeprefix("@")
    return ""


def doors(desk: Desk) -> list[Door]:
    pages = ReaderPages(desk)
    return [Door(path="/readers", handler=pages.show, right=Right.EDIT, about=Somewhere.ANY)]
