"""From the greeting of a relay to the moment when it takes letters.

Theory. Opening is stop and wait: each reply asks for exactly one next thing, so one table
of step and kind of reply says it all, and `answer` returns that one thing: a command to
write, TLS to start, an offer (the connection is open), or trouble.

Nothing is ever stripped down: where TLS is asked for, a relay without STARTTLS is trouble,
and a login goes over TLS or to this machine only. What a relay said before TLS counts for
nothing after it (RFC 3207 §4.2). A relay without EHLO is greeted with HELO and has no
extensions (RFC 5321 §3.2).

Pure. Known weakness: PLAIN and LOGIN only.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum

from publisher.send import commands
from publisher.send.actions import StartTls, Terms, Trouble, Write
from publisher.send.commands import Offer
from publisher.send.replies import Reply


class Opens(StrEnum):
    """Whose answer is awaited."""

    GREETING = "the connection"
    EHLO = "EHLO"
    HELO = "HELO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"


class Then(StrEnum):
    """What comes next."""

    HELLO = "say EHLO"
    OLD_HELLO = "say HELO"
    LEARN = "read the offer; STARTTLS, AUTH or open"
    ENCRYPT = "start TLS"
    CREDENTIAL = "say the next part of the login"
    OPEN = "take letters"
    GIVE_UP = "the relay cannot be used"


_T = Then
# step -> what a reply 2yz, 3yz, 4yz, 5yz does
OPENING_MOVES: dict[Opens, tuple[Then, Then, Then, Then]] = {
    Opens.GREETING: (_T.HELLO, _T.GIVE_UP, _T.GIVE_UP, _T.GIVE_UP),
    Opens.EHLO: (_T.LEARN, _T.GIVE_UP, _T.GIVE_UP, _T.OLD_HELLO),
    Opens.HELO: (_T.LEARN, _T.GIVE_UP, _T.GIVE_UP, _T.GIVE_UP),
    Opens.STARTTLS: (_T.ENCRYPT, _T.GIVE_UP, _T.GIVE_UP, _T.GIVE_UP),
    Opens.AUTH: (_T.OPEN, _T.CREDENTIAL, _T.GIVE_UP, _T.GIVE_UP),
}


class Opening:
    """The client's side until the connection is open."""

    def __init__(self, terms: Terms) -> None:
        self.step = Opens.GREETING
        self._terms = terms
        self._encrypted = terms.encrypted
        self._offer = Offer()
        self._credentials: deque[bytes] = deque()

    def answer(self, reply: Reply) -> Write | StartTls | Offer | Trouble:
        """The one thing that follows a reply."""
        then = OPENING_MOVES[self.step][reply.kind - 2]
        if then is Then.HELLO:
            return self._say(Opens.EHLO, f"EHLO {self._terms.hello}\r\n".encode())
        if then is Then.OLD_HELLO:
            return self._say(Opens.HELO, f"HELO {self._terms.hello}\r\n".encode())
        if then is Then.LEARN:
            self._offer = commands.offer_of(reply) if self.step is Opens.EHLO else Offer()
            return self._learn()
        if then is Then.ENCRYPT:
            return StartTls()
        if then is Then.OPEN:
            return self._offer
        if then is Then.CREDENTIAL and self._credentials:
            return self._say(Opens.AUTH, self._credentials.popleft())
        return self._give_up(reply)

    def encrypted(self) -> Write:
        """TLS stands; what the relay offered before is forgotten."""
        self._encrypted = True
        return self._say(Opens.EHLO, f"EHLO {self._terms.hello}\r\n".encode())

    def _learn(self) -> Write | Offer | Trouble:
        terms = self._terms
        if terms.starttls and not self._encrypted:
            if self._offer.starttls:
                return self._say(Opens.STARTTLS, b"STARTTLS\r\n")
            return Trouble(problem="it does not offer STARTTLS, and nothing is sent unencrypted", permanent=True)
        return self._log_in() if terms.user else self._offer

    def _log_in(self) -> Write | Trouble:
        terms = self._terms
        if not (self._encrypted or terms.loopback):
            return Trouble(problem="a login is not sent unencrypted; use smtp+starttls:// or smtps://", permanent=True)
        if "PLAIN" in self._offer.auth:
            return self._say(Opens.AUTH, commands.auth_plain(terms.user, terms.password))
        if "LOGIN" in self._offer.auth:
            first, *prompted = commands.auth_login(terms.user, terms.password)
            self._credentials.extend(prompted)
            return self._say(Opens.AUTH, first)
        offered = ", ".join(sorted(self._offer.auth)) or "no login at all"
        return Trouble(problem=f"it offers {offered}; we can log in by PLAIN or LOGIN", permanent=True)

    def _give_up(self, reply: Reply) -> Trouble:
        permanent = reply.kind == 5
        if self.step is Opens.AUTH:
            problem = f"it refuses the login of {self._terms.user!r} ({reply}); check user and password"
        else:
            problem = f"it answers {self.step.value} with: {reply}"
        return Trouble(problem=problem, permanent=permanent)

    def _say(self, step: Opens, line: bytes) -> Write:
        self.step = step
        return Write(data=line)
