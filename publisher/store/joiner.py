"""Somebody who is to be added to a newsletter, and what becomes of that."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.model.suppression import Suppression


class Joined(StrEnum):
    """What became of a wish to add somebody."""

    ADDED = "added"
    ALREADY = "already a reader"
    LEFT = "left before; only the reader may come back"
    SUPPRESSED = "must not get mail any more"


class Joiner(NamedTuple):
    """Somebody to be added to a newsletter; the address is valid, its domain in A-labels.

    A tuple, as a list may have millions of them: a frozen dataclass takes four times as long to make.
    """

    email: str
    newsletter: str  # "": none, in a list that is taken back
    cadence: Cadence
    consent: str  # where it comes from
    name: str = ""
    language: str = ""
    columns: tuple[str, ...] = ()  # () means all
    tags: tuple[str, ...] = ()
    joined: datetime | None = None  # None: now
    wish_joined: datetime | None = None
    # What `keep_all` keeps of somebody who gets no mail
    state: SubscriberState = SubscriberState.CONFIRMED
    wish_state: SubscriptionState = SubscriptionState.ACTIVE
    left_at: datetime | None = None
    left_how: str = ""
    paused_until: datetime | None = None  # of any reader; None: is not paused
    suppression: Suppression | None = None  # what is told of one that is suppressed

    @property
    def key(self) -> str:
        """Whoever has it is the same reader."""
        return self.email.lower()

    @property
    def reads(self) -> bool:
        """Or read once; an address may be suppressed that never was a reader's."""
        return self.state is not SubscriberState.SUPPRESSED or bool(self.newsletter) or self.joined is not None
