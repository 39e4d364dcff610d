"""In which direction a language is written."""

from __future__ import annotations

from unicodedata import bidirectional

# Languages whose usual script runs from right to left, and the scripts that do (ISO 15924).
_LANGUAGES = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"})
_SCRIPTS = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})


def direction_of(language: str) -> str:
    """`rtl` or `ltr`, as HTML's `dir` writes it; a script subtag decides (RFC 5646 §2.2.3)."""
    first, *rest = language.lower().split("-")
    script = next((part for part in rest if len(part) == 4), "")
    is_right = script in _SCRIPTS if script else first in _LANGUAGES
    return "rtl" if is_right else "ltr"


def direction_of_text(text: str) -> str:
    """The direction of the first letter that has one (Unicode's rule P2), for text whose language nobody says."""
    first = next((kind for kind in map(bidirectional, text) if kind in ("L", "R", "AL")), "L")
    return "ltr" if first == "L" else "rtl"
