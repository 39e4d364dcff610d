"""Whether config.toml says something else than it did, and something that can be used."""

from __future__ import annotations

import logging
from pathlib import Path

from publisher.config.load import read_config
from publisher.errors import ConfigError

log = logging.getLogger(__name__)


class WatchedConfig:
    """A config file as it was when this was made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = _text(path)
        self._stamp = _stamp(path)

    def has_changed(self) -> bool:
        """True where there is a new config that may be used; one that may not is logged, once.

        Looks at the file's date and size first: asking often costs nothing.
        """
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return False
        self._stamp, text = stamp, _text(self._path)
        if text == self._text:
            return False
        self._text = text
        try:
            read_config(self._path)
        except ConfigError as wrong:
            log.error("config.toml was changed and cannot be used; all goes on as before: %s", wrong)  # noqa: TRY400  the message says it all
            return False
        log.info("config.toml was changed and is taken up")
        return True


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        facts = path.stat()
    except OSError:  # it is being replaced, or gone: then there is nothing new to take up
        return (0, 0, 0)
    return (facts.st_mtime_ns, facts.st_size, facts.st_ino)


def _text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
