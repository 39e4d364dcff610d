"""The letters that the catcher kept, for looking at: the newest first, found by recipient or subject.

The folder is a Maildir, and its file names tell when a letter came: listing takes no more
than reading the folder, and of files no more is read than is shown. A search reads the
beginning of one file after another, but no more than `MOST_LOOKED_THROUGH` at a time; it
tells where it stopped, to go on from there. So 100,000 letters slow nobody.

A letter is known by its name in the folder without what a mail program adds when it was
seen (`:2,S`), since then it stands in `cur`. Names that are not ours, links, folders and
pipes are passed over. Not here: keeping letters (maildir.py), and who may look.

Known weakness: of a header section longer than 16 KiB, what comes later is not searched.
"""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from publisher.errors import PublisherError, Unwritable
from publisher.mail.opened import LARGEST_BYTES, decoded, head_of, shown

LETTERS_A_PAGE = 50
MOST_LOOKED_THROUGH = 10_000  # about half a second
HEAD_BYTES = 16 * 1024
LAST_SECOND = 99_999_999_999  # in the year 5138: what a name can hold, and any zone can tell

_NAME = re.compile(r"[!-.0-9;-~]{1,240}")  # printable, no `/` and no `:`
_TIME = re.compile(r"(\d{9,11})\.")
_FIELD = re.compile(r"\n(subject|to|delivered-to):[ \t]*(.*(?:\n[ \t].*)*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """A letter as a list shows it."""

    key: str  # its name in the folder
    caught: datetime
    recipients: tuple[str, ...]
    subject: str
    size_bytes: int

    def has(self, words: list[str]) -> bool:
        """Whether each of these folded words stands in its recipients or its subject."""
        text = " ".join((*self.recipients, self.subject)).casefold()
        return all(word in text for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Some of them, newest first."""

    letters: tuple[Caught, ...]
    total: int  # in the folder
    skipped: int  # that are newer than those looked at
    looked: int  # looked at, whether they were wanted or not
    newer: str | None  # `before` of the leaf with what came after these; "" is the newest, None: there is none
    older: str | None  # the same of those before


class Outbox:
    """The folder; it need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keys(self) -> list[str]:
        """Every letter, the oldest first."""
        return sorted(self._places())

    def leaf(self, *, wanted: str = "", before: str = "") -> Leaf:
        """The newest letters older than `before` that hold the words of `wanted`."""
        places, words = self._places(), wanted.casefold().split()
        keys = sorted(places)
        end = bisect_left(keys, before) if before else len(keys)
        letters: list[Caught] = []
        looked = 0
        for key in reversed(keys[:end]):
            if len(letters) == LETTERS_A_PAGE or looked == MOST_LOOKED_THROUGH:
                break
            looked += 1
            letter = self._letter(key, places[key])
            if letter and letter.has(words):
                letters.append(letter)
        above = end + LETTERS_A_PAGE
        return Leaf(
            letters=tuple(letters),
            total=len(keys),
            skipped=len(keys) - end,
            looked=looked,
            newer=None if end == len(keys) else "" if words or above >= len(keys) else keys[above],
            older=keys[end - looked] if looked < end else None,
        )

    def neighbours(self, key: str) -> tuple[str | None, str | None]:
        """The next newer and the next older letter."""
        keys = self.keys()
        at = bisect_left(keys, key)
        return next(iter(keys[at + 1 : at + 2]), None), keys[at - 1] if at else None

    def find(self, key: str) -> tuple[Caught, bytes] | None:
        """A letter and what it holds, as far as it may be shown; None where there is none of this name."""
        place = self._place(key)
        octets = _read(place, LARGEST_BYTES + 1) if place else None
        letter = self._letter(key, place) if place else None
        return (letter, octets[0]) if letter and octets else None

    def file(self, key: str) -> Path | None:
        """Where the letter's file is."""
        place = self._place(key)
        return Path(place) if place else None

    def delete(self, through: str) -> int:
        """Delete all letters up to this one; how many there were. Raises Unwritable."""
        count = 0
        for key, place in self._places().items():
            if key <= through:
                try:
                    with suppress(FileNotFoundError):
                        Path(place).unlink()
                        count += 1
                except OSError as wrong:
                    raise Unwritable(path=Path(place), problem=wrong.strerror or str(wrong)) from wrong
        return count

    def _place(self, key: str) -> str | None:
        """The path of a letter; None where there is none of this name."""
        usual = self._folder / "new" / key
        if _is_key(key) and usual.is_file() and not usual.is_symlink():  # spares reading the folder
            return str(usual)
        return self._places().get(key)

    def _places(self) -> dict[str, str]:
        """The path of each letter by its key."""
        places = {}
        for name in ("cur", "new"):
            try:
                with os.scandir(self._folder / name) as entries:
                    for entry in entries:
                        key = entry.name.partition(":")[0]
                        if _is_key(key) and entry.is_file(follow_symlinks=False):
                            places[key] = entry.path
            except (FileNotFoundError, NotADirectoryError):
                continue  # nothing was caught yet
            except OSError as wrong:
                raise PublisherError(
                    f"cannot list {self._folder / name}: {wrong.strerror}; look whose it is"
                ) from wrong
        return places

    def _letter(self, key: str, place: str) -> Caught | None:
        """None where it is gone or cannot be read."""
        read = _read(place, HEAD_BYTES)
        if read is None:
            return None
        octets, size, changed = read
        fields: dict[str, list[str]] = {}
        for name, value in _FIELD.findall("\n" + shown(head_of(octets.replace(b"\r\n", b"\n")))):
            fields.setdefault(name.lower(), []).append(decoded(value))
        told = _TIME.match(key)
        seconds = int(told[1]) if told else min(max(changed, 0), LAST_SECOND)
        return Caught(
            key=key,
            caught=datetime.fromtimestamp(seconds, UTC),
            recipients=tuple(fields.get("delivered-to") or fields.get("to", [])),
            subject=fields.get("subject", [""])[0],
            size_bytes=size,
        )


def _is_key(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and not name.startswith(".")


def _read(place: str, most: int) -> tuple[bytes, int, int] | None:
    """The beginning of a file, its size, and when it was changed; None where it is no file that can be read."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        return os.read(descriptor, most), status.st_size, int(status.st_mtime)
    except OSError:
        return None
    finally:
        os.close(descriptor)
