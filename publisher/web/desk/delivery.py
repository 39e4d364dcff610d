"""Deliverability: how our domains stand in the DNS, how relays and receiving domains stand, and what came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection
from starlette.responses import Response

from publisher.house import domains
from publisher.house.relayprobe import tried_in_words, try_relay
from publisher.house.relaystate import (
    DestinationStanding,
    RelayStanding,
    Window,
    destination_standings,
    relay_standings,
)
from publisher.house.relaywords import place_of
from publisher.mail.published import Finding, Verdict
from publisher.model.delivery import DeliveryState
from publisher.model.incoming import Kind
from publisher.model.issue import IssueState
from publisher.model.reason import in_words
from publisher.model.user import Right
from publisher.store import hours, issues, messages, troubles
from publisher.web.desk.charting import daily, hourly
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method, Somewhere
from publisher.web.desk.unnamed import unnamed
from publisher.web.desk.visit import Visit

A_WEEK, A_MONTH = timedelta(days=7), timedelta(days=29)
LOOKED_AT = 3  # issues whose bounces and failures are counted by reason
_LETTERS = (hours.Event.SENT, hours.Event.DEFERRED, hours.Event.FAILED)
_RETURNS = (hours.Event.BOUNCED, hours.Event.COMPLAINED)
_BADGES = {Verdict.GOOD: "good", Verdict.WORD: "wait", Verdict.WRONG: "bad", Verdict.UNKNOWN: ""}


class DeliveryPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        house, now = self._desk.house, visit.now
        with house.store.read() as conn:
            checked = domains.last_checked(conn)
            values = {
                "checked": self._desk.moment(checked.at) if checked else None,
                "findings": [_finding(one) for one in checked.findings] if checked else [],
                "wrong": sum(one.verdict is Verdict.WRONG for one in checked.findings) if checked else 0,
                "relays": [self._relay(one, visit) for one in relay_standings(conn, house, now=now)],
                "destinations": [self._destination(one, visit) for one in destination_standings(conn, house, now=now)],
                "reasons": self._reasons(conn, visit),
                "letters": hourly(
                    hours.between(conn, now - A_WEEK, now, events=_LETTERS),
                    _LETTERS,
                    since=now - A_WEEK,
                    until=now,
                    zone=house.zone,
                ),
                "returns": daily(
                    hours.between(conn, now - A_MONTH, now, events=_RETURNS),
                    _RETURNS,
                    since=now - A_MONTH,
                    until=now,
                    zone=house.zone,
                ),
            }
        return self._desk.page(visit, "desk/delivery.html", values)

    def check(self, visit: Visit) -> Response:
        """Ask the DNS again; it takes some seconds."""
        house = self._desk.house
        checked = domains.check_domains(house, self._desk.resolver, now=visit.now)
        with house.store.write() as conn:
            domains.keep(conn, checked)
            self._desk.note(conn, visit, "delivery.check", "domains")
        wrong = sum(one.verdict is Verdict.WRONG for one in checked.findings)
        told = f"{len(checked.findings)} things were looked up; {wrong} of them are wrong." if wrong else "All is well."
        return self._desk.back(visit, "/delivery", told, wrong=bool(wrong))

    def try_out(self, visit: Visit) -> Response:
        """Connect to a relay, and say what it offers."""
        house, name = self._desk.house, visit.text("relay")
        if name not in house.config.relays:
            return self._desk.back(visit, "/delivery", f"There is no relay {name!r}.", wrong=True)
        tried = try_relay(house, name)
        with house.store.write() as conn:
            self._desk.note(conn, visit, "delivery.try", f"relay:{name}", after=tried.problem or "it takes letters")
        told = "\n".join(line.strip() for line in tried_in_words(tried, now=visit.now, zone=house.zone))
        return self._desk.back(visit, "/delivery", told, wrong=bool(tried.problem))

    def _relay(self, one: RelayStanding, visit: Visit) -> dict[str, object]:
        state = ("parked", "bad") if one.parked else ("on trial", "wait") if one.on_trial else ("in use", "good")
        if not one.in_use:
            state = ("not in use", "")
        warming = one.warming_up
        return {
            "name": one.name,
            "place": place_of(one.table),
            "badge": state,
            "why": _told(one.parked.why, visit) if one.parked else "",
            "until": self._desk.moment(one.parked.parked_until) if one.parked else None,
            "opens": self._desk.moment(one.opens),
            "windows": [self._window(window) for window in one.windows],
            "warming": f"day {warming.day} of {warming.days}, full from {warming.full_from}" if warming else "",
            "sent": one.today.get(DeliveryState.SENT, 0),
            "deferred": one.today.get(DeliveryState.DEFERRED, 0),
            "failed": one.today.get(DeliveryState.FAILED, 0),
        }

    def _destination(self, one: DestinationStanding, visit: Visit) -> dict[str, object]:
        paused = one.pause if one.pause and one.pause.is_paused(visit.now) else None
        return {
            "name": one.name,
            "also": ", ".join(one.also),
            "paused": paused is not None,
            "until": self._desk.moment(paused.paused_until) if paused else None,
            "why": _told(paused.why, visit) if paused else "",
            "on_the_wire": one.on_the_wire,
            "windows": [self._window(window) for window in one.windows],
        }

    def _window(self, window: Window) -> dict[str, object]:
        used = min(window.used, window.allowed)
        return {
            "name": window.name,
            "used": window.used,
            "allowed": window.allowed,
            "parts": [("used", used, "busy"), ("left", window.allowed - used, "")],
            "again": self._desk.moment(window.again),
        }

    def _reasons(self, conn: Connection, visit: Visit) -> Sequence[Mapping[str, object]]:
        """Why letters of the newest issues were refused, put off or came back, most first."""
        mine = visit.user.newsletters(Right.LOOK, tuple(self._desk.house.newsletters))
        gone = (IssueState.SENDING, IssueState.SENT, IssueState.PAUSED)
        newest = [one.id for one in issues.recent(conn, limit=30) if one.state in gone and one.newsletter in mine]
        refused: Counter[str] = Counter()
        came_back: Counter[str] = Counter()
        for issue in newest[:LOOKED_AT]:
            for reasons in troubles.by_reason(conn, issue).values():
                refused.update(reasons)
            for (kind, reason), number in messages.by_reason(conn, issue).items():
                came_back["complaint" if kind == Kind.COMPLAINT else reason] += number
        most = (refused + came_back).most_common()
        return [
            {"reason": in_words(name) or "none told", "refused": refused[name], "came_back": came_back[name]}
            for name, _ in most
        ]


def _told(words: str, visit: Visit) -> str:
    """What a server said; it may quote the reader to whom a letter went."""
    return words if visit.may(Right.EDIT) else unnamed(words)


def _finding(one: Finding) -> dict[str, object]:
    return {
        "about": one.about,
        "name": one.name,
        "badge": (one.verdict.value, _BADGES[one.verdict]),
        "words": one.words,
        "found": one.found,
        "publish": one.publish,
    }


def doors(desk: Desk) -> list[Door]:
    pages = DeliveryPages(desk)
    return [
        Door(path="/delivery", handler=pages.show, right=Right.LOOK, about=Somewhere.ANY),
        Door(path="/delivery/check", handler=pages.check, right=Right.EDIT, about=Somewhere.ANY, method=Method.POST),
        Door(path="/delivery/try", handler=pages.try_out, right=Right.OWN, method=Method.POST),
    ]
