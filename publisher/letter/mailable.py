"""A post's HTML made fit for mail programs.

What comes in was cleaned when it was collected (balanced tags, listed elements, absolute
addresses); here it is only translated: pictures get a width that Outlook keeps to,
headings sink below the letter's own, those in tables say what they head, films and sounds
become links, and elements that mail programs do not know become `div`. Slot marks are
taken out, also where they were written as character references.

A stream of tags, not a tree: no depth of nesting can exhaust it.
"""

from __future__ import annotations

import html
from html.parser import HTMLParser

from publisher.model.letter import CLOSE, OPEN

COLUMN_WIDTH = 536  # pixels between the margins of the letter
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HIGHEST_HEADING = 3  # h1 is the newsletter, h2 the post
_LOWEST_HEADING = 6
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_TO_DIV = frozenset(
    {"address", "article", "aside", "details", "figure", "footer", "header", "main", "section", "summary", "figcaption"}
)
_UNWRAPPED = frozenset({"picture", "bdi", "time"})
_DROPPED = frozenset({"source", "track"})
_PLAYED = frozenset({"audio", "video"})
_KEPT_OF_IMAGES = ("src", "alt", "title", "lang", "dir")
_LOST = frozenset({"open"})  # attributes that mean nothing on a `div`


def mailable(body: str) -> str:
    """`body` for mail; see the module."""
    writer = _Writer()
    writer.feed(body)
    writer.close()
    return "".join(writer.written)


class _Writer(HTMLParser):
    """Writes what it reads, translated."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._playing = 0  # depth inside of audio or video, whose content only old browsers show
        self._rows: list[int] = []  # of each open table, how many rows began
        self._above: list[int] = []  # levels of the headings that the next one may stand below
        self._level = _HIGHEST_HEADING  # what the last heading became

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs if name not in _LOST}
        if tag in _PLAYED:
            self._playing += 1
            self._play(tag, values)
        if self._playing or tag in _UNWRAPPED or tag in _DROPPED:
            return
        if tag == "img":
            values = _image(values)
        self._count(tag, values)
        if tag in _HEADINGS:
            self._sink(int(tag[1]))
        self.written.append(_tag(self._name(tag), {**_class(tag), **values}))

    def _name(self, tag: str) -> str:
        if tag in _HEADINGS:
            return f"h{self._level}"
        return "div" if tag in _TO_DIV else tag

    def _sink(self, level: int) -> None:
        """The first heading becomes an h3, and none stands more than a level below that before it (WCAG 2.2 §1.3.1)."""
        while self._above and self._above[-1] >= level:
            self._above.pop()
        self._level = min(_LOWEST_HEADING, _HIGHEST_HEADING + len(self._above))
        self._above.append(level)

    def _count(self, tag: str, values: dict[str, str]) -> None:
        """Say of a table's heading what it is the heading of (HTML §4.9.10), where its source does not."""
        if tag == "table":
            self._rows.append(0)
        elif tag == "tr" and self._rows:
            self._rows[-1] += 1
        elif tag == "th" and self._rows:
            values.setdefault("scope", "row" if self._rows[-1] > 1 else "col")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            del self._rows[-1:]
        if tag in _PLAYED:
            self._playing = max(0, self._playing - 1)
        elif not (self._playing or tag in _UNWRAPPED or tag in _DROPPED or tag in _VOID):
            self.written.append(f"</{self._name(tag)}>")

    def handle_data(self, data: str) -> None:
        if not self._playing:
            self.written.append(html.escape(_unmarked(data), quote=False))

    def _play(self, tag: str, values: dict[str, str]) -> None:
        address = values.get("src", "")
        if not address:
            return
        link = _tag("a", {"href": address})
        if values.get("poster"):
            picture = _image({"src": values["poster"], "alt": values.get("title", "")})
            self.written.append(f"<p>{link}{_tag('img', picture)}</a></p>")
        label = values.get("title") or address
        sign = "▶" if tag == "video" else "♪"
        self.written.append(f"<p>{sign} {link}{html.escape(_unmarked(label))}</a></p>")


def _class(tag: str) -> dict[str, str]:
    """How the letter's style sheet finds what became a `div`."""
    if tag in ("figure", "figcaption", "summary", "table"):
        return {"class": tag}
    return {}


def _image(values: dict[str, str]) -> dict[str, str]:
    """Width in pixels for Outlook; the style sheet lets it shrink on a phone."""
    kept = {name: values[name] for name in _KEPT_OF_IMAGES if name in values}
    width, height = _pixels(values.get("width")), _pixels(values.get("height"))
    kept.setdefault("alt", "")
    shown = min(width or COLUMN_WIDTH, COLUMN_WIDTH)
    kept["width"] = str(shown)
    if width and height:
        kept["height"] = str(max(1, round(height * shown / width)))
    kept["class"] = "picture" if shown == COLUMN_WIDTH else "icon"  # a small one is not blown up
    return kept


def _pixels(value: str | None) -> int:
    text = (value or "").strip().removesuffix("px")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("100000") else 0


def _tag(name: str, values: dict[str, str]) -> str:
    written = "".join(f' {key}="{html.escape(_unmarked(value))}"' for key, value in values.items())
    return f"<{name}{written}>"


def _unmarked(text: str) -> str:
    return text.replace(OPEN, "").replace(CLOSE, "")
