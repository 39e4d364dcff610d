"""What is said to who types commands, as it is said at the desk: by the buttons that do the same. Pure.

What is told of issues, posts and readers names the command that helps. An editor has none. Of a command that
the desk has no button for it is said where one types it.
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
    "issues": "the page of issues",
    "issues show": "see the issue’s page",
    "posts list": "the page of posts",
    "subscribers": "the page of readers",
    "users list": "the page of users",
    "users reset": "“New link to choose a password” on the user’s page",
    "posts edit": "“Edit” on the post’s page",
    "posts release": "“Let it go into letters” on the post’s page",
    "schedule resume": "“Resume” on the newsletter’s page",
    "schedule pause": "“Pause” on the newsletter’s page",
    "relays": "Deliverability",
}
_WHATEVER_FOLLOWS: Mapping[str, str] = {  # a name, and not another word of the command
    "why": "the reader’s page",
    "collect": "“Collect now” on the column’s page",
}
_ABOUT_ITSELF = ("serve",)  # the program that shows the desk
_COMMAND = re.compile(
    r"`publisher (?P<marked>[a-z]+(?: [a-z-]+)?)[^`]*`"
    r"|\bpublisher (?P<plain>(?:issues|posts|schedule) [a-z-]+)(?: [\w:-]+)?"
)


def said_at_the_desk(words: str) -> str:
    """The same, with buttons in the place of commands."""
    return _COMMAND.sub(_button, words)


def _button(found: re.Match[str]) -> str:
    command = found["marked"] or found["plain"]
    first = command.partition(" ")[0]
    button = _BUTTONS.get(command) or _WHATEVER_FOLLOWS.get(first)
    if button or found["plain"] or first in _ABOUT_ITSELF:
        return button or found[0]
    return f"{found[0]} (typed on the machine that runs this site)"
