"""What a form said that could not be taken, handed back so that nobody types it twice. Pure.

A session that ended while somebody wrote, or one that began anew in another tab: the page that tells
so has the whole form, to be sent again once it is known who sends it. A form with a password or a
code in it is typed anew, and so is one whose file went the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from publisher.web.desk.visit import as_text

_SECRET = frozenset(
    # passwords and codes; where a key is found, which may have been the key itself
    ("password", "password_again", "present", "new", "factor_password", "code", "env", "file", "halfway")
)
_OURS = ("was-", "digest", "revision", "seen", "slot", "asked", "base")  # what a page writes into its form itself
_ENOUGH = 2  # characters; less is a switch or a number

Kept = list[tuple[str, str]]


def kept_of(fields: Mapping[str, Sequence[str]], *, proof: str) -> Kept:
    """All fields in their order but the proof; none of a form that is not kept."""
    if not _SECRET.isdisjoint(fields):
        return []
    return [(as_text(name), as_text(one)) for name, all_ in fields.items() if name != proof for one in all_]


def words_in(kept: Kept) -> Kept:
    """Of these what a person may have written, to be read and copied."""
    return [(name, one) for name, one in kept if len(one.strip()) > _ENOUGH and not name.startswith(_OURS)]
