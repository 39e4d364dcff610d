"""Which passwords are taken (NIST SP 800-63B §5.1.1.2): long ones that nobody guesses first. Pure.

No rules about what characters there have to be: they make people write `Password1!`. Refused is
what everybody tries: the common words, rows of keys and of digits, the same over and over, a
person's own name or address; also with digits and signs around them, or in place of letters.
Known weakness: this is no list of all passwords that were ever stolen, only of how most are made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

SHORTEST = 10  # characters
LONGEST = 200

_LEET = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i"}
)
_ROWS = (
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "q1w2e3r4t5y6u7i8o9p0",
    "1q2w3e4r5t6y7u8i9o0p",
)  # fmt: skip
_SHORTEST_ROW = 4
_SHORTEST_NAME = 3
# What stands before and after the usual digits; in lower case, without signs.
_COMMON_WORDS = """
access admin administrator adobe alexander amanda america andrea andrew angel anthony apple arsenal asdf ashley
august austin autumn babygirl banana baseball basketball batman bailey barcelona beautiful benjamin berlin biteme
blink brandon buster butterfly caroline chang changeit changeme charlie charlotte chelsea chicago chocolate chris
christmas computer contrasena cookie corvette cowboys daniel default december demo diamond dolphin donald dragon
editor elizabeth england email everton facebook family february ferrari flower football forever freedom friday
friend friends fuckyou gabriel geheim germany george ginger google guest hallo hallowelt hannah harley hello
helloworld hockey hunter iloveu iloveyou internet jackson january jasmine jennifer jessica jesus jordan joshua
july june justin killer klaster letmein letter letters linkedin liverpool login lol london love lovely loveme
madison maggie manager manchester march marina mariposa martin master matrix matthew melissa mercedes merlin
michael michelle microsoft minecraft monday money monkey morgan mother motdepasse mustang naruto network newsletter
newsroom nicole ninja november october office oliver orange owner parola pass passwd passwort passw password
pokemon porsche princess publisher purple qazwsx qwer qwert qwerty qwertz rachel ranger raiders robert root
samantha samsung sarah saturday schalke secret secure security september server shadow shakira sommer soccer spring
starwars steelers stephanie summer sunday sunshine superman superstar sweety system taylor teacher temp tequiero
test tester testing thomas thursday tigger tinkerbell tottenham trustno tuesday user vanessa victoria wednesday
welcome whatever willkommen william winter wordpass yankees yamaha zaq
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_MOST_UNITS = 3  # parts of a password that repeats itself may be so long


def normal(password: str) -> str:
    """One form for what looks the same on all keyboards (NFKC), so that it can be typed anywhere."""
    whole = password.encode("utf-8", "replace").decode()  # half a character is none
    return unicodedata.normalize("NFKC", whole)


def complaint(password: str, own: Iterable[str] = ()) -> str:
    """What is wrong with a new password, as a sentence; "" where nothing is. `own`: names that others know."""
    text = normal(password)
    if len(text) < SHORTEST:
        return f"Use {SHORTEST} characters or more; a few words that do not belong together are easy to keep in mind."
    if len(text) > LONGEST:
        return f"Use {LONGEST} characters at most."
    folded = text.casefold()
    if _is_common(folded) or _is_common(folded.translate(_LEET)):
        return "This is one of the passwords that are tried first. Choose another; a few unrelated words are good."
    if _is_own(folded, own):
        return "Your own name or address is tried early. Choose something else."
    return ""


def _is_own(folded: str, own: Iterable[str]) -> bool:
    """Whether it is made of one's own names, with little beside them."""
    parts = {part for name in own for part in re.split(r"[\W\d_]+", name.casefold()) if len(part) >= _SHORTEST_NAME}
    left = whole = _letters(folded)
    for part in sorted(parts, key=len, reverse=True):
        left = left.replace(part, "")
    return left != whole and len(left) < _SHORTEST_ROW


def _is_common(folded: str) -> bool:
    squeezed = re.sub(r"[\W_]+", "", folded)
    if _repeats(folded) or _is_rows(squeezed):
        return True
    words = [word for word in re.split(r"[\W\d_]+", folded) if word]
    if not words:
        return bool(re.fullmatch(r"[\W\d_]*", folded)) and _is_date_like(squeezed)
    known = all(word in _COMMON or _is_rows(word) or len(word) == 1 for word in words)
    # One common word, or two, with digits around them; four of them are a sentence, and may stand.
    return (known and len(words) <= 2) or _letters(folded) in _COMMON or _letters(folded).rstrip("s") in _COMMON


def _repeats(text: str) -> bool:
    """`aaaaaaaaaa`, `abcabcabcabc`, `passpasspass`."""
    return any(
        len(text) >= 2 * size and text == (text[:size] * (len(text) // size + 1))[: len(text)]
        for size in range(1, len(text) // _MOST_UNITS + 1)
    ) or (len(text) % 2 == 0 and text[: len(text) // 2] == text[len(text) // 2 :] and text[: len(text) // 2] in _COMMON)


def _is_rows(text: str) -> bool:
    """Whether it is made of rows of keys alone, forwards or backwards, four keys or more each."""
    at = 0
    while at < len(text):
        longest = max(_run_at(text, at, row) for row in _ROWS + tuple(row[::-1] for row in _ROWS))
        if longest < min(_SHORTEST_ROW, len(text)):
            return at > 0 and len(text) - at <= 2 and at >= _SHORTEST_ROW
        at += longest
    return bool(text)


def _run_at(text: str, at: int, row: str) -> int:
    end = at
    while end < len(text) and text[at : end + 1] in row:
        end += 1
    return end - at


def _is_date_like(digits: str) -> bool:
    """Digits alone are taken from 16 on: shorter ones are dates and telephone numbers."""
    return len(digits) < 16


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)
