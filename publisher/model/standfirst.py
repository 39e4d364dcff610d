"""Whether a summary only repeats the beginning of its article.

Many sources cut their summary from the first paragraph ("… that no final ..."); printed
above that paragraph it would say everything twice.
"""

from __future__ import annotations

import re

_CUT = re.compile(r"[\s.…]*[\[(]?\s*(?:\.\.\.|…)\s*[\])]?\s*\Z")  # how a cut-off summary ends
_QUOTES = str.maketrans("‘’‚“”„«»", '\'\'\'"""""')


def repeats_beginning(summary: str, text: str) -> bool:
    """Is the summary, cut off or whole, how the text begins? Both are plain; an empty one repeats nothing new."""
    return _squeezed(text).startswith(_squeezed(_CUT.sub("", summary)))


def _squeezed(text: str) -> str:
    """Words as they are compared: no white space, one kind of quotation mark, no case."""
    return "".join(text.translate(_QUOTES).casefold().split())
