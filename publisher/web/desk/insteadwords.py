"""What is said to who types commands, as it is said at the desk: by the buttons that do the same. Pure.

What is told of issues, posts and readers names the command that helps. An editor has none. A command that the desk
has no button for stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_BUTTONS: Mapping[str, str] = {
    "issues approve": "“Send…” on the issue’s page",
    "issues cancel": "“Cancel…” on the issue’s page",
    "issues hold": "“Hold” on the issue’s page",
    "issues pause": "“Pause” on the issue’s page",
    "issues resume": "“Resume” on the issue’s page",
    "issues retry-failed": "“Try again” on the issue’s page",
    "issues resolve-doubt": "who may send, on the issue’s page,",
    "posts edit": "“Edit” on the post’s page",
    "posts release": "“Let it go into letters” on the post’s page",
    "schedule resume": "“Resume” on the newsletter’s page",
    "relays": "Deliverability",
}
_COMMAND = re.compile(
    r"`publisher (?P<marked>[a-z]+(?: [a-z-]+)?)[^`]*`"
    r"|\bpublisher (?P<plain>(?:issues|posts|schedule) [a-z-]+)(?: [\w:-]+)?"
)


def said_at_the_desk(words: str) -> str:
    """The same, with buttons in the place of commands."""
    return _COMMAND.sub(_button, words)


def _button(found: re.Match[str]) -> str:
    return _BUTTONS.get(found["marked"] or found["plain"], found[0])
