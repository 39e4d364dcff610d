"""Summaries that are the beginning of the text, cut off.

Many pages and feeds put the first words of the text before it, cut in the middle of a
sentence: `… that no final ...`. Shown above the text, a reader sees the same words
twice, with a torn edge. Such a summary is recognised here and cut again where it does
not hurt: after the last whole paragraph it holds, else after its last whole sentence,
else after its last whole word, with an ellipsis. What comes out is (but for that
ellipsis) the beginning of the text, word for word, so whoever shows both can see it.

Pure. Known weakness: a sentence end is a full stop after a word of four letters or
more; after a shorter one it may be an abbreviation (`Gen.`, `U.S.`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# `...`, `…`, `[...]`, `[…]`, `(…)`, with or without `Read more` after it
_CUT = re.compile(
    r"\s*[\[(]?\s*(?:\.\s?\.\s?\.|…)\.*\s*[\])]?\s*(?:(?:continue reading|read more|more|weiterlesen)\W*)?\Z",
    re.IGNORECASE,
)
# White space that only lays out; a no-break space (French quotes, `Twitter: @x`) is a character.
_LAYOUT = re.compile("[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")
_SENTENCE_END = re.compile(r"(?:(?<=[^\W\d_]{4})|(?<=\d{4}))[.!?][\"”’»)\]]*(?=\s)")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "’": "'", "‘": "'"})
_TAIL = 100  # characters; more than any ellipsis takes
_SHORTEST = 20  # characters; `Update ...` before `Update: …` is no repetition


def clean_cut(summary: str, paragraphs: Sequence[str]) -> str | None:
    """`summary` cut cleanly where it repeats the beginning of `paragraphs`; else None."""
    stem = _CUT.sub("", folded(summary))
    start = _squeezed(stem)
    if len(start) < _SHORTEST or not _squeezed(" ".join(paragraphs)).startswith(start):
        return None
    whole: list[str] = []
    for paragraph in paragraphs:
        if not start.startswith(_squeezed(" ".join([*whole, paragraph]))):
            break
        whole.append(paragraph)
    if whole:
        return folded(" ".join(whole))
    return _cut_inside(stem, folded(paragraphs[0]))


def is_cut(text: str) -> bool:
    """Whether `text` ends in an ellipsis, as a cut-off summary does."""
    return bool(_CUT.search(folded(text[-_TAIL:])))


def folded(text: str) -> str:
    """`text` on one line, each run of layout one blank."""
    return _LAYOUT.sub(" ", text).strip(" ")


def _cut_inside(stem: str, paragraph: str) -> str:
    ends = [found.end() for found in _SENTENCE_END.finditer(stem + " ")]
    if ends:
        return stem[: ends[-1]]
    whole_word = len(paragraph) > len(stem) and not paragraph[len(stem)].isalnum()
    words = stem if whole_word else stem.rpartition(" ")[0] or stem
    return words.rstrip(" ,;:–—-") + " …"


def _squeezed(text: str) -> str:
    """What is compared: no white space, one kind of quotation mark, no case."""
    return re.sub(r"\s+", "", text.translate(_QUOTES)).casefold()
