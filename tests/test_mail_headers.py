"""Header fields: within the limits, read back equal by Python's parser, closed to injection."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from publisher.mail import headers

PRINTABLE = st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"])
TEXT = st.text(st.one_of(st.sampled_from('ab c=?_é—港🙂"\\,<>@'), PRINTABLE), max_size=200)
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
ADDRESS = st.builds(
    lambda local, labels: f"{local}@{'.'.join(labels)}",
    st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[a-z0-9]{1,10})?", fullmatch=True),
    st.lists(LABEL, min_size=2, max_size=4),
)


def read(field: str) -> EmailMessage:
    message = message_from_bytes(field.encode() + b"\r\n", policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def display_of(field: str) -> str:
    """The display name of a mailbox field. The standard library's new parser joins encoded words with blanks."""
    value = message_from_bytes(field.encode(), policy=policy.compat32)["from"].replace("\r\n", "")
    return str(make_header(decode_header(parseaddr(value)[0])))


def check_form(field: str) -> None:
    """CRLF only, no empty line, encoded words and their lines no longer than RFC 2047 allows."""
    assert field.endswith("\r\n")
    lines = field.removesuffix("\r\n").split("\r\n")
    assert all("\r" not in line and "\n" not in line and line.strip() for line in lines)
    for number, line in enumerate(lines):
        assert len(line.encode()) <= headers.LONGEST_LINE
        words = line.split()
        assert len(line) <= headers.FOLD_AT or len(words) == (1 if number else 2)
        if "=?" in line:
            assert all(len(word) <= 75 for word in words)
            assert len(line) <= 76 or len(words) == (1 if number else 2)


@given(TEXT)
@example("é" * 300)
@example("=?utf-8?q?forged?=")
@example("a" * 600)
@example("word " * 60)
@settings(max_examples=80, deadline=None)
def test_free_text_is_read_back_as_it_was_written(text: str) -> None:
    field = headers.text_field("Subject", text)
    check_form(field)
    assert field.isascii()
    assert read(field)["subject"] == " ".join(text.split())


@given(TEXT, ADDRESS)
@example('O\'Dell, "Bo" \\', "a@b.example")
@example("é" * 100, "a@b.example")
@example("=?utf-8?q?x?=", "a@b.example")
@settings(max_examples=80, deadline=None)
def test_a_mailbox_is_read_back_as_it_was_written(name: str, address: str) -> None:
    field = headers.mailbox_field("From", name, address)
    check_form(field)
    (found,) = read(field)["from"].addresses
    assert found.addr_spec == address
    assert display_of(field) == " ".join(name.split())


@given(st.text(max_size=80), st.sampled_from("\r\n\0\x0b\x0c\x1f\x7f\x85\u2028\u2029"), st.text(max_size=80))
@settings(max_examples=40, deadline=None)
def test_no_field_takes_a_line_break_or_control_character(before: str, control: str, after: str) -> None:
    value = before + control + after
    for write in (
        lambda: headers.text_field("Subject", value),
        lambda: headers.mailbox_field("From", value, "a@b.example"),
        lambda: headers.mailbox_field("From", "A", f"a{control}@b.example"),
        lambda: headers.mailbox_field("From", "A", f"a@b{control}.example"),
        lambda: headers.word_field("List-Help", value),
        lambda: headers.list_id_field("List-Id", value, "a.example"),
        lambda: headers.list_id_field("List-Id", "A", f"a.example{control}"),
        lambda: headers.text_field(f"Subject{control}", "x"),
    ):
        with pytest.raises(ValueError, match=r"cannot stand here|is not"):
            write()


@pytest.mark.parametrize(
    "address",
    ["", "a", "@b.example", "a@", "a b@c.example", "a@b c.example", "a@b..example", "a@-b.example", "<a@b.example>",
     "a@b.example>", "a@b.example, c@d.example", ".a@b.example", 'a"@b.example', "a@b.example\r\nBcc: c@d.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"is not|cannot stand"):
        headers.address_on_the_wire(address)


def test_a_domain_goes_out_as_a_labels() -> None:
    assert headers.address_on_the_wire("ann@bücher.example") == "ann@xn--bcher-kva.example"
    assert headers.address_on_the_wire("änne@bücher.example") == "änne@xn--bcher-kva.example"
    assert headers.address_on_the_wire('"ann b"@c.example') == '"ann b"@c.example'


def test_a_url_is_never_encoded_or_broken() -> None:
    url = "https://fernmoor.example/unsubscribe/" + "k" * 300
    assert headers.word_field("List-Unsubscribe", f"<{url}>") == f"List-Unsubscribe: <{url}>\r\n"
    with pytest.raises(ValueError, match="too long"):
        headers.word_field("List-Unsubscribe", f"<{url * 3}>")
    with pytest.raises(ValueError, match="only ASCII"):
        headers.word_field("List-Unsubscribe", "<https://fernmoor.example/é>")


def test_words_fold_where_a_blank_stands() -> None:
    field = headers.word_field("X-Words", *["word"] * 40)
    check_form(field)
    assert field.count("\r\n") == 3


@given(st.text(st.characters(min_codepoint=0x80, blacklist_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1))
@settings(max_examples=40, deadline=None)
def test_each_encoded_word_holds_whole_characters(text: str) -> None:
    """RFC 2047 §5: a character is never divided between two encoded words."""
    assume(text.split() == [text])
    for word in headers.text_field("Subject", text).removeprefix("Subject:").split():
        assert re.fullmatch(r"=\?utf-8\?[qb]\?[!->@-~]+\?=", word)
        assert read(f"Subject: {word}\r\n")["subject"]
        assert "\ufffd" not in read(f"Subject: {word}\r\n")["subject"].replace("\ufffd" if "\ufffd" in text else "", "")


def test_the_shorter_encoding_is_taken() -> None:
    assert "?q?" in headers.text_field("Subject", "Mostly plain, one é")
    assert "?b?" in headers.text_field("Subject", "港の潮は高い")


def test_a_list_id_is_a_name_and_a_domain() -> None:
    assert headers.list_id_field("List-Id", "Harbour, daily", "h.lists.example") == (
        'List-Id: "Harbour, daily" <h.lists.example>\r\n'
    )


def test_a_name_of_many_lines_becomes_one() -> None:
    assert headers.plain_line(" Ann\r\nBcc:\t x\u2028y ") == "Ann Bcc: x y"
