"""What a run takes up next: chunks of the ledger, and the relays that their letters may go by.

Its calls come one after the other, each in a transaction of `books.py`. That may be done though we
are told that it failed, and whoever waits for it may be cancelled: then letters are claimed that this run
does not know of. They are given back with the next try, or when the run ends.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from publisher.model.delivery import Delivery
from publisher.send.allot import Waiting
from publisher.send.gate import Gate
from publisher.send.parcels import Packer
from publisher.send.queueing import Queueing
from publisher.store import claims, issues

CHUNK = 500  # readers claimed at once


class Claiming:
    """The claims of one run, by the sender of this number."""

    def __init__(self, packer: Packer, gate: Gate, sender: int) -> None:
        self._packer = packer
        self._gate = gate
        self._sender = sender
        self._carriers: dict[int, tuple[str, ...]] = {}  # by issue: the relays that it may go by

    @property
    def carriers(self) -> set[str]:
        """The relays that letters of this run may go by."""
        return set(itertools.chain.from_iterable(self._carriers.values()))

    def next_chunk(self, conn: Connection, in_hand: Sequence[Delivery], *, now: datetime) -> claims.Chunk:
        """`in_hand` was claimed before and is not sent yet."""
        issues.start_queued(conn, now=now)
        put_off = self._put_off(conn, in_hand, now=now) if self._gate.limits else None
        found = claims.claim(conn, self._sender, limit=CHUNK, now=now, put_off=put_off)
        for delivery in found.claimed:
            self._learn_carriers(conn, delivery.issue)
        return found

    def give_back_all_but(self, conn: Connection, in_hand: Sequence[Delivery], *, now: datetime) -> None:
        """What is claimed for us, whether we know of it or not."""
        claims.release_all_but(conn, self._sender, [delivery.id for delivery in in_hand], now=now)

    def waiting(self, letter: Delivery | claims.Candidate) -> Waiting:
        return Waiting(
            id=letter.id,
            carriers=self._carriers[letter.issue],
            destination=self._gate.destination_of(letter.email),
        )

    def _put_off(self, conn: Connection, in_hand: Sequence[Delivery], *, now: datetime) -> claims.PutOff:
        def decide(candidates: Sequence[claims.Candidate]) -> Mapping[int, datetime]:
            for one in candidates:
                self._learn_carriers(conn, one.issue)
            letters = [self.waiting(one) for one in candidates]
            allowed = self._gate.allowances(conn, {letter.destination for letter in letters}, now=now)
            queueing = Queueing(conn, self._gate, allowed, now=now)
            return queueing.put_off(letters, [self.waiting(one) for one in in_hand])

        return decide

    def _learn_carriers(self, conn: Connection, issue: int) -> None:
        if issue not in self._carriers:
            newsletter, domain = self._packer.origin_of(conn, issue)
            may = (route for route in self._gate.routes.values() if route.may_carry(newsletter, domain))
            self._carriers[issue] = tuple(route.relay.name for route in may)
