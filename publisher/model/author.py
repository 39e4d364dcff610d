"""Author: who writes. The blurb stands under a post, the bio on the author's page."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.model.media import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of an author: a site, a social account."""

    label: str  # what is shown: `@joshrogin`, `Website`
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """One writer; all text is plain, `""` means not known."""

    key: str  # slug of the name; the key in config.toml and the store
    name: str
    blurb: str = ""  # one or two sentences: who, what about, how to reach
    bio: str = ""  # long; paragraphs are parted by a blank line
    email: str = ""
    url: str = ""  # the author's own page
    links: tuple[Link, ...] = ()
    portrait: Image | None = None
