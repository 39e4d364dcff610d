"""Whatever comes in is read: no octets make the reader raise, and none make it slow."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.bounce.reading import read
from publisher.bounce.ses import ses_notification
from publisher.mail.parts import LARGEST_BYTES, MOST_PARTS, take_apart
from publisher.model.incoming import Incoming, Kind

CASES = [file.read_bytes() for file in sorted((Path(__file__).parent / "cases" / "bounces").glob("*.eml"))]
MEGABYTE = 2**20
SLOWEST_SECONDS = 1.5  # of processor time, for a message of a megabyte

NAMES = (
    "bounce",
    "complaint",
    "mail",
    "headers",
    "name",
    "value",
    "source",
    "bounceType",
    "bouncedRecipients",
    "emailAddress",
    "diagnosticCode",
    "status",
)
LINES = st.sampled_from(
    [
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        b'Content-Type: multipart/mixed; boundary="--b"',
        b"Content-Type: message/delivery-status",
        b"Content-Type: message/feedback-report",
        b"Content-Type: message/rfc822",
        b"Content-Type: text/html; charset=punycode",
        b"Content-Type: text/plain; charset*0=a; charset*=b''%ff",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"From: MAILER-DAEMON@mx.readers.example",
        b"Subject: =?utf-8?B?4pyT?= failure notice =?x?q?=ff?=",
        b"Final-Recipient: rfc822; ada@readers.example",
        b"Original-Recipient: utf-8; \\x{110000}@readers.example",
        b"Action: failed",
        b"Diagnostic-Code: smtp; 550 no such user",
        b"X-Failed-Recipients: @, ada@, <>, ada@readers.example",
        b"Feedback-Type: abuse",
        b"--b",
        b"--b--",
        b"----b",
        b"",
        b"<ada@readers.example>: could not be delivered",
        b"(generated from ada@readers.example)",
        b"To: b+" + b"0" * 32 + b"@bounces.courier.example",
        b"Received: from x",
        b"\xff\xfe\x00",
        b"=3D=",
    ]
)


@given(st.binary(max_size=2_000))
@settings(max_examples=60, deadline=None)
def test_any_octets_are_a_message(octets: bytes) -> None:
    assert isinstance(read(octets), Incoming)


@given(st.lists(LINES, max_size=40), st.sampled_from([b"\n", b"\r\n", b"\r"]))
@settings(max_examples=100, deadline=None)
def test_lines_of_bounces_in_any_order_are_a_message(lines: list[bytes], end: bytes) -> None:
    incoming = read(end.join(lines))
    assert all("@" in address for failure in incoming.failures for address in failure.addresses)
    assert incoming.kind in (Kind.BOUNCE, Kind.DELAY) or not incoming.failures


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["Bounce", "Permanent", "a@x.example"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=20,
)


@given(
    st.sampled_from(["Bounce", "Complaint", "Delivery", "DeliveryDelay"]), st.dictionaries(st.sampled_from(NAMES), JSON)
)
@settings(max_examples=60, deadline=None)
def test_any_notification_in_json_is_a_message(kind: str, document: dict[str, object]) -> None:
    text = json.dumps({**document, "notificationType": kind})
    assert read(b"From: no-reply@cloud.example\n\n" + text.encode()).kind is not Kind.MESSAGE
    assert isinstance(ses_notification(text[: len(text) // 2]), Incoming | None)


@given(st.sampled_from(CASES), st.data())
@settings(max_examples=60, deadline=None)
def test_a_bounce_that_is_cut_or_damaged_is_still_a_message(message: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(message)))
    damage = data.draw(st.binary(max_size=20))
    assert isinstance(read(message[:cut] + damage + message[cut + len(damage) :]), Incoming)
    assert isinstance(read(message[:cut]), Incoming)


@given(st.sampled_from(CASES))
@settings(max_examples=len(CASES), deadline=None)
def test_line_ends_change_nothing(message: bytes) -> None:
    assert read(message) == read(message.replace(b"\n", b"\r\n")) == read(message.replace(b"\n", b"\r"))


def nested(depth: int) -> bytes:
    """Parts within parts."""
    message = b"Content-Type: text/plain\n\nfailed"
    for number in range(depth):
        boundary = b"b%d" % number
        message = b"Content-Type: multipart/mixed; boundary=%b\n\n--%b\n%b\n--%b--" % (
            boundary, boundary, message, boundary,
        )  # fmt: skip
    return b"From: MAILER-DAEMON@x.example\n" + message


LONG = {
    "one line": b"From: postmaster@x.example\nSubject: failure notice\n\n" + b"a" * MEGABYTE,
    "one word with an @": b"From: postmaster@x.example\nSubject: failure notice\n\n" + b"a" * MEGABYTE + b"@x.example",
    "only @": b"From: postmaster@x.example\nSubject: failure notice\n\n" + b"@" * MEGABYTE,
    "quotes and brackets": b"From: postmaster@x.example\nSubject: failure notice\n\n"
    + b'<"a' * (MEGABYTE // 3)
    + b"@x",
    "dots after an @": b"From: postmaster@x.example\nSubject: failure\n\na@" + b"a." * (MEGABYTE // 2),
    "addresses": b"From: postmaster@x.example\nSubject: failure\n\n" + b"a@x.example\n" * (MEGABYTE // 12),
    "one field": b"From: " + b"a@x.example, " * (MEGABYTE // 13) + b"\n\nfailed",
    "fields": b"To: a@x.example\n" * (MEGABYTE // 16) + b"\nfailed",
    "folded lines": b"Subject: failed\n" + b" \n" * (MEGABYTE // 2),
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * (MEGABYTE // 14) + b"\n\nfailed",
    "parameters": b"Content-Type: multipart/mixed" + b"; a=b" * (MEGABYTE // 5) + b"\n\n--b",
    "half a parameter": b"Content-Type: multipart/mixed;" + b" " * MEGABYTE + b"boundary\n\nfailed",
    "boundaries": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * (MEGABYTE // 5),
    "boundaries with a tail": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bb\n" * (MEGABYTE // 5),
    "tags": b"From: postmaster@x.example\nContent-Type: text/html\n\n" + b"<" * MEGABYTE,
    "unclosed tags": b"From: postmaster@x.example\nContent-Type: text/html\n\n" + b"<style " * (MEGABYTE // 7),
    "entities": b"From: postmaster@x.example\nContent-Type: text/html\n\n" + b"&amp" * (MEGABYTE // 4),
    "quoted-printable": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * MEGABYTE,
    "base64": b"Content-Transfer-Encoding: base64\n\n" + b"QUJD" * (MEGABYTE // 4) + b"Q",
    "recipients": b"Content-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; a@x.example\nAction: failed\n\n" * (MEGABYTE // 55),
    "fields of a recipient": b"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@x.example\n"
    + b"Status: 5.1.1\n" * (MEGABYTE // 14),
    "actions": b"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@x.example\n"
    + b"Action: failed\n" * (MEGABYTE // 15),
    "folded replies": b"From: postmaster@x.example\nSubject: failure notice\n\n<b@x.example>: it said\n"
    + b"    <a@x.example>: no\n" * (MEGABYTE // 22),
    "what another said": b"From: postmaster@x.example\nSubject: failure notice\n\n"
    + b"5.1.0 - Unknown address error " * (MEGABYTE // 30),
    "blank lines": b"From: postmaster@x.example\nSubject: failure notice\n\n" + b"\n" * MEGABYTE,
    "half a header": b"From: postmaster@x.example\nSubject: failure notice\n\n" + b"Received: a\n" * (MEGABYTE // 12),
    "words": b"From: postmaster@x.example\nSubject: failure notice\n\n" + b"mailbox user " * (MEGABYTE // 13),
    "json": b"\n\n" + b'{"a":' * (MEGABYTE // 5),
    "half a json": b'\n\n{"notificationType": "Bounce", "a": "' + b"a" * MEGABYTE,
    "depth": nested(2_000),
}


@pytest.mark.parametrize("name", LONG)
def test_a_megabyte_of_anything_is_read_at_once(name: str) -> None:
    started = time.process_time()
    read(LONG[name])
    assert time.process_time() - started < SLOWEST_SECONDS


def test_no_more_is_read_than_what_a_notice_may_have() -> None:
    assert len(take_apart(b"\n" + b"a" * (2 * LARGEST_BYTES)).parts[0].octets) <= LARGEST_BYTES
    assert len(take_apart(LONG["boundaries"]).parts) <= MOST_PARTS


def test_a_minute_is_enough_for_far_more_than_two_thousand_messages() -> None:
    started = time.process_time()
    for _ in range(3):
        for message in CASES:
            read(message)
    seconds = (time.process_time() - started) / (3 * len(CASES))
    assert 60 / seconds > 20_000
