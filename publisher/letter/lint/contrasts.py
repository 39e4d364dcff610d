"""That words can be told from what is behind them, by light and in the dark.

Every piece of text is measured in its own ink. For dark mode the rules of the letter's own
`prefers-color-scheme: dark` are written into the elements in the same way as its sheet was,
so that a style-sheet engine and not we decide which rule wins.

Known weakness: programs that invert colours by themselves are not imitated, and words
before a picture or a gradient are not measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import css_inline

from publisher.letter.contrast import contrast
from publisher.letter.lint.finding import Finding, error, few, quoted, warning
from publisher.letter.lint.ink import DARK, Ink
from publisher.letter.lint.page import Page, inked, tree_of

UNREADABLE = 2.0  # at this, readers with the best of eyes give up
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DARK = re.compile(r"@media[^{}]{0,200}prefers-color-scheme\s{0,9}:\s{0,9}dark[^{}]{0,200}\{", re.IGNORECASE)
_CURE = "change the one or the other in `look`, or in the template's styles"


def contrast_findings(document: str, page: Page) -> Iterator[Finding]:
    shown = [(run.ink, run.text) for run in page.runs]
    yield from few(_pale(shown, page, ""), "places with too little contrast")
    yield from few(
        _pale(dark_inks(document, page.sheets), page, " in dark mode"), "places with too little contrast in dark mode"
    )


def dark_inks(document: str, sheets: str) -> list[tuple[Ink, str]]:
    """The pieces of text as the letter's own rules for dark mode make them; none where it has no such rules."""
    rules = dark_rules(sheets)
    if not rules:
        return []
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, inline_style_tags=False, extra_css=rules)
    # Rules that it cannot read it leaves out; of what it cannot, a surrogate, nothing is left before.
    tree = tree_of(inliner.inline(document.encode("utf-8", "replace").decode()))
    return [] if tree is None else list(inked(tree, DARK))


def dark_rules(sheets: str) -> str:
    """What stands in the letter's blocks for dark mode."""
    sheets = _COMMENT.sub("", sheets)
    return "\n".join(_block(sheets, found.end()) for found in _DARK.finditer(sheets))


def _block(sheets: str, start: int) -> str:
    """From behind a brace to the one that closes it."""
    depth = 1
    for at, char in enumerate(sheets[start:], start=start):
        depth += (char == "{") - (char == "}")
        if not depth:
            return sheets[start:at]
    return sheets[start:]


def _pale(shown: Iterable[tuple[Ink, str]], page: Page, where: str) -> Iterator[Finding]:
    measured: set[tuple[str, str, float]] = set()
    for ink, text in shown:
        pair = (ink.colour, ink.ground, ink.least)
        if pair in measured or ink.hidden or not ink.colour or not ink.ground or not text.strip():
            continue
        measured.add(pair)
        ratio = contrast(ink.colour, ink.ground)
        if ratio < ink.least:
            yield _told(ink, text, ratio, where=_place(text, page) + where)


def _place(text: str, page: Page) -> str:
    story = next((run.story for run in page.runs if run.text == text), "")
    return f" in the story {story}" if story else ""


def _told(ink: Ink, text: str, ratio: float, *, where: str) -> Finding:
    problem = (
        f"the words {quoted(text)}{where} are hard to read: {ink.colour} on {ink.ground} has a contrast of "
        f"{ratio:.1f}, and needs {ink.least:g}; {_CURE}"
    )
    return error(problem) if ratio < UNREADABLE else warning(problem)
