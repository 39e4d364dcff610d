"""Telling hubs, and an rssCloud server, that feeds changed (WebSub §6): a crew's work.

A hub that does not answer, or not well, is told again with growing pauses for a day; one
that refuses is not, until the feed changes again. Either way the log says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from publisher.push.announce import Audience
from publisher.push.caller import Caller
from publisher.push.retry import next_try
from publisher.push.telling import Answer, Told, ping_to_hub, ping_to_rsscloud, problem_in, told_of_ping
from publisher.store import pings
from publisher.store.database import Store
from publisher.store.pings import Ping

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinging:
    """Which hubs are to hear of which feeds."""

    store: Store
    audience: Audience
    caller: Caller
    clock: Callable[[], datetime]
    jitter: Callable[[], float]  # 0 to 1

    def ripe(self, after: Ping | None, most: int) -> Sequence[Ping]:
        with self.store.read() as conn:
            return pings.ripe(conn, now=self.clock(), after=after.place if after else pings.START, most=most)

    def host_of(self, one: Ping) -> str:
        return urlsplit(one.hub).netloc

    def do(self, one: Ping) -> Answer:
        body = ping_to_rsscloud(one.topic) if one.hub == self.audience.rsscloud else ping_to_hub(one.topic)
        return self.caller.post(one.hub, body, FORM)

    def settle(self, done: Sequence[tuple[Ping, Answer]]) -> None:
        now = self.clock()
        with self.store.write() as conn:
            for one, answer in done:
                told = told_of_ping(answer)
                problem = "" if told is Told.HEARD else problem_in(answer)
                then = self._next(one, answer, now) if told is Told.LATER else None
                if problem and then is None:
                    log.warning("push: given up until it changes again: %s is not told of %s: %s",
                                one.hub, one.topic, problem)  # fmt: skip
                pings.settle(conn, one, next_try=then, problem=problem)

    def _next(self, one: Ping, answer: Answer, now: datetime) -> datetime | None:
        return next_try(one.attempts + 1, due=one.due, now=now, jitter=self.jitter(), asked_for=answer.asked_for)
