"""A list of several lines, edited element by element, so that the comments beside the others stay."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile

from publisher.config.lines import Key
from publisher.config.places import Page
from publisher.config.written import toml_value

_LIKE = 0.75


def with_elements(page: Page, key: Key, old: Sequence[object], new: Sequence[object]) -> str:
    """The text with a list's elements taken out and put in; whoever calls proves that it says what it should."""
    text, places = page.text, page.elements[key]
    moves = SequenceMatcher(None, list(map(toml_value, old)), list(map(toml_value, new)), autojunk=False).get_opcodes()
    for what, start, end, first, last in reversed(moves):  # from behind, so that places in front stay right
        if what == "equal":
            continue
        fresh = [toml_value(one, on_one_line=True) for one in new[first:last]]
        written = [page.text[slice(*places[at])] for at in range(start, end)]
        # The comment beside an element is about it: it stays where a word was mended, and goes with another element.
        mended = len(list(takewhile(lambda pair: _is_like(*pair), zip(written, fresh, strict=False))))
        for at in reversed(range(start + mended, end)):
            text = _without(text, *places[at])
        if fresh[mended:]:
            above = places[start + mended - 1] if start + mended else None
            text = _with_new(text, above, page.pairs[key].value, fresh[mended:], _indent(page.text, places))
        for at in reversed(range(start, start + mended)):
            text = text[: places[at][0]] + fresh[at - start] + text[places[at][1] :]
    return text


def _is_like(old: str, new: str) -> bool:
    return SequenceMatcher(None, old, new, autojunk=False).ratio() > _LIKE


def _with_new(text: str, above: tuple[int, int] | None, bracket: int, fresh: Sequence[str], indent: str) -> str:
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    if above is None:
        at = bracket + 1
    else:
        at = above[1]
        comma = _comma(text, at)
        text = text if comma else f"{text[:at]},{text[at:]}"
        at = comma or at + 1
    rest = text[at:].partition("\n")[0]
    if not rest.strip() or rest.lstrip().startswith("#"):
        at += len(rest.rstrip("\r"))
        return text[:at] + "".join(f"{end_of_line}{indent}{one}," for one in fresh) + text[at:]
    return text[:at] + "".join(f" {one}," for one in fresh) + text[at:]


def _without(text: str, start: int, end: int) -> str:
    end = _comma(text, end) or end
    line = text.rfind("\n", 0, start) + 1
    rest = text[end:].partition("\n")[0]
    if not text[line:start].strip() and (not rest.strip() or rest.lstrip().startswith("#")):
        return text[:line] + text[end + len(rest) + 1 :]
    if not rest.strip():
        return text[:start].rstrip(" \t") + text[end:]
    return text[:start] + text[end:].lstrip(" ")


def _comma(text: str, at: int) -> int:
    """Behind the comma that follows an element, with or without comments before it; 0 where there is none."""
    while at < len(text):
        if text[at] == "#":
            at = text.find("\n", at)
        elif text[at] == ",":
            return at + 1
        elif text[at] not in " \t\r\n":
            return 0
        at += 1
    return 0


def _indent(text: str, places: Sequence[tuple[int, int]]) -> str:
    """As the first element that begins a line has it."""
    for start, _ in places:
        above = text[text.rfind("\n", 0, start) + 1 : start]
        if not above.strip():
            return above
    return "    "
