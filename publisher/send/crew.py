"""The connections of one run: opened, filled, opened again, given up.

Theory. First one connection is made, alone: a refused login or a bad certificate is then
found once and said once. When it is open, the others follow. One that ends after it served
is made anew at once; one that was never let in while others work means that the relay
wants fewer; and when the last one fails, a few pauses and tries later the relay is given
up for this run. Trouble that lasts (a refused login) is given up at once.

A letter that came behind another, and of which nothing was heard when the connection ended, goes by
a new one, as its first: so a relay that closes after each letter gets them at its pace. What
becomes of it there is its outcome.

Responsible for connections only; what goes on them is handed in.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from publisher.model.outcome import Outcome, Verdict
from publisher.send.commands import Parcel
from publisher.send.outcome import unsent
from publisher.send.relay import Relay
from publisher.send.session import Session

OPENING_SECONDS = 0.5  # how long a connection that is just being made is waited for at the end
GOODBYE_SECONDS = 1.0  # how long QUIT may take; nothing hangs on it


class Crew:
    """All sessions of one run with one relay."""

    def __init__(
        self, relay: Relay, *, pauses: Sequence[float], on_settled: Callable[[int, Outcome], None], wake: asyncio.Event
    ) -> None:
        self.problem = ""  # why the relay is given up; "": it is not
        self.lasting = False  # and it will not do to try again soon
        self._trouble = ""  # the last one's, until a letter is answered
        self._relay = relay
        self._pauses = pauses  # seconds before each new try after the last connection failed
        self._on_settled = on_settled
        self._wake = wake
        self._ceiling = relay.connections
        self._failures = 0  # in a row, since a letter was last answered
        self._not_before = 0.0  # in the event loop's time
        self._sessions: list[Session] = []
        self._useful: set[Session] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self._returned: list[Parcel] = []  # for new connections
        self._is_leaving = False  # nothing more is handed over

    @property
    def room(self) -> int:
        return max(0, sum(session.room for session in self._sessions) - len(self._returned))

    @property
    def held(self) -> int:
        return sum(session.held for session in self._sessions) + len(self._returned)

    @property
    def connections(self) -> int:
        """Connections that are there, or are being made."""
        return len(self._sessions)

    @property
    def complaint(self) -> str:
        """What is wrong with the relay as far as we know now, in a sentence; "": nothing."""
        said = self.problem or self._trouble
        return f"relay {self._relay.describe()}: {said}" if said else ""

    def bury(self) -> None:
        """Take the sessions that have ended out, and learn from how they ended."""
        for session in [session for session in self._sessions if session.ended]:
            self._sessions.remove(session)
            self._learn_from(session)
            self._useful.discard(session)

    def tend(self, wanted: int, *, most: int) -> None:
        """Open what is missing for `wanted` connections, and close what is more than `most`."""
        if self.problem or asyncio.get_running_loop().time() < self._not_before:
            return
        for session in self._sessions[most:]:  # another sender has its part of them now
            session.finish()
        if self._returned and all(session.given for session in self._sessions):
            for idle in [session for session in self._sessions if not session.held][:1]:
                idle.finish()  # a new one takes its place
        proven = any(session.is_open for session in self._sessions)
        aim = min(wanted, self._ceiling if proven else 1)
        while len(self._sessions) < aim:
            self._open_one()

    def hand_out(self, parcels: list[Parcel]) -> None:
        """Give letters where there is room, first to those who have none; what does not fit stays in the list."""
        if self._returned:
            for session in self._sessions:
                if self._returned and session.room and not session.given:
                    session.give(self._returned.pop(0))
        if not parcels:
            return  # most of the time
        waiting = deque(parcels)
        free = sorted((session for session in self._sessions if session.room), key=lambda session: session.held)
        while waiting and free:
            for session in free[: len(waiting)]:
                session.give(waiting.popleft())
            free = [session for session in free if session.room] if waiting else []
        parcels[:] = waiting

    def recall(self) -> None:
        """Stop handing over: what was not begun comes back unsent, the rest goes its way."""
        self._is_leaving = True
        self._bring_home("the sender was stopped")
        for session in self._sessions:
            session.recall()
            session.finish()

    async def leave(self) -> None:
        """End all connections; letters that are still there get their outcome at once."""
        self._is_leaving = True
        self._bring_home("the sender was stopped")
        for session in self._sessions:
            session.finish()
        idle = [session for session in self._sessions if session.is_open and not session.held]
        closing = [asyncio.ensure_future(session.wait_closed()) for session in idle]
        if closing:
            await asyncio.wait(closing, timeout=GOODBYE_SECONDS)
        if self._connecting:  # one that is cut off in the middle of being opened may leave its socket open
            await asyncio.wait(set(self._connecting), timeout=OPENING_SECONDS)
        for session in self._sessions:
            session.abort("the sender was stopped")
        for task in [*self._connecting, *closing]:
            task.cancel()
        await asyncio.gather(*self._connecting, *closing, return_exceptions=True)
        await asyncio.sleep(0)  # lets the event loop close what was aborted

    def _open_one(self) -> None:
        def settled(key: int, outcome: Outcome) -> None:
            if outcome.verdict in (Verdict.SENT, Verdict.NEVER):
                self._useful.add(session)
                self._failures = 0
                self._trouble = ""
            self._on_settled(key, outcome)

        def returned(parcel: Parcel, outcome: Outcome) -> None:
            self._returned.append(parcel)
            if self._is_leaving or self.problem:
                self._bring_home(outcome.text)

        session = Session(self._relay, on_settled=settled, on_returned=returned, on_change=self._wake.set)
        self._sessions.append(session)
        task = asyncio.ensure_future(session.connect())
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def _learn_from(self, session: Session) -> None:
        self._weigh(session)
        if self.problem:
            self._bring_home(self.problem)

    def _weigh(self, session: Session) -> None:
        trouble = session.trouble
        if trouble is None or trouble.learned or (session in self._useful and not trouble.permanent):
            return
        self._trouble = trouble.problem
        if trouble.permanent:
            self.problem, self.lasting = trouble.problem, True
        elif any(other.is_open for other in self._sessions):
            if not session.given:
                self._ceiling = max(1, len(self._sessions))
        elif self._failures < len(self._pauses):
            self._not_before = asyncio.get_running_loop().time() + self._pauses[self._failures]
            self._failures += 1
        else:
            self.problem = trouble.problem

    def _bring_home(self, why: str) -> None:
        """What was returned goes by no other connection of this crew."""
        while self._returned:
            self._on_settled(self._returned.pop(0).key, unsent(why))
