"""Logging in: which mechanism of those that a relay offers, and what is said in it.

Responsible for the words of PLAIN, LOGIN (by password), OAUTHBEARER and XOAUTH2 (by access
token); `opening.py` decides when they go, and `oauth.py` gets tokens. CRAM-MD5 is not
spoken: it proves little, and a relay must keep the password readable for it.

Pure. RFC 4954 (AUTH), RFC 4616 (PLAIN), RFC 7628 (OAUTHBEARER). XOAUTH2 is Google's and
Microsoft's older form of the latter; LOGIN stands in no RFC, and every relay has it.
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

LONGEST_COMMAND = 512  # octets, CRLF included (RFC 5321 §4.5.3.1.4)


class Mechanism(StrEnum):
    PLAIN = "PLAIN"
    LOGIN = "LOGIN"
    OAUTHBEARER = "OAUTHBEARER"
    XOAUTH2 = "XOAUTH2"


# The best first.
BY_PASSWORD = (Mechanism.PLAIN, Mechanism.LOGIN)
BY_TOKEN = (Mechanism.OAUTHBEARER, Mechanism.XOAUTH2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who logs in, and by what."""

    user: str
    password: str = field(default="", repr=False)
    mechanisms: tuple[Mechanism, ...] = BY_PASSWORD  # that may be used, the best first
    host: str = ""  # of the relay; a part of OAUTHBEARER (RFC 7628 §3.1)
    port: int = 0

    @property
    def by_token(self) -> bool:
        """An access token is got for it first; there is no password."""
        return self.mechanisms[0] in BY_TOKEN

    def choose(self, offered: Collection[str]) -> Mechanism | None:
        """The best that the relay offers; None where it offers none of ours."""
        return next((mechanism for mechanism in self.mechanisms if mechanism in offered), None)

    def lines(self, mechanism: Mechanism, secret: str) -> tuple[bytes, ...]:
        """The command, then what is said to each prompt that may follow, in order."""
        if mechanism is Mechanism.LOGIN:
            return b"AUTH LOGIN\r\n", _line(self.user), _line(secret)
        if mechanism is Mechanism.PLAIN:
            return _with_response(mechanism, f"\0{self.user}\0{secret}")  # RFC 4616 §2
        if mechanism is Mechanism.XOAUTH2:
            # A refusal is a prompt first, which wants an empty line; then comes the reply.
            return *_with_response(mechanism, f"user={self.user}\x01auth=Bearer {secret}\x01\x01"), b"\r\n"
        # RFC 7628 §3.1: gs2-header kvsep *kvpair kvsep; its header is quoted as RFC 5801 §4 says.
        user = self.user.replace("=", "=3D").replace(",", "=2C")
        facts = f"host={self.host}\x01port={self.port}\x01auth=Bearer {secret}\x01\x01"
        # RFC 7628 §3.2.3: a refusal is a prompt first, which wants a lone kvsep.
        return *_with_response(mechanism, f"n,a={user},\x01{facts}"), _line("\x01")


def _with_response(mechanism: Mechanism, response: str) -> tuple[bytes, ...]:
    """The response in the command where it fits, else at the prompt (RFC 4954 §4)."""
    both = f"AUTH {mechanism} ".encode() + _line(response)
    return (both,) if len(both) <= LONGEST_COMMAND else (f"AUTH {mechanism}\r\n".encode(), _line(response))


def _line(text: str) -> bytes:
    return base64.b64encode(text.encode("utf-8")) + b"\r\n"
