"""What the ledger tells about a letter with a post: a sentence for each state that it may be in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo

from publisher.model.delivery import DeliveryState
from publisher.model.fate import Answer, Fate, moment
from publisher.model.issue import IssueState
from publisher.model.reason import in_words
from publisher.model.whereabouts import Trace


def from_ledger(trace: Trace, zone: tzinfo) -> Answer:
    """Why the reader has this letter, or has it not yet, or never will."""
    fate, tell = _STATES[trace.state]
    kind = "correction" if trace.corrects else trace.cadence.value
    return Answer(
        fate=Fate.NOT if trace.returned else fate,
        why=f"issue {trace.issue} ({kind}, {moment(trace.due, zone)}): {tell(trace, zone)}",
        issue=trace.issue,
        at=trace.next_try or trace.changed,
        reason=trace.returned or trace.reason,
    )


def _sent(trace: Trace, zone: tzinfo) -> str:
    sent = f"the letter was sent on {moment(trace.changed, zone)}"
    return f"{sent}, and came back: {trace.returned.meaning}" if trace.returned else sent


def _waits(trace: Trace, zone: tzinfo) -> str:
    if trace.issue_state is IssueState.PAUSED:
        return f"the letter waits, because the issue is paused; `publisher issues resume {trace.issue}` lets it go on"
    if trace.next_try:
        then = moment(trace.next_try, zone)
        return f"a limit, sending hours or a pause keep the letter back until {then}; `publisher relays` shows which"
    return "the letter waits for the sender; `publisher send` or `publisher serve` sends it"


def _on_the_wire(trace: Trace, zone: tzinfo) -> str:
    return f"the letter is being sent, since {moment(trace.changed, zone)}"


def _deferred(trace: Trace, zone: tzinfo) -> str:
    when = f"is tried again on {moment(trace.next_try, zone)}" if trace.next_try else "is tried again"
    return f"the letter {when}{_when_resumed(trace)}; {_reply(trace)}"


def _when_resumed(trace: Trace) -> str:
    if trace.issue_state is not IssueState.PAUSED:
        return ""
    return f", but the issue is paused: not before `publisher issues resume {trace.issue}`"


def _failed(trace: Trace, zone: tzinfo) -> str:
    again = f"`publisher issues retry-failed {trace.issue}` tries it once more"
    return f"the letter failed on {moment(trace.changed, zone)}; {_reply(trace)}; {again}"


def _skipped(trace: Trace, zone: tzinfo) -> str:
    return f"the letter was not sent: {trace.reply or 'skipped'} ({moment(trace.changed, zone)})"


def _in_doubt(trace: Trace, zone: tzinfo) -> str:
    settle = f"`publisher issues resolve-doubt {trace.issue}` decides"
    why = trace.reply or "the relay did not answer"
    return f"nobody knows whether the letter arrived ({why}, {moment(trace.changed, zone)}); {settle}"


def _reply(trace: Trace) -> str:
    """Why, and in whose words."""
    words = trace.reply or "its time was over before it was tried"
    if trace.code:
        words = f"the relay said: {' '.join(filter(None, (str(trace.code), trace.enhanced, trace.reply)))}"
    return f"{in_words(trace.reason)} ({trace.reason.meaning}); {words}" if trace.reason else words


_STATES: Mapping[DeliveryState, tuple[Fate, Callable[[Trace, tzinfo], str]]] = {
    DeliveryState.SENT: (Fate.GOT, _sent),
    DeliveryState.DUE: (Fate.ON_ITS_WAY, _waits),
    DeliveryState.CLAIMED: (Fate.ON_ITS_WAY, _waits),
    DeliveryState.SENDING: (Fate.ON_ITS_WAY, _on_the_wire),
    DeliveryState.DEFERRED: (Fate.ON_ITS_WAY, _deferred),
    DeliveryState.FAILED: (Fate.NOT, _failed),
    DeliveryState.SKIPPED: (Fate.NOT, _skipped),
    DeliveryState.IN_DOUBT: (Fate.IN_DOUBT, _in_doubt),
}
