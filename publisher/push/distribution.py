"""Telling the subscribers of our hub what changed (WebSub §7): a crew's work.

At least once: what was delivered and not yet written down when we died is delivered again.
Whoever failed last time is told by another, smaller crew, so that callbacks that are gone
do not keep the others waiting. A subscription lasts until its lease ends or its callback
answers 410, however often it fails (WebSub §7); what is given up after a day is told with
the next change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.push.announce import Audience
from publisher.push.caller import Caller
from publisher.push.documents import Documents
from publisher.push.retry import next_try
from publisher.push.telling import Answer, Told, problem_in, told_of_delivery
from publisher.push.topics import headers_of, path_of, signature
from publisher.store import hub
from publisher.store.database import Store
from publisher.store.hub import Failure, HubSubscription

UNCHANGED = 304  # nothing was sent: the callback has this version

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """What is to be told to whom."""

    store: Store
    audience: Audience
    documents: Documents
    caller: Caller
    clock: Callable[[], datetime]
    jitter: Callable[[], float]  # 0 to 1
    failing: bool = False  # those that failed last time; else those that did not

    def ripe(self, after: HubSubscription | None, most: int) -> Sequence[HubSubscription]:
        place = after.place if after else hub.START
        with self.store.read() as conn:
            found = hub.ripe(conn, now=self.clock(), failing=self.failing, after=place, most=most)
        self.documents.refresh()  # after the rows were read, or a change would be taken for told
        return found

    def host_of(self, one: HubSubscription) -> str:
        return one.host

    def do(self, one: HubSubscription) -> Answer:
        """Send it what changed since it was told last."""
        path = path_of(one.topic, site_url=self.audience.site_url)
        payload = self.documents.payload(path, since=one.since) if path else None
        if path is None or payload is None:
            return Answer(status=404, content=b"the feed is not published")
        if payload.tag == one.since:
            return Answer(status=UNCHANGED, told=payload.tag)
        headers = headers_of(path, one.topic, hub=self.audience.own_hub)
        if one.secret:
            headers["X-Hub-Signature"] = signature(payload.body, one.secret)
        answer = self.caller.post(one.callback, payload.body, headers)
        return Answer(
            status=answer.status,
            content=answer.content,
            problem=answer.problem,
            asked_for=answer.asked_for,
            told=payload.tag,
        )

    def settle(self, done: Sequence[tuple[HubSubscription, Answer]]) -> None:
        now = self.clock()
        by: dict[Told, list[tuple[HubSubscription, Answer]]] = {told: [] for told in Told}
        for one, answer in done:
            told = Told.HEARD if answer.status == UNCHANGED and answer.told == one.since else told_of_delivery(answer)
            by[told].append((one, answer))
        with self.store.write() as conn:
            hub.settle_told(conn, [(one, answer.told) for one, answer in by[Told.HEARD]])
            hub.settle_failed(conn, [(one, self._failure(one, answer, now)) for one, answer in by[Told.LATER]])
            for one, _ in by[Told.ENDED]:
                hub.end(conn, one.topic, one.callback)

    def _failure(self, one: HubSubscription, answer: Answer, now: datetime) -> Failure:
        then = next_try(one.attempts + 1, due=one.due or now, now=now, jitter=self.jitter(), asked_for=answer.asked_for)
        problem = problem_in(answer)
        if then is None:
            log.warning("push: given up until %s changes again: a subscriber at %s: %s", one.topic, one.host, problem)
        return Failure(next_try=then, problem=problem)
