"""A letter as a mailbox may show it: by light, in the dark, without pictures.

Browsers decide by themselves whether it is dark, and no mail program is at hand; so the
letter's own rules for one or the other are made to hold always. What comes out is for
looking at in a frame: its links open elsewhere, and nothing in it may run or load but
pictures. The letter that is sent is never changed by this.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Light(StrEnum):
    LIGHT = "light"
    DARK = "dark"


_SHEET = re.compile(r"(<style\b[^>]*>)(.*?)(</style)", re.DOTALL | re.IGNORECASE)
_ASKED = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_BOTH = re.compile(r"((?:supported-)?color-schemes?\s*:\s*)(?:light\s+dark|dark\s+light|light|dark)\b", re.IGNORECASE)
_META = re.compile(r'(<meta\s+name="(?:supported-)?color-schemes?"\s+content=")[^"]*', re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"


def view(document: str, light: Light, *, pictures: bool = True) -> str:
    """The letter's HTML as it looks by this light."""

    def settled(sheet: re.Match[str]) -> str:
        rules = _ASKED.sub(lambda asked: _ALWAYS if asked[1].lower() == light else _NEVER, sheet[2])
        return sheet[1] + _BOTH.sub(rf"\g<1>{light}", rules) + sheet[3]

    shown = _META.sub(rf"\g<1>{light}", _SHEET.sub(settled, document))
    sources = "http: https: data: file:" if pictures else "'none'"
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src {sources}; form-action 'none'"
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="referrer" content="no-referrer"><base target="_blank">'
        f"<style>:root {{ color-scheme: {light}; }}</style>"
    )
    found = _HEAD.search(shown)
    at = found.end() if found else 0
    return shown[:at] + head + shown[at:]
