"""What is made once for all letters of an issue.

The variants of an issue hold the same posts in many sets. Whoever composes them hands the
same `Once` to each: what depends on a post alone, or on the newsletter alone, is made for
the first of them and remembered for the others.

What is remembered is bounded, so that an issue of very many posts needs no more memory;
what finds no room any more is made each time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import ParamSpec, TypeVar, cast

MOST = 5000  # values; of a digest's posts, a few each

_Given = ParamSpec("_Given")
_Value = TypeVar("_Value")


class Once:
    """Answers of pure functions, by what they were asked."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._made: dict[Hashable, object] = {}

    def __call__(self, make: Callable[_Given, _Value], *given: _Given.args, **named: _Given.kwargs) -> _Value:
        """What `make` makes of these."""
        key = (make, given, tuple(named.items()))
        if key in self._made:
            return cast(_Value, self._made[key])
        made = make(*given, **named)
        if len(self._made) < self._most:
            self._made[key] = made
        return made
