"""Subscriber, subscription, newsletter cadences.

A subscriber is `pending` until the address is confirmed, `confirmed` while letters may be
sent, and `suppressed` once mail must not go there any more (a complaint, a dead address):
then only the reader comes back, by asking for it and confirming it anew. `erased` has no
address, nor anything else that tells of a person; the row stays for the ledger's sake.
Leaving a newsletter is a move of the subscription, never of the subscriber. A subscription
is `pending` where it was asked for and not confirmed yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Cadence(StrEnum):
    """How often a reader wants a newsletter."""

    AS_IT_HAPPENS = "as-it-happens"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


LOOK_BACK: Mapping[Cadence, timedelta] = {
    Cadence.AS_IT_HAPPENS: timedelta(0),
    Cadence.DAILY: timedelta(days=1),
    Cadence.WEEKLY: timedelta(days=7),
    Cadence.MONTHLY: timedelta(days=31),
}
"""How old a post may be, since we first saw it, to be news to who joins: what one issue covers."""


class SubscriberState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    SUPPRESSED = "suppressed"
    ERASED = "erased"


class SubscriberEvent(StrEnum):
    CONFIRM = "confirm"  # the reader pressed the button, or an admin vouches for the consent
    SUPPRESS = "suppress"  # complaint, dead address, an admin's hand
    LIFT = "lift"  # an admin says that it was a mistake, or the reader asks: the address has to be confirmed anew
    ERASE = "erase"  # by the reader's wish, for good


SUBSCRIBER_MOVES: Mapping[SubscriberState, Mapping[SubscriberEvent, SubscriberState]] = {
    SubscriberState.PENDING: {
        SubscriberEvent.CONFIRM: SubscriberState.CONFIRMED,
        SubscriberEvent.SUPPRESS: SubscriberState.SUPPRESSED,
        SubscriberEvent.ERASE: SubscriberState.ERASED,
    },
    SubscriberState.CONFIRMED: {
        SubscriberEvent.CONFIRM: SubscriberState.CONFIRMED,
        SubscriberEvent.SUPPRESS: SubscriberState.SUPPRESSED,
        SubscriberEvent.ERASE: SubscriberState.ERASED,
    },
    # Nobody who is suppressed comes back by being added or imported.
    SubscriberState.SUPPRESSED: {
        SubscriberEvent.SUPPRESS: SubscriberState.SUPPRESSED,
        SubscriberEvent.LIFT: SubscriberState.PENDING,
        SubscriberEvent.ERASE: SubscriberState.ERASED,
    },
    SubscriberState.ERASED: {},
}


class SubscriptionState(StrEnum):
    ACTIVE = "active"
    LEFT = "left"
    PENDING = "pending"  # asked for, never confirmed yet


class SubscriptionEvent(StrEnum):
    JOIN = "join"  # by the reader's own wish; an import never joins who has left
    LEAVE = "leave"


SUBSCRIPTION_MOVES: Mapping[SubscriptionState, Mapping[SubscriptionEvent, SubscriptionState]] = {
    SubscriptionState.PENDING: {
        SubscriptionEvent.JOIN: SubscriptionState.ACTIVE,
        SubscriptionEvent.LEAVE: SubscriptionState.LEFT,  # whoever it was that asked, the reader does not want it
    },
    SubscriptionState.ACTIVE: {
        SubscriptionEvent.JOIN: SubscriptionState.ACTIVE,
        SubscriptionEvent.LEAVE: SubscriptionState.LEFT,
    },
    SubscriptionState.LEFT: {
        SubscriptionEvent.JOIN: SubscriptionState.ACTIVE,
        SubscriptionEvent.LEAVE: SubscriptionState.LEFT,
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One reader's wish for one newsletter."""

    id: int
    newsletter: str
    cadence: Cadence
    columns: tuple[str, ...] = ()  # slugs, sorted; () means all columns of the newsletter
    state: SubscriptionState = SubscriptionState.ACTIVE
    seen_seq: int = 0  # posts up to this sequence number are no news to this reader
    ahead: tuple[int, ...] = ()  # posts above it that this reader has had already, ascending


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What a reader may choose of a newsletter."""

    cadence: Cadence
    columns: tuple[str, ...] = ()  # slugs, sorted; () means all columns of the newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A reader."""

    id: int
    email: str  # domain as A-labels, lower case; local part as given
    name: str = ""
    language: str = ""  # BCP 47; "" means the newsletter's
    state: SubscriberState = SubscriberState.PENDING
    consent: str = ""  # where the consent comes from: `import readers.csv 2026-11-22`, `added by hand`
    joined: datetime
    subscriptions: tuple[Subscription, ...] = ()
