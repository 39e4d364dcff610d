"""What is wrong with a form, by field, so that it stands beside what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from publisher.errors import WrongUse


def mistakes_in(looks: Mapping[str, Callable[[], object]]) -> dict[str, str]:
    """By field, what its look at it raises as WrongUse; fields that are right are left out."""
    found = {}
    for field, look in looks.items():
        try:
            look()
        except WrongUse as wrong:
            found[field] = str(wrong)
    return found
