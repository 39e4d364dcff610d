"""What became of an issue, and what it waits for, in a line for people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, tzinfo

from publisher.assemble.assembly import Assembled, Result
from publisher.model.issue import Issue, IssueState

_AS_STATE = {
    Result.DRAFT: IssueState.DRAFT,
    Result.APPROVED: IssueState.APPROVED,
    Result.HELD: IssueState.HELD,
}


def moment(at: datetime, zone: tzinfo) -> str:
    """A time on the wall clock of a zone, e.g. `Mon 2026-11-23 07:00 CET`."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"


def what_came(made: Assembled, zone: tzinfo, *, approve: bool, now: datetime) -> str:
    """What came of making an issue; `approve`: nothing goes without somebody's word."""
    if made.deliveries or made.result not in _AS_STATE:
        return str(made)
    subject = f", “{made.subject}”," if made.subject else ""
    waits = waits_for(_AS_STATE[made.result], made.issue, made.why, due=made.due, zone=zone, approve=approve, now=now)
    return f"issue {made.issue}{subject} {waits}"


def state_in_words(issue: Issue, zone: tzinfo, *, approve: bool, now: datetime) -> str:
    """The state of an issue, and of a proposal what it waits for."""
    if issue.state not in _AS_STATE.values():
        cure = f"; go on with: publisher issues resume {issue.id}" if issue.state is IssueState.PAUSED else ""
        return str(issue.state) + (f": {issue.why}{cure}" if issue.why else "")
    return waits_for(issue.state, issue.id, issue.why, due=issue.due, zone=zone, approve=approve, now=now)


def waits_for(
    state: IssueState, number: int, why: str, *, due: datetime | None, zone: tzinfo, approve: bool, now: datetime
) -> str:
    """What a proposal waits for, and what to type."""
    time = moment(due, zone) if due and due > now else ""
    if state is IssueState.HELD:
        return f"is held: {why or 'by hand'}; when that is settled: publisher issues approve {number}"
    if state is IssueState.APPROVED:
        return (
            f"is approved and goes {time}" if time else f"is approved; send it with: publisher issues approve {number}"
        )
    if approve or not time:
        return f"is a draft; send it{' at ' + time if time else ''} with: publisher issues approve {number}"
    return f"is a draft; it goes {time}, unless held: publisher issues hold {number}"


def resting_in_words(until: Collection[datetime], zone: tzinfo) -> str:
    """Which posts wait for their quiet time; "" where none does."""
    if not until:
        return ""
    first, last = (f"{end.astimezone(zone):%H:%M}" for end in (min(until), max(until)))
    times = first if first == last else f"{first} to {last}"
    if len(until) == 1:
        return f"1 post waits until {times} for its quiet time"
    return f"{len(until)} posts wait until {times} for their quiet time"


def made_for_programs(made: Assembled) -> dict[str, object]:
    """What came of making an issue."""
    return {
        "issue": made.issue,
        "result": made.result,
        "letters": made.deliveries,
        "variants": made.variants,
        "subject": made.subject,
        "why": made.why,
        "due": made.due.isoformat() if made.due else None,
    }
