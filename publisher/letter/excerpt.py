"""The beginning of a post: its first sentences, or all of it up to some paragraph.

Input is HTML as the collector cleaned it. A stream of tags, not a tree: no depth of
nesting can exhaust it. Known weakness: where a sentence ends is told by its mark and the
blank behind it, so an abbreviation may end one too early.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from publisher.letter.words import words_of

_MOST_WORDS = 60
_LEAST_WORDS = 12  # of the first sentences; fewer tell nothing
_SENTENCE_END = re.compile(r"[.!?…؟۔。！？][\"”’»)\]]*\Z")
# After the end of one of these a text may stop, but not after a heading.
_ENDING = frozenset({"blockquote", "dl", "figure", "ol", "p", "pre", "table", "ul"})
_KEPT_TOGETHER = frozenset({"dl", "figure", "ol", "picture", "pre", "table", "ul"})
_DEEPEST = 30  # elements around a place to end at; each needs its end tag
_PLACES_LOOKED_AT = 20  # for a first paragraph with words in it
_VOID = frozenset({"area", "br", "col", "hr", "img", "source", "track", "wbr"})


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a body may end."""

    at: int  # characters of the source before it
    closing: str  # end tags of what is still open there


def first_sentences(body: str) -> str:
    """Plain text: what the first paragraph says, cut at a sentence where it is long."""
    words = _first_paragraph(body)
    if len(words) <= _MOST_WORDS:
        return " ".join(words)
    ends = [at for at in range(_LEAST_WORDS, _MOST_WORDS) if _SENTENCE_END.search(words[at - 1])]
    return " ".join(words[: ends[-1]]) if ends else " ".join(words[:_MOST_WORDS]) + " …"


def _first_paragraph(body: str) -> list[str]:
    """The words of the body up to the first place with enough of them."""
    for place in breaks(body)[:_PLACES_LOOKED_AT]:
        words = words_of(body[: place.at])
        if len(words) >= _LEAST_WORDS:
            return words
    return words_of(body)


def breaks(body: str) -> list[Break]:
    """All places between its blocks, in their order."""
    finder = _Finder(body)
    finder.feed(body)
    finder.close()
    return finder.found


class _Finder(HTMLParser):
    def __init__(self, body: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Break] = []
        self._body = body
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", body))]
        self._open: list[str] = []
        self._together = 0  # how many open elements are kept whole

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  its signature
        if tag not in _VOID:
            self._open.append(tag)
            self._together += tag in _KEPT_TOGETHER

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            return  # not balanced: no place to end at
        self._open.pop()
        self._together -= tag in _KEPT_TOGETHER
        if tag in _ENDING and not self._together and len(self._open) <= _DEEPEST:
            line, column = self.getpos()
            end = self._body.index(">", self._line_starts[line - 1] + column) + 1
            closing = "".join(f"</{name}>" for name in reversed(self._open))
            self.found.append(Break(end, closing))
