"""Taking in what comes back, for whoever brings it; an issue of which too much comes back pauses itself.

A mailbox, a pipe, LMTP: each hands its messages to `taker_of`. Pausing is looked at when a message comes
of an issue that is still going out, and with the standings (`keepingup.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from publisher.bounce.intake import TakenIn, take_in
from publisher.bounce.mailbox import Received
from publisher.house.opened import House, utc_now
from publisher.house.pausing import pause_limits
from publisher.model.issue import IssueEvent, IssueState
from publisher.send.report import Paused
from publisher.send.returns import Returns, returns_of, why_pause
from publisher.send.wellbeing import Limits, limits_for
from publisher.store import agenda, issues, messages, wellbeing

_BY_MAIL = "mail"
_GOING = (IssueState.QUEUED, IssueState.SENDING)


def taker_of(house: House, came_by: str, paused: Callable[[Paused], None]) -> Callable[[Received], TakenIn]:
    """Takes a message in, and pauses its issue where that is due; raises StorageError where it was not kept."""

    def take(received: Received) -> TakenIn:
        taken = take_in(
            house.store,
            received.octets,
            came_by=came_by,
            came_to=received.came_to,
            keys=house.keys,
            now=utc_now(),
        )
        if taken.issue is not None:
            for one in pause_where_much_comes_back(house, [taken.issue]):
                paused(one)
        return taken

    return take


def issues_going(house: House) -> list[int]:
    """Those whose letters go out."""
    with house.store.read() as conn:
        return [issue.id for issue in agenda.issues_in(conn, _GOING)]


def pause_where_much_comes_back(house: House, among: Iterable[int]) -> list[Paused]:
    """Pause those of some issues of which too much came back; which, and why."""
    if house.config.mail is None:
        return []
    limits = pause_limits(house.config.mail)
    found = ((issue, _why_pause(house, issue, limits)) for issue in among)
    return [one for issue, (why, returns) in found if why and (one := _pause(house, issue, why, returns))]


def _why_pause(house: House, issue: int, limits: Limits) -> tuple[str, Returns]:
    with house.store.read() as conn:
        known = issues.find_issue(conn, issue)
        if known is None or known.state not in _GOING:
            return "", Returns()
        returns = returns_of(messages.by_reason(conn, issue))
        if returns.most <= limits.blamed:
            return "", returns  # mostly: how many letters went out is not counted for that
        before = wellbeing.paused_for(conn, issue, by=_BY_MAIL)
        sent = wellbeing.sent(conn, issue)
        usual = wellbeing.usual_returned_percent(conn, issue)
    limits = limits_for(known.kind, limits)
    return why_pause(returns, sent, limits, usual_percent=usual, before=_as_before(before)), returns


def _as_before(numbers: dict[str, int] | None) -> Returns | None:
    if numbers is None:
        return None
    return Returns(refused=numbers["refused"], blamed=numbers["blamed"], complaints=numbers["complaints"])


def _pause(house: House, issue: int, why: str, returns: Returns) -> Paused | None:
    numbers = {"refused": returns.refused, "blamed": returns.blamed, "complaints": returns.complaints}
    with house.store.write() as conn:
        if not issues.move_if(conn, issue, IssueEvent.PAUSE, now=utc_now(), why=why):
            return None
        wellbeing.remember_pause(conn, issue, numbers, by=_BY_MAIL)
    return Paused(issue=issue, why=why)
