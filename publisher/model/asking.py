"""Asking to join: what was chosen, by whose word, and how often somebody may be asked to confirm it. Pure.

Whoever types an address may not be who reads there. So a letter asks; and since the one who typed
may do it again and again, letters that nobody answers come ever more rarely.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.model.subscriber import Cadence, Subscriber, SubscriberState

FIRST_WAIT = timedelta(hours=1)
LONGEST_WAIT = timedelta(days=30)
LONGEST_FOR_READERS = timedelta(days=1)
SUPPRESSED_WAIT = timedelta(days=1)
_MOST_DOUBLINGS = 10  # by then the longest is reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A newsletter that somebody wants, and how."""

    newsletter: str
    cadence: Cadence
    columns: tuple[str, ...] = ()  # slugs; () means all columns of the newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """By whose word: kept, because one day it may have to be shown."""

    ip: str
    form: str  # version of what the page said, see `consent_texts`; "" where no page was shown
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking."""

    subscription: int  # the letter is for this one
    letter: bool  # one is due now


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What the link of a letter stands for, and nobody has confirmed yet."""

    reader: Subscriber
    choices: tuple[Choice, ...]  # in the order of their newsletters' names
    moving: Subscriber | None = None  # whose address is to become the reader's


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What came of confirming."""

    reader: Subscriber
    joined: tuple[int, ...]  # subscriptions that are active now, and were not


def may_be_asked_from(asked: datetime | None, asks: int, state: SubscriberState) -> datetime | None:
    """When a letter may ask an address next, after `asks` that were not answered; None: at any time."""
    if asked is None:
        return None
    doublings: int = 2 ** min(max(asks - 1, 0), _MOST_DOUBLINGS)
    wait = min(FIRST_WAIT * doublings, LONGEST_WAIT)
    match state:
        case SubscriberState.CONFIRMED:  # who reads here does not wait for a link for weeks
            return asked + min(wait, LONGEST_FOR_READERS)
        case SubscriberState.SUPPRESSED:
            return asked + max(wait, SUPPRESSED_WAIT)
        case _:
            return asked + wait


def asks_by_now(asked: datetime | None, asks: int, *, now: datetime) -> int:
    """How many letters count as not answered: after two of the longest waits none does."""
    return 0 if asked is None or now - asked > 2 * LONGEST_WAIT else asks
