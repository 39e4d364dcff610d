"""A person's word on letters that nobody else decides about: try the failed ones again, settle those in doubt.

A letter that is to go again has its whole lifetime before it, or it would fail at once where the
issue's is over. An issue that is paused stays so: its letters are due, and wait with the others.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import Connection, and_

from publisher.engine.port import Job
from publisher.errors import WrongUse
from publisher.house.issuedeeds import get_issue, live_on
from publisher.house.opened import House, utc_now
from publisher.house.relaying import engine_of
from publisher.model.delivery import DeliveryEvent, DeliveryState
from publisher.model.issue import Issue, IssueState
from publisher.model.reason import Reason, in_words
from publisher.store import corrections, ledger, troubles

_UNWANTED = "the reader has left, is suppressed, or rests"

DONE = {
    DeliveryEvent.RETRY: "to be tried again",
    DeliveryEvent.RESOLVE_SENT: "counted as sent",
    DeliveryEvent.SEND_AGAIN: "to be sent again",
}
"""What may be decided, and how that is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Which letters are meant; what is left out does not matter."""

    reasons: Collection[str] = ()
    domains: Collection[str] = ()
    readers: Collection[str] = ()  # addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What came of it."""

    issue: Issue  # as it is now
    letters: int  # that were moved
    left_out: int  # failed letters to readers who would not get them
    told: str  # for people, without the issue's name
    waits: bool  # letters are due, and the issue is paused


def reason_of(value: object) -> str:
    """`mailbox-full`, or `mailbox full` as people are told it. Raises ValueError."""
    text = "-".join(str(value).lower().split())
    if text not in set(Reason):
        near = get_close_matches(text, [str(one) for one in Reason], n=1)
        cure = f"did you mean {near[0]}?" if near else f"there are: {', '.join(Reason)}"
        raise ValueError(f"{value!r} is no reason; {cure}")
    return text


def decide(conn: Connection, house: House, issue_id: int, event: DeliveryEvent, only: Among) -> Decided:
    """Move the letters of an issue as `event` says. Raises WrongUse where it is cancelled."""
    again = event is not DeliveryEvent.RESOLVE_SENT
    issue = get_issue(conn, issue_id)
    if again and issue.state is IssueState.CANCELLED:
        raise WrongUse(f"issue {issue_id} is cancelled: none of its letters goes out any more")
    chosen, left_out = troubles.among(conn, reasons=only.reasons, domains=only.domains, readers=only.readers), 0
    if event is DeliveryEvent.RETRY:
        left_out = troubles.unwanted(conn, issue_id, DeliveryState.FAILED, chosen)
        chosen = and_(chosen, ledger.still_wanted())
    moved = ledger.decide(conn, issue_id, event, now=utc_now(), only=chosen)
    if moved and again:
        live_on(conn, house, issue_id)
        if issue.state is not IssueState.PAUSED:
            engine_of(house, lambda _stop: True).enqueue(conn, Job(issue=issue_id))
    issue = get_issue(conn, issue_id)
    told = f"{letters_in_words(moved)} {DONE[event]}" if moved or left_out else _why_none(conn, issue_id, event)
    told += f"; {left_out:,} left as failed: {_UNWANTED}" if left_out else ""
    waits = again and bool(moved) and issue.state is IssueState.PAUSED
    return Decided(issue=issue, letters=moved, left_out=left_out, told=told, waits=waits)


def letters_in_words(number: int) -> str:
    return f"{number:,} letter{'' if number == 1 else 's'}"


def _why_none(conn: Connection, issue_id: int, event: DeliveryEvent) -> str:
    """Nothing was decided: because there is nothing, or nothing like it."""
    state = DeliveryState.FAILED if event is DeliveryEvent.RETRY else DeliveryState.IN_DOUBT
    reasons = troubles.by_reason(conn, issue_id).get(state, {})
    if not reasons:
        return "no letter has failed" if state is DeliveryState.FAILED else "no letter is in doubt"
    told = ", ".join(f"{in_words(reason) or 'no reason told'} {number:,}" for reason, number in reasons.items())
    name = "failed" if state is DeliveryState.FAILED else "are in doubt"
    return f"none is like that; of its letters {sum(reasons.values()):,} {name}: {told}"


def goes_with_the_mistake(conn: Connection, issue_id: int) -> str:
    """A warning, where letters of an issue go again that another one put right; "" where none did."""
    corrected = corrections.letters_about(conn, issue_id)
    if not corrected:
        return ""
    return (
        f"these go with the mistake that issue {corrected[-1].id} corrects, and their readers got no correction; "
        f"stop them with: publisher issues cancel {issue_id}"
    )
