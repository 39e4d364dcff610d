"""Earlier: a stored post as far as another one points to it. Its text is not in it: a thousand are read at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.model.media import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A post of our archive that may be of use to who reads another one."""

    seq: int
    column: str  # slug
    slug: str
    title: str
    summary: str
    url: str  # "": our page is its only home
    published: datetime
    language: str  # BCP 47; "" means the column's
    image: Image | None
    tags: tuple[str, ...]
    authors: tuple[str, ...]  # keys, in the order of the byline
