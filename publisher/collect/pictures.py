"""Pictures that lie beside a post's file: found, checked, named by their content.

What a picture is, is told by its first bytes, never by its name. SVG is no picture here:
it can hold script, and mail programs do not show it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

from publisher.collect.files import is_inside
from publisher.collect.found import FoundMedia
from publisher.model.media import SCHEME

LARGEST = 10 * 2**20  # bytes


class Pictures:
    """The pictures of one visit to a folder; what cannot be used is told in `problems`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_path: dict[Path, FoundMedia] = {}
        self.problems: list[str] = []

    @property
    def media(self) -> tuple[FoundMedia, ...]:
        return tuple({media.name: media for media in self._by_path.values()}.values())

    def name_of(self, post: Path, reference: str) -> str | None:
        """`media:NAME` for what a post refers to; None where it is no picture of this folder."""
        path = post.parent / unquote(urlsplit(reference).path)
        if path.suffix.lower() in {".md", ".markdown", ".html", ".htm", ""}:
            return None  # a link to another page
        if path not in self._by_path:
            try:
                self._by_path[path] = self._read(path)
            except (OSError, ValueError) as wrong:
                told = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
                self.problems.append(f"{post}: picture {reference[:100]!r}: {told}; the post is published without it")
                return None
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


def name_for(content: bytes, kind: str) -> str:
    """The name under which these bytes are kept."""
    return f"{hashlib.sha256(content).hexdigest()[:20]}.{kind}"


def kind_of(content: bytes) -> str:
    """The usual extension for this kind of picture; "" where it is none that we take."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp" and content[8:12] in {b"avif", b"avis"}:
        return "avif"
    return ""
