"""What of config.toml is shown: nothing that looks like a secret, which has no place there and may yet be there.

Keys of kind Secret name a variable or a file, and the schema refuses a password in an address. What is
left are comments, and what somebody types before it is refused. Known weakness: a secret under a name
that says nothing of it is shown.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

MASK = "••••••"

_IN_ADDRESS = re.compile(r"(?<=://)(?P<user>[^/@\s:\"']*):(?P<secret>[^@\s\"']+)@")
_BY_NAME = re.compile(
    r"""(?P<before>\b[\w-]*(?:password|passwd|secret|token|api_?key|private_?key)["']?\s*=\s*)"""
    r"""(?P<quote>["']{1,3})(?P<secret>[^"'\n]+)""",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """The text with a mask in place of each secret, line by line the same otherwise."""
    text = _IN_ADDRESS.sub(lambda found: f"{found['user']}:{MASK}@", text)
    return _BY_NAME.sub(lambda found: f"{found['before']}{found['quote']}{MASK}", text)


def unmasked(text: str, original: str) -> str:
    """A text that was shown masked and came back; lines that are as they were shown are as they are again.

    Of lines that are shown alike, each is known by its place among the others.
    """
    lines, typed = original.split("\n"), text.split("\n")
    shown = [masked(line) for line in lines]
    hidden = {there: line for there, line in zip(shown, lines, strict=True) if there != line}
    if not hidden:
        return text
    back = [hidden.get(line, line) for line in typed]  # also where it was moved to
    if len(hidden) < sum(there != line for there, line in zip(shown, lines, strict=True)):
        for at, to, size in difflib.SequenceMatcher(None, shown, typed, autojunk=False).get_matching_blocks():
            back[to : to + size] = lines[at : at + size]
    return "\n".join(back)


def diff_of(old: str, new: str, *, before: str = "before", after: str = "after") -> str:
    """What changed, as a unified diff without secrets; "" where nothing did."""
    return "\n".join(difflib.unified_diff(_lines(old), _lines(new), before, after, lineterm=""))


def _lines(text: str) -> Sequence[str]:
    """Lines without their ends; of one in which only a secret changed, it is seen that it did."""
    return masked(text).replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []
