"""Issues as `publisher issues` shows them: a line each, one in full, as JSON, and what waits for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import Connection

from publisher.config.nouns import zone_of
from publisher.house.issuewords import moment, state_in_words
from publisher.house.opened import House, utc_now
from publisher.model.delivery import DeliveryState
from publisher.model.incoming import Kind
from publisher.model.issue import RELEASED, Issue, IssueKind, IssueState
from publisher.model.reason import in_words
from publisher.model.service import AN_HOUR, end_of_hour, language_of
from publisher.store import agenda, corrections, entries, issues, ledger, messages, proposals, troubles
from publisher.store.findings import findings_of

NEWEST = 20
SHOWN_ENTRIES = 20
DOUBTED = timedelta(days=31)  # after that nobody asks any more whether a letter arrived
TOP_DOMAINS = 10
_GOING = (IssueState.QUEUED, IssueState.SENDING)
TROUBLE = (DeliveryState.FAILED, DeliveryState.IN_DOUBT, DeliveryState.DEFERRED)


OF_SERVICE = tuple(kind for kind in IssueKind if kind is not IssueKind.ISSUE)


def listed(conn: Connection, *, of_service: bool = False) -> list[Issue]:
    """The newest issues, newest first, and all older ones that wait for somebody; or the letters of service."""
    if of_service:
        return issues.recent(conn, limit=NEWEST, kinds=OF_SERVICE)
    newest = issues.recent(conn, limit=NEWEST)
    known = {issue.id for issue in newest}
    waiting = agenda.issues_in(conn, proposals.PROPOSED)
    doubted = agenda.issues_in_doubt(conn, since=utc_now() - DOUBTED)
    older = {issue.id: issue for issue in (*waiting, *doubted) if issue.id not in known}
    return [*newest, *(older[number] for number in sorted(older, reverse=True))]


def line_of(conn: Connection, house: House, issue: Issue) -> str:
    """An issue in one line."""
    return f"{issue.id:>4}  {_name(issue)}  {_counted(conn, house, issue)}"


def details_of(conn: Connection, house: House, issue: Issue) -> Iterator[str]:
    """An issue in full: what it waits for, what is wrong with it, what became of its letters."""
    yield f"issue {issue.id}: {_name(issue)}, {_state(house, issue)}"
    letter = issues.find_letter(conn, issue.id)
    if letter:
        yield f"  subject  {letter.subject}"
    if issue.corrects is not None:
        yield f"  corrects issue {issue.corrects}"
    for correction in corrections.letters_about(conn, issue.id):
        yield f"  corrected by issue {correction.id}"
    if issue.state in RELEASED and issue.kind is IssueKind.ISSUE:
        yield f"  page  {house.config.site.url}/{issue.page}"
    if issue.state in _GOING:
        yield f"  letters are tried until {moment(issue.expires, house.zone)} (`mail.lifetime`)"
    for finding in findings_of(conn, issue.id):
        yield f"  {finding.severity}: {finding.problem}"
    yield from _letters_of(conn, issue)


def _letters_of(conn: Connection, issue: Issue) -> Iterator[str]:
    counts = ledger.counts(conn, issue.id)
    reasons = troubles.by_reason(conn, issue.id)
    for state, number in counts.items():
        yield f"  {number:>9,}  {state}{_counted_by_reason(reasons.get(state, {}))}"
    for kind, numbers in _came_back(conn, issue).items():
        told = "came back" if kind == Kind.BOUNCE else "called spam"
        yield f"  {sum(numbers.values()):>9,}  of those {told}{_counted_by_reason(numbers)}"
    found = troubles.by_domain(conn, issue.id, limit=TOP_DOMAINS)
    if any(trouble.letters > 1 for trouble in found):  # else the addresses below say as much
        yield "  by domain, each with its last answer:"
        for trouble in found:
            yield f"  {trouble.letters:>9,}  {trouble.state:<8}  {trouble.domain}: {_answer(trouble)}"
        yield "  by address:"
    for entry in entries.of(conn, issue.id, TROUBLE, limit=SHOWN_ENTRIES):
        yield f"  {entry.email}: {entry.state}{_reason(entry)} {_answer(entry)}"
    more = sum(counts.get(state, 0) for state in TROUBLE) - SHOWN_ENTRIES
    if more > 0:
        yield f"  and {more:,} more"


def _came_back(conn: Connection, issue: Issue) -> Mapping[str, dict[str, int]]:
    """Letters that were sent and came back, or were complained of, by reason."""
    found: dict[str, dict[str, int]] = {}
    for (kind, reason), number in messages.by_reason(conn, issue.id).items():
        found.setdefault(kind, {})[reason] = number
    return found


def _answer(one: troubles.Trouble | entries.Entry) -> str:
    return " ".join(word for word in (str(one.code or ""), one.enhanced, one.reply) if word)


def _counted_by_reason(numbers: Mapping[str, int]) -> str:
    """`: user unknown 20, mailbox full 8`"""
    told = [f"{in_words(reason)} {number:,}" for reason, number in numbers.items() if reason]
    return f": {', '.join(told)}" if told else ""


def _reason(entry: entries.Entry) -> str:
    return f" ({in_words(entry.reason)})" if entry.reason else ""


def for_programs(conn: Connection, issue: Issue) -> dict[str, object]:
    """An issue as JSON."""
    return {
        "id": issue.id,
        "newsletter": issue.newsletter,
        "cadence": issue.cadence,
        "slot": issue.slot,
        "kind": issue.kind,
        "state": issue.state,
        "why": issue.why,
        "corrects": issue.corrects,
        "corrected_by": [correction.id for correction in corrections.letters_about(conn, issue.id)],
        "created": issue.created.isoformat(),
        "due": issue.due.isoformat(),
        "expires": issue.expires.isoformat(),
        "findings": [
            {"severity": finding.severity, "problem": finding.problem} for finding in findings_of(conn, issue.id)
        ],
        "letters": dict(ledger.counts(conn, issue.id)),
    }


def shown_for_programs(conn: Connection, issue: Issue) -> dict[str, object]:
    """An issue in full, as JSON."""
    found = troubles.by_domain(conn, issue.id, limit=TOP_DOMAINS)
    return for_programs(conn, issue) | {
        "reasons": troubles.by_reason(conn, issue.id),
        "came_back": _came_back(conn, issue),
        "troubles": [asdict(trouble) for trouble in found],
    }


def what_waits(conn: Connection, house: House) -> Sequence[str]:
    """A line for each issue that waits for its time, or for somebody's word."""
    waiting = agenda.issues_in(conn, proposals.PROPOSED)
    return [f"issue {issue.id}, {_name(issue)}, {_state(house, issue)}" for issue in waiting]


def _name(issue: Issue) -> str:
    if issue.kind is IssueKind.ISSUE:
        return f"{issue.newsletter} {issue.cadence} {issue.slot}"
    hour = end_of_hour(issue.slot) - AN_HOUR
    return f"{issue.newsletter} letters of service: {issue.kind}, {language_of(issue.slot)}, {hour:%Y-%m-%d %H:00 UTC}"


def _state(house: House, issue: Issue) -> str:
    config, slug = house.config, issue.newsletter
    there = slug in config.newsletters
    zone = zone_of(config, slug) if there else house.zone
    return state_in_words(issue, zone, approve=there and config.newsletters[slug].approve, now=utc_now())


def _counted(conn: Connection, house: House, issue: Issue) -> str:
    if issue.state in proposals.PROPOSED:
        found = Counter(str(finding.severity) for finding in findings_of(conn, issue.id))
        told = [f"{number} {severity}{'s' if number > 1 else ''}" for severity, number in found.items()]
        return "; ".join([_state(house, issue), *told])
    counts = ", ".join(f"{number:,} {state}" for state, number in ledger.counts(conn, issue.id).items())
    return f"{_state(house, issue)}  {counts or 'no letters'}"
