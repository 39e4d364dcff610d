"""The bytes we say: parameters as offered, dots doubled, addresses that cannot break out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.send import commands
from publisher.send.commands import Offer, Parcel
from publisher.send.replies import Reply


def a_parcel(recipient: str = "reader@readers.example", message: bytes = b"Subject: x\r\n\r\nx\r\n") -> Parcel:
    return Parcel(
        key=1,
        sender="b+1@bounce.courier.example",
        recipient=recipient,
        envelope_id="a+b=c",
        pieces=[message[:3], message[3:9], message[9:]],
    )


def test_an_offer_is_read_whatever_its_case_and_order() -> None:
    lines = ("relay.example", "pipelining", "Size 1000", "AUTH=LOGIN", "AUTH PLAIN login", "DSN", "XFOO bar", "")
    offer = commands.offer_of(Reply(code=250, lines=lines))
    assert (offer.pipelining, offer.dsn, offer.starttls) == (True, True, False)
    assert (offer.size, offer.largest_bytes) == (True, 1000)
    assert offer.auth == {"PLAIN", "LOGIN"}


@pytest.mark.parametrize("size", ["", "0", "-1", "many", "9" * 30, "٣"])
def test_a_size_that_is_no_limit_limits_nothing(size: str) -> None:
    assert commands.offer_of(Reply(code=250, lines=("relay", f"SIZE {size}"))).largest_bytes == 0


def test_parameters_are_those_that_were_offered() -> None:
    parcel = a_parcel("a+tag@readers.example")
    assert commands.mail_command(parcel, Offer()) == b"MAIL FROM:<b+1@bounce.courier.example>\r\n"
    assert commands.rcpt_command(parcel, Offer()) == b"RCPT TO:<a+tag@readers.example>\r\n"
    full = Offer(size=True, dsn=True)
    assert commands.mail_command(parcel, full).endswith(b"> SIZE=17 RET=HDRS ENVID=a+2Bb+3Dc\r\n")
    assert commands.rcpt_command(parcel, full).endswith(b"ORCPT=rfc822;a+2Btag@readers.example\r\n")


@pytest.mark.parametrize(
    ("recipient", "original"),
    [
        ("o'neil+tag@readers.example", "rfc822;o'neil+2Btag@readers.example"),
        ('"a b=c"@readers.example', 'rfc822;"a+20b+3Dc"@readers.example'),
        ("jürgen@readers.example", "utf-8;jürgen@readers.example"),
        ("jürgen+a=b@readers.example", r"utf-8;jürgen\x{2B}a\x{3D}b@readers.example"),
        ('"jür\\"gen"@readers.example', r'utf-8;"jür\x{5C}"gen"@readers.example'),
    ],
)
def test_a_report_of_failure_names_the_recipient_as_we_wrote_it(recipient: str, original: str) -> None:
    offer = Offer(dsn=True, smtputf8=True)
    parcel = a_parcel(recipient)
    assert commands.unsendable(parcel, offer) is None
    assert commands.rcpt_command(parcel, offer).decode() == (
        f"RCPT TO:<{recipient}> NOTIFY=FAILURE,DELAY ORCPT={original}\r\n"
    )


def test_what_would_be_too_long_for_a_report_is_left_out() -> None:
    offer = Offer(dsn=True)
    for length, said in ((100, True), (101, False)):
        command = commands.mail_command(a_parcel()._replace(envelope_id="x" * length), offer)
        assert (b"ENVID=" in command) is said
    assert commands.mail_command(a_parcel()._replace(envelope_id=""), offer).endswith(b"> RET=HDRS\r\n")
    assert commands.rcpt_command(a_parcel("+" * 200 + "@b.example"), offer).endswith(b"> NOTIFY=FAILURE,DELAY\r\n")


def test_smtputf8_is_asked_for_only_where_an_address_needs_it_and_8bitmime_only_with_it() -> None:
    full = Offer(smtputf8=True, eight_bit=True)
    assert b"UTF8" not in commands.mail_command(a_parcel(), full)
    assert b"BODY=" not in commands.mail_command(a_parcel(), full)
    assert commands.mail_command(a_parcel("jürgen@b.example"), full).endswith(b"> BODY=8BITMIME SMTPUTF8\r\n")
    header = a_parcel()._replace(utf8_header=True)
    assert commands.mail_command(header, Offer(smtputf8=True)).endswith(b"> SMTPUTF8\r\n")


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_a_parameter_is_one_word_of_printable_characters(text: str) -> None:
    offer = Offer(dsn=True, smtputf8=True)
    mail = commands.mail_command(a_parcel()._replace(envelope_id=text if text.isascii() else "a"), offer)
    assert re.fullmatch(rb"MAIL FROM:<[^>]+> RET=HDRS(?: ENVID=[!-~]{1,100})?\r\n", mail)
    parcel = a_parcel(f"{text}@readers.example")
    if commands.unsendable(parcel, offer) is None:
        _, _, words = commands.rcpt_command(parcel, offer).decode().rpartition("> ")
        assert re.fullmatch(r"NOTIFY=FAILURE,DELAY(?: ORCPT=(?:rfc822|utf-8);[^\x00-\x20\x7f+=]*(?:\+[0-9A-F]{2}"
                            r"[^\x00-\x20\x7f+=]*)*)?\r\n", words)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([b".", b"\r\n", b"\r", b"\n", b"a", b"..", b"MAIL"]), max_size=20).map(b"".join))
def test_a_chunk_is_as_long_as_it_says_and_has_no_bare_line_ends(message: bytes) -> None:
    command, body = commands.chunk_of(a_parcel(message=message))
    assert command == b"BDAT %d LAST\r\n" % len(body)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", body)
    assert body.endswith(b"\r\n")


HOSTILE = ["a@b.example\r\nDATA", "a@b.example>", "<a@b.example", "a b@c.example", "a@b.example SIZE=1", "a", "@", "a@",
           "@b.example", "", "a@b@c.example", "a\x00@b.example", "a@b\x85.example", "x" * 260 + "@b.example",
           '"a"b"@c.example', "a@b.example\n"]  # fmt: skip


@pytest.mark.parametrize("address", HOSTILE)
def test_an_address_that_could_break_its_command_is_not_written(address: str) -> None:
    assert commands.unsendable(a_parcel(address), Offer(smtputf8=True)) is not None


@pytest.mark.parametrize("address", ["a@b.example", '"a b"@c.example', "o'neil+tag@b.example", "a@[192.0.2.1]"])
def test_odd_addresses_that_are_right_are_written(address: str) -> None:
    assert commands.unsendable(a_parcel(address), Offer()) is None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_no_command_holds_more_than_one_line(address: str) -> None:
    parcel = a_parcel(address)
    if commands.unsendable(parcel, Offer(smtputf8=True)) is None:
        for command in (commands.mail_command(parcel, Offer(dsn=True)), commands.rcpt_command(parcel, Offer(dsn=True))):
            assert command.count(b"\r") == command.count(b"\n") == 1
            assert command.endswith(b"\r\n")
            assert command.count(b">") == 1


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from([b".", b"\r\n", b"\r", b"\n", b"a", b"..", b"MAIL"]), max_size=20).map(b"".join))
def test_a_letter_ends_where_it_ends_and_nowhere_before(message: bytes) -> None:
    wire = commands.data_of(message)
    assert (b"\r\n" + wire).find(b"\r\n.\r\n") == len(wire) - 3
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", wire), "no bare line ends, so no server sees another end"
    undone = (b"\r\n" + wire[:-3]).replace(b"\r\n.", b"\r\n")[2:]
    clean = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    assert undone == (clean if clean.endswith(b"\r\n") else clean + b"\r\n")


def test_a_letter_that_is_in_its_form_already_is_not_looked_through() -> None:
    parcel = a_parcel("ann@readers.example", message=b"Subject: tides\r\n\r\nHigh at four.\r\n")
    assert commands.body_of(parcel._replace(plain_lines=True)) == commands.body_of(parcel)
