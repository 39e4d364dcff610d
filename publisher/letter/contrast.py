"""How well a colour is read on another (WCAG 2.2, "contrast ratio" and §1.4.3).

Colours are `#rrggbb`. Text needs 4.5 to 1, large text and signs 3 to 1. Pure.

Known weakness: of two colours with the same ratio a dark ground is harder to read than
this measure says; the letters' own colours keep some distance from 4.5.
"""

from __future__ import annotations

import colorsys
import re

TEXT = 4.5
LARGE_TEXT = 3.0  # 24 pixels, or 18.66 where it is bold
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_STEPS = 256  # of lightness, as fine as a colour can be told


def contrast(one: str, other: str) -> float:
    """From 1.0, the same, to 21.0, black on white; which of them is the ground does not count."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, on: str, *, least: float = TEXT) -> str:
    """The colour itself where it is readable on `on`, else the nearest of its hue that is.

    Where none is, which no `least` up to 4.5 can ask for, black or white, whichever is better.
    """
    if contrast(colour, on) >= least:
        return colour
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    for step in range(1, _STEPS + 1):
        for nearby in (lightness - step / _STEPS, lightness + step / _STEPS):
            tried = _written(colorsys.hls_to_rgb(hue, min(1.0, max(0.0, nearby)), saturation))
            if contrast(tried, on) >= least:
                return tried
    return max(("#000000", "#ffffff"), key=lambda extreme: contrast(extreme, on))


def mixed(one: str, other: str, share: float) -> str:
    """`share` of the first colour, the rest of the other: 1.0 is the first itself."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return _written(tuple(share * first + (1 - share) * second for first, second in pairs))


def is_dark(colour: str) -> bool:
    """Whether white is read better on it than black."""
    return contrast(colour, "#ffffff") > contrast(colour, "#000000")


def _luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[float, float, float]:
    if not _COLOUR.match(colour):
        raise ValueError(f"{colour!r} is no colour; colours are written like #8a1c1c")
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _written(channels: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
