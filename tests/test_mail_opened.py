"""A message taken apart for people: ours come back whole, and hostile ones do nothing."""

from __future__ import annotations

import time
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mail.opened import (
    LARGEST_BYTES,
    LONGEST_VALUE,
    MOST_FIELDS,
    MOST_INLINE_BYTES,
    Opened,
    decoded,
    open_message,
)

LETTER = """\
Return-Path: <b+1@courier.example>
Delivered-To: zoë@readers.example
From: =?utf-8?q?Die_M=C3=B6we?= <desk@courier.example>
Subject: =?utf-8?q?High_water_at_noon=2C_and?=
 =?utf-8?q?_fog_=F0=9F=8C=AB_after?= the bell
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_a"

--=_a
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Tea at f=C3=BCnf.
--=_a
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

{html}
--=_a--
""".format(html=b64encode("<p>Tea at fünf.</p>".encode()).decode())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_letter_comes_apart_into_what_was_put_in(end: str) -> None:
    opened = open_message(LETTER.replace("\n", end).encode())
    assert opened.field("subject") == "High water at noon, and fog 🌫 after the bell"
    assert opened.field("from") == "Die Möwe <desk@courier.example>"
    assert opened.field("delivered-to") == "zoë@readers.example"
    assert opened.field("reply-to") == ""
    assert opened.html == "<p>Tea at fünf.</p>"
    assert opened.text == "Tea at fünf."
    assert opened.parts == ()
    assert opened.source == LETTER
    assert opened.head + "\n\n" == LETTER.partition("--=_a\nContent-Type: text/plain")[0]
    assert opened.is_whole
    assert not opened.is_cut


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("two\n\tlines", "two lines"),
        ("=?utf-8?b?4piD?=", "☃"),
        ("=?UTF-8*de?Q?gr=C3=BCn?=", "grün"),
        ("=?utf-8?b?4?=", "=?utf-8?b?4?="),  # base64 that is none
        ("=?utf-8?q?=E2?= =?utf-8?q?=98=83?=", "☃"),  # a letter cut in two, against RFC 2047 §5
        ("=?utf-8?q?a?= and =?utf-8?q?b?=", "a and b"),
        ("=?no-such-charset?q?a=C3=A9?=", "aé"),
        ("=?idna?q?a?= =?punycode?q?b-?=", "ab-"),
        ("=?hex?q?61?=", "61"),
        ("=?utf-8?q?line=0Abreak=00?=", "line break\ufffd"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("\\u0041", "\\u0041"),
        ("=?unicode_escape?q?=5Cud800?=", "\ufffd"),
    ],
)
def test_a_value_is_shown_as_people_read_it(value: str, shown: str) -> None:
    assert decoded(value) == shown


def test_a_long_value_is_cut_and_says_so() -> None:
    assert decoded("a" * (LONGEST_VALUE + 1)) == "a" * LONGEST_VALUE + "…"


def test_lines_that_are_no_field_are_left_out_of_the_table_and_stay_in_the_head() -> None:
    opened = open_message(b"nonsense\nSubject: one\n: nameless\nSubject : two\n\xff\xfe: x\n\nbody")
    assert opened.fields == (("Subject", "one"), ("Subject", "two"))
    assert "nonsense" in opened.head
    assert open_message(b"\nno head").fields == ()


def multipart(kind: str, *parts: bytes, boundary: str = "xx") -> bytes:
    head = f'Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode()
    between = f"--{boundary}\n".encode()
    return head + b"\n".join(between + part for part in parts) + f"\n--{boundary}--\n".encode()


def picture(content_id: str, octets: bytes, kind: str = "image/png") -> bytes:
    head = f"Content-Type: {kind}; name=p.png\nContent-ID: <{content_id}>\nContent-Transfer-Encoding: base64\n\n"
    return head.encode() + b64encode(octets)


def test_a_picture_that_came_with_the_letter_stands_where_it_is_named() -> None:
    html = b'Content-Type: text/html\n\n<img src="cid:a%2Bb@here"><img src=cid:svg@here><img src=cid:none@here>'
    opened = open_message(
        multipart("related", html, picture("a+b@here", b"PNG"), picture("svg@here", b"<svg>", "image/svg+xml"))
    )
    assert opened.html == '<img src="data:image/png;base64,UE5H"><img src=cid:svg@here><img src=cid:none@here>'
    assert [(part.name, part.media_type, part.size_bytes) for part in opened.parts] == [
        ("p.png", "image/png", 3),
        ("p.png", "image/svg+xml", 5),
    ]


def test_a_picture_that_is_named_without_end_is_not_put_in_without_end() -> None:
    octets = b"x" * 2**20
    html = b"Content-Type: text/html\n\n" + b"<img src=cid:a@here>" * 10_000
    opened = open_message(multipart("related", html, picture("a@here", octets)))
    assert len(opened.html) < MOST_INLINE_BYTES * 1.5
    assert opened.html.count("data:") == MOST_INLINE_BYTES // len(octets)


def test_files_in_a_letter_are_not_its_text() -> None:
    file = b"Content-Type: text/html\nContent-Disposition: attachment\n\n<p>A file</p>"
    named = b"Content-Type: text/plain; name*=utf-8''%3Cb%3E.txt\n\nAnother"
    opened = open_message(multipart("mixed", file, named, b"Content-Type: text/html\n\n<p>The letter</p>"))
    assert opened.html == "<p>The letter</p>"
    assert opened.text == ""
    assert [(part.name, part.media_type) for part in opened.parts] == [("", "text/html"), ("<b>.txt", "text/plain")]


def nested(depth: int) -> bytes:
    """Parts within parts."""
    heads = (f"--b{level}\nContent-Type: multipart/mixed; boundary=b{level + 1}\n\n" for level in range(depth))
    return b"Content-Type: multipart/mixed; boundary=b0\n\n" + "".join(heads).encode()


HOSTILE = {
    "a header of a megabyte": b"X-Long: " + b"a" * 2**20 + b"\nSubject: late\n\nbody",
    "a hundred thousand headers": b"X: y\n" * 100_000 + b"\nbody",
    "a line that is no header": b"a" * 2**20,
    "parts within parts": nested(50),
    "more parts within parts": nested(3_000),
    "very many parts": multipart("mixed", *[b"\nx"] * 50_000),
    "a list of parameters without end": b'Content-Type: text/plain; a="' + b";" * 2**20 + b"\n\nbody",
    "a charset that is none": b"Content-Type: text/html; charset=idna\n\n<p>x\xff",
    "a charset with a NUL": b"Content-Type: text/html; charset*=a%00b''utf-8\n\n<p>x",
    "a charset that is no text": b"Content-Type: text/html; charset=zip\n\n<p>x",
    "half of a letter": b"Content-Type: text/html; charset=unicode_escape\n\n\\ud800 \\udfff",
    "numbered and not": b"Content-Type: text/plain; name*=a; name*0=b; name*1*=c\n\nx",
    "base64 that is none": b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n=A=B=C!",
    "uuencode that is none": b"Content-Type: text/html\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n\xff\n",
    "a letter in a letter": b"Content-Type: message/rfc822\n\n" * 200,
    "controls": bytes(range(256)) * 4,
    "nothing": b"",
    "too large": b"Subject: x\n\n" + b"a" * LARGEST_BYTES,
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_message_takes_no_time_and_can_be_shown(octets: bytes) -> None:
    begun = time.perf_counter()
    assert_showable(open_message(octets))
    assert time.perf_counter() - begun < 10  # about one, on a busy machine


@pytest.mark.parametrize("name", ["more parts within parts", "very many parts", "a list of parameters without end"])
def test_what_would_take_long_is_not_taken_apart(name: str) -> None:
    opened = open_message(HOSTILE[name])
    assert not opened.is_whole
    assert opened.source


PIECES = """\
Content-Type: |multipart/mixed;|text/html;| boundary=x|--x|--x--|=?utf-8?q?|?=|charset*0*=|name*1=|name*=|'|"|;|%00|
Content-ID: <a>|cid:a|Content-Transfer-Encoding: |base64|quoted-printable|Content-Disposition: attachment; filename="""
MESSAGES = st.lists(st.sampled_from([b"\n", b"\n\n", b"\r", b"\xff", *PIECES.replace("\n", "").encode().split(b"|")]))


@given(st.binary() | MESSAGES.map(b"".join))
def test_whatever_is_opened_can_be_shown(octets: bytes) -> None:
    assert_showable(open_message(octets))


def assert_showable(opened: Opened) -> None:
    assert len(opened.fields) <= MOST_FIELDS
    texts = [opened.head, opened.html, opened.text, opened.source, *(text for field in opened.fields for text in field)]
    for text in [*texts, *(part.name + part.media_type for part in opened.parts)]:
        text.encode()  # no half of a letter in it
        assert "\x00" not in text
