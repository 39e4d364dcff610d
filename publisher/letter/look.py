"""How a letter looks: what a site chose, what its design has for the rest, and all of it readable.

A site names up to four colours for light mode. The others, and all of dark mode, are made
from these. Whatever was chosen, text has a contrast of 4.5 to 1 or more on what it stands
on (WCAG 2.2 §1.4.3); a colour that has not is made lighter or darker until it has, and
`mendings` tells which. Where it can be had, the same holds when a program inverts all
colours, as some do in the dark whatever a letter says.

No text stands on `ground`. Not here: which element has which colour
(`templates/letter/parts/style.html`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from publisher.letter.contrast import TEXT, contrast, is_dark, mixed, readable
from publisher.model.look import Face, Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one scheme, `#rrggbb`."""

    ground: str  # around the paper
    paper: str  # behind the text
    tint: str  # behind a box
    line: str  # thin rules
    ink: str  # text, strong rules
    soft: str  # standfirsts, blurbs
    faint: str  # dates, captions, the footer
    accent: str  # links, names of columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """What the style sheet of a letter is filled with."""

    light: Palette
    dark: Palette
    headings: str  # families of type, as CSS lists them
    body: str
    labels: str  # dates, captions, names of columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """A colour of a site that could not be read, and what stands in its place in light mode."""

    name: str  # its key in config.toml
    chosen: str
    on: str  # the paper
    used: str


_DIGEST = Look(accent="#8a1c1c", ink="#1f1d1a", paper="#ffffff", ground="#efece5", headings=Face.SERIF, body=Face.SERIF)
_COLUMN = Look(accent="#0f5663", ink="#1b2226", paper="#ffffff", ground="#e6ebec", headings=Face.SERIF, body=Face.SERIF)
_PLAIN = Look(accent="#1d4f91", ink="#222222", paper="#ffffff", ground="#ffffff", headings=Face.SANS, body=Face.SANS)
_OWN: Mapping[str, Look] = {"digest": _DIGEST, "column": _COLUMN, "plain": _PLAIN}
_FAMILIES: Mapping[Face, str] = {
    Face.SERIF: "Georgia, 'Times New Roman', Times, serif",
    Face.SANS: "Helvetica, Arial, sans-serif",
}
_NIGHT = ("#101214", "#1b1e21", "#e9e5dd")  # ground, paper and ink of dark mode
_TRIES = 12
_GLARE = 5.5  # an accent in the dark keeps this distance, since thin light letters on a dark ground read worse


def appearance(design: str, look: Look) -> Appearance:
    """All that `look` says, the rest as the design has it; a design of a site's own begins like `digest`."""
    chosen = _completed(design, look)
    light = _palette(chosen.ground, chosen.paper, chosen.ink, chosen.accent)
    return Appearance(
        light=light,
        dark=light if is_dark(light.paper) else _night(light),
        headings=_FAMILIES[chosen.headings or Face.SERIF],
        body=_FAMILIES[chosen.body or Face.SERIF],
        labels=_FAMILIES[Face.SANS],
    )


def mendings(design: str, look: Look) -> tuple[Mending, ...]:
    """What of `look` cannot be read as it was chosen."""
    light = appearance(design, look).light
    return tuple(
        Mending(name=name, chosen=chosen, on=light.paper, used=used)
        for name, chosen, used in (("ink", look.ink, light.ink), ("accent", look.accent, light.accent))
        if chosen and contrast(chosen, light.paper) < TEXT
    )


def _completed(design: str, look: Look) -> Look:
    own = _OWN.get(design, _DIGEST)
    values = {field.name: getattr(look, field.name) or getattr(own, field.name) for field in fields(Look)}
    if look.paper and not look.ground and design == "plain":
        values["ground"] = look.paper  # its paper has no edge
    return Look(**values)


def _night(light: Palette) -> Palette:
    ground, paper, ink = _NIGHT
    has_edge = light.ground != light.paper
    return _palette(ground if has_edge else paper, paper, ink, readable(light.accent, paper, least=_GLARE))


def _palette(ground: str, paper: str, ink: str, accent: str) -> Palette:
    ink = _legible(ink, paper)
    tint = mixed(accent, paper, 0.07)
    if contrast(ink, tint) < TEXT:
        tint = paper
    return Palette(
        ground=ground,
        paper=paper,
        tint=tint,
        line=mixed(ink, paper, 0.18),
        ink=ink,
        soft=_legible(mixed(ink, paper, 0.84), paper, tint),
        faint=_legible(mixed(ink, paper, 0.7), paper, tint),
        accent=_legible(accent, paper, tint),
    )


def _legible(colour: str, *grounds: str) -> str:
    """The nearest of its hue that is read on all of the grounds, also inverted where that can be."""
    read = ""
    for step in range(_TRIES):
        tried = readable(colour, grounds[step % len(grounds)], least=TEXT + step / 2)
        if all(contrast(tried, ground) >= TEXT for ground in grounds):
            if all(contrast(_inverted(tried), _inverted(ground)) >= TEXT for ground in grounds):
                return tried
            read = read or tried
    return read


def _inverted(colour: str) -> str:
    return f"#{0xFFFFFF - int(colour[1:], 16):06x}"
