"""Which pictures of ours a page shows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from publisher.model.author import Author
from publisher.model.post import Post

_ATTRIBUTE = re.compile(r'="([^"]*\bmedia:[^"]*)"')
_PICTURE = re.compile(r"(?:^|,\s*)media:([A-Za-z0-9][A-Za-z0-9._-]*)")  # after a comma: in srcset


def pictures_of(authors: Iterable[Author], post: Post | None) -> Iterator[str]:
    """The names of pictures that authors and a post are shown with."""
    images = [author.portrait for author in authors]
    if post:
        for value in _ATTRIBUTE.findall(post.body):
            yield from _PICTURE.findall(value)
        images += [post.image, *(story.image for story in post.related)]
    for image in images:
        yield from _PICTURE.findall(image.url) if image else ()
