"""From the greeting of a relay to the moment when it takes letters.

Theory. Opening is stop and wait: each reply asks for exactly one next thing, so one table
of step and kind of reply says it all, and `answer` returns that one thing: a command to
write, TLS to start, an offer (the connection is open), or trouble.

While TLS or a token is under way it is our turn, and nothing is awaited: what a relay
says then was put there by somebody else, and is dropped (TLS) or ends it (token).

Nothing is ever stripped down: where TLS is asked for, a relay without STARTTLS is trouble,
and a login goes over TLS or to this machine only. What a relay said before TLS counts for
nothing after it (RFC 3207 §4.2). A relay without EHLO is greeted with HELO and has no
extensions (RFC 5321 §3.2).

A login by token asks for the token when TLS stands and the relay has offered a mechanism
for it. A token that was got earlier may have ended before its time: where it is refused,
one that is got now is tried, once, on the same connection.

Pure.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum

from publisher.send import commands
from publisher.send.actions import GetToken, StartTls, Terms, Token, Trouble, Write
from publisher.send.commands import Offer
from publisher.send.login import Login, Mechanism
from publisher.send.replies import Reply


class Opens(StrEnum):
    """Whose answer is awaited."""

    GREETING = "the connection"
    EHLO = "EHLO"
    HELO = "HELO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"


class Turns(StrEnum):
    """Whose turn it is."""

    RELAY = "the relay is to answer"
    TLS = "TLS is being started"
    LOGIN = "a token is being got"


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
        self.turns: Turns = Turns.RELAY
        self._credentials: deque[bytes] = deque()
        self._mechanism: Mechanism | None = None
        self._token: Token | None = None

    def answer(self, reply: Reply) -> Write | StartTls | GetToken | Offer | Trouble:
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
            self.turns = Turns.TLS
            return StartTls()
        if then is Then.OPEN:
            return self._offer
        if then is Then.CREDENTIAL and self._credentials:
            return self._say(Opens.AUTH, self._credentials.popleft())
        if self.step is Opens.AUTH and reply.kind == 5 and self._token and not self._token.fresh:
            self.turns = Turns.LOGIN
            return GetToken(refused=self._token.text)
        return self._give_up(reply)

    def encrypted(self) -> Write:
        """TLS stands; what the relay offered before is forgotten."""
        self._encrypted = True
        self.turns = Turns.RELAY
        return self._say(Opens.EHLO, f"EHLO {self._terms.hello}\r\n".encode())

    def token(self, token: Token) -> Write:
        """The token that was asked for. One is refused once: the next counts as fresh, whoever got it."""
        login, mechanism = self._terms.login, self._mechanism
        assert login is not None and mechanism is not None  # noqa: S101, PT018  they asked for it
        self._token = Token(text=token.text, fresh=token.fresh or self._token is not None)
        self.turns = Turns.RELAY
        return self._begin_login(login, mechanism, token.text)

    def _learn(self) -> Write | GetToken | Offer | Trouble:
        terms = self._terms
        if terms.starttls and not self._encrypted:
            if self._offer.starttls:
                return self._say(Opens.STARTTLS, b"STARTTLS\r\n")
            return Trouble(problem="it does not offer STARTTLS, and nothing is sent unencrypted", permanent=True)
        return self._log_in(terms.login) if terms.login else self._offer

    def _log_in(self, login: Login) -> Write | GetToken | Trouble:
        if not (self._encrypted or self._terms.loopback):
            return Trouble(problem="a login is not sent unencrypted; use smtp+starttls:// or smtps://", permanent=True)
        mechanism = login.choose(self._offer.auth)
        if mechanism is None:
            offered, ours = ", ".join(sorted(self._offer.auth)) or "no login at all", " or ".join(login.mechanisms)
            return Trouble(problem=f"it offers {offered}; we can log in by {ours}", permanent=True)
        self._mechanism = mechanism
        if login.by_token:
            self.step, self.turns = Opens.AUTH, Turns.LOGIN
            return GetToken()
        return self._begin_login(login, mechanism, login.password)

    def _begin_login(self, login: Login, mechanism: Mechanism, secret: str) -> Write:
        first, *prompted = login.lines(mechanism, secret)
        self._credentials = deque(prompted)
        return self._say(Opens.AUTH, first)

    def _give_up(self, reply: Reply) -> Trouble:
        permanent = reply.kind == 5
        login = self._terms.login
        if self.step is Opens.AUTH and login:
            cure = (
                "user and `oauth.scope`, and that the account may send by SMTP"
                if login.by_token
                else "user and password"
            )
            problem = f"it refuses the login of {login.user!r} ({reply}); check {cure}"
        else:
            problem = f"it answers {self.step.value} with: {reply}"
        return Trouble(problem=problem, permanent=permanent)

    def _say(self, step: Opens, line: bytes) -> Write:
        self.step = step
        return Write(data=line)
