"""Delivery: one letter to one reader, and the law of the ledger.

The ledger has one row per issue and subscriber. A row is claimed in chunks, which is
recoverable: nothing of a claimed letter has left us, so after a crash `claimed` is `due`
again. Just before a small group of letters goes on the wire, its rows are marked
`sending` in one commit; leaving and suppression are looked up in that same statement.
What the relay answered settles the row. A letter whose body went out and was never
answered is `in_doubt`: it may have arrived. The same holds for every row found in
`sending` after a crash. Nothing sends a letter in doubt again by itself; a setting or
an admin says `send_again` (same Message-ID, so a duplicate can be recognised) or
`resolve_sent`.

Only `due` and ripe `deferred` rows can be claimed, only `claimed` rows can be marked, and
only marked rows can be sent: so no letter is sent twice unless a person says so, and
none is forgotten, because every state that is not an end is found again by its name.
What is claimed or marked belongs to one sender (`deliveries.sender`); nobody else moves it
unless that sender is dead.

A marked letter that no relay has heard of, or said anything about, comes back (`return`): it is
as due as before. One that a limit leaves no room for is put off, and keeps its state.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class DeliveryState(StrEnum):
    DUE = "due"
    CLAIMED = "claimed"
    SENDING = "sending"
    DEFERRED = "deferred"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    IN_DOUBT = "in_doubt"


class DeliveryEvent(StrEnum):
    CLAIM = "claim"
    PUT_OFF = "put_off"  # a limit leaves no room for it now: not before its `next_try`
    RELEASE = "release"  # claimed and not to be sent now: a crash, a pause, no relay
    MARK = "mark"  # about to go on the wire
    RETURN = "return"  # marked, and nothing of it was said to a relay
    LEAVE = "leave"  # the reader left or was suppressed since the issue was frozen
    CANCEL = "cancel"  # the issue was cancelled
    ACCEPT = "accept"  # the relay said 250 after the end of data
    DEFER = "defer"  # 4xx, or the connection was lost before the end of data
    REFUSE = "refuse"  # 5xx
    EXPIRE = "expire"  # the issue's lifetime is over
    LOSE = "lose"  # the end of data went out and no answer came
    RESOLVE_SENT = "resolve_sent"
    SEND_AGAIN = "send_again"
    RETRY = "retry"  # an admin wants a failed one tried again


_S = DeliveryState
_E = DeliveryEvent

DELIVERY_MOVES: Mapping[DeliveryState, Mapping[DeliveryEvent, DeliveryState]] = {
    _S.DUE: {
        _E.CLAIM: _S.CLAIMED,
        _E.PUT_OFF: _S.DUE,
        _E.LEAVE: _S.SKIPPED,
        _E.CANCEL: _S.SKIPPED,
        _E.EXPIRE: _S.FAILED,
    },
    _S.CLAIMED: {
        _E.PUT_OFF: _S.DUE,
        _E.RELEASE: _S.DUE,
        _E.MARK: _S.SENDING,
        _E.LEAVE: _S.SKIPPED,
        _E.CANCEL: _S.SKIPPED,
        _E.EXPIRE: _S.FAILED,
    },
    _S.SENDING: {
        # The same sender again, who was not told that its commit was done: nothing has left us.
        _E.MARK: _S.SENDING,
        _E.LEAVE: _S.SKIPPED,
        _E.RETURN: _S.DUE,
        _E.ACCEPT: _S.SENT,
        _E.DEFER: _S.DEFERRED,
        _E.REFUSE: _S.FAILED,
        _E.LOSE: _S.IN_DOUBT,
    },
    _S.DEFERRED: {
        _E.CLAIM: _S.CLAIMED,
        _E.PUT_OFF: _S.DEFERRED,
        _E.LEAVE: _S.SKIPPED,
        _E.CANCEL: _S.SKIPPED,
        _E.EXPIRE: _S.FAILED,
    },
    _S.IN_DOUBT: {_E.RESOLVE_SENT: _S.SENT, _E.SEND_AGAIN: _S.DUE},
    _S.FAILED: {_E.RETRY: _S.DUE},
    _S.SENT: {},
    _S.SKIPPED: {},
}

UNSETTLED = (_S.DUE, _S.CLAIMED, _S.SENDING, _S.DEFERRED)
"""An issue with none of these is sent."""


class Delivery(NamedTuple):
    """What the sender needs of one row of the ledger to put its letter on the wire.

    A tuple: there is one for each letter, and to make a frozen class takes three times as long.
    """

    id: int
    issue: int
    variant: int  # row of the variant whose letter this is
    subscription: int
    email: str
    name: str
    attempts: int  # how often something of it was said to a relay before
