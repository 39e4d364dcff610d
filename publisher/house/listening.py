"""Listening to the hubs of other sites, as a site's config wants it: leases, and what hubs push.

A thread of its own asks hubs, because that means waiting for strangers. What they push is
taken by the thread that collects and publishes, between two of its jobs: so no two
visits store at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from publisher.collect.fence import Fence
from publisher.collect.websub.asking import Errand, ask_hubs, sort_out
from publisher.collect.websub.pushed import Told, take_pushes
from publisher.collect.websub.reach import is_reachable
from publisher.errors import PublisherError, StorageError
from publisher.fetch.hosts import APART, Hosts
from publisher.fetch.web import Limits
from publisher.house.opened import House, utc_now
from publisher.house.press import publish
from publisher.house.steps import desk_of, sources_of
from publisher.store import pushes

LOOK_SECONDS = 5.0
TIMEOUT = timedelta(seconds=20)  # of a hub's answer

log = logging.getLogger(__name__)


def why_not_pushed(house: House) -> str:
    """Why no hub is asked, in words; "" where they are."""
    config = house.config
    if not config.collect.push:
        return "`collect.push` is off"
    if not is_reachable(config.site.url, allowed={host.lower() for host in config.collect.private_hosts}):
        return "hubs cannot reach `site.url`"
    return ""


def start_listening(house: House, stopped: threading.Event) -> threading.Thread | None:
    """Ask hubs for what is due, in a thread, until `stopped`; None where nothing is to be asked."""
    callbacks = f"{house.config.site.url}/websub/"
    listens = not why_not_pushed(house)
    wanted = [name for name, table in house.config.sources.items() if table.kind == "feed" and table.url]
    sort_out(house.store, wanted if listens else (), callbacks, now=utc_now())
    if not (listens and wanted):
        return None
    errand = Errand(store=house.store, limits=_limits(house), callbacks=callbacks, clock=utc_now, stop=stopped.is_set)

    def run() -> None:
        while not stopped.is_set():
            try:
                ask_hubs(errand)
            except StorageError as wrong:
                log.error("hubs could not be asked: %s", wrong)  # noqa: TRY400  the message says it all
            stopped.wait(LOOK_SECONDS)

    thread = threading.Thread(target=run, name="listening")
    thread.start()
    return thread


def _limits(house: House) -> Limits:
    config = house.config
    return Limits(
        max_bytes=config.collect.max_bytes,
        timeout=min(config.collect.timeout, TIMEOUT),
        site_url=config.site.url,
        private_hosts=frozenset(host.lower() for host in config.collect.private_hosts),
        hosts=Hosts(apart=APART),
    )


def take_pushed(house: House, stop: Callable[[], bool]) -> Told:
    """Take what hubs pushed, and publish it. Where it fails it is told, and tried again at the next look."""
    try:
        with house.store.read() as conn:
            if pushes.first_after(conn, 0) is None:
                return Told()
        with Fence() as fence:
            desk = desk_of(house, fence, house.media, stop)
            by_name = {source.name: source for source in sources_of(house, None)}
            told = take_pushes(house.store, by_name, desk, clock=utc_now, stop=stop)
        if told:
            log.info("hubs pushed %d new posts and %d changed ones", told.new, told.revised)
            publish(house)
    except PublisherError as wrong:
        log.error("what hubs pushed waits: %s", wrong)  # noqa: TRY400  the message says it all
        return Told()
    return told
