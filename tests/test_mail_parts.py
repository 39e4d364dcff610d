"""Messages that came in, taken apart: parts, addresses, reports, as mail servers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mail.dsn import Action, delivery_status
from publisher.mail.mailbox import mailbox_of, mailboxes_in, same, whole_mailbox
from publisher.mail.markup import text_of_markup
from publisher.mail.notice.ending import notice_in
from publisher.mail.parts import take_apart


def texts(message: str) -> list[str]:
    return [part.text.strip() for part in take_apart(message.encode()).parts]


def test_parts_stand_between_their_boundaries() -> None:
    message = 'Content-Type: multipart/mixed; boundary="a b"\n\npreamble\n--a b\n\none\n--a b\n\ntwo\n--a b--\nepilogue'
    assert texts(message) == ["one", "two"]


def test_a_boundary_that_begins_like_another_is_not_it() -> None:
    message = (
        "Content-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\ninner\n--bb--\n--b\n\nouter\n--b--\n"
    )
    assert texts(message) == ["inner", "outer"]


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        ("Content-Type: multipart/mixed; boundary=b", "no boundary comes", "no boundary comes"),
        ("Content-Type: multipart/mixed; boundary=b", "--b\n\nthe last one is missing", "the last one is missing"),
        ("Content-Type: multipart/mixed", "no boundary is named", "no boundary is named"),
        ("Content-Type: nonsense", "as it stands", "as it stands"),
        ("Content-Type: text/plain charset=utf-8", "a mark is missing", "a mark is missing"),
        ("Content-Transfer-Encoding: base64", "bm90IHdob2xl", "not whole"),
        ("Content-Transfer-Encoding: base64", "bm90IHdob2w", "not whol"),
        ("Content-Transfer-Encoding: base64", "*", ""),
        ("Content-Transfer-Encoding: quoted-printable", "caf=C3=A9 =\nau lait", "café au lait"),
        ("Content-Type: text/plain; charset=no-such", "plain", "plain"),
        ("Content-Type: text/plain; charset=iso-2022-jp", "\x1b$B%a!<%k\x1b(B", "メール"),
        ("X: y", "\x1b$B%a!<%k\x1b(B", "メール"),
    ],
)
def test_what_is_broken_has_a_reading(head: str, body: str, text: str) -> None:
    assert texts(f"{head}\n\n{body}") == [text]


def test_octets_that_are_no_utf_8_are_read_all_the_same() -> None:
    assert take_apart(b"Subject: caf\xe9\n\ncaf\xe9").parts[0].text == "café"
    assert take_apart(b"Subject: caf\xe9\n\n").fields.text("subject") == "café"


def test_a_message_without_a_header_is_all_body() -> None:
    assert texts("You sent mail to somebody.\n\nThat is nobody here.") == [
        "You sent mail to somebody.\n\nThat is nobody here."
    ]


def test_the_line_of_an_mbox_is_no_field() -> None:
    assert take_apart(b"From MAILER-DAEMON Mon Nov  2 07:00:00 2026\nSubject: x\n\n").fields.raw("subject") == "x"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("<ada@readers.example>:", "ada@readers.example"),
        ("ada@readers.example...", "ada@readers.example"),
        ("mailto:ada@readers.example", "ada@readers.example"),
        ("'ada@readers.example'", "ada@readers.example"),
        ("RCPT:ada@readers.example", "ada@readers.example"),
        ("o=Post;dda:SMTP=ada@readers.example", "ada@readers.example"),
        ("b+0=x@bounces.courier.example", "b+0=x@bounces.courier.example"),
        ("ada@readers.example:blocked", "ada@readers.example"),
        ("ada@[203.0.113.9]", "ada@[203.0.113.9]"),
        ("用户@例子.example", "用户@例子.example"),
        ("<?ada@readers.example>", "?ada@readers.example"),
        ("<`ada/north`@readers.example>", "`ada/north`@readers.example"),
        ('to <"ada@north"@readers.example>:', '"ada@north"@readers.example'),
        ('to "ada@north"@readers.example.', '"ada@north"@readers.example'),
        ("<to=ada@readers.example>", "ada@readers.example"),
        ("ada@", ""),
        ("@readers.example", ""),
        ("a@b@c.example", ""),
        ("@", ""),
    ],
)
def test_an_address_is_freed_of_what_stands_around_it(written: str, address: str) -> None:
    assert mailbox_of(written.strip("<>:")) == address or mailboxes_in(written) == ((address,) if address else ())


def test_each_address_of_a_line_is_found_once() -> None:
    line = "To: Ada <ada@readers.example>, bea@readers.example; <ada@readers.example>（cleo@readers.example）"
    assert mailboxes_in(line) == ("ada@readers.example", "bea@readers.example", "cleo@readers.example")
    assert same("Ada@Readers.Example", "ada@readers.example")


@pytest.mark.parametrize("written", ["ada+x@readers.example", "?ada@readers.example", '"ada@north"@readers.example'])
def test_what_is_an_address_from_end_to_end_is_no_other(written: str) -> None:
    assert whole_mailbox(written) == written


@pytest.mark.parametrize(
    "written", ["<ada@readers.example>", "ada@readers.example,", "mailto:ada@readers.example", "a@b@c"]
)
def test_what_has_more_than_an_address_is_none_from_end_to_end(written: str) -> None:
    assert not whole_mailbox(written)


@given(st.text(max_size=300))
def test_what_is_found_is_an_address_and_stands_in_the_text(text: str) -> None:
    for address in mailboxes_in(text):
        local, _, domain = address.rpartition("@")
        assert local
        assert domain
        assert address in text


def test_of_html_the_words_are_left() -> None:
    markup = (
        "<html><head><title>x</title><style>p { color: red }</style></head>"
        "<body>Not&nbsp;delivered<br>"
        "to <b>ada@readers.example</b> &lt;bea@readers.example&gt; <x@y.example> 1 < 2</body>"
    )
    words = text_of_markup(markup)
    assert words == "Not delivered\nto ada@readers.example <bea@readers.example> <x@y.example> 1 < 2"


def test_a_report_tells_each_recipient_apart() -> None:
    report = delivery_status(
        "Reporting-MTA: dns; mx.example\nOriginal-Envelope-Id: abc\n\n"
        "Original-Recipient: rfc822;ada@readers.example\nFinal-Recipient: rfc822;ada@inner.example\n"
        "Action: failed (as it seems)\nStatus: 5.1.1 (no such user)\n\n"
        "Final-Recipient: LOCAL; <bea@readers.example>\n\nAction: Delayed\n"
        "Diagnostic-Code: smtp; 451 4.7.1 come back\n later\nRemote-MTA: dns; mx.readers.example\n"
    )
    ada, bea = report.recipients
    assert report.envelope_id == "abc"
    assert (ada.address, ada.original, ada.action, ada.status) == (
        "ada@inner.example",
        "ada@readers.example",
        Action.FAILED,
        "5.1.1",
    )
    assert ada.diagnostic == "no such user"
    assert (bea.address, bea.original, bea.action) == ("bea@readers.example", "", Action.DELAYED)
    assert (bea.diagnostic, bea.told_by) == ("451 4.7.1 come back later", "mx.readers.example")


def test_a_report_that_says_nothing_is_empty() -> None:
    assert delivery_status("").recipients == ()
    assert delivery_status("Reporting-MTA: dns; mx.example\n\nMessage removed").recipients == ()


def test_where_the_letter_begins_the_notice_ends() -> None:
    notice = notice_in(
        "It failed.\n\nada@readers.example\n  no such user\n\n"
        "From: news@courier.example\nTo: ada@readers.example\nReceived: from x\nSubject: Ferry\n\nDear Ada,"
    )
    assert notice.lines[-2:] == ("  no such user", "")
    assert notice.returned.raw("to") == "ada@readers.example"
    assert notice.returned.raw("subject") == "Ferry"


def test_a_line_that_announces_the_letter_ends_the_notice_too() -> None:
    notice = notice_in(
        "It failed.\n\n   ----- Original message follows -----\n\nTo: ada@readers.example\nSubject: Ferry\n"
    )
    assert "Ferry" not in " ".join(notice.lines)
    assert notice.returned.raw("to") == "ada@readers.example"
