"""Addresses that were given up: columns that have another name now, that ended, or are gone. Pure.

A feed that moves answers 301 for years, one that ends 410 (RFC 9110 §15.4.2, §15.5.11):
feed readers act on both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from publisher.model.filekinds import kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """What config.toml says about it, by the first part of a path."""

    moved: Mapping[str, str] = field(default_factory=dict)  # old slug -> the column's slug now
    ended: frozenset[str] = frozenset()  # columns whose pages stay and whose feeds have ended
    gone: frozenset[str] = frozenset()  # nothing is left of them


def new_place(given_up: GivenUp, path: str) -> str | None:
    """Where the path below the site has moved to, relative to it; None where it has not.

    Relative, since the host that a client names is not to be trusted, and since the site may
    be reached below a path that a proxy strips.
    """
    first, slash, rest = path.removeprefix("/").partition("/")
    new = given_up.moved.get(first)
    if new is None:
        return None
    up = "../" * rest.count("/") + "../" if slash else "./"
    return up + quote(f"{new}/{rest}")


def is_over(given_up: GivenUp, path: str) -> bool:
    """Whether the path below the site leads to what has ended for good."""
    name = path.strip("/")
    first = name.partition("/")[0]
    return first in given_up.gone or (first in given_up.ended and kind_of(name).is_feed)
