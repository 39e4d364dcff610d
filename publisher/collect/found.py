"""What a source yields before anything is decided about it.

Text here is as the source gave it: plain in `title` and `summary`, raw HTML in
`body_html`. Nothing is trusted yet; `identify` cleans it before it becomes a post.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from publisher.collect.visit import NOT_MODIFIED, Answer
from publisher.model.author import Author
from publisher.model.media import Enclosure, Image
from publisher.model.post import Origin, RelatedStory


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPost:
    """One post as a source tells it."""

    guid: str = ""  # the source's own id for it; "" where it has none
    url: str = ""  # absolute; "" where it has no page of its own
    base_url: str = ""  # what relative addresses in it are relative to; "" means `url`
    title: str = ""
    summary: str = ""
    body_html: str = ""  # not yet sanitised; `media:NAME` names a file of `Found.media`
    authors: tuple[Author, ...] = ()
    published: datetime | None = None  # aware; None: the source does not say
    updated: datetime | None = None
    image: Image | None = None
    tags: tuple[str, ...] = ()
    related: tuple[RelatedStory, ...] = ()
    language: str = ""  # BCP 47
    enclosures: tuple[Enclosure, ...] = ()
    origin: Origin | None = None
    follows: str = ""  # the identity, id or address of the post that it follows up (RFC 4685 §3)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMedia:
    """A file that a post shows, to be kept as `media/NAME`."""

    name: str  # first 20 hex digits of its SHA-256, and the extension of its real type
    path: Path  # where it lies now


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that one visit to a source found."""

    posts: tuple[FoundPost, ...] = ()  # newest first, as far as the source says
    column_name: str = ""
    column_tagline: str = ""
    media: tuple[FoundMedia, ...] = ()
    catalogue: tuple[FoundPost, ...] = ()  # of the back catalogue, though this may be no first visit
    problems: tuple[str, ...] = ()  # parts that could not be read; the others are here
    asides: tuple[str, ...] = ()  # what went wrong and leaves nothing out: it is looked for again, or was not needed
    again: timedelta = timedelta(0)  # how soon to look for what is left; zero: nothing is
    feeds: tuple[str, ...] = ()  # it is no feed but a page, which names these, the best first
    unchanged: int = 0  # posts that were not read, because nobody touched their files
    memory: str | None = None  # what the next visit to a folder is handed; None: what this one was
    walks: str | None = None  # the same of an API's pages that are still to be read, and of a page's links
    asked: timedelta = timedelta(0)  # how long the document asks to be left alone; zero: it does not
    skip_hours: tuple[int, ...] = ()  # hours of the day in UTC at which it wants no visits
    skip_days: tuple[str, ...] = ()  # days of the week in UTC (`sat`) at which it wants none
    hubs: tuple[str, ...] = ()  # that tell what is new in it (WebSub §4)
    topic: str = ""  # its own word for its address, as hubs know it
    answer: Answer | None = None  # what the server said beside it; None: it came from a disk, or in several answers

    @property
    def is_unchanged(self) -> bool:
        """The server says that the document is as at the last visit (304), and sent nothing."""
        return self.answer is not None and self.answer.status == NOT_MODIFIED
