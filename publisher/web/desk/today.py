"""Today: what went out, what comes next, what waits for a hand, and what is in trouble. One glance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection
from starlette.responses import Response

from publisher.model.delivery import DeliveryState
from publisher.model.incoming import Kind
from publisher.model.issue import Issue, IssueState
from publisher.model.schedule import ScheduleState
from publisher.model.user import Right
from publisher.store import agenda, hours, issuelists, ledger, messages, schedules, skips
from publisher.store import issues as stored_issues
from publisher.web.desk.charting import hourly
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Somewhere
from publisher.web.desk.insteadwords import said_at_the_desk
from publisher.web.desk.standing import BADGES, parts_of
from publisher.web.desk.troublelist import in_doubt, troubles_of
from publisher.web.desk.visit import Visit

A_DAY = timedelta(days=1)
CHART = timedelta(hours=47)
RECENT = 30  # issues that are looked through for those of the last day
SHOWN = 6
WAITING = (IssueState.DRAFT, IssueState.HELD, IssueState.PAUSED)


class TodayPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        mine = visit.user.newsletters(Right.LOOK, tuple(self._desk.house.newsletters))
        self._desk.census.begin_first(now=visit.now)  # whoever goes on to Readers finds their number there
        with self._desk.house.store.read() as conn:
            recent = [one for one in stored_issues.recent(conn, limit=RECENT) if one.newsletter in mine]
            waiting = [one for one in agenda.issues_in(conn, WAITING) if one.newsletter in mine]
            doubted = issuelists.doubted(conn, newsletters=mine, now=visit.now)
            above = {one.id for one in waiting}
            values = {
                "greeting": self._greeting(visit),
                "sends": [self._send(conn, one) for one in self._last_sends(visit, recent)],
                "waiting": [self._waits(conn, one) for one in waiting],
                "coming": self._coming(conn, mine),
                "troubles": troubles_of(conn, self._desk.house, [one for one in doubted if one.id not in above], visit),
                "left": self._left(conn, mine, visit),
                "chart": hourly(
                    hours.between(conn, visit.now - CHART, visit.now, events=_LETTERS),
                    _LETTERS, since=visit.now - CHART, until=visit.now, zone=self._desk.house.zone,
                ),
            }  # fmt: skip
        return self._desk.page(visit, "desk/today.html", values)

    def _greeting(self, visit: Visit) -> str:
        there = visit.now.astimezone(self._desk.house.zone)
        return f"{there:%A} {there.day} {there:%B}, {there:%H:%M}"

    def _last_sends(self, visit: Visit, recent: Sequence[Issue]) -> list[Issue]:
        """Of the last day; where nothing went out then, the newest that did."""
        gone = [one for one in recent if one.state in (IssueState.QUEUED, IssueState.SENDING, IssueState.SENT)]
        last_day = [one for one in gone if one.due >= visit.now - A_DAY or one.state is not IssueState.SENT]
        return (last_day or gone[:1])[:SHOWN]

    def _send(self, conn: Connection, issue: Issue) -> dict[str, object]:
        counts = ledger.counts(conn, issue.id)
        back = messages.by_reason(conn, issue.id)
        bounced = sum(number for (kind, _), number in back.items() if kind == Kind.BOUNCE)
        complained = sum(number for (kind, _), number in back.items() if kind == Kind.COMPLAINT)
        total = sum(counts.values())
        return {
            **self._named(issue),
            "parts": parts_of(counts),
            "total": total,
            "sent": counts.get(DeliveryState.SENT, 0),
            "bounced": bounced,
            "complained": complained,
        }

    def _waits(self, conn: Connection, issue: Issue) -> dict[str, object]:
        """With all that somebody has to decide about it, so that it stands there once."""
        named = self._named(issue)
        return named | {"why": "; ".join(filter(None, [str(named["why"]), in_doubt(conn, issue)]))}

    def _named(self, issue: Issue) -> dict[str, object]:
        newsletter = self._desk.house.newsletters[issue.newsletter]
        return {
            "id": issue.id,
            "name": newsletter.name,
            "cadence": issue.cadence.value.replace("-", " "),
            "badge": BADGES[issue.state],
            "due": self._desk.moment(issue.due),
            "why": said_at_the_desk(issue.why),
        }

    def _coming(self, conn: Connection, mine: Sequence[str]) -> list[dict[str, object]]:
        """The next slot of each newsletter and cadence, the soonest first."""
        coming = []
        for one in schedules.get_waiting(conn):
            kind, _, rest = one.name.partition(":")
            slug, _, cadence = rest.partition(":")
            if kind == "newsletter" and slug in mine and cadence != "as-it-happens" and one.next_slot:
                paused = one.state is ScheduleState.PAUSED
                left_out = one.next_slot.key in skips.of_one(conn, one.name)
                coming.append((one.next_slot.at, slug, cadence, paused, left_out))
        return [
            {
                "slug": slug,
                "name": self._desk.house.newsletters[slug].name,
                "cadence": cadence,
                "at": self._desk.moment(at),
                "paused": paused,
                "left_out": left_out,
            }
            for at, slug, cadence, paused, left_out in sorted(coming)[:SHOWN]
        ]

    def _left(self, conn: Connection, mine: Sequence[str], visit: Visit) -> dict[str, int]:
        since = visit.now - A_DAY
        found = dict.fromkeys(_PEOPLE, 0)
        for slug in mine:
            told = hours.between(conn, since, visit.now, events=_PEOPLE, newsletter=slug)
            for (_, event), number in told.items():
                found[event] += number
        return {event.value: number for event, number in found.items()}


_LETTERS = (hours.Event.SENT, hours.Event.DEFERRED, hours.Event.FAILED)
_PEOPLE = (hours.Event.JOINED, hours.Event.LEFT)


def doors(desk: Desk) -> list[Door]:
    return [Door(path="", handler=TodayPage(desk).show, right=Right.LOOK, about=Somewhere.ANY)]
