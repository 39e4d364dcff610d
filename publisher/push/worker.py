"""The pusher of `publisher serve`: looks every second who is to be told, and lets crews tell them.

Four crews work side by side, so that none keeps the others waiting: for hubs, for callbacks
that are to confirm, for subscribers that took the last delivery, and for those that did
not. By hand (`ping_once`) hubs alone are told, once and within bounds: subscribers of our
own hub are told by the process that serves it.

One process for a site: its lock is the sender's.
"""

from __future__ import annotations

import logging
import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from publisher.errors import PublisherError
from publisher.fetch.asking import Limits
from publisher.push.announce import Audience, announce, clear_away
from publisher.push.caller import Caller
from publisher.push.crew import Crew
from publisher.push.distribution import Distribution
from publisher.push.documents import Documents, Read
from publisher.push.pinging import Pinging
from publisher.push.verifying import Verifying
from publisher.store import pings
from publisher.store.database import Store
from publisher.store.pings import Ping

LOOK_SECONDS = 1.0
COMPARE_SECONDS = 300.0  # what a process that died did not announce
AFTER_TROUBLE_SECONDS = 10.0
TIMEOUT = timedelta(seconds=10)  # for one request

Clock = Callable[[], datetime]
Pass = Callable[[Callable[[], bool]], object]
"""One pass of a crew, until it is done or asked to stop."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many are asked at the same time."""

    hubs: int = 4
    verifying: int = 8
    telling: int = 32
    failing: int = 8
    per_host: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Pusher:
    """All that one site tells others."""

    store: Store
    audience: Audience
    read: Read
    clock: Clock
    limits: Limits  # for callbacks, whose addresses anybody may name
    hub_limits: Limits  # for the hubs of config.toml
    sizes: Sizes = Sizes()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what was begun is settled."""
        with Caller(self.hub_limits) as to_hubs, Caller(self.limits) as to_callbacks:
            passes = self._passes(to_hubs, to_callbacks)
            threads = [
                threading.Thread(target=self._repeat, args=(one, stop), name=f"push-{name}")
                for name, one in passes.items()
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _passes(self, to_hubs: Caller, to_callbacks: Caller) -> dict[str, Pass]:
        sizes = self.sizes
        passes: dict[str, Pass] = {
            "announce": self._housekeeping(),
            "hubs": Crew(work=self._pinging(to_hubs), threads=sizes.hubs, per_host=2).run,
        }
        if self.audience.own_hub:
            telling = Distribution(
                store=self.store,
                audience=self.audience,
                documents=Documents(self.store, self.read),
                caller=to_callbacks,
                clock=self.clock,
                jitter=random.random,
            )
            verifying = Verifying(
                store=self.store,
                audience=self.audience,
                caller=to_callbacks,
                clock=self.clock,
                new_challenge=lambda: secrets.token_urlsafe(32),
            )
            trying_again = replace(telling, failing=True)
            passes["verify"] = Crew(work=verifying, threads=sizes.verifying, per_host=2).run
            passes["tell"] = Crew(work=telling, threads=sizes.telling, per_host=sizes.per_host).run
            passes["again"] = Crew(work=trying_again, threads=sizes.failing, per_host=2).run
        return passes

    def _pinging(self, caller: Caller) -> Pinging:
        return Pinging(store=self.store, audience=self.audience, caller=caller, clock=self.clock, jitter=random.random)

    def _housekeeping(self) -> Pass:
        next_at = 0.0

        def compare(_stop: Callable[[], bool]) -> None:
            nonlocal next_at
            if time.monotonic() >= next_at:
                next_at = time.monotonic() + COMPARE_SECONDS
                announce(self.store, self.audience, now=self.clock())
                clear_away(self.store, self.audience, now=self.clock())

        return compare

    def _repeat(self, work: Pass, stop: threading.Event) -> None:
        """Every failure ends here: what was not done stands in the store, and is tried again."""
        while not stop.is_set():
            pause = LOOK_SECONDS
            try:
                work(stop.is_set)
            except PublisherError as wrong:
                log.error("push: %s", wrong)  # noqa: TRY400  the message says it all
                pause = AFTER_TROUBLE_SECONDS
            except Exception:
                log.exception("push: a fault of the program")
                pause = AFTER_TROUBLE_SECONDS
            stop.wait(pause)

    def ping_once(self, *, seconds: float) -> list[Ping]:
        """Tell hubs what is to be told, for at most some `seconds` more; the last of every ping, with its problem."""
        ends = time.monotonic() + seconds
        with Caller(self.hub_limits) as caller:
            Crew(work=self._pinging(caller), threads=self.sizes.hubs, per_host=2).run(lambda: time.monotonic() >= ends)
        with self.store.read() as conn:
            return pings.get_all(conn)
