"""Files of the published tree: found safely, named by their content, with their compressed copies.

A file's tag comes from its bytes, which are read for it once: what is known of a file holds
as long as device, inode, size and time of change stay as they are (files are replaced
whole, never written into). A compressed copy beside it is used only if it has the time of
the plain file to the nanosecond; else it belongs to another version, or to nobody.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePath

from starlette.staticfiles import StaticFiles

from publisher.model.entitytag import TAG_DIGITS
from publisher.model.filekinds import FileKind, kind_of
from publisher.web.coding import PLAIN
from publisher.web.recent import Recent

SUFFIXES = {"br": "br", "gzip": "gz"}  # content coding -> ending of the copy, and of its tag
CODINGS = tuple(SUFFIXES)  # the better one first
REMEMBERED = 20_000  # files whose tag is known, about 10 MB
AT_ONCE_BYTES = 1024 * 1024  # larger files are sent in pieces

Identity = tuple[int, int, int, int]


class Astray(Exception):
    """The path names a folder, whose page is reached with a slash at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A published file as it is now."""

    path: Path  # with every symbolic link followed
    name: str  # below the published folder
    identity: Identity
    kind: FileKind
    tag: str  # of the plain file, without quotes
    modified: int  # seconds since 1970

    @property
    def is_current(self) -> bool:
        """Whether the file is still this one."""
        try:
            return _identity_of(self.path.stat()) == self.identity
        except OSError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What is sent: the file, or a compressed copy of it."""

    path: Path
    coding: str  # PLAIN or a content coding
    status: os.stat_result
    content: bytes | None  # None: it is sent in pieces, or in part


def suffix_of(coding: str) -> str:
    """What the tag of a copy has at its end (RFC 9110 §8.8.3.3)."""
    return f"-{SUFFIXES[coding]}" if coding else ""


class Documents:
    """The folder. It may come into being later; everything here waits for the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = StaticFiles(directory=folder, check_dir=False)
        self._tags: Recent[tuple[Path, Identity], str] = Recent(REMEMBERED)

    def find(self, path: str) -> Document | None:
        """The file at a path below the site; None where there is none that may be read.

        Raises Astray for a folder without its slash.
        """
        if any(part.startswith(".") for part in PurePath(path).parts):
            return None  # hidden, half written, or a way out
        # With a slash at its end it is a folder, never a file: links in it would lead astray.
        is_folder = path.endswith("/") or not path
        name = os.path.normpath(f"{path}index.html" if is_folder else path).lstrip("/")
        try:
            real, status = self._files.lookup_path(name)
            if status is None:
                return None
            if stat.S_ISDIR(status.st_mode):
                if (Path(real) / "index.html").is_file():
                    raise Astray
                return None
            return self._document(Path(real), name, status) if stat.S_ISREG(status.st_mode) else None
        except (OSError, ValueError):  # no permission, a name too long or with a null byte
            return None

    def _document(self, path: Path, name: str, status: os.stat_result) -> Document:
        identity = _identity_of(status)
        tag = self._tags.find((path, identity))
        while tag is None:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                identity = _identity_of(status)
                tag = hashlib.file_digest(file, "sha256").hexdigest()[:TAG_DIGITS]
            self._tags.put((path, identity), tag)
        return Document(
            path=path, name=name, identity=identity, kind=kind_of(name), tag=tag, modified=status.st_mtime_ns // 10**9
        )

    def copies(self, document: Document) -> tuple[str, ...]:
        """The codings of which there is a copy of just this version."""
        if not document.kind.is_text:
            return ()
        return tuple(coding for coding in CODINGS if self._has_copy(document, coding))

    def _has_copy(self, document: Document, coding: str) -> bool:
        try:
            return _copy_path(document, coding).stat().st_mtime_ns == document.identity[3]
        except OSError:
            return False

    def open(self, document: Document, coding: str, *, most: int = AT_ONCE_BYTES) -> Copy | None:
        """The bytes to send, of a text up to `most` bytes; None where the file has changed since."""
        path = _copy_path(document, coding)
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_mtime_ns != document.identity[3]:
                    return None
                if coding == PLAIN and _identity_of(status) != document.identity:
                    return None
                at_once = document.kind.is_text and status.st_size <= most
                content = file.read() if at_once else None
        except OSError:
            return None
        return Copy(path=path, coding=coding, status=status, content=content)


def _copy_path(document: Document, coding: str) -> Path:
    return document.path.with_name(f"{document.path.name}.{SUFFIXES[coding]}") if coding != PLAIN else document.path


def _identity_of(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
