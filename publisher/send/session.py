"""The driver of one connection: sockets, TLS and the clock for the protocol's machine.

Responsible for carrying out what `protocol.py` decides, and for how long to wait. It
decides nothing about letters. A failure to connect, a bad certificate or a silent relay
is a `Trouble`, not an exception.

Standards: RFC 5321 §4.5.3.2 (timeouts), RFC 3207 and RFC 8314 (TLS), with certificates
and host names always verified. Known weakness: bytes that the kernel took and the relay
never got count as written, so a cut in a small letter's body leaves it in doubt.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable

from publisher.model.outcome import Outcome
from publisher.send.actions import Action, Close, GetToken, Returned, Settled, StartTls, Token, Trouble, Write
from publisher.send.commands import Parcel
from publisher.send.opening import Opens
from publisher.send.protocol import Conversation
from publisher.send.relay import Relay, Scheme
from publisher.send.steps import Step
from publisher.send.tls import tls_context, tls_trouble, words_of

LONGEST_CONNECT_SECONDS = 30.0
JOINED_BYTES = 2**16  # writes up to this together go out as one
READ_BYTES = 2**13  # replies are short
LOOKS = 16  # at the clock, in the time for one answer: a timer for each answer would cost more than reading it
# RFC 5321 §4.5.3.2.6: ten minutes for the end of a letter where other answers get five.
END_FACTOR = 2


class Session(asyncio.BufferedProtocol):
    """One connection to a relay. All calls belong to the thread of its event loop."""

    def __init__(
        self,
        relay: Relay,
        *,
        on_settled: Callable[[int, Outcome], None],
        on_returned: Callable[[Parcel, Outcome], None],
        on_change: Callable[[], None],
    ) -> None:
        self.trouble: Trouble | None = None  # why it ended; None: still there, or ended as it should
        self.ended = False
        self.given = 0  # letters taken so far
        # Looked at far more often than they change: by all who look for room, on each connection.
        self.held = 0  # letters here, without their outcome
        self.room = 0  # how many may be given now
        self._relay = relay
        self._on_settled = on_settled
        self._on_returned = on_returned  # a letter for another connection, else with that outcome
        self._on_change = on_change  # it is open or has ended, or parted with a letter without an outcome
        self._loop = asyncio.get_running_loop()
        self._closed = self._loop.create_future()
        self._conversation: Conversation | None = None
        self._transport: asyncio.Transport | None = None
        self._unwritten: deque[Write] = deque()
        self._paused = False  # the last write has not wholly left us
        self._end_is_last = False  # the last write ends with a letter's end
        self._ends_failed = 0  # letters' ends in a write that failed at once
        self._read = memoryview(bytearray(READ_BYTES))  # what was read last; used again each time
        self._was_open = False
        self._waits_for: tuple[Opens | Step | None, int] = (None, 0)  # and how many it had answered
        self._since = 0.0  # it waits for this; in the event loop's time
        self._timer: asyncio.TimerHandle | None = None
        self._errand: asyncio.Task[None] | None = None  # what the relay waits for: TLS, a token

    @property
    def is_open(self) -> bool:
        return self._conversation is not None and self._conversation.is_open

    async def connect(self) -> None:
        """Connect; greeting and login go on by themselves. A failure stands in `trouble`."""
        relay = self._relay
        seconds = min(LONGEST_CONNECT_SECONDS, relay.timeout.total_seconds())
        try:
            context = tls_context(relay.ca_file) if relay.scheme is Scheme.TLS else None
            async with asyncio.timeout(seconds):
                await self._loop.create_connection(
                    lambda: self, relay.host, relay.port, ssl=context, happy_eyeballs_delay=0.25
                )
        except TimeoutError:
            self._fail(Trouble(problem=f"it cannot be reached: no connection within {seconds:g} seconds"))
        except ssl.SSLError as wrong:
            self._fail(tls_trouble(wrong))
        except OSError as wrong:
            self._fail(Trouble(problem=f"it cannot be reached: {words_of(wrong)}; check its url and the network"))

    def give(self, parcel: Parcel) -> None:
        """Hand over one letter; only where there is `room`."""
        if self._conversation is None:
            raise ValueError("no room for a letter before there is a connection")
        self.given += 1
        self._carry_out(self._conversation.give(parcel))
        if self.given >= self._relay.per_connection:
            self.finish()

    def recall(self) -> None:
        """Settle as unsent the letter of which nothing was said yet."""
        if self._conversation:
            self._carry_out(self._conversation.recall())

    def finish(self) -> None:
        """Say QUIT as soon as the letters here have their answers."""
        if self._conversation:
            self._carry_out(self._conversation.finish())

    def abort(self, why: str) -> None:
        """Close at once; every letter here gets its outcome."""
        if self._conversation:
            self._carry_out(self._conversation.lose(why, unsent=self._unsent))
        if self._transport:
            self._transport.abort()

    async def wait_closed(self) -> None:
        await self._closed

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  create_connection makes no other
        transport.set_write_buffer_limits(high=1, low=0)  # so that `_paused` tells whether all has left us
        self._transport = transport
        self._conversation = Conversation(self._relay.terms(transport.get_extra_info("sockname")))
        self._look_at_the_clock()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  asyncio says what it would like
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        conversation = self._conversation
        assert conversation is not None  # noqa: S101  made with the connection
        self._carry_out(conversation.receive(self._read[:nbytes].tobytes()))
        if conversation.letters.chunking_refused:
            self._relay.learned.knows_bdat = False
        if not self._was_open:
            self._was_open = conversation.is_open
            self._on_change()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._since = self._loop.time()  # a long letter is out: its answer has the whole time from here
        self._write_out()

    def connection_lost(self, exc: Exception | None) -> None:
        why = f"the connection broke: {words_of(exc)}" if exc else "it closed the connection"
        if self._conversation:
            self._carry_out(self._conversation.lose(why, unsent=self._unsent))
        self._end()

    # What the protocol asks for.

    def _carry_out(self, actions: list[Action]) -> None:
        letters = self._talk().letters
        self.held = letters.held
        self.room = min(letters.room, self._relay.per_connection - self.given)
        closing: Close | None = None
        returned = False
        for action in actions:
            if isinstance(action, Settled):
                self._on_settled(action.key, action.outcome)
            elif isinstance(action, Returned):
                returned = True
                self._on_returned(action.parcel, action.outcome)
            elif isinstance(action, Write):
                self._unwritten.append(action)
            elif isinstance(action, StartTls):
                self._errand = self._loop.create_task(self._start_tls())
            elif isinstance(action, GetToken):
                self._errand = self._loop.create_task(self._get_token(action.refused))
            else:
                closing = action
        if self._unwritten:
            self._write_out()
        if closing:
            self._close(closing)
        if returned:
            self._on_change()

    def _write_out(self) -> None:
        """Write what waits, as one where it is small; never beyond a letter's end that has not left us."""
        transport = self._transport
        while self._unwritten and not self._paused and transport and not transport.is_closing():
            batch = self._next_batch()
            self._end_is_last = batch[-1].ends_letter
            transport.write(batch[0].data if len(batch) == 1 else b"".join([write.data for write in batch]))
            # It tries to send at once; where that fails it is closing now, and none of this went out.
            if transport.is_closing():
                self._ends_failed = sum(write.ends_letter for write in batch)

    def _next_batch(self) -> list[Write]:
        waiting = self._unwritten
        if len(waiting) == 1:
            return [waiting.popleft()]
        small = sum(len(write.data) for write in waiting) <= JOINED_BYTES
        batch = list(waiting) if small else [waiting[0]]
        for _ in batch:
            waiting.popleft()
        return batch

    @property
    def _unsent(self) -> int:
        """How many letters' ends surely never left us, counted from the last."""
        waiting = sum(write.ends_letter for write in self._unwritten)
        return waiting + (self._ends_failed or (self._paused and self._end_is_last))

    async def _start_tls(self) -> None:
        transport, seconds = self._transport, self._relay.timeout.total_seconds()
        assert transport is not None  # noqa: S101  the relay has just answered on it
        try:
            upgraded = await self._loop.start_tls(
                transport,
                self,
                tls_context(self._relay.ca_file),
                server_hostname=self._relay.host,
                ssl_handshake_timeout=seconds,
            )
        except (OSError, EOFError) as wrong:  # SSLError and TimeoutError are OSErrors
            transport.abort()
            self._fail(tls_trouble(wrong))
            return
        if upgraded is None:  # closed while it shook hands
            self._fail(Trouble(problem="it closed the connection while TLS began"))
            return
        upgraded.set_write_buffer_limits(high=1, low=0)
        self._transport = upgraded
        self._carry_out(self._talk().encrypted())

    async def _get_token(self, refused: str) -> None:
        tokens = self._relay.tokens
        assert tokens is not None  # noqa: S101  no other login asks for one
        found = await asyncio.to_thread(tokens.get, refused=refused)
        if self.ended:
            return
        if isinstance(found, Token):
            self._carry_out(self._talk().token(found))
            return
        self._fail(found)
        if self._transport:
            self._transport.abort()

    def _talk(self) -> Conversation:
        assert self._conversation is not None  # noqa: S101  made with the connection
        return self._conversation

    # Waiting, and the end.

    def _look_at_the_clock(self) -> None:
        """Give the relay its time for the answer that is awaited now; bytes alone earn it no more."""
        if self._conversation is None or self.ended:
            return
        awaited, now = self._conversation.awaited, self._loop.time()
        seconds = self._relay.timeout.total_seconds()
        if (awaited, self._conversation.answered) != self._waits_for:
            self._waits_for, self._since = (awaited, self._conversation.answered), now
        elif awaited and now - self._since >= seconds * (END_FACTOR if awaited in (Step.END, Step.BDAT) else 1):
            self.abort(f"it did not answer {awaited.value} in time")
            return
        self._timer = self._loop.call_later(seconds / LOOKS, self._look_at_the_clock)

    def _close(self, close: Close) -> None:
        self.trouble = self.trouble or close.trouble
        if self._transport is None:
            return
        if self.trouble:
            self._transport.abort()
        else:
            self._transport.close()

    def _fail(self, trouble: Trouble) -> None:
        self.trouble = self.trouble or trouble
        if self._conversation:
            self._carry_out(self._conversation.lose(trouble.problem))
        self._end()

    def _end(self) -> None:
        self.ended = True
        if self._timer:
            self._timer.cancel()
        if not self._closed.done():
            self._closed.set_result(None)
        self._on_change()
