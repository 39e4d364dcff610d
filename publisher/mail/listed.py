"""Lists of words and phrases as they are written in the files of this room: `one | another`, line by line.

Pure.
"""

from __future__ import annotations


def listed(text: str) -> tuple[str, ...]:
    """The phrases of a list, without the blanks around them."""
    return tuple(phrase.strip() for line in text.strip().splitlines() for phrase in line.split("|"))
