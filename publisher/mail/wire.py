"""A variant's letter compiled once to octets with slots, spliced per reader.

Responsible for the whole message: header fields (RFC 5322, lists: RFC 2369, RFC 2919,
RFC 8058; automatic mail: RFC 3834 §5.1), and behind them a body (bodies.py). What `message_for`
returns is 7-bit (but for an address that is not ASCII itself), has CRLF line ends and needs no
dot-stuffing; it is signed where keys are given.

Message-ID, boundary and return address come from the delivery's token: a letter that is
sent again is the same letter, octet by octet.

Not here: how fields are written (headers.py) and signed (dkim.py), which pictures travel
and as what (inline.py), sending. Known weakness:
a subject with the reader's name in it is encoded anew for each reader (10 microseconds).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple

from publisher.mail import headers
from publisher.mail.bodies import MARK, OUTER, TOKEN_HOLE, body_of, check_slots
from publisher.mail.dkim import Seal, SigningKey, Unsigned
from publisher.mail.inline import Picture, inlined
from publisher.mail.leaving import leave_uri
from publisher.mail.quoted import quoted_run
from publisher.mail.splice import Hole, Piece, Splice
from publisher.model.letter import OPEN, Letter, Slot

_TOKEN = re.compile(r"[0-9a-z]{1,62}\Z")  # `b+` and it fit a local part (RFC 5321 §4.5.3.1.1)
# What neither quoted-printable nor HTML writes otherwise, within a line: most names, addresses and links.
_AS_IT_IS = re.compile(r"(?!\.|From )[!#-%(-;?-~]+(?: [!#-%(-;?-~]+)*")
_LONGEST_AS_IT_IS = 75
_NAME, _EMAIL, _UNSUBSCRIBE_URL, _PREFERENCES_URL, _SERVICE_URL = (  # an enum is slow to tell a value
    slot.value for slot in (Slot.NAME, Slot.EMAIL, Slot.UNSUBSCRIBE_URL, Slot.PREFERENCES_URL, Slot.SERVICE_URL)
)
_TO, _SUBJECT, _LEAVING = Hole("to"), Hole("subject"), Hole("list-unsubscribe")
_URL = re.compile(r"https?://[!#-;=?-Z\[\]_a-z~%]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterHead:
    """What the header of every letter of an issue says; `""` leaves a field out."""

    from_name: str = ""
    from_address: str
    reply_to: str = ""
    list_name: str  # the newsletter's name
    list_id: str  # in the form of a domain, stable: `harbour.newsletters.example.org`
    list_help: str = ""  # URL
    list_owner: str = ""  # address
    list_archive_url: str = ""
    feedback_id: str = ""  # `a:b:c:SenderId`, nothing in it that is unique to one letter
    language: str = "en"  # BCP 47
    date: datetime  # the issue's, aware
    mail_domain: str  # the right side of Message-ID
    bounce_domain: str = ""  # of return addresses, A-labels; "": as all letters of the site
    leave_domain: str = ""  # where mail of those who leave is read; "": nowhere, they have the link alone
    nameless: str = "reader"  # how a reader without a name is called
    is_test: bool = False  # it was sent to try the letter out, and its header says so


class ReaderFacts(NamedTuple):
    """What differs from reader to reader. A tuple, as all that is made for each letter."""

    token: str  # of the delivery, see tokens.py
    address: str
    unsubscribe_url: str  # https, one click (RFC 8058 §3.1)
    preferences_url: str
    name: str = ""
    leave_token: str = ""  # of the subscription, as in that address; needed where the head has a `leave_domain`
    service_url: str = ""  # of a letter of service: what it is about; "": it has no such link


class Draft(NamedTuple):
    """A letter to one reader that is not signed yet."""

    pieces: list[bytes]  # the whole but for its signatures, which stand before it
    values: Mapping[Hole, bytes]  # what makes it different from others
    unsigned: Unsigned | None  # None: nothing signs it


class CompiledLetter:
    """A letter but for its reader."""

    def __init__(self, header: Splice, body: Splice, seal: Seal | None, *, head: LetterHead, subject: str) -> None:
        self._header = header
        self._body = body
        self._kinds = tuple(dict.fromkeys((*header.kinds, *body.kinds)))
        self._seal = seal
        self._head = head
        self._subject = subject
        self._leave_domain = head.leave_domain and headers.ascii_domain(head.leave_domain)
        self._smtputf8 = needs_smtputf8(head.from_address) or needs_smtputf8(head.reply_to)
        slots = dict.fromkeys(hole.slot for hole in self._kinds if hole.slot)
        self._slots = [(slot, Hole("text", slot), Hole("html", slot)) for slot in slots]

    def message_for(self, reader: ReaderFacts) -> bytes:
        """The whole message. Raises ValueError where the reader's address, token or URL cannot be written."""
        return b"".join(self.pieces_for(reader))

    def pieces_for(self, reader: ReaderFacts) -> list[bytes]:
        """The same, not yet joined: nearly all of it is the same for all readers, and takes no room before it is."""
        draft = self.draft_for(reader)
        to_sign = draft.unsigned.to_sign if draft.unsigned else ()
        return self.signed(draft, [key.sign(data) for key, data in to_sign])

    def draft_for(self, reader: ReaderFacts) -> Draft:
        """The same, to be signed by somebody else. Raises ValueError as `message_for` does."""
        values = self._values(reader)
        body = self._body.pieces(values)
        unsigned = self._seal.unsigned(body, values) if self._seal else None
        return Draft(self._header.pieces(values) + body, values, unsigned)

    def signed(self, draft: Draft, signatures: Iterable[bytes]) -> list[bytes]:
        """A draft's pieces, by the signatures of what is `to_sign`, in that order."""
        return [*self.signature_fields(draft, signatures), *draft.pieces]

    def signature_fields(self, draft: Draft, signatures: Iterable[bytes]) -> list[bytes]:
        """What stands before the draft, by the same."""
        return self._seal.fields(draft.unsigned, signatures) if self._seal and draft.unsigned else []

    def values_of(self, draft: Draft) -> list[bytes]:
        """Its values alone, in the order of their holes."""
        return [draft.values[hole] for hole in self._kinds]

    def whole(self, fields: Sequence[bytes], values: Sequence[bytes]) -> list[bytes]:
        """All pieces by a small part of them: the `signature_fields` and the `values_of` a draft."""
        given = dict(zip(self._kinds, values, strict=True))
        return [*fields, *self._header.pieces(given), *self._body.pieces(given)]

    def smtputf8_needed(self, reader: ReaderFacts) -> bool:
        """Whether an address stands in the header that only RFC 6531 can carry."""
        return self._smtputf8 or needs_smtputf8(reader.address)

    def _values(self, reader: ReaderFacts) -> dict[Hole, bytes]:
        if not _TOKEN.match(reader.token):
            raise ValueError(f"{reader.token!r} is not a token")
        links = (reader.unsubscribe_url, reader.preferences_url)
        for url in (*links, reader.service_url) if reader.service_url else links:
            if not _URL.match(url):
                raise ValueError(f"{url!r} is not a plain ASCII address of a page")
        name = headers.plain_line(reader.name)
        slots = {
            _NAME: name or self._head.nameless,
            _EMAIL: headers.plain_line(reader.address),
            _UNSUBSCRIBE_URL: reader.unsubscribe_url,
            _PREFERENCES_URL: reader.preferences_url,
            _SERVICE_URL: reader.service_url,
        }
        values = {
            TOKEN_HOLE: reader.token.encode("ascii"),
            _TO: headers.mailbox_field("To", name, reader.address).encode(),
            _LEAVING: headers.word_field("List-Unsubscribe", *self._ways_out(reader)).encode("ascii"),
        }
        if _SUBJECT in self._kinds:
            subject = MARK.sub(lambda found: slots[found[1]], self._subject)
            values[_SUBJECT] = headers.text_field("Subject", subject).encode("ascii")
        for slot, in_text, in_html in self._slots:
            values[in_text], values[in_html] = _written(slots[slot])
        return values

    def _ways_out(self, reader: ReaderFacts) -> Iterator[str]:
        """One https address, which counts at once, and first: of several the leftmost is preferred (RFC 2369 §2)."""
        if not self._leave_domain:
            yield f"<{reader.unsubscribe_url}>"
            return
        if not _TOKEN.match(reader.leave_token):
            raise ValueError(f"{reader.leave_token!r} is not a token")
        yield f"<{reader.unsubscribe_url}>,"
        yield f"<{leave_uri(reader.leave_token, self._leave_domain)}>"


def _written(value: str) -> tuple[bytes, bytes]:
    """A slot's value as it stands in a part that is text, and in one that is HTML."""
    if len(value) <= _LONGEST_AS_IT_IS and _AS_IT_IS.fullmatch(value):
        octets = value.encode("ascii")
        return octets, octets
    return quoted_run(value).encode("ascii"), quoted_run(html.escape(value)).encode("ascii")


def compile_letter(
    letter: Letter, head: LetterHead, keys: Sequence[SigningKey] = (), *, pictures: Mapping[str, Picture] | None = None
) -> CompiledLetter:
    """The letter, to be signed with each of `keys`; `pictures` are those at hand, by the address the page has.

    Raises ValueError for a slot nobody fills and for a header value that cannot be written.
    """
    for part in (letter.subject, letter.html, letter.text):
        check_slots(part)
    header = list(_header(letter, head))
    page, parts = inlined(letter.html, pictures or {}, head.mail_domain)
    body = body_of(letter.text, page, parts)
    seal = Seal(header, keys, date=head.date) if keys else None
    return CompiledLetter(Splice((*header, b"\r\n")), Splice(body), seal, head=head, subject=letter.subject)


def return_path(token: str, bounce_domain: str) -> str:
    """The envelope's sender: a bounce to it names the delivery."""
    return f"b+{token}@{bounce_domain}"


def needs_smtputf8(address: str) -> bool:
    """A local part that is not ASCII (RFC 6531); a domain never does, it has A-labels."""
    return not (address.isascii() or address.rpartition("@")[0].isascii())


def _header(letter: Letter, head: LetterHead) -> Iterator[Piece]:
    yield headers.word_field("Date", *format_datetime(head.date).split()).encode()
    yield headers.mailbox_field("From", head.from_name, head.from_address).encode()
    yield _TO
    yield _SUBJECT if OPEN in letter.subject else headers.text_field("Subject", letter.subject).encode()
    yield b"Message-ID: <"
    yield TOKEN_HOLE
    yield f"@{headers.ascii_domain(head.mail_domain)}>\r\n".encode()
    if head.reply_to:
        yield headers.mailbox_field("Reply-To", "", head.reply_to).encode()
    yield headers.list_id_field("List-Id", head.list_name, head.list_id).encode()
    yield _LEAVING
    yield b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"  # RFC 8058 §3.1
    for field in _optional_fields(head):
        yield field.encode()
    yield b"List-Post: NO\r\n"  # RFC 2369 §3.4
    yield b"Precedence: bulk\r\n"
    yield b"Auto-Submitted: auto-generated\r\n"  # RFC 3834 §5.1
    yield b"X-Auto-Response-Suppress: OOF, AutoReply\r\n"
    yield headers.word_field("Content-Language", head.language).encode()
    yield b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="' + OUTER
    yield TOKEN_HOLE
    yield b'"\r\n'


def _optional_fields(head: LetterHead) -> Iterator[str]:
    for name, url in (
        ("List-Help", head.list_help),
        ("List-Owner", head.list_owner and f"mailto:{headers.address_on_the_wire(head.list_owner)}"),
        ("List-Archive", head.list_archive_url),
    ):
        if url:
            yield headers.word_field(name, f"<{url}>")
    if head.feedback_id:
        yield headers.word_field("Feedback-ID", head.feedback_id)
    if head.is_test:
        yield headers.word_field("X-Publisher-Test", "yes")
