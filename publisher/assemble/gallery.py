"""Pictures that are to travel with an issue's letters: had once, when the issue is made, and kept.

What is ours already (`…/media/NAME`) is kept already; any other is fetched, each address
once, in the time that all of them have together. Strangers' servers say what they like:
what counts is the first bytes and the size. A picture that cannot be had is no reason to
hold a letter: it stays a link, and a finding says so.

Not here: how a picture stands in a letter (`mail/inline.py`), which of them an issue has
(`store/pictures.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from publisher.errors import SourceError
from publisher.fetch.web import Limits, fetch
from publisher.letter.lint import Finding, Severity
from publisher.letter.lint.finding import few
from publisher.mail.inline import MOST_BYTES, addresses_of, travelling, wire_bytes
from publisher.model.letter import Letter
from publisher.model.media import FOLDER
from publisher.model.picture import is_name, kind_of, name_for
from publisher.store import pictures
from publisher.wholefile import write_if_changed

LARGEST_BYTES = MOST_BYTES * 57 // 78  # of one picture: as base64 it may just travel alone
MOST_PICTURES = 100  # of one issue
TOGETHER = timedelta(seconds=60)  # for all that are fetched for one issue
_EACH = timedelta(seconds=15)
_ACCEPT = "image/png, image/jpeg, image/gif, image/webp, image/avif;q=0.9, */*;q=0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Travelling:
    """What travels with the letters of an issue."""

    names: Mapping[str, str] = field(default_factory=dict)  # by address, under which it is kept
    findings: tuple[Finding, ...] = ()


ALL_LINKED = Travelling()


class Gallery:
    """The pictures that one newsletter's letters may take along."""

    def __init__(
        self, folder: Path, site_url: str, limits: Limits, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._own = f"{site_url}/{FOLDER}/"
        self._limits = replace(limits, max_bytes=LARGEST_BYTES)
        self._clock = clock
        self._names: dict[str, str] = {}  # had, by address
        self._sizes: dict[str, int] = {}
        self._troubles: dict[str, str] = {}

    def pictures_for(self, letters: Iterable[Letter]) -> Travelling:
        """Have the pictures of these letters, of one issue, and keep them. Raises Unwritable."""
        pages = [letter.html for letter in letters]
        wanted = list(dict.fromkeys(address for page in pages for address in addresses_of(page)))
        ends = self._clock() + TOGETHER.total_seconds()
        for number, address in enumerate(wanted):
            if address in self._names:
                continue
            trouble = "" if number < MOST_PICTURES else f"an issue takes {MOST_PICTURES} along at most"
            self._note(address, trouble or self._have(address, ends))
        found = [*self._linked(wanted), *(finding for page in pages for finding in self._too_many(page))]
        names = {address: self._names[address] for address in wanted if address in self._names}
        return Travelling(names=names, findings=tuple(dict.fromkeys(found)))

    def _note(self, address: str, trouble: str) -> None:
        self._troubles.pop(address, None)
        if trouble:
            self._troubles[address] = trouble

    def _have(self, address: str, ends: float) -> str:
        """Why it cannot be had; "" where it is."""
        own = address.removeprefix(self._own).partition("?")[0] if address.startswith(self._own) else ""
        if is_name(own):
            content = pictures.read(self._folder, own)
            return self._keep(address, content, kept=True) if content is not None else "it is not in our folder"
        left = timedelta(seconds=ends - self._clock())
        if left <= timedelta(0):
            return f"the time for all pictures of an issue, {TOGETHER.total_seconds():g} s, was over"
        try:
            limits = replace(self._limits, timeout=min(left, _EACH))
            fetched = fetch("picture", address, limits, headers={"Accept": _ACCEPT})
        except SourceError as wrong:
            return wrong.problem.partition(";")[0]  # what stands behind it is about sources of posts
        return self._keep(address, fetched.content, kept=False)

    def _keep(self, address: str, content: bytes, *, kept: bool) -> str:
        kind = kind_of(content)
        if not kind:
            return "it is no PNG, JPEG, GIF, WebP or AVIF"
        if len(content) > LARGEST_BYTES:
            return f"it is larger than {LARGEST_BYTES:,} bytes"
        name = name_for(content, kind)
        if not kept:
            write_if_changed(self._folder / name, content)
        self._names[address], self._sizes[address] = name, len(content)
        return ""

    def _linked(self, wanted: Iterable[str]) -> Iterator[Finding]:
        told = (
            Finding(severity=Severity.WARNING, problem=f"the picture {address} stays a link: {self._troubles[address]}")
            for address in wanted
            if address in self._troubles
        )
        yield from few(told, "pictures that stay links")

    def _too_many(self, page: str) -> Iterator[Finding]:
        sizes = {address: wire_bytes(self._sizes[address]) for address in addresses_of(page) if address in self._sizes}
        left = len(sizes) - len(travelling(page, self._sizes))
        if left:
            largest = max(sizes, key=sizes.__getitem__)
            yield Finding(
                severity=Severity.WARNING,
                problem=f"{left} of {len(sizes)} pictures stay links: together they would make the letter "
                f"{sum(sizes.values()):,} bytes longer, and it may grow by {MOST_BYTES:,}; make them smaller (the "
                f'largest is {largest}, {sizes[largest]:,} bytes), or set `images = "linked"`',
            )
