"""Look: the colours, the letters' faces and the logo of a newsletter; `""` is the design's own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from publisher.model.media import Image


class Face(StrEnum):
    """Families of type that every mail program has."""

    SERIF = "serif"
    SANS = "sans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a site says of how its letters look. Colours are `#rrggbb`."""

    accent: str = ""  # links, names of columns
    ink: str = ""  # text
    paper: str = ""  # behind the text
    ground: str = ""  # around the paper
    headings: Face | None = None
    body: Face | None = None
    logo: Image | None = None  # in place of the newsletter's name; its `alt` says the name
    logo_width: int = 200  # pixels it is shown at


OWN_LOOK = Look()
"""All as the design has it."""
