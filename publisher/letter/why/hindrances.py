"""What keeps a post from a reader for good: a list of cases, each with one reason."""

from __future__ import annotations

from collections.abc import Callable

from publisher.letter.why.facts import Case
from publisher.model.fate import moment
from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState


def hindrance(case: Case) -> str:
    """The first of them that fits; "" where nothing does."""
    return next(filter(None, (fits(case) for fits in _HINDRANCES)), "")


def _may_get_no_mail(case: Case) -> str:
    return {
        SubscriberState.SUPPRESSED: "must not get mail any more: the address is suppressed",
        SubscriberState.PENDING: "has not confirmed the address yet",
        SubscriberState.CONFIRMED: "",
        SubscriberState.ERASED: "was erased, as the reader wished",
    }[case.reader]


def _not_its_column(case: Case) -> str:
    if case.post.column in case.newsletter.columns:
        return ""
    return f"{case.newsletter.name} does not have the column {case.post.column}"


def _left(case: Case) -> str:
    standing = case.standing
    if standing.state is SubscriptionState.ACTIVE:
        return ""
    if standing.state is SubscriptionState.PENDING:
        return "asked to join and has not confirmed it yet"
    when = f" on {moment(standing.left_at, case.zone)}" if standing.left_at else ""
    how = f" ({standing.left_how})" if standing.left_how else ""
    return f"left{when}{how}, before a letter with the post was made"


def _chose_others(case: Case) -> str:
    standing = case.standing
    if not standing.columns or case.post.column in standing.columns:
        return ""
    return f"chose {', '.join(standing.columns)}; the post is in {case.post.column}"


def _outside(case: Case) -> str:
    audience = case.newsletter.audience
    if audience is None or not case.outside:
        return ""
    return f"does not belong to the segment {audience.name}, and the issues of {case.newsletter.name} go to that alone"


def _withdrawn(case: Case) -> str:
    return f"the post was withdrawn on {moment(case.post.withdrawn, case.zone)}" if case.post.withdrawn else ""


def _held(case: Case) -> str:
    if case.post.held is None:
        return ""
    since = moment(case.post.held, case.zone)
    return f"the post is held since {since}: it goes into no letter until `publisher posts release` lets it go"


def _archive(case: Case) -> str:
    if case.post.mailable:
        return ""
    where = f"`sources.{case.post.source}.backlog`" if case.post.source else "`backlog`"
    return f"the post is archive: the first visit to its source found it, and {where} says that it is not mailed"


def _had(case: Case) -> str:
    standing = case.standing
    if case.post.seq > standing.seen_seq and case.post.seq not in standing.ahead:
        return ""
    if case.post.first_seen < standing.joined:
        came, joined = moment(case.post.first_seen, case.zone), moment(standing.joined, case.zone)
        return f"the post came on {came}, before they joined on {joined}: who joins does not get what came before"
    return (
        "no letter with the post was made for them, and its time has passed: then it was withdrawn, "
        "or in a column that they had not chosen, or their address rested, or they had a pause"
    )


def _not_offered(case: Case) -> str:
    standing = case.standing
    if standing.cadence in case.offered:
        return ""
    offered = ", ".join(case.offered) or "nothing"
    return f"reads it {standing.cadence}, which {case.newsletter.name} does not offer any more; it offers {offered}"


def _cancelled(case: Case) -> str:
    if case.cancelled is None or case.standing.cadence is not Cadence.AS_IT_HAPPENS:
        return ""
    return f"issue {case.cancelled}, the letter of this post, was cancelled; digests have it still"


def _rests(case: Case) -> str:
    if case.rests_until is None or not any(slot < case.rests_until for slot in case.coming.slots[:1]):
        return ""
    until = moment(case.rests_until, case.zone)
    return f"mail to the address came back: it rests until {until}, and the next issue passes it by"


def _paused(case: Case) -> str:
    if case.paused_until is None or not any(slot < case.paused_until for slot in case.coming.slots[:1]):
        return ""
    until = moment(case.paused_until, case.zone)
    return f"the reader wants nothing until {until}, and the next issue passes them by"


_HINDRANCES: tuple[Callable[[Case], str], ...] = (
    _may_get_no_mail,
    _not_its_column,
    _left,
    _chose_others,
    _outside,
    _withdrawn,
    _held,
    _archive,
    _had,
    _not_offered,
    _cancelled,
    _rests,
    _paused,
)
