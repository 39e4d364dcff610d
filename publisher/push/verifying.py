"""Asking callbacks whether they meant it (WebSub §5.3), and telling those that lost a feed (§5.2): a crew's work.

What was asked counts only once it is confirmed; until then what was before goes on. Any
answer decides; where there is none we ask again, three times in all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.push.announce import Audience, is_published
from publisher.push.caller import Caller
from publisher.push.request import Mode
from publisher.push.telling import Answer, problem_in
from publisher.push.topics import path_of
from publisher.push.verification import Verdict, denial_url, pause_after, verdict_of, verification_url
from publisher.store import hub, hubrequests, pings
from publisher.store.database import Store
from publisher.store.hubrequests import HubRequest

# Who subscribes has read the feed a moment before. What changed since then it is told at once.
READ_BEFORE = timedelta(minutes=10)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifying:
    """What was asked of our hub."""

    store: Store
    audience: Audience
    caller: Caller
    clock: Callable[[], datetime]
    new_challenge: Callable[[], str]  # ASCII, never the same twice (WebSub §8.2)

    def ripe(self, after: HubRequest | None, most: int) -> Sequence[HubRequest]:
        with self.store.read() as conn:
            return hubrequests.ripe(conn, now=self.clock(), after=after.id if after else 0, most=most)

    def host_of(self, one: HubRequest) -> str:
        return one.host

    def do(self, one: HubRequest) -> Answer:
        """Ask it; `told` of the answer is the verdict."""
        mode = Mode(one.mode)
        if mode is Mode.DENIED:
            answer = self.caller.get(denial_url(one.callback, one.topic))
            verdict = Verdict.SILENT if answer.status is None else Verdict.CONFIRMED
        else:
            challenge = self.new_challenge()
            url = verification_url(one.callback, mode, one.topic, challenge=challenge, lease_seconds=one.lease_seconds)
            answer = self.caller.get(url)
            verdict = verdict_of(answer.status, answer.content, challenge=challenge)
        return Answer(status=answer.status, content=answer.content, problem=answer.problem, told=verdict)

    def settle(self, done: Sequence[tuple[HubRequest, Answer]]) -> None:
        now = self.clock()
        with self.store.write() as conn:
            for one, answer in done:
                self._settle(conn, one, answer, now)

    def _settle(self, conn: Connection, one: HubRequest, answer: Answer, now: datetime) -> None:
        pause = pause_after(one.attempts + 1) if answer.status is None else None
        if pause is not None:
            hubrequests.put_off(conn, one, until=now + pause)
            return
        if not hubrequests.drop(conn, one):
            return  # it asked anew meanwhile; that is what counts
        if answer.told == Verdict.CONFIRMED:
            self._confirm(conn, one, now)
        elif one.mode != Mode.DENIED:
            log.info("push: not confirmed: %s of %s at %s: %s", one.mode, one.topic, one.host, problem_in(answer))

    def _confirm(self, conn: Connection, one: HubRequest, now: datetime) -> None:
        if one.mode == Mode.UNSUBSCRIBE:
            hub.end(conn, one.topic, one.callback)
        elif one.mode == Mode.SUBSCRIBE and is_published(conn, one.topic, site_url=self.audience.site_url):
            path = path_of(one.topic, site_url=self.audience.site_url) or ""
            changed = pings.last_announced(conn, path)
            missed = changed is not None and changed >= one.asked - READ_BEFORE
            hub.confirm(conn, one, ends=now + timedelta(seconds=one.lease_seconds), due=now if missed else None)
