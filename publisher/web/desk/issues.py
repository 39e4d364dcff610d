"""Issues: what waits for a hand first, then what comes, what is under way, what is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.house.making import times_of
from publisher.model.delivery import DeliveryState
from publisher.model.issue import Issue, IssueState
from publisher.model.user import Right
from publisher.store import issuelists
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Somewhere
from publisher.web.desk.issuegrounds import named
from publisher.web.desk.standing import parts_of
from publisher.web.desk.visit import Visit

PAGE = 25
_TITLES = {"hand": "Wants a hand", "coming": "Approved, and coming", "way": "Under way"}
_OVER = {"sent": IssueState.SENT, "cancelled": IssueState.CANCELLED}


class IssueList:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        known = self._desk.house.newsletters
        mine = visit.user.newsletters(Right.LOOK, tuple(known))
        asked = {"newsletter": visit.asked("newsletter"), "state": visit.asked("state")}
        if asked["newsletter"] and asked["newsletter"] not in mine:
            raise HTTPException(404)
        wanted = (asked["newsletter"],) if asked["newsletter"] else mine
        before, after = _place(visit.asked("before")), _place(visit.asked("after"))
        is_first = before is None and after is None
        with self._desk.house.store.read() as conn:
            groups = self._standing(conn, wanted, visit) if is_first and not asked["state"] else {}
            above = {issue.id for found in groups.values() for issue in found}
            over = issuelists.over(
                conn, newsletters=wanted, limit=PAGE + 1, state=_OVER.get(asked["state"]), before=before, after=after,
                besides=above,
            )  # fmt: skip
            shown, newer, older = _cut(over, before=before, after=after)
            values = {
                "groups": [
                    {"key": key, "title": _TITLES[key], "issues": self._rows(conn, found)}
                    for key, found in groups.items()
                    if found
                ],
                "over": self._rows(conn, shown),
                "newer": self._address(visit, asked, "after", newer),
                "older": self._address(visit, asked, "before", older),
                "newsletters": [{"slug": slug, "name": known[slug].name} for slug in mine],
                "draftable": self._draftable(visit),
                "asked": asked,
                "is_filtered": any(asked.values()) or not is_first,
            }
        return self._desk.page(visit, "desk/issues.html", values)

    def _standing(self, conn: Connection, wanted: Sequence[str], visit: Visit) -> dict[str, list[Issue]]:
        """What is not over, and what is and has letters in doubt: that stands here alone."""
        hand = issuelists.standing(conn, issuelists.FOR_A_HAND, newsletters=wanted)
        known = {issue.id for issue in hand}
        found = issuelists.doubted(conn, newsletters=wanted, now=visit.now)
        doubted = [issue for issue in found if issue.state not in issuelists.UNDER_WAY and issue.id not in known]
        return {
            "hand": [*hand, *doubted],
            "coming": issuelists.standing(conn, issuelists.COMING, newsletters=wanted),
            "way": issuelists.standing(conn, issuelists.UNDER_WAY, newsletters=wanted),
        }

    def _draftable(self, visit: Visit) -> list[dict[str, str]]:
        """The newsletters and cadences that the visitor may make a draft of."""
        house = self._desk.house
        mine = visit.user.newsletters(Right.EDIT, tuple(house.newsletters))
        return [
            {"value": f"{slug}:{cadence}", "name": f"{house.newsletters[slug].name}, {cadence}"}
            for slug in mine
            for cadence in times_of(house.config, slug)
        ]

    def _rows(self, conn: Connection, found: Sequence[Issue]) -> list[dict[str, object]]:
        counts = issuelists.counts_of(conn, [issue.id for issue in found])
        return [self._row(issue, counts[issue.id]) for issue in found]

    def _row(self, issue: Issue, counts: Mapping[DeliveryState, int]) -> dict[str, object]:
        return named(self._desk, issue) | {
            "parts": parts_of(counts),
            "total": sum(counts.values()),
            "in_doubt": counts.get(DeliveryState.IN_DOUBT, 0),
        }

    def _address(self, visit: Visit, asked: dict[str, str], where: str, issue: Issue | None) -> str:
        if issue is None:
            return ""
        place = f"{issue.due.isoformat()}_{issue.id}"
        query = {name: value for name, value in asked.items() if value} | {where: place}
        return f"{self._desk.root(visit)}/issues?{urlencode(query)}"


_Place = tuple[datetime, int] | None


def _cut(over: Sequence[Issue], *, before: _Place, after: _Place) -> tuple[Sequence[Issue], Issue | None, Issue | None]:
    """What is shown of one more than a page, and from which issues the newer and the older page go on."""
    is_more = len(over) > PAGE
    shown = (over[1:] if after is not None else over[:PAGE]) if is_more else over
    is_newer, is_older = (is_more, True) if after is not None else (before is not None, is_more)
    return shown, shown[0] if shown and is_newer else None, shown[-1] if shown and is_older else None


def _place(text: str) -> _Place:
    """Out of an address; what is none is not there."""
    moment, _, number = text.rpartition("_")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        due = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (due, int(number)) if due.tzinfo else None


def doors(desk: Desk) -> list[Door]:
    return [Door(path="/issues", handler=IssueList(desk).show, right=Right.LOOK, about=Somewhere.ANY)]
