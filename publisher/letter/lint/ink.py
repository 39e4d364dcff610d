"""Ink: the colour, ground and size that a piece of a letter's text is shown in.

Read from what stands in the elements themselves, since a letter's sheet has been written
into them. What cannot be told (a picture or a gradient behind the text, a colour by a rare
name) is unknown, and nothing is said about it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from publisher.letter import contrast

UNKNOWN = ""
# The sixteen names of HTML 4; who writes letters for old programs writes numbers anyway.
_NAMED = {
    "black": "#000000", "silver": "#c0c0c0", "gray": "#808080", "grey": "#808080", "white": "#ffffff",
    "maroon": "#800000", "red": "#ff0000", "purple": "#800080", "fuchsia": "#ff00ff", "green": "#008000",
    "lime": "#00ff00", "olive": "#808000", "yellow": "#ffff00", "navy": "#000080", "blue": "#0000ff",
    "teal": "#008080", "aqua": "#00ffff",
}  # fmt: skip
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})\Z")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*(?:1|1\.0+|100%)\s*)?\)\Z")
_LENGTH = re.compile(r"(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})(px|pt|em|rem|%)\Z")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0}
_HEADING_EM = {"h1": 2.0, "h2": 1.5, "h3": 1.17}
_BOLD_TAGS = frozenset({"b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"})
_BOLD_FROM = 600
_LARGE_PX = 24.0  # WCAG 2.2, "large scale": 18 point, or 14 point where it is bold
_LARGE_BOLD_PX = 56 / 3
_CLEAR = ("transparent", "none", "initial", "unset", "inherit")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ink:
    """How text is shown. Colours are `#rrggbb`, or unknown. Compared by identity: a letter has thousands."""

    colour: str
    ground: str
    link: str  # of a link that names no colour
    size_px: float = 16.0
    bold: bool = False
    hidden: bool = False  # on purpose, as some hide what a mailbox shows beside the subject

    @property
    def least(self) -> float:
        """The contrast it needs."""
        is_large = self.size_px >= _LARGE_PX or (self.bold and self.size_px >= _LARGE_BOLD_PX)
        return contrast.LARGE_TEXT if is_large else contrast.TEXT


LIGHT = Ink(colour="#000000", ground="#ffffff", link="#0000ee")
DARK = Ink(colour="#ffffff", ground="#121212", link="#9e9eff")


def within(ink: Ink, tag: str, attributes: Mapping[str, str], *, is_link: bool = False) -> Ink:
    """The ink inside of an element that stands in `ink`."""
    said = declarations(attributes.get("style", ""))
    return replace(
        ink,
        colour=_colour(ink, attributes, said, is_link=is_link),
        ground=_ground(ink, attributes, said),
        size_px=_size(ink, tag, said),
        bold=_is_bold(ink, tag, said),
        hidden=ink.hidden or "hidden" in attributes or _is_hidden(said),
    )


def declarations(style: str) -> dict[str, str]:
    """The properties of a style attribute, in lower case."""
    said: dict[str, str] = {}
    for one in style.lower().split(";"):
        name, colon, value = one.partition(":")
        if colon:
            said[name.strip()] = value.replace("!important", "").strip()
    return said


def colour_of(text: str) -> str:
    """A colour as `#rrggbb`, or unknown."""
    text = text.strip().lower()
    if _HEX.match(text):
        return text if len(text) == len("#rrggbb") else "#" + "".join(digit * 2 for digit in text[1:])
    if text in _NAMED:
        return _NAMED[text]
    found = _RGB.match(text)
    if found and all(int(number) <= 255 for number in found.groups()):
        return "#" + "".join(f"{int(number):02x}" for number in found.groups())
    return UNKNOWN


def _colour(ink: Ink, attributes: Mapping[str, str], said: Mapping[str, str], *, is_link: bool) -> str:
    named = said.get("color") or attributes.get("color")
    if named and named not in _CLEAR and named != "currentcolor":
        return colour_of(named)
    if is_link and named != "inherit":
        return ink.link
    return ink.colour


def _ground(ink: Ink, attributes: Mapping[str, str], said: Mapping[str, str]) -> str:
    if attributes.get("background") or said.get("background-image", "none") not in _CLEAR:
        return UNKNOWN
    named = said.get("background-color") or said.get("background") or attributes.get("bgcolor")
    if not named or named in _CLEAR:
        return ink.ground
    if "url(" in named or "gradient(" in named:
        return UNKNOWN
    alone = colour_of(named)
    return alone or next(filter(None, map(colour_of, named.split())), UNKNOWN)  # of the shorthand, its colour


def _size(ink: Ink, tag: str, said: Mapping[str, str]) -> float:
    found = _LENGTH.match(said.get("font-size", ""))
    if not found:
        return ink.size_px * _HEADING_EM.get(tag, 1.0)
    number, unit = float(found[1]), found[2]
    if unit in ("em", "%"):
        return ink.size_px * number / (100 if unit == "%" else 1)
    return number * _PIXELS[unit]


def _is_bold(ink: Ink, tag: str, said: Mapping[str, str]) -> bool:
    weight = said.get("font-weight", "")
    if weight.isascii() and weight.isdigit():
        return int(weight[:4]) >= _BOLD_FROM
    if weight in ("bold", "bolder", "normal", "lighter"):
        return weight.startswith("bold")
    return ink.bold or tag in _BOLD_TAGS


def _is_hidden(said: Mapping[str, str]) -> bool:
    return (
        said.get("display") == "none"
        or said.get("visibility") == "hidden"
        or any(said.get(name, "").removesuffix("px") == "0" for name in ("font-size", "max-height", "opacity"))
    )
