"""Addresses of readers, a million of them: what is plainly one is taken as it is.

Whatever the pattern takes, `config.addresses.mail_address` takes too, and gives the same; a test
holds them together. It takes four times the time of all else that an import does with a row.

Standards: RFC 5321 §4.1.2 (addresses), §4.5.3.1 (lengths).
"""

from __future__ import annotations

import re

from publisher.config.addresses import mail_address
from publisher.config.refused import Refused

_LABEL = r"(?![a-zA-Z0-9-]{64})[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
# No A-labels, and no `--` at all, which has a meaning in the third place; no domains that are nobody's.
_PLAIN = re.compile(
    r"(?![^@]{65})[a-zA-Z0-9_+]+(?:[.-][a-zA-Z0-9_+]+)*@(?!.*--)"
    rf"(?:{_LABEL}\.)+(?!(?i:arpa|invalid|local|localhost|onion|test)\Z)[a-zA-Z]{{2,63}}",
    re.ASCII,
)
_LONGEST = 254


def plain_address(text: str) -> str:
    """The one form of what is plainly an address; "" for what may be one all the same."""
    plain = text.strip()
    if len(plain) > _LONGEST or not _PLAIN.fullmatch(plain):
        return ""
    local, _, domain = plain.partition("@")
    return f"{local}@{domain.lower()}"


def address_of(text: str) -> str:
    """The one form of an address. Raises ValueError, in words."""
    plain = plain_address(text)
    if not plain and "@" not in text:  # said in less time than it takes to look what else is wrong
        raise Refused("is not a mail address", "write one like `desk@example.org` (there is no @ in it)")
    return plain or mail_address(text)
