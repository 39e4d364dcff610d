"""What we say to a relay: the command lines of a letter, and the letter itself as DATA.

Responsible for the bytes of MAIL, RCPT and the body, by DATA or BDAT, with just those parameters
that the relay offered; `protocol.py` decides when they go.

Pure. RFC 5321 §4.1.1; SIZE is RFC 1870, CHUNKING RFC 3030, 8BITMIME RFC 6152, SMTPUTF8 RFC 6531, DSN
RFC 3461 and RFC 6533. Addresses come from outside: one that could break out of its
command is never written (`unsendable`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason
from publisher.send.replies import Reply

LONGEST_ENVID = 100  # RFC 3461 §4.4, as it is written there
LONGEST_ORCPT = 500  # RFC 3461 §4.2, the parameter in all
LONGEST_ADDRESS = 254  # RFC 5321 §4.5.3.1.3: a path is 256 octets, its angle brackets included

# RFC 5321 §4.1.2: Mailbox = ( Dot-string / Quoted-string ) "@" ( Domain / address-literal ), widened
# by RFC 6531 §3.3 to characters beyond ASCII. It need not be right in all, only unable to end its command.
_MAILBOX = re.compile(
    r"""(?: [^\x00-\x20\x7f-\x9f<>()\[\],;:\\"@]+ | "(?:[^\x00-\x1f\x7f-\x9f"\\]|\\[\x20-\x7e])*" )
        @ [^\x00-\x20\x7f-\xa0<>()\\,;"@]+""",
    re.VERBOSE,
)
_NO_XCHAR = re.compile(r"[^!-~]|[+=]")
_XCHARS = re.compile(r"[!-*,-<>-~]*")
_NO_QUCHAR = re.compile(r"[\x00-\x20\x7f+=\\]")
_BARE_ENDING = re.compile(rb"\r\n|\r|\n")


class Parcel(NamedTuple):
    """One letter with its envelope. A tuple: one is made for each letter (see `actions.Write`)."""

    key: int  # the delivery's id; comes back with the outcome
    sender: str  # return path, its domain as A-labels
    recipient: str  # the same
    envelope_id: str  # ENVID: names the delivery in a DSN (RFC 3461 §4.4)
    pieces: Sequence[bytes]  # of the message: whole, CRLF, not dot-stuffed; joined when it is written, and not before
    utf8_header: bool = False  # an address in its header is not ASCII
    plain_lines: bool = False  # surely CRLF alone, and no line begins with a dot: nothing to look for

    def __repr__(self) -> str:
        return f"Parcel({self.key}: {self.sender} to {self.recipient}, {self.size} bytes)"

    @property
    def message(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def size(self) -> int:
        """In octets."""
        return sum(map(len, self.pieces))

    @property
    def needs_smtputf8(self) -> bool:
        return self.utf8_header or not (self.sender.isascii() and self.recipient.isascii())


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a relay said it can do; all of it False is a relay that knows HELO only."""

    pipelining: bool = False
    chunking: bool = False
    starttls: bool = False
    smtputf8: bool = False
    eight_bit: bool = False
    dsn: bool = False
    size: bool = False
    largest_bytes: int = 0  # 0: it named no limit (RFC 1870 §4)
    auth: frozenset[str] = frozenset()


def offer_of(ehlo: Reply) -> Offer:
    """RFC 5321 §4.1.1.1: the first line greets, each other one is a keyword with parameters."""
    words = {parts[0].upper(): parts[1:] for line in ehlo.lines[1:] if (parts := line.replace("=", " ", 1).split())}
    size = words.get("SIZE", [])
    return Offer(
        pipelining="PIPELINING" in words,
        chunking="CHUNKING" in words,
        starttls="STARTTLS" in words,
        smtputf8="SMTPUTF8" in words,
        eight_bit="8BITMIME" in words,
        dsn="DSN" in words,
        size="SIZE" in words,
        largest_bytes=int(size[0]) if size and size[0].isascii() and size[0].isdigit() and len(size[0]) < 20 else 0,
        auth=frozenset(name.upper() for name in words.get("AUTH", [])),
    )


def unsendable(parcel: Parcel, offer: Offer) -> Outcome | None:
    """Why this letter cannot go to this relay at all; None where it can be tried."""
    for address in (parcel.sender, parcel.recipient):
        octets = len(address) if address.isascii() else len(address.encode("utf-8", "replace"))
        if octets > LONGEST_ADDRESS or not _MAILBOX.fullmatch(address):
            return _never(
                Reason.BAD_ADDRESS, "5.1.3", f"{address[:80]!r} is not an address that can be written to a mail server"
            )
    if parcel.needs_smtputf8 and not offer.smtputf8:
        return _never(
            Reason.NO_UTF8, "5.6.7", "the address has letters beyond ASCII, and the relay does not offer SMTPUTF8"
        )
    if 0 < offer.largest_bytes < parcel.size:
        words = f"{parcel.size} bytes; the relay takes letters of {offer.largest_bytes} at most"
        return _never(Reason.TOO_LARGE, "5.3.4", words)
    return None


def _never(reason: Reason, enhanced: str, text: str) -> Outcome:
    return Outcome(verdict=Verdict.NEVER, enhanced=enhanced, text=text, reason=reason)


def mail_command(parcel: Parcel, offer: Offer) -> bytes:
    words = f"MAIL FROM:<{parcel.sender}>"
    if offer.size:
        words += f" SIZE={parcel.size}"
    if parcel.needs_smtputf8:
        # RFC 6531 §3.6: headers in UTF-8 need an 8-bit clean path; our bodies are 7-bit.
        words += " BODY=8BITMIME SMTPUTF8" if offer.eight_bit else " SMTPUTF8"
    if offer.dsn:
        words += " RET=HDRS"
        envelope_id = _xtext(parcel.envelope_id)
        if 0 < len(envelope_id) <= LONGEST_ENVID:
            words += f" ENVID={envelope_id}"
    return f"{words}\r\n".encode()


def rcpt_command(parcel: Parcel, offer: Offer) -> bytes:
    words = f"RCPT TO:<{parcel.recipient}>"
    if offer.dsn:
        words += " NOTIFY=FAILURE,DELAY"
        original = f" ORCPT={_original(parcel.recipient)}"
        if len(original.encode("utf-8")) <= LONGEST_ORCPT + 1:  # else ENVID alone names them
            words += original
    return f"{words}\r\n".encode()


def body_of(parcel: Parcel) -> bytes:
    """The parcel's letter as DATA, with its final dot."""
    # Looking through 50 KB costs as much as all else that is done to make and send a letter.
    return b"".join([*parcel.pieces, b".\r\n"]) if parcel.plain_lines else data_of(parcel.message)


def chunk_of(parcel: Parcel) -> Sequence[bytes]:
    """The parcel's letter as one chunk, which is its last (RFC 3030 §2): the command, the body as it is in pieces."""
    body = parcel.pieces if parcel.plain_lines else [_with_right_endings(parcel.message)]
    return b"BDAT %d LAST\r\n" % sum(map(len, body)), *body


def data_of(message: bytes) -> bytes:
    """The letter as it stands on the wire: dots doubled, the lone dot at its end (RFC 5321 §4.5.2).

    A bare CR or LF becomes CRLF first: a server that takes one for a line end would else
    see another end of the letter than we do (RFC 5321 §2.3.8).
    """
    message = _with_right_endings(message)
    if message.startswith(b"."):
        message = b"." + message
    if b"\r\n." in message:
        message = message.replace(b"\r\n.", b"\r\n..")
    return message + b".\r\n"


def _with_right_endings(message: bytes) -> bytes:
    """Every line ends with CRLF, the last one too."""
    if not message.count(b"\r") == message.count(b"\n") == message.count(b"\r\n"):
        message = _BARE_ENDING.sub(b"\r\n", message)
    return message if message.endswith(b"\r\n") else message + b"\r\n"


def _original(recipient: str) -> str:
    """RFC 3461 §4.2: the address's type, then the address; beyond ASCII as RFC 6533 §3 has it, behind SMTPUTF8.

    There utf-8-addr-unitext = 1*(QUCHAR / EmbeddedUnicodeChar), and "+", "=" and "\\" are no QUCHAR.
    """
    if recipient.isascii():
        return f"rfc822;{_xtext(recipient)}"
    return "utf-8;" + _NO_QUCHAR.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", recipient)


def _xtext(text: str) -> str:
    """RFC 3461 §4: xtext = *( xchar / hexchar ), xchar being "!" to "~" without "+" and "="."""
    if _XCHARS.fullmatch(text):
        return text
    return _NO_XCHAR.sub(lambda found: f"+{ord(found[0]):02X}", text)
