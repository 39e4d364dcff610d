"""Pictures that lie beside a post's file: found, checked, named by their content.

Not here: what is a picture, and how one is named (`model/picture.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from publisher.collect.files import Look, is_inside, look_at, read_file
from publisher.collect.found import FoundMedia
from publisher.errors import SourceError
from publisher.model.media import SCHEME
from publisher.model.picture import kind_of, name_for
from publisher.wholefile import write_if_changed

LARGEST = 10 * 2**20  # bytes


@dataclass(slots=True)
class Shown:
    """What one post refers to."""

    looks: dict[str, Look] = field(default_factory=dict)  # by path
    media: list[str] = field(default_factory=list)  # names
    whole: bool = True  # nothing of it was told as a problem


class Pictures:
    """The pictures of one visit to a folder; what cannot be used is told in `problems`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_path: dict[Path, FoundMedia] = {}
        self._looks: dict[Path, Look] = {}
        self._shown: dict[Path, Shown] = {}
        self.problems: list[str] = []

    @property
    def media(self) -> tuple[FoundMedia, ...]:
        return tuple({media.name: media for media in self._by_path.values()}.values())

    def shown_by(self, post: Path) -> Shown:
        return self._shown.setdefault(post, Shown())

    def name_of(self, post: Path, reference: str) -> str | None:
        """`media:NAME` for what a post refers to; None where it is no picture of this folder."""
        path = post.parent / unquote(urlsplit(reference).path)
        if path.suffix.lower() in {".md", ".markdown", ".html", ".htm", ""}:
            return None  # a link to another page
        shown = self.shown_by(post)
        shown.looks[str(path)] = self._looks.setdefault(path, look_at(path))  # before it is read
        if path not in self._by_path:
            try:
                self._by_path[path] = self._read(path)
            except (OSError, ValueError) as wrong:
                told = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
                self.problems.append(f"{post}: picture {reference[:100]!r}: {told}; the post is published without it")
                shown.whole = False
                return None
        shown.media.append(self._by_path[path].name)
        return SCHEME + self._by_path[path].name

    def _read(self, path: Path) -> FoundMedia:
        if not is_inside(path, self._folder) or any(part.startswith(".") for part in path.resolve().parts[-2:]):
            raise ValueError(f"it lies outside of {self._folder}")
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST // 2**20} MiB")
        content = path.read_bytes()
        kind = kind_of(content)
        if not kind:
            raise ValueError("it is no PNG, JPEG, GIF, WebP or AVIF")
        return FoundMedia(name=name_for(content, kind), path=path)


def keep_media(source: str, media: Iterable[FoundMedia], folder: Path) -> None:
    """Copy pictures to where they are published from, under the names that posts refer to.

    Raises SourceError and Unwritable.
    """
    for one in media:
        target = folder / one.name
        if target.is_file():
            continue  # its name is the hash of its bytes
        content = read_file(source, one.path, max_bytes=LARGEST)
        if name_for(content, kind_of(content)) != one.name:
            problem = "it was changed while it was read; the source is taken at the next visit"
            raise SourceError(source=source, place=str(one.path), problem=problem)
        write_if_changed(target, content)
