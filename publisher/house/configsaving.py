"""Saving config.toml: proved before, written whole or not at all, and every version kept.

Whoever saves says by a digest which text they began with; where the file says something else by now,
nothing is written. A lock in `var` lets one save at a time. The file is written last in the
transaction that keeps its version: after a crash between the two, the new text is kept when it is
found (`keep_found`). The running `serve` sees the file and takes it up; nothing here tells it.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from publisher.config.edit import write_config
from publisher.config.load import LARGEST_BYTES, ConfigFile, read_text, understand
from publisher.config.masking import diff_of
from publisher.errors import Busy, ConfigError
from publisher.house.opened import House
from publisher.lockfile import open_lock, take
from publisher.store import configversions

PATIENCE_SECONDS = 10.0
_LOOK_EVERY_SECONDS = 0.02

Also = Callable[[Connection, str], None]


class Conflict(ConfigError):
    """Somebody changed the file meanwhile."""

    def __init__(self, path: object, theirs: str) -> None:
        self.theirs = theirs  # what the file says now
        super().__init__((f"{path}: it was changed by somebody else meanwhile; nothing was saved, look at both",))


def text_now(house: House) -> str:
    """What config.toml says, to the letter. Raises ConfigError where it cannot be read."""
    return read_text(house.file.path)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def save(house: House, new: str, *, digest: str, who: str, note: str, now: datetime, also: Also | None = None) -> str:
    """Save a text that was made from the one with this digest; the diff, without secrets, "" where nothing changed.

    Opens a transaction of its own: call it outside of any. `also` is done in it, with the diff, e.g.
    to write the audit log. Raises ConfigError with every mistake, Conflict, Busy, Unwritable; then
    nothing was saved.
    """
    check(house, new)
    with _alone(house), house.store.write() as conn:
        old = text_now(house)
        if digest_of(old) != digest:
            raise Conflict(house.file.path, old)
        diff = diff_of(old, new)
        if new == old:
            return ""
        configversions.keep(conn, old, digest=digest, who="", note="found", now=now)
        configversions.keep(conn, new, digest=digest_of(new), who=who, note=note, now=now)
        if also:
            also(conn, diff)
        write_config(house.file.path, old=old, new=new)
    return diff


def check(house: House, new: str) -> ConfigFile:
    """The config that a text would be. Raises ConfigError with every mistake, as it would stand in config.toml."""
    try:
        size = len(new.encode("utf-8"))
    except UnicodeEncodeError:
        raise ConfigError((f"{house.file.path}: holds a character that is none; take it out",)) from None
    if size > LARGEST_BYTES:
        raise ConfigError((f"{house.file.path}: would be larger than 1 MiB; make it shorter",))
    return understand(house.file.path, new)


def keep_found(house: House, *, note: str, now: datetime) -> bool:
    """Keep what the file says, where nobody saved it here; False where it is known."""
    text = text_now(house)
    with house.store.write() as conn:
        return configversions.keep(conn, text, digest=digest_of(text), who="", note=note, now=now)


@contextmanager
def _alone(house: House) -> Iterator[None]:
    descriptor = open_lock(house.var / "config.lock")
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while not take(descriptor):
            if time.monotonic() > until:
                raise Busy("somebody else saves config.toml at this moment; try again")
            time.sleep(_LOOK_EVERY_SECONDS)
        yield
    finally:
        os.close(descriptor)
