"""Captured pages as a source: one text file, or a folder of `*.txt`.

Reads and decodes; what the text means is the business of `capture/`. UTF-8 (with or
without a byte order mark) or UTF-16 with one; anything else is taken for Windows-1252,
which is what older systems save. The column's name and tagline are those of the page
whose file comes first.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.collect.capture.page import Page, read_page
from publisher.collect.files import files_of, read_file
from publisher.collect.found import Found
from publisher.errors import SourceError

SUFFIXES = (".txt",)
_BINARY_STARTS = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"\xd0\xcf\x11\xe0")


def read_captures(name: str, path: Path, *, zone: ZoneInfo, max_bytes: int) -> Found:
    """Every page of the source. Raises SourceError where there is none that can be read."""
    pages: list[Page] = []
    problems: list[SourceError] = []
    for file in files_of(name, path, SUFFIXES):
        try:
            pages.append(_page_of(name, file, zone=zone, max_bytes=max_bytes))
        except SourceError as problem:
            problems.append(problem)
    if problems and not pages:
        raise problems[0]
    named = next((page for page in pages if page.column_name), None)
    return Found(
        posts=tuple(page.as_post() for page in pages),
        column_name=named.column_name if named else "",
        column_tagline=named.column_tagline if named else "",
        problems=tuple(str(problem) for problem in problems),
    )


def _page_of(name: str, file: Path, *, zone: ZoneInfo, max_bytes: int) -> Page:
    try:
        return read_page(decode(read_file(name, file, max_bytes=max_bytes)), zone)
    except ValueError as wrong:
        raise SourceError(source=name, place=str(file), problem=str(wrong)) from wrong


def decode(content: bytes) -> str:
    """Raises ValueError, in words for an editor, where `content` is not text."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode_utf16(content)
    if b"\0" in content or content.startswith(_BINARY_STARTS):
        raise ValueError("it is not text but a binary file; save the page as plain text (UTF-8)")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _decode_utf16(content: bytes) -> str:
    try:
        return content.decode("utf-16")
    except UnicodeDecodeError:
        raise ValueError("it starts like UTF-16 text and is damaged; save the page as plain text (UTF-8)") from None
