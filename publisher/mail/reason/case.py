"""A case: phrases that say the same thing, and whose they are.

Pure values.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from publisher.model.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One reason for all that is worded like any of these phrases."""

    reason: Reason
    said_by: str  # the programs and providers that word it so
    phrases: tuple[str, ...]
    kinds: str = "45"  # first digits of the replies that mean this by it
    statuses: tuple[str, ...] = ()  # enhanced statuses that it must come with; (): with any or none

    def may_be(self, *, kind: str, statuses: Collection[str]) -> bool:
        return kind in self.kinds and (not self.statuses or any(status in statuses for status in self.statuses))


def case(reason: Reason, said_by: str, phrases: str, *, kinds: str = "45", statuses: tuple[str, ...] = ()) -> Case:
    """A case from its phrases, one a line."""
    lines = tuple(line.strip() for line in phrases.strip().splitlines())
    return Case(reason=reason, said_by=said_by, phrases=lines, kinds=kinds, statuses=statuses)
