"""Reason: why a letter was not taken, in one word, and whom that says something about.

An answer of a mail server is a number, perhaps a status, and words that each program and
provider chooses for itself. A reason is what all of them mean: the words of RFC 3463, of
delivery reports and of postmasters' pages. What the sender does, what counts against a
reader, and what a person is told, goes by the reason and never by 4xx or 5xx alone.

The values stand in the database and in `--json`: a value once given keeps its meaning.
Which answer has which reason is decided in `mail/reason/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class About(StrEnum):
    """Whom a reason says something about."""

    MAILBOX = "the mailbox"
    DOMAIN = "the reader's domain"
    LETTER = "the letter"
    US = "us"  # our address, our domain, our server: other letters will fare alike
    RELAY = "us and our relay"  # what we are as its customer: another relay may take the letter
    NOBODY = "nobody yet"  # it may be taken later, or the words say too little


class Reason(StrEnum):
    """Why a letter was not taken."""

    USER_UNKNOWN = "user-unknown"
    DISABLED = "disabled"
    MOVED = "moved"
    MAILBOX_FULL = "mailbox-full"
    RESTRICTED = "restricted"
    BAD_ADDRESS = "bad-address"
    NO_UTF8 = "no-utf8"

    DOMAIN_DEAD = "domain-dead"
    NO_ROUTE = "no-route"

    TOO_LARGE = "too-large"
    CONTENT = "content"

    SPAM = "spam"
    REPUTATION = "reputation"
    POLICY = "policy"
    AUTH = "auth"
    BAD_SENDER = "bad-sender"

    QUOTA = "quota"
    RELAY_DENIED = "relay-denied"
    LOGIN = "login"
    ACCOUNT = "account-barred"
    TLS = "tls"

    GREYLISTED = "greylisted"
    RATE_LIMITED = "rate-limited"
    BUSY = "busy"
    SYSTEM = "system"
    PROTOCOL = "protocol"
    TIMEOUT = "timeout"
    LOST_CONNECTION = "lost-connection"
    EXPIRED = "expired"
    UNCLEAR = "unclear"

    @property
    def about(self) -> About:
        return MEANINGS[self][0]

    @property
    def meaning(self) -> str:
        """A sentence without its full stop."""
        return MEANINGS[self][1]

    @property
    def about_us(self) -> bool:
        """It is no reader's fault, and the next letters will fare alike: an issue with many of these pauses."""
        return self.about is About.US

    @property
    def about_relay(self) -> bool:
        """The relay refuses us as its customer: it is of no use for now, and another one may take the letter."""
        return self.about is About.RELAY

    @property
    def gone(self) -> bool:
        """Nobody reads mail at this address any more, nor will: only such an address is given up at once."""
        return self in (Reason.USER_UNKNOWN, Reason.DISABLED, Reason.MOVED, Reason.DOMAIN_DEAD)


def reason_named(value: str) -> Reason | None:
    """The reason as it stands in the database; None for "", and for one that only a newer program knows."""
    return Reason(value) if value in set(Reason) else None


def in_words(value: str) -> str:
    """A reason as it stands in the database, for people: `user unknown`."""
    return value.replace("-", " ")


_R = Reason

MEANINGS: Mapping[Reason, tuple[About, str]] = {
    _R.USER_UNKNOWN: (About.MAILBOX, "nobody has this address"),
    _R.DISABLED: (About.MAILBOX, "the mailbox is closed, suspended, or was left unused for long"),
    _R.MOVED: (About.MAILBOX, "the reader has another address now, or the address another owner"),
    _R.MAILBOX_FULL: (About.MAILBOX, "there is no more room in the mailbox"),
    _R.RESTRICTED: (About.MAILBOX, "the mailbox takes mail from some senders only, as its owner or house wishes"),
    _R.BAD_ADDRESS: (About.MAILBOX, "the server cannot read the address, or takes none that is written like it"),
    _R.NO_UTF8: (About.MAILBOX, "the address has letters beyond ASCII, and a server on the way does not know them"),
    _R.DOMAIN_DEAD: (About.DOMAIN, "the domain does not exist, or takes no mail at all"),
    _R.NO_ROUTE: (About.DOMAIN, "the domain's servers cannot be found or reached, or send mail round in circles"),
    _R.TOO_LARGE: (About.LETTER, "the letter is larger than the server or the mailbox takes"),
    _R.CONTENT: (About.LETTER, "something in the letter is not taken: a kind of file, a virus, a header, its form"),
    _R.SPAM: (About.US, "the letter is taken for spam or phishing"),
    _R.REPUTATION: (About.US, "our server or domain has a bad name: block lists, complaints, a history"),
    _R.POLICY: (About.US, "the receiver's rules forbid it, and it does not say more"),
    _R.AUTH: (About.US, "SPF, DKIM, DMARC, reverse DNS or the name of our server is missing or fails"),
    _R.BAD_SENDER: (About.US, "our return address or From is not accepted"),
    _R.QUOTA: (About.RELAY, "what our account may send for now is sent"),
    _R.RELAY_DENIED: (About.RELAY, "we may not send to other domains by this server"),
    _R.LOGIN: (About.RELAY, "it wants a login, or does not accept ours"),
    _R.ACCOUNT: (About.RELAY, "our account is barred from sending"),
    _R.TLS: (About.RELAY, "it wants an encrypted connection, or none that it trusts could be made"),
    _R.GREYLISTED: (About.NOBODY, "strangers are asked to come back in some minutes"),
    _R.RATE_LIMITED: (About.NOBODY, "too many letters or connections at once, for this server or this mailbox"),
    _R.BUSY: (About.NOBODY, "the server takes nothing just now: load, no room, a pause, works"),
    _R.SYSTEM: (About.NOBODY, "the server's own software or set-up failed"),
    _R.PROTOCOL: (About.NOBODY, "the two programs did not understand each other"),
    _R.TIMEOUT: (About.NOBODY, "no answer came in time"),
    _R.LOST_CONNECTION: (About.NOBODY, "the connection was lost"),
    _R.EXPIRED: (About.NOBODY, "it was tried until its time was over"),
    _R.UNCLEAR: (About.NOBODY, "it is refused, in words that say nothing, or that nobody here knows"),
}
