"""A site with its doors open: config read, database migrated, keys and templates at hand.

Every command that does something opens the house first; all parts of it are made here and
in `steps.py` and handed to those who need them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from publisher.config.load import ConfigFile, read_config
from publisher.config.nouns import authors_of, column_of, newsletter_of
from publisher.config.schema import Config
from publisher.config.secret import read_or_make_key, read_secret
from publisher.errors import Unwritable, WrongUse
from publisher.feed.identity import feed_tag
from publisher.fetch.hosts import APART, Hosts
from publisher.house.occupied import Occupied
from publisher.house.signing import Keyring
from publisher.model.column import Column
from publisher.model.issue import Newsletter
from publisher.store import authors, pauses, settings, standings
from publisher.store import columns as stored_columns
from publisher.store.database import Store, open_store
from publisher.store.renaming import rename_column
from publisher.templating import Templates, open_templates

ALL_COLUMNS = "all columns"  # in the id of their feed; no slug has a blank


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One site, opened."""

    file: ConfigFile
    store: Store
    keys: tuple[bytes, ...] = field(repr=False)
    templates: Templates
    newsletters: Mapping[str, Newsletter]
    feed_id: str  # of the feed of all columns
    hosts: Hosts = field(default_factory=lambda: Hosts(apart=APART), repr=False)  # whom we ask, from round to round
    keyring: Keyring = field(default_factory=Keyring, repr=False)  # who signs letters
    to_publish: threading.Event = field(default_factory=threading.Event, repr=False)  # something of it changed
    visiting: Occupied = field(default_factory=Occupied, repr=False)  # sources that somebody has visited at this moment

    @property
    def config(self) -> Config:
        return self.file.config

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.site.time_zone)

    @property
    def var(self) -> Path:
        return self.file.resolve(self.config.storage.var)

    @property
    def feeds(self) -> Path:
        return self.file.resolve(self.config.storage.feeds)

    @property
    def media(self) -> Path:
        return self.var / "media"

    @property
    def outbox(self) -> Path:
        return self.var / "outbox"

    @property
    def lock(self) -> Path:
        return self.var / "publisher.lock"

    def columns(self) -> dict[str, Column]:
        """The columns of config.toml, with what their sources told by now."""
        with self.store.read() as conn:
            stored = {column.slug: column for column in stored_columns.get_all(conn)}
        return {slug: self._column(stored[slug]) for slug in self.config.columns}

    def newsletters_named(self, slug: str | None) -> list[str]:
        """The one that is named, or all. Raises WrongUse where there is none of this name."""
        if slug is not None and slug not in self.newsletters:
            known = ", ".join(self.newsletters) or "none"
            raise WrongUse(f"there is no newsletter {slug!r} in {self.file.path}; there are: {known}")
        return [slug] if slug else list(self.newsletters)

    def _column(self, stored: stored_columns.StoredColumn) -> Column:
        return column_of(
            self.config, stored.slug, feed_id=stored.feed_id, told_name=stored.name, told_tagline=stored.tagline
        )


def utc_now() -> datetime:
    """The clock of the program; whatever decides is handed its time."""
    return datetime.now(UTC)


@contextmanager
def open_house(config_path: Path) -> Iterator[House]:
    """Open a site. Raises ConfigError, StorageError, Unwritable; then nothing was started."""
    file = read_config(config_path)
    store, keys = _unlock(file)
    try:
        yield _furnish(file, store, keys)
    finally:
        store.close()


def try_opening(config_path: Path) -> ConfigFile:
    """What `open_house` would need is there: secrets, folder, database. Raises as it does; nothing is changed."""
    file = read_config(config_path)
    store, _ = _unlock(file)
    store.close()
    return file


def _unlock(file: ConfigFile) -> tuple[Store, tuple[bytes, ...]]:
    storage = file.config.storage
    keys = read_or_make_key(file.config.site.secret, file.root, os.environ, key="site.secret")
    password = read_secret(storage.password, file.root, os.environ, key="storage.password") if storage.password else ""
    _make_folder(file.resolve(storage.var))
    return open_store(storage.database, root=file.root, password=password), keys


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # readers, keys, caught letters: nobody else's
    except OSError as wrong:
        raise Unwritable(path=folder, problem=wrong.strerror or str(wrong)) from wrong


def _furnish(file: ConfigFile, store: Store, keys: tuple[bytes, ...]) -> House:
    """Bring the database in line with config.toml, and put what both say together."""
    config, now = file.config, utc_now()
    entity = config.site.tag_authority
    with store.write() as conn:
        for slug, table in config.columns.items():
            for alias in table.aliases:
                rename_column(conn, alias, slug)
            _enter_column(conn, slug, entity, now=now)
        stored_columns.put_newsletters(
            conn, ((slug, table.name) for slug, table in config.newsletters.items()), now=now
        )
        authors.configure(conn, authors_of(config))
        standings.wake(conn, now=now)
        pauses.end_those_over(conn, now=now)
        feed_id = settings.decide_once(conn, "feed of all columns", feed_tag(entity, ALL_COLUMNS))
    return House(
        file=file,
        store=store,
        keys=keys,
        templates=open_templates(file.resolve(config.storage.templates)),
        newsletters={slug: newsletter_of(config, slug) for slug in config.newsletters},
        feed_id=feed_id,
    )


def _enter_column(conn: Connection, slug: str, entity: str, *, now: datetime) -> None:
    """Make the column's row. Where one that was renamed keeps the id, this one's has the time in it."""
    if stored_columns.put_if_new(conn, slug, feed_id=feed_tag(entity, slug), now=now):
        return
    if slug not in {column.slug for column in stored_columns.get_all(conn)}:
        stored_columns.put_if_new(conn, slug, feed_id=feed_tag(entity, f"{slug}/{now:%Y%m%dT%H%M%SZ}"), now=now)
