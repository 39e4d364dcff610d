"""What is done about a message that came back: what email.md's rules come to, as a value to act on.

A bounce or a complaint is acted on only where a token of ours names its letter (`classify.py`): anybody
may write one. Delays, reports, replies of machines and people change nothing. The rules for an
address stand in `standing.py`.

Pure: standings and times come in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from publisher.bounce.classify import Classified
from publisher.bounce.standing import after
from publisher.mail.mailbox import same
from publisher.model.incoming import Evidence, Failure, Kind
from publisher.model.standing import Event, Happening, Standing, State


class Act(StrEnum):
    """What to do with the reader."""

    NOTHING = "nothing"
    COUNT = "count"  # keep the new standing
    REST = "rest"  # no letters until `standing.until`
    SUPPRESS = "suppress"  # no letters any more
    LEAVE = "leave"  # out of this newsletter, as asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do, and how the address stands then."""

    act: Act
    standing: Standing


def event_of(classified: Classified, *, reader: str, at: datetime, sent_at: datetime) -> Event | None:
    """What a message says of the reader of the letter its token names; None: nothing that counts.

    `reader` is the address that the letter was sent to.
    """
    if classified.delivery is None:
        return None
    if classified.kind is Kind.COMPLAINT:
        return Event(happening=Happening.COMPLAINED, at=at, sent_at=sent_at)
    failure = classified.failure_of(reader) if classified.kind is Kind.BOUNCE else None
    return bounce_of(failure, reader=reader, at=at, sent_at=sent_at) if failure else None


def bounce_of(failure: Failure, *, reader: str, at: datetime, sent_at: datetime) -> Event | None:
    """The same of a failure, whoever told it: a report, a reply while sending, a webhook; None: it is not for good."""
    if not failure.lasting:
        return None
    is_sure = failure.evidence in (Evidence.REPORT, Evidence.NOTICE)
    return Event(
        happening=Happening.BOUNCED,
        at=at,
        sent_at=sent_at,
        reason=failure.reason,
        is_sure=is_sure,
        is_own=_is_own(failure.address, reader),
    )


def _is_own(failed: str, reader: str) -> bool:
    """Whether the address that failed is the reader's: servers may write the name of an inner host behind its @."""
    return not failed or same(failed.rpartition("@")[0].partition("+")[0], reader.rpartition("@")[0].partition("+")[0])


def decide(standing: Standing, event: Event) -> Decision:
    """What an event does to a reader."""
    then = after(standing, event)
    if then.state is standing.state and then.until == standing.until:
        return Decision(act=Act.NOTHING if then == standing else Act.COUNT, standing=then)
    acts = {State.RESTING: Act.REST, State.DEAD: Act.SUPPRESS, State.COMPLAINED: Act.SUPPRESS}
    return Decision(act=acts.get(then.state, Act.COUNT), standing=then)
