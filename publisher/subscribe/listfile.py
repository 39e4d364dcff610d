"""The files that readers are imported from: one list, a zip of lists, or a pipe.

A list is read more than once: to know what it is, to see what is in it, to take it in. A pipe is
kept in a temporary file for that. A zip says beforehand how large its files will be, and is held to
it; one that grows out of all proportion is not opened.
"""

from __future__ import annotations

import io
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from publisher.errors import PublisherError
from publisher.subscribe.coding import Coding

CHUNK = 1 << 20
MOST_FILES = 200  # in a zip
MOST_OCTETS = 8 << 30  # of all lists in a zip
SMALL = 16 << 20  # a list in a zip up to this may have been packed as well as it likes
MOST_TIMES = 200  # as large as it is packed; lists of readers are some 4 times
_LISTS = (".csv", ".tsv", ".txt")
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One list, which may be opened again and again."""

    name: str  # for people: its file's name, with its own inside of a zip
    open: Callable[[], IO[bytes]]

    @property
    def own_name(self) -> str:
        return PurePosixPath(self.name).name

    def chunks(self) -> Iterator[bytes]:
        with self.open() as file:
            while chunk := file.read(CHUNK):
                yield chunk

    @contextmanager
    def text(self, coding: Coding) -> Iterator[tuple[io.TextIOWrapper, IO[bytes]]]:
        """Its text; and the octets below it, which know how far they were read."""
        with (
            self.open() as octets,
            io.TextIOWrapper(octets, encoding=coding.name, errors=coding.errors, newline="") as text,
        ):
            yield text, octets


@contextmanager
def lists_in(path: Path) -> Iterator[list[Part]]:
    """The lists of a file. Raises PublisherError where it cannot be read, now or while it is."""
    try:
        with _kept(path) as kept, kept.open("rb") as file:
            before = _looks(kept)
            if file.read(len(_ZIP)) != _ZIP:
                yield [Part(name=path.name, open=lambda: kept.open("rb"))]
            else:
                with zipfile.ZipFile(kept) as archive:
                    yield _lists_of(archive, path)
            if _looks(kept) != before:
                raise PublisherError(
                    f"{path} was changed while it was read; import it once more: who is there already stays as he is"
                )
    except OSError as wrong:
        raise PublisherError(f"cannot read {path}: {wrong.strerror or wrong}") from wrong
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as wrong:
        raise PublisherError(
            f"cannot read {path}: the zip is damaged, or of a rare kind ({wrong}); pack it anew"
        ) from (wrong)


def _looks(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


@contextmanager
def _kept(path: Path) -> Iterator[Path]:
    if stat.S_ISREG(path.stat().st_mode) or path.is_dir():
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="publisher-import-") as copy, path.open("rb") as pipe:
        shutil.copyfileobj(pipe, copy, CHUNK)
        copy.flush()
        yield Path(copy.name)


def _lists_of(archive: zipfile.ZipFile, path: Path) -> list[Part]:
    files = archive.infolist()
    if any(one.filename == "xl/workbook.xml" for one in files):
        raise PublisherError(f"{path} is an Excel workbook; save it as CSV (UTF-8) and import that")
    lists = [one for one in files if _is_list(one)]
    if not lists:
        raise PublisherError(f"{path}: there is no list in this zip: no file that ends in {', '.join(_LISTS)}")
    if len(lists) > MOST_FILES:
        raise PublisherError(f"{path}: {len(lists):,} lists in one zip; at most {MOST_FILES} are read. Import some")
    for one in lists:
        if one.flag_bits & 1:
            raise PublisherError(f"{path}: {one.filename} asks for a password; unpack the zip and import its files")
        if one.file_size > SMALL and one.file_size > MOST_TIMES * one.compress_size:
            raise PublisherError(
                f"{path}: {one.filename} would grow from {one.compress_size:,} to {one.file_size:,} bytes: no list "
                "of readers does. If it is one all the same, unpack it and import the file"
            )
    if sum(one.file_size for one in lists) > MOST_OCTETS:
        raise PublisherError(f"{path}: its lists are larger than {MOST_OCTETS >> 30} GB together; import some of them")
    return [Part(name=f"{path.name}/{one.filename}", open=_opener(archive, one)) for one in lists]


def _is_list(one: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(one.filename)
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.parts)
    return not one.is_dir() and not hidden and name.suffix.lower() in _LISTS


def _opener(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(one)
