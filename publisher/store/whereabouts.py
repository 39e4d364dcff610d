"""What stands written of one reader and one post: subscriptions, and letters with it."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, func, select

from publisher.model.delivery import DeliveryState
from publisher.model.incoming import Kind
from publisher.model.issue import IssueState
from publisher.model.reason import reason_named
from publisher.model.subscriber import Cadence, SubscriptionState
from publisher.model.whereabouts import Standing, Trace
from publisher.store import schema

_issues, _in_them, _ledger = schema.issues, schema.variant_posts, schema.deliveries
_wishes, _messages = schema.subscriptions, schema.messages


def standings(conn: Connection, subscriber: int) -> dict[str, Standing]:
    """A reader's subscriptions by newsletter, also those that were left."""
    rows = conn.execute(select(_wishes).where(_wishes.c.subscriber == subscriber)).mappings()
    return {row["newsletter"]: _standing_of(row) for row in rows}


def _standing_of(row: RowMapping) -> Standing:
    return Standing(
        **{name: row[name] for name in ("id", "newsletter", "seen_seq", "joined", "left_at", "left_how")},
        cadence=Cadence(row["cadence"]),
        columns=tuple(row["columns"].split()),
        state=SubscriptionState(row["state"]),
        ahead=tuple(map(int, row["ahead"].split())),
    )


def traces(conn: Connection, subscription: int, post: int) -> list[Trace]:
    """The letters of a subscription with this post, oldest first."""
    own = (_ledger.c[name] for name in ("issue", "state", "changed", "next_try", "code", "enhanced", "reply", "reason"))
    came_back = select(func.min(_messages.c.reason)).where(
        _messages.c.delivery == _ledger.c.id, _messages.c.kind == Kind.BOUNCE
    )
    wanted = (
        select(
            *own,
            came_back.scalar_subquery().label("returned"),
            _issues.c.state.label("issue_state"),
            _issues.c.cadence,
            _issues.c.due,
            _issues.c.corrects,
        )
        .join(_issues, _issues.c.id == _ledger.c.issue)
        .join(_in_them, _in_them.c.variant == _ledger.c.variant)
        .where(_ledger.c.subscription == subscription, _in_them.c.post == post)
        .order_by(_ledger.c.id)
    )
    return [_trace_of(row) for row in conn.execute(wanted).mappings()]


def _trace_of(row: RowMapping) -> Trace:
    return Trace(
        **{name: row[name] for name in ("issue", "due", "changed", "next_try", "code", "enhanced", "reply")},
        issue_state=IssueState(row["issue_state"]),
        cadence=Cadence(row["cadence"]),
        corrects=row["corrects"] is not None,
        state=DeliveryState(row["state"]),
        reason=reason_named(row["reason"]),
        returned=reason_named(row["returned"] or ""),
    )
