"""Asking hubs for what is due: leases, their renewal, and their end.

What is asked is stored before it is asked, because a hub may verify before it answers; and
what a hub answers is stored only if nothing else has become of the lease meanwhile. Killed
in between, the hub is asked again after a while, which changes nothing for it (WebSub §5.1).
Hosts are asked by several threads, each host one thing at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from publisher.collect.websub.decide import (
    accepted,
    asked,
    is_over,
    lapsed,
    left,
    refused,
    request_of,
    unanswered,
)
from publisher.collect.websub.keeping import rely_no_more
from publisher.errors import SourceError
from publisher.fetch.post import FORM, Posted, post
from publisher.fetch.web import Limits
from publisher.model.address import joined
from publisher.model.lease import Lease
from publisher.store import hubleases
from publisher.store.database import Store

MOST_AT_ONCE = 200  # leases looked at in one pass
MOST_HOSTS = 4
MOST_REDIRECTS = 3
_REDIRECTS = frozenset({307, 308})  # to a hub that does it instead (WebSub §5.1.2)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is the same for all that is asked."""

    store: Store
    limits: Limits
    callbacks: str  # address below which hubs call us, with a slash at its end
    clock: Callable[[], datetime]
    stop: Callable[[], bool]


def sort_out(store: Store, wanted: Collection[str], callbacks: str, *, now: datetime) -> None:
    """Bring the leases in line with config.toml: those of sources in `wanted` are kept, others given up.

    Where the site has another address than before, its hubs are told.
    """
    with store.write() as conn:
        standing = hubleases.get_standing(conn)
        given_up = [left(lease, now) for source, lease in standing.items() if source not in wanted]
        hubleases.put(conn, given_up)
        elsewhere = {lease.token for lease in hubleases.called_elsewhere(conn, callbacks)}
        kept = (lease for source, lease in standing.items() if source in wanted)
        hubleases.put(conn, [replace(lease, next_try=now) for lease in kept if lease.token in elsewhere])
        for source, lease in standing.items():
            if source not in wanted:
                rely_no_more(conn, lease, now=now)


def ask_hubs(errand: Errand) -> int:
    """Ask whatever is due now; how many were asked."""
    with errand.store.read() as conn:
        due = hubleases.due(conn, now=errand.clock(), limit=MOST_AT_ONCE)
    by_host: dict[str, list[Lease]] = {}
    for lease in _still_wanted(errand, due):
        by_host.setdefault(urlsplit(lease.hub).netloc.lower(), []).append(lease)
    threads = ThreadPoolExecutor(max_workers=MOST_HOSTS, thread_name_prefix="hubs")
    try:
        return sum(threads.map(lambda leases: _ask_one_after_the_other(errand, leases), by_host.values()))
    finally:
        threads.shutdown(cancel_futures=True)


def _still_wanted(errand: Errand, due: Iterable[Lease]) -> list[Lease]:
    """Those to be asked about, after what has ended is noted and what is over forgotten."""
    now = errand.clock()
    wanted = []
    for lease in due:
        over, ended = is_over(lease, now), lease.ends is not None and lease.ends <= now
        if over or ended:
            with errand.store.write() as conn:
                current = hubleases.find(conn, lease.token)
                if current != lease:
                    continue  # somebody was quicker; the next pass sees what is left
                if over:
                    hubleases.drop(conn, [lease.token])
                    continue
                rely_no_more(conn, lease, now=now)
                lease = lapsed(lease)
                hubleases.put(conn, [lease])
        if lease.next_try and lease.next_try <= now:
            wanted.append(lease)
    return wanted


def _ask_one_after_the_other(errand: Errand, leases: Iterable[Lease]) -> int:
    count = 0
    for lease in leases:
        if errand.stop():
            break
        count += _ask(errand, lease)
    return count


def _ask(errand: Errand, lease: Lease) -> bool:
    """False where something else has become of the lease meanwhile."""
    before = asked(lease, callback=errand.callbacks + lease.token, now=errand.clock())
    with errand.store.write() as conn:
        if hubleases.find(conn, lease.token) != lease:
            return False
        hubleases.put(conn, [before])
    after = _answered(errand, before)
    with errand.store.write() as conn:
        current = hubleases.find(conn, lease.token)
        if current == before:  # else it was verified or denied, or is no longer wanted
            hubleases.put(conn, [after])
    if after.problem:
        log.warning("source %r, hub %s: %s", lease.source, lease.hub, after.problem)
    return True


def _answered(errand: Errand, lease: Lease) -> Lease:
    """What the hub's answer makes of it."""
    try:
        posted = _posted(errand, lease)
    except SourceError as wrong:
        return unanswered(lease, problem=wrong.problem)
    if posted.is_success:
        return accepted(lease)
    told = posted.content.decode("utf-8", "replace") if _is_plain(posted) else ""
    return refused(lease, posted.status, posted.headers, told=told, now=errand.clock())


def _posted(errand: Errand, lease: Lease) -> Posted:
    """The answer of the hub, or of the one that it sends us on to. Raises SourceError."""
    url, body = lease.hub, urlencode(request_of(lease)).encode("ascii")
    for _ in range(MOST_REDIRECTS):
        posted = post(lease.source, url, errand.limits, body=body, headers={"Content-Type": FORM})
        onward = joined(url, posted.headers.get("location", "")) if posted.status in _REDIRECTS else ""
        if not onward or (url.startswith("https:") and not onward.startswith("https:")):  # the secret is in it
            return posted
        url = onward
    return posted


def _is_plain(posted: Posted) -> bool:
    """A page for browsers helps nobody in a line of ours."""
    return posted.headers.get("content-type", "text/plain").lower().startswith("text/plain")
