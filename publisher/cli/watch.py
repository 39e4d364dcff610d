"""Whether config.toml says something else than it did, and something that can be used here and now."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from publisher.errors import PublisherError

log = logging.getLogger(__name__)


class WatchedConfig:
    """A config file as it was when this was made.

    `try_out` raises PublisherError for one that cannot be used: mistakes, a secret or a database
    that is not there, a port that another program has.
    """

    def __init__(self, path: Path, try_out: Callable[[Path], object]) -> None:
        self._path = path
        self._try_out = try_out
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
            self._try_out(self._path)
        except PublisherError as wrong:
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
