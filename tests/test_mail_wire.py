"""Whole messages: a splice is the letter it was compiled from, for every reader, and nobody can inject."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.letter.compose import compose
from publisher.mail.headers import plain_line
from publisher.mail.wire import CompiledLetter, LetterHead, ReaderFacts, compile_letter, needs_smtputf8, return_path
from publisher.model.letter import Letter, Slot
from publisher.templating import open_templates
from tests.golden import CASES, check_golden
from tests.letter_editions import DREDGER, TIDES, VOTE, edition

HEAD = LetterHead(
    from_name="The Fernmoor Courier",
    from_address="courier@fernmoor.example",
    reply_to="desk@fernmoor.example",
    list_name="The Fernmoor Courier",
    list_id="courier.newsletters.fernmoor.example",
    list_help="https://fernmoor.example/newsletters/courier/",
    list_owner="postmaster@fernmoor.example",
    list_archive_url="https://fernmoor.example/newsletters/courier/",
    feedback_id="7:courier:daily:fernmoor",
    language="en",
    date=datetime(2026, 11, 20, 6, 30, tzinfo=UTC),
    mail_domain="fernmoor.example",
)
TOKEN = "0123456789abcdefghijklmnopqrstuv"
ANN = ReaderFacts(
    token=TOKEN, address="ann@example.org", name="Ann Ünger, “Jr.”",
    unsubscribe_url=f"https://fernmoor.example/unsubscribe/{TOKEN}",
    preferences_url=f"https://fernmoor.example/preferences/{TOKEN}",
    service_url=f"https://fernmoor.example/confirm/{TOKEN}",
)  # fmt: skip
NAMELESS = ReaderFacts(
    token="v" * 32,
    address="bo@xn--bcher-kva.example",
    unsubscribe_url="https://fernmoor.example/unsubscribe/" + "v" * 32,
    preferences_url="https://fernmoor.example/preferences/" + "v" * 32,
)
SMALL = Letter(
    subject=f"Hello {Slot.NAME.mark}",
    html=f'<p>Dear {Slot.NAME.mark}, <a href="{Slot.UNSUBSCRIBE_URL.mark}">leave</a></p>',
    text=f"Dear {Slot.NAME.mark},\n\nleave: {Slot.UNSUBSCRIBE_URL.mark}\n",
)


def read(message: bytes) -> EmailMessage:
    parsed = message_from_bytes(message, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body_of(message: bytes, kind: str) -> str:
    part = read(message).get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def filled(text: str, values: dict[Slot, str]) -> str:
    """The oracle: the letter with its marks replaced, before anything is encoded."""
    for slot, value in values.items():
        text = text.replace(slot.mark, value)
    return text


def values_of(reader: ReaderFacts, name: str) -> dict[Slot, str]:
    return {
        Slot.NAME: name,
        Slot.EMAIL: reader.address,
        Slot.UNSUBSCRIBE_URL: reader.unsubscribe_url,
        Slot.PREFERENCES_URL: reader.preferences_url,
        Slot.SERVICE_URL: reader.service_url,
    }


def check_form(message: bytes) -> None:
    assert message.endswith(b"--\r\n")
    assert b"\r" not in message.replace(b"\r\n", b"")
    assert b"\n" not in message.replace(b"\r\n", b"")
    header, _, body = message.partition(b"\r\n\r\n")
    assert all(len(line) <= 998 for line in header.split(b"\r\n"))
    assert all(len(line) <= 76 and not line.startswith((b".", b"From ")) for line in body.split(b"\r\n"))
    assert body.isascii()
    assert not re.search(rb"[ \t]{2}|[ \t]\r\n|\t", body)  # relaxed canonical as it is (RFC 6376 §3.4.4)


@pytest.mark.parametrize("reader", [ANN, NAMELESS], ids=["ann", "nameless"])
def test_messages_are_what_their_golden_files_show(reader: ReaderFacts) -> None:
    letter = compose(edition(DREDGER, TIDES, VOTE), open_templates(None))
    message = compile_letter(letter, HEAD).message_for(reader)
    check_form(message)
    name = "ann" if reader is ANN else "nameless"
    check_golden(CASES / "mail" / "golden" / f"{name}.eml", message)
    values = values_of(reader, "")
    assert body_of(message, "plain") == filled(letter.text, values)
    assert body_of(message, "html").rstrip("\n") == filled(letter.html, values).rstrip("\n")


PIECES = st.lists(
    st.one_of(
        st.sampled_from([slot.mark for slot in Slot]),
        st.text(
            st.one_of(
                st.sampled_from(" .=\nFromé<&"),
                st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ue000\ue001"),  # part of no text
            ),
            max_size=90,
        ),
    ),
    max_size=8,
).map("".join)
NAMES = st.text(st.characters(blacklist_categories=["Cs"]), max_size=60)


@given(PIECES, PIECES, NAMES)
@example("a" * 70 + Slot.NAME.mark + " " + Slot.NAME.mark, f"{Slot.EMAIL.mark}{Slot.EMAIL.mark}.", " .From ")
@example(f"\n{Slot.NAME.mark}\n", f" {Slot.NAME.mark} ", "é" * 100)
@example(Slot.NAME.mark, Slot.NAME.mark, "From the harbour, with ropes and a very long rope that is 76 characters wide")
@example(Slot.NAME.mark, Slot.NAME.mark, "a" * 75)
@example(Slot.NAME.mark, Slot.NAME.mark, '...and the mate\'s 1 = 1 & "more" <than> that')
@settings(max_examples=80, deadline=None)
def test_a_splice_reads_as_the_letter_with_the_marks_replaced(text: str, page: str, name: str) -> None:
    letter = Letter(subject="Tides", html=page, text=text)
    reader = ANN._replace(name=name)
    message = compile_letter(letter, HEAD).message_for(reader)
    check_form(message)
    values = values_of(reader, plain_line(name) or "reader")
    assert body_of(message, "plain") == filled(text, values).rstrip("\n") + "\n"
    escaped = {slot: escape(value) for slot, value in values.items()}
    assert body_of(message, "html") == filled(page, escaped).rstrip("\n") + "\n"


def test_headers_say_what_a_bulk_mail_must_say() -> None:
    found = read(compile_letter(SMALL, HEAD).message_for(ANN))
    assert found["from"] == "The Fernmoor Courier <courier@fernmoor.example>"
    assert found["to"].addresses[0].addr_spec == "ann@example.org"
    assert found["to"].addresses[0].display_name == "Ann Ünger, “Jr.”"
    assert found["subject"] == "Hello Ann Ünger, “Jr.”"
    assert found["message-id"] == f"<{TOKEN}@fernmoor.example>"
    assert found["date"].datetime == HEAD.date
    assert found["reply-to"] == "desk@fernmoor.example"
    assert found["list-unsubscribe"] == f"<{ANN.unsubscribe_url}>"
    assert found["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert found["list-id"] == "The Fernmoor Courier <courier.newsletters.fernmoor.example>"
    assert found["list-post"] == "NO"
    assert found["list-owner"] == "<mailto:postmaster@fernmoor.example>"
    assert found["list-help"] == found["list-archive"] == "<https://fernmoor.example/newsletters/courier/>"
    assert found["precedence"] == "bulk"
    assert found["auto-submitted"] == "auto-generated"
    assert found["feedback-id"] == "7:courier:daily:fernmoor"
    assert found.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content_charset() for part in found.iter_parts()] == ["utf-8", "utf-8"]
    assert all(count == 1 for count in map(len, map(found.get_all, set(found.keys()))))
    assert not found.defects


LEAVING = ANN._replace(leave_token=TOKEN)
READ_AT = replace(HEAD, leave_domain="bounces.fernmoor.example")


def ways_out(message: bytes) -> bytes:
    """The field as it stands there, unfolded (RFC 5322 §2.2.3)."""
    header = message.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    (found,) = re.findall(rb"^List-Unsubscribe: ([^\r]*)", header, re.MULTILINE)
    assert isinstance(found, bytes)
    return found


def test_where_mail_of_those_who_leave_is_read_its_address_stands_behind_the_link() -> None:
    message = compile_letter(SMALL, READ_AT).message_for(LEAVING)
    check_form(message)
    assert ways_out(message) == (
        b"<https://fernmoor.example/unsubscribe/0123456789abcdefghijklmnopqrstuv>, "
        b"<mailto:u+0123456789abcdefghijklmnopqrstuv@bounces.fernmoor.example?subject=unsubscribe>"
    )
    found = read(message)
    assert found["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert len(found.get_all("list-unsubscribe")) == 1
    assert compile_letter(SMALL, HEAD).message_for(LEAVING) == compile_letter(SMALL, HEAD).message_for(ANN)


@pytest.mark.parametrize("token", ["", "a" * 63, "A", "a@b", "a>,<https://eve.example/", "a\r\nBcc: eve@example.net"])
def test_no_address_to_leave_by_is_written_without_a_token(token: str) -> None:
    with pytest.raises(ValueError, match="is not a token"):
        compile_letter(SMALL, READ_AT).message_for(LEAVING._replace(leave_token=token))


LABELS = st.text("abcxyz0189", min_size=1, max_size=63)
DOMAINS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)


@given(DOMAINS, st.text("0123456789abcdefghijklmnopqrstuv", min_size=1, max_size=62), st.text("k/=&,", max_size=600))
@example("d" * 63, "a", "")
@example("bounces.fernmoor.example", "v" * 32, ",<mailto:x".replace("<", "/"))
@settings(max_examples=50, deadline=None)
def test_ways_to_leave_are_folded_between_them_only_whatever_their_length(domain: str, token: str, rest: str) -> None:
    url = f"https://fernmoor.example/unsubscribe/{rest}"
    reader = ANN._replace(name="", unsubscribe_url=url, leave_token=token)
    message = compile_letter(SMALL, replace(READ_AT, leave_domain=domain)).message_for(reader)
    check_form(message)
    assert ways_out(message) == f"<{url}>, <mailto:u+{token}@{domain}?subject=unsubscribe>".encode()
    for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        assert len(line) <= 78 or b" " not in line.strip().removeprefix(b"List-Unsubscribe: ")


def test_what_is_not_known_is_left_out() -> None:
    head = LetterHead(
        from_address="a@b.example", list_name="", list_id="l.b.example", date=HEAD.date, mail_domain="b.example"
    )
    found = read(compile_letter(SMALL, head).message_for(ANN))
    assert found["from"] == "a@b.example"
    assert {"reply-to", "list-help", "list-owner", "list-archive", "feedback-id"} & set(map(str.lower, found)) == set()


def test_a_reader_without_a_name_is_called_something() -> None:
    assert "Dear reader," in body_of(compile_letter(SMALL, HEAD).message_for(NAMELESS), "plain")


def test_the_octets_around_the_slots_are_the_same_for_every_reader() -> None:
    compiled = compile_letter(SMALL, HEAD)
    long = ANN._replace(name="x" * 200)
    tails = [compiled.message_for(reader).partition(b"\r\nList-Id")[2] for reader in (ANN, long)]
    lines = [set(tail.split(b"\r\n")) for tail in tails]
    assert {line for line in lines[0] if b"Ann" not in line} <= lines[1]


def test_a_very_long_unsubscribe_url_comes_through() -> None:
    url = "https://fernmoor.example/unsubscribe/" + "k" * 300
    reader = ANN._replace(name="", unsubscribe_url=url)
    message = compile_letter(SMALL, HEAD).message_for(reader)
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in message
    assert url in body_of(message, "plain")


@pytest.mark.parametrize(
    "facts",
    [
        {"address": "ann@example.org\r\nBcc: eve@example.net"},
        {"address": "ann@example.org\0"},
        {"address": "not an address"},
        {"unsubscribe_url": "https://a.example/\r\nBcc: eve@example.net"},
        {"unsubscribe_url": "https://a.example/>,<mailto:eve@example.net"},
        {"unsubscribe_url": "https://a.example/é"},
        {"unsubscribe_url": "javascript:alert(1)"},
        {"preferences_url": 'https://a.example/">'},
        {"preferences_url": ""},
        {"token": "a\r\nb"},
        {"token": ""},
        {"token": "a" * 63},
    ],
)
def test_a_reader_cannot_inject_anything(facts: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"is not|cannot stand"):
        compile_letter(SMALL, HEAD).message_for(ANN._replace(**facts))


def test_a_name_with_line_breaks_is_one_line() -> None:
    reader = ANN._replace(name="Ann\r\nBcc: eve@example.net\r\n\r\n<b>")
    message = compile_letter(SMALL, HEAD).message_for(reader)
    check_form(message)
    assert "bcc" not in map(str.lower, read(message))
    assert "&lt;b&gt;" in body_of(message, "html")


@pytest.mark.parametrize(
    "field", ["from_name", "from_address", "reply_to", "list_name", "list_id", "list_help", "list_owner",
              "list_archive_url", "feedback_id", "language", "mail_domain", "leave_domain"],
)  # fmt: skip
def test_no_value_of_the_head_can_inject_a_field(field: str) -> None:
    values = {name: getattr(HEAD, name) for name in HEAD.__dataclass_fields__}
    values[field] = f"{values[field]}\r\nBcc: eve@example.net"
    with pytest.raises(ValueError, match=r"cannot stand|is not"):
        compile_letter(SMALL, LetterHead(**values))


@pytest.mark.parametrize("subject", ["a\r\nBcc: eve@example.net", "a\0"])
def test_a_subject_cannot_inject_a_field(subject: str) -> None:
    with pytest.raises(ValueError, match="Subject"):
        compile_letter(Letter(subject=subject, html="", text=""), HEAD)


@pytest.mark.parametrize("text", ["\ue000colour\ue001", "\ue000name", "name\ue001", "\ue000\ue000name\ue001\ue001"])
def test_a_slot_that_nobody_fills_is_refused(text: str) -> None:
    for letter in (Letter(subject="s", html=text, text=""), Letter(subject="s", html="", text=text)):
        with pytest.raises(ValueError, match="slot"):
            compile_letter(letter, HEAD)


def test_smtputf8_is_needed_for_local_parts_alone() -> None:
    compiled = compile_letter(SMALL, HEAD)
    assert not compiled.smtputf8_needed(ANN)
    assert not needs_smtputf8("ann@bücher.example")
    reader = ANN._replace(name="", address="änne@example.org")
    assert compiled.smtputf8_needed(reader)
    assert "To: änne@example.org\r\n".encode() in compiled.message_for(reader)


def test_the_return_path_names_the_delivery() -> None:
    assert return_path(TOKEN, "bounce.fernmoor.example") == f"b+{TOKEN}@bounce.fernmoor.example"
    assert len(f"b+{TOKEN}") <= 64


def test_a_splice_is_cheap() -> None:
    letter = Letter(subject="Tides", html=SMALL.html + "<p>words and more</p>\n" * 2_500, text=SMALL.text)
    compiled: CompiledLetter = compile_letter(letter, HEAD)
    before = process_time()
    for _ in range(200):
        compiled.message_for(ANN)
    assert (process_time() - before) / 200 < 0.002  # 40 microseconds on a quiet machine
