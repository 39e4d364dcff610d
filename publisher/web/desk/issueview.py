"""One issue in values for its page: how it stands, what is wrong, what became of its letters."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from sqlalchemy import Connection

from publisher.model.delivery import DeliveryState
from publisher.model.incoming import Kind
from publisher.model.issue import Issue
from publisher.model.reason import in_words
from publisher.store import corrections, ledger, messages, progress, troubles
from publisher.store.findings import findings_of
from publisher.store.issuelists import UNDER_WAY
from publisher.store.progress import OTHERS, Went
from publisher.web.desk import pace
from publisher.web.desk.desk import Desk
from publisher.web.desk.insteadwords import said_at_the_desk
from publisher.web.desk.issuegrounds import named
from publisher.web.desk.standing import parts_of
from publisher.web.desk.visit import Visit

SHOWN_DOMAINS = 12  # before all others are behind a word
_WORDS: Mapping[DeliveryState, str] = {
    DeliveryState.DEFERRED: "put off",
    DeliveryState.FAILED: "failed",
    DeliveryState.IN_DOUBT: "in doubt",
}
_ANSWERED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED, DeliveryState.IN_DOUBT)
_TO_GO = (DeliveryState.DUE, DeliveryState.CLAIMED, DeliveryState.SENDING)

Values = dict[str, object]


def progress_of(conn: Connection, desk: Desk, issue: Issue, visit: Visit) -> Values:
    """How far its letters are: numbers, rate, by relay and by domain."""
    counts = ledger.counts(conn, issue.id)
    went = progress.of_issue(conn, issue.id)
    total, to_go = sum(counts.values()), sum(counts.get(state, 0) for state in _TO_GO)
    done = sum(counts.get(state, 0) for state in _ANSWERED) + counts.get(DeliveryState.DEFERRED, 0)
    now, before = pace.Sample(at=visit.now, done=done), pace.read(visit.asked("before"))
    speed = pace.pace_of(before, now, to_go=to_go)
    return {
        "parts": parts_of(counts),
        "total": total,
        "percent": 100 * (total - to_go) // total if total else 0,
        "to_go": to_go,
        "per_minute": speed.per_minute,
        "left": speed.left,
        "relays": [_went(one) for one in went.relays],
        "domains": [_went(one) for one in went.domains[:SHOWN_DOMAINS]],
        "more_domains": [_went(one) for one in went.domains[SHOWN_DOMAINS:]],
        "told": desk.moment(went.at),
        "is_going": issue.state in UNDER_WAY,
        "before": pace.told(pace.with_sample(before, now)),
    }


def _went(one: Went) -> Values:
    name = "all others" if one.name == OTHERS else one.name
    return {"name": name, "sent": one.sent, "deferred": one.deferred, "failed": one.failed}


def reasons_of(conn: Connection, desk: Desk, issue: Issue, visit: Visit) -> list[Values]:
    """Why letters are put off, failed or in doubt, with the way to who these are."""
    root = f"{desk.root(visit)}/issues/{issue.id}/recipients"
    found = troubles.by_reason(conn, issue.id)
    return [
        {
            "state": _WORDS[state],
            "reason": in_words(reason) or "no reason told",
            "key": reason,
            "number": number,
            "address": f"{root}?{urlencode({'state': state.value, 'reason': reason})}",
        }
        for state, word in _WORDS.items()
        for reason, number in found.get(state, {}).items()
    ]


def came_back(conn: Connection, issue: Issue) -> list[Values]:
    """What came back by mail, or was complained of, after it was sent."""
    return [
        {
            "what": "came back" if kind == Kind.BOUNCE else "called spam",
            "reason": in_words(reason),
            "number": number,
        }
        for (kind, reason), number in messages.by_reason(conn, issue.id).items()
    ]


def findings_in(conn: Connection, issue: Issue) -> list[Values]:
    return [
        {"severity": one.severity.value, "problem": said_at_the_desk(one.problem)}
        for one in findings_of(conn, issue.id)
    ]


def corrections_of(conn: Connection, desk: Desk, issue: Issue) -> list[Values]:
    """The issues that put this one right."""
    return [named(desk, one) for one in corrections.letters_about(conn, issue.id)]
