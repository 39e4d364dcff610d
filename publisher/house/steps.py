"""Collecting as a site's config wants it: values of config.toml become what the room asks for.

Making issues is in `making.py`, sending in `relaying.py`, publishing in `press.py`.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from os import environ
from pathlib import Path

from publisher.collect.collector import Collected, Desk, Source
from publisher.collect.fence import Fence
from publisher.collect.identify import Context as SourceContext
from publisher.collect.page.selectors import Selectors
from publisher.collect.rounds import Round, collect_all
from publisher.collect.visit import Call
from publisher.config.kinds import Secret
from publisher.config.nouns import authors_of
from publisher.config.secret import read_secret
from publisher.errors import WrongUse
from publisher.house.fetching import fetch_limits
from publisher.house.making import times_of
from publisher.house.opened import House
from publisher.schedule.slots import next_slot
from publisher.store.database import Rehearsal


def collect(
    house: House,
    *,
    now: datetime,
    only: str | None = None,
    call: Call = Call.ALL,
    rehearse: bool = False,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[Collected], None] = lambda _one: None,
) -> list[Collected]:
    """Visit the sources whose turn it is, or the one called `only`; `tell` is called for each when it is done.

    Of a rehearsal nothing stays, neither posts nor pictures nor when a source was visited.
    """
    if only is not None and only not in house.config.sources:
        known = ", ".join(house.config.sources) or "none"
        raise WrongUse(f"there is no source {only!r} in {house.file.path}; there are: {known}")
    round_ = Round(
        now=now,
        passed=_stopwatch(),
        call=Call.NAMED if only else call,
        letter=_next_letter(house, now),
        jitter=random.random,
        stop=stop,
        tell=tell,
    )
    store = Rehearsal(house.store) if rehearse else house.store
    with Fence() as fence, _media_folder(house, rehearse=rehearse) as media:
        visited = (one for one in sources_of(house, only) if only or one.name not in house.visiting)
        return collect_all(store, visited, desk_of(house, fence, media, stop), round_)


def _stopwatch() -> Callable[[], timedelta]:
    """How long it is since it was made."""
    begun = time.monotonic()
    return lambda: timedelta(seconds=time.monotonic() - begun)


@contextmanager
def _media_folder(house: House, *, rehearse: bool) -> Iterator[Path]:
    if not rehearse:
        yield house.media
        return
    with tempfile.TemporaryDirectory(prefix="publisher-") as folder:
        yield Path(folder)


def _next_letter(house: House, now: datetime) -> datetime | None:
    """When the next issue of any newsletter is made."""
    times = (
        next_slot(when, after=now).at
        for slug in house.config.newsletters
        for when in times_of(house.config, slug).values()
    )
    return min(times, default=None)


def desk_of(house: House, fence: Fence, media: Path, stop: Callable[[], bool]) -> Desk:
    """What all sources of the site share."""
    return Desk(
        zone=house.zone,
        media=media,
        limits=fetch_limits(house),
        parse=fence.parse,
        read_article=fence.read_article,
        read_listing=fence.read_listing,
        stop=stop,
    )


def sources_of(house: House, only: str | None) -> Iterator[Source]:
    """The sources of the site, or the one called `only`."""
    config = house.config
    authors = tuple(authors_of(config))
    by_key = {author.key: author for author in authors}
    for name, table in config.sources.items():
        if only not in (None, name):
            continue
        context = SourceContext(
            source=name,
            column=table.column,
            tagging_entity=config.site.tag_authority,
            base_url=f"{config.site.url}/{table.column}/",
            backlog=table.backlog,
            column_authors=tuple(by_key[key] for key in config.columns[table.column].authors),
            authors=authors,
        )
        path = house.file.resolve(table.path) if table.path else None
        key = partial(_key_of, house, name, table.key) if table.key else str
        yield Source(
            kind=table.kind,
            url=table.url or "",
            path=path,
            key=key,
            text=table.text,
            selectors=Selectors(**table.select.model_dump()) if table.select else Selectors(),
            every=table.every,
            context=context,
        )


def _key_of(house: House, name: str, secret: Secret) -> str:
    return read_secret(secret, house.file.root, environ, key=f"sources.{name}.key")
