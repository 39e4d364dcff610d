"""Letter: subject, HTML and text of one variant, with slots where readers differ.

A slot is written in the rendered text as U+E000, its name, U+E001. Both are private-use
characters which the composer removes from all content first, so no post can forge one.
All else is the same bytes for every reader of the variant.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

OPEN = "\ue000"
CLOSE = "\ue001"


class Slot(StrEnum):
    """What differs from reader to reader."""

    NAME = "name"  # how the reader is called, with a fallback
    EMAIL = "email"
    UNSUBSCRIBE_URL = "unsubscribe-url"
    PREFERENCES_URL = "preferences-url"  # where the reader changes what comes, and how often
    SERVICE_URL = "service-url"  # in a letter of service: the page that it is about

    @property
    def mark(self) -> str:
        return f"{OPEN}{self.value}{CLOSE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a reader reads; may hold slot marks in any of its parts."""

    subject: str  # one line
    html: str  # a whole document, CSS inlined
    text: str  # the same words; LF line ends
