"""What is done to all content before a letter is made of it.

Text comes from sources, from config.toml and from people; HTML was cleaned when it was
collected. Here nothing may forge a slot, carry a control character, or lead from a
mailbox to anything but a web page; and every post has a title.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from enum import Enum
from typing import TypeVar, cast

from publisher.letter.words import words_of
from publisher.model.address import web_address
from publisher.model.author import Author, Link
from publisher.model.media import Image
from publisher.model.plaintext import without_markup
from publisher.model.post import Post, RelatedStory

_Value = TypeVar("_Value")
# The slot marks, and the control characters that are neither tab nor line end.
_FORBIDDEN = re.compile("[\ue000\ue001\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_WORDS_IN_TITLE = 10


def without_marks(value: _Value) -> _Value:
    """The value, its parts and their parts, with slot marks and control characters taken out of all text."""
    return cast(_Value, _without_marks(value))  # each kind gives back its own


def _without_marks(value: object) -> object:
    if isinstance(value, Enum):  # ours, and a StrEnum would lose its kind
        return value
    if isinstance(value, str):
        return _FORBIDDEN.sub("", value)
    if isinstance(value, tuple):
        return tuple(map(_without_marks, value))
    if isinstance(value, Mapping):
        return {key: _without_marks(part) for key, part in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: _without_marks(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **parts)
    return value


def harmless(post: Post, *, fallback_title: str) -> Post:
    """The post with web addresses only, and with a title: its own, else its first words."""
    return dataclasses.replace(
        post,
        title=_title(post, fallback_title),
        summary=without_markup(post.summary),
        url=web_address(post.url),
        image=_image(post.image),
        authors=tuple(map(_author, post.authors)),
        related=tuple(map(harmless_story, post.related)),
    )


def _title(post: Post, fallback: str) -> str:
    if post.title.strip():
        return " ".join(without_markup(post.title).split())
    words = words_of(post.body)
    start = " ".join(words[:_WORDS_IN_TITLE])
    return (f"{start} …" if len(words) > _WORDS_IN_TITLE else start) or fallback


def _author(author: Author) -> Author:
    links = tuple(Link(label=link.label, url=link.url) for link in author.links if web_address(link.url))
    return dataclasses.replace(author, url=web_address(author.url), links=links, portrait=_image(author.portrait))


def harmless_story(story: RelatedStory) -> RelatedStory:
    """A related story without markup, leading to nothing but web pages."""
    return dataclasses.replace(
        story,
        title=without_markup(story.title),
        summary=without_markup(story.summary),
        url=web_address(story.url),
        image=_image(story.image),
    )


def _image(image: Image | None) -> Image | None:
    return image and dataclasses.replace(image, url=web_address(image.url))
