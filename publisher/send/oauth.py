"""Access tokens for a relay that wants OAuth: got when they are needed, kept until shortly before their end.

Theory. A grant (a refresh token that a person gave once, or the program's own name and
secret) stands for long; an access token for an hour or so. So one access token is kept for
all connections of a relay. Who needs one while it is being got waits for that one, and
shares its failure. A token that the relay refused is forgotten and got anew.

A server may hand out a new refresh token with each access token, and the old one ends some
day (RFC 6749 §6); so the new one is written to a file that only its owner may read. It is
used for as long as the one in the config is the one it came from.

Responsible for asking the token server and for what its answers mean. No sentence of ours
holds a token or a secret, whatever the server says. Standards: RFC 6749 §4.4, §5 and §6,
RFC 6750 §2.1. Known weakness: the first grant has to be got elsewhere, with a browser.
"""

from __future__ import annotations

import hashlib
import json
import re
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from publisher.errors import SourceError, Unwritable
from publisher.fetch.asking import Limits
from publisher.fetch.hosts import Hosts
from publisher.fetch.post import LARGEST_ANSWER, Posted, post
from publisher.send.actions import Token, Trouble
from publisher.wholefile import write_if_changed

USUAL_SECONDS = 3600.0  # a token's life where the server does not tell
EARLY_SECONDS = 300.0  # a token is not used in the last of them, but for a tenth of its life at most
LONGEST_WAIT = timedelta(seconds=8)  # shorter than a stopped sender may take to end
LONGEST_REASON = 200  # characters of what the server says

# RFC 6750 §2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_NOT_SAID = re.compile(r"[^\x20-\x7e]+")
_NOT_NOW = frozenset({408, 425, 429})  # of 4xx, those that waiting helps


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What stands in the config for a login by token."""

    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)  # "": the program logs in as itself (RFC 6749 §4.4)
    scope: str = ""
    kept: Path | None = None  # where a newer refresh token is written; None: nowhere


def limits_of(token_url: str, *, site_url: str, tls: ssl.SSLContext | None = None) -> Limits:
    """How a token server is asked: it may be one of the house's own, in a private network."""
    return Limits(
        max_bytes=LARGEST_ANSWER,
        timeout=LONGEST_WAIT,
        site_url=site_url,
        private_hosts=frozenset({(urlsplit(token_url).hostname or "").lower()}),
        hosts=Hosts(tls=tls),
    )


class Tokens:
    """The access token of one relay. May be asked by several threads at once."""

    def __init__(self, grant: Grant, limits: Limits, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._grant = grant
        self._limits = limits
        self._clock = clock  # seconds
        self._lock = threading.Lock()
        self._asked = 0  # times the server was asked
        self._found: str | Trouble = ""  # what came of it the last time
        self._ends = 0.0  # by `clock`
        self._newer = ""  # a refresh token that came with an access token

    def get(self, *, refused: str = "") -> Token | Trouble:
        """The token, got anew where it has ended or is the one that was `refused`."""
        asked = self._asked
        with self._lock:
            known = isinstance(self._found, str) and self._found not in ("", refused)
            if not (known and self._clock() < self._ends) and asked == self._asked:
                self._found = self._ask()
                self._asked += 1
            if isinstance(self._found, Trouble):
                return self._found
            return Token(text=self._found, fresh=asked != self._asked)

    def _ask(self) -> str | Trouble:
        grant = self._grant
        refresh_token = self._newer or (grant.refresh_token and self._kept()) or grant.refresh_token
        form = {"grant_type": "refresh_token" if refresh_token else "client_credentials", "client_id": grant.client_id}
        optional = {"client_secret": grant.client_secret, "refresh_token": refresh_token, "scope": grant.scope}
        form |= {name: value for name, value in optional.items() if value}
        began = self._clock()
        try:
            body = urlencode(form).encode()
            posted = post("oauth", grant.token_url, self._limits, body=body, headers={"Accept": "application/json"})
        except SourceError as wrong:
            problem = self._said(wrong.problem.partition(";")[0])
            return Trouble(
                problem=f"no token from {grant.token_url}: {problem}; check `oauth.token_url` and the network"
            )
        answer = _object_in(posted)
        text = answer.get("access_token")
        if not posted.is_success or not isinstance(text, str):
            return self._refusal(posted, answer)
        if not _BEARER.fullmatch(text) or str(answer.get("token_type", "bearer")).lower() != "bearer":
            problem = f"{grant.token_url} gives a token of another kind than Bearer; check `oauth.token_url`"
            return Trouble(problem=problem, permanent=True)
        life = _seconds_in(answer.get("expires_in"))
        self._ends = began + life - min(EARLY_SECONDS, life / 10)
        newer = answer.get("refresh_token")
        if refresh_token and isinstance(newer, str) and newer not in ("", refresh_token):
            self._newer = newer
            return self._keep(newer) or text
        return text

    def _refusal(self, posted: Posted, answer: dict[str, object]) -> Trouble:
        words = [str(answer[name]) for name in ("error", "error_description") if answer.get(name)]
        reason = self._said(": ".join(words)) if words else "its answer holds no token"
        permanent = posted.status < 500 and posted.status not in _NOT_NOW
        cure = "check the keys of `oauth`, or get a new grant" if permanent else "it is tried again"
        return Trouble(
            problem=f"no token from {self._grant.token_url} ({posted.status}): {reason}; {cure}", permanent=permanent
        )

    def _said(self, words: str) -> str:
        """What somebody else says, without our secrets and on one line."""
        for secret in (self._grant.client_secret, self._grant.refresh_token, self._newer, self._kept()):
            words = words.replace(secret, "…") if secret else words
        return _NOT_SAID.sub(" ", words.replace("…", "...")).strip()[:LONGEST_REASON].rstrip(" .")

    def _kept(self) -> str:
        """The newer refresh token of an earlier run; "" where there is none of this grant."""
        if self._grant.kept is None:
            return ""
        try:
            found = json.loads(self._grant.kept.read_bytes())
        except (OSError, ValueError, RecursionError):
            return ""  # never written, or not by us: the config's own is tried
        ours = isinstance(found, dict) and found.get("instead_of") == self._origin
        return str(found.get("refresh_token", "")) if ours else ""

    def _keep(self, newer: str) -> Trouble | None:
        if self._grant.kept is None:
            return None
        content = json.dumps({"instead_of": self._origin, "refresh_token": newer}).encode() + b"\n"
        try:
            write_if_changed(self._grant.kept, content, mode=0o600)
        except Unwritable as wrong:
            return Trouble(problem=f"a new refresh token came, and may be the only one: {wrong}")
        return None

    @property
    def _origin(self) -> str:
        """Names the config's refresh token without telling it: who changes that one means the new one."""
        return hashlib.sha256(self._grant.refresh_token.encode()).hexdigest()


def _object_in(posted: Posted) -> dict[str, object]:
    try:
        found = json.loads(posted.content)
    except (ValueError, RecursionError):  # no JSON, or nested without end
        return {}
    return found if isinstance(found, dict) else {}


def _seconds_in(life: object) -> float:
    """`expires_in`, which some servers write as text."""
    text = str(life)
    return float(text) if re.fullmatch(r"[0-9]{1,9}", text) else USUAL_SECONDS
