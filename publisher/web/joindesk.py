"""Where a wish to join is taken, or for a link to the own page: the same for pages, forms of other sites, and programs.

Whether an address is known, new, suppressed, or was asked about a minute ago, is seen by nobody:
the answer is the same, the same things are done before it, and it is given at the next multiple of
a fixed time (`at_the_next_beat`). Only the letter tells, to who reads there.

Whose mailbox got enough letters of this kind, by whichever of its addresses, gets no more of them for
a time; that is seen by nobody either.

What is refused is refused for the client's sake or the site's: it says nothing about the address
but its domain, and that only counts how often it was asked about. A refusal writes nothing.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from publisher.assemble.service import Courier, Prepared
from publisher.model.asking import Asked, Choice, Proof
from publisher.model.issue import IssueKind
from publisher.model.limit import Limit
from publisher.store import signups, tries
from publisher.store.database import Store
from publisher.subscribe.bounds import Counted, counted_for, letters_to, uses_of_ticket
from publisher.subscribe.tickets import NONCE_OCTETS, Ticket, is_solved, read_ticket, ticket_for
from publisher.web.site import SignUp

LEAST_SHOWN = timedelta(seconds=3)  # nobody who reads a form and fills it in is quicker


class Verdict(StrEnum):
    """What is answered."""

    TAKEN = "taken"
    AGAIN = "again"  # the form is shown once more, with what was filled in
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    verdict: Verdict
    wait: timedelta = timedelta()  # where there were too many


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a form came, beside what was chosen."""

    address: str  # of the client
    ticket: str
    number: str  # the work
    trap: str  # what people do not see, so that programs fill it in
    is_from_here: bool
    said: str  # what the page said; kept as proof


class JoinDesk:
    """Takes wishes to join."""

    def __init__(
        self, signup: SignUp, courier: Courier, *, store: Store, keys: tuple[bytes, ...], clock: Callable[[], datetime]
    ) -> None:
        self.signup = signup
        self._courier = courier
        self._store = store
        self._keys = keys
        self._clock = clock

    def ticket(self) -> str:
        """For a form that is shown now."""
        return ticket_for(self._keys, secrets.token_bytes(NONCE_OCTETS), now=self._clock())

    def take(self, email: str, choices: Sequence[Choice], arrival: Arrival) -> Answer:
        """Take a wish; `email` and `choices` can be used."""
        now = self._clock()
        tally = self._admit(email, arrival, now=now)
        if isinstance(tally, Answer):
            return tally
        prepared = self._courier.prepare(IssueKind.CONFIRM, choices[0].newsletter, now=now)
        with self._store.write() as conn:
            refused = _refused(conn, tally, now=now)  # somebody may have taken the last room
            if refused:
                return refused
            asked = None
            if not tries.is_full(conn, tally.letter, now=now):
                proof = Proof(ip=arrival.address, form=signups.keep_text(conn, arrival.said, now=now), at=now)
                asked = signups.ask(conn, email, choices, proof)
            self._write(conn, asked, prepared, tally, now=now)
        return Answer(verdict=Verdict.TAKEN)

    def take_link(self, email: str, arrival: Arrival, *, newsletters: Sequence[str]) -> Answer:
        """Take a wish for a link to the own page; `newsletters` are all there are, one at least."""
        now = self._clock()
        tally = self._admit(email, arrival, now=now)
        if isinstance(tally, Answer):
            return tally
        with self._store.read() as conn:
            known = signups.find_known(conn, email, newsletters)
        prepared = self._courier.prepare(IssueKind.LINK, known[1] if known else newsletters[0], now=now)
        with self._store.write() as conn:
            refused = _refused(conn, tally, now=now)
            if refused:
                return refused
            asked = None
            if not tries.is_full(conn, tally.letter, now=now):
                asked = signups.ask_link(conn, email, newsletters, now=now)
            self._write(conn, asked, prepared, tally, now=now)
        return Answer(verdict=Verdict.TAKEN)

    def _write(
        self, conn: Connection, asked: Asked | None, prepared: Prepared, tally: _Tally, *, now: datetime
    ) -> None:
        """Let the letter go where one is due, and count the try."""
        goes = asked is not None and asked.letter and self._courier.post(conn, prepared, asked.subscription, now=now)
        tries.count(conn, tally.all(goes=goes), now=now)

    def _admit(self, email: str, arrival: Arrival, *, now: datetime) -> _Tally | Answer:
        """What the try counts for; an answer where it goes no further."""
        ticket = read_ticket(self._keys, arrival.ticket, now=now)
        bits = self.signup.work_bits
        has_worked = is_solved(arrival.ticket, arrival.number, bits) if bits else True
        if ticket is None or arrival.trap or not arrival.is_from_here:
            return Answer(verdict=Verdict.AGAIN)
        if now - ticket.shown < LEAST_SHOWN and not (bits and has_worked):
            return Answer(verdict=Verdict.AGAIN)
        tally = self._tally(ticket, email, arrival, has_worked=has_worked)
        with self._store.read() as conn:
            return _refused(conn, tally, now=now) or tally

    def _tally(self, ticket: Ticket, email: str, arrival: Arrival, *, has_worked: bool) -> _Tally:
        key, bounds = self._keys[0], self.signup.bounds
        used, use = uses_of_ticket(key, ticket.nonce, email)
        limits = counted_for(key, bounds, client=arrival.address, email=email, has_worked=has_worked)
        return _Tally(used=used, use=use, limits=limits, letters=letters_to(key, email))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tally:
    """What a try counts for."""

    used: Counted  # its ticket
    use: Counted  # its ticket, for this address
    limits: tuple[Counted, ...]
    letters: tuple[Counted, ...]  # to this mailbox

    @property
    def letter(self) -> list[tuple[str, Limit]]:
        return [(one.key, one.limit) for one in self.letters]

    def all(self, *, goes: bool) -> list[tuple[str, Limit]]:
        """In one order for all who count; what a letter counts for, where one goes."""
        tried = [(one.key, one.limit) for one in (self.used, self.use, *self.limits)]
        return sorted([*tried, *(self.letter if goes else ())], key=lambda one: (one[0], one[1].seconds))


def _refused(conn: Connection, tally: _Tally, *, now: datetime) -> Answer | None:
    def free_from(one: Counted) -> datetime | None:
        return tries.free_from(conn, one.key, one.limit, now=now)

    if free_from(tally.use):
        return Answer(verdict=Verdict.TAKEN)  # a button that was pressed twice
    if free_from(tally.used):
        return Answer(verdict=Verdict.AGAIN)  # for another address: whoever mistyped it comes back this way
    times = [moment for one in tally.limits if (moment := free_from(one))]
    return Answer(verdict=Verdict.TOO_MANY, wait=max(times) - now) if times else None


async def at_the_next_beat(begun: float, seconds: float) -> None:
    """Wait until a whole multiple of `seconds` has passed since `begun`, by the clock of time.monotonic."""
    if seconds > 0:
        passed = time.monotonic() - begun
        await asyncio.sleep(max(1, math.ceil(passed / seconds)) * seconds - passed)
