"""Whose letter a message is about: only what a token of ours says is believed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.bounce.classify import Classified, classify
from publisher.bounce.policy import event_of
from publisher.mail.leaving import leave_address
from publisher.mail.wire import return_path
from publisher.model.incoming import Kind, Place
from publisher.model.reason import Reason
from publisher.model.standing import Happening
from publisher.tokens import Purpose, token_for

READER = "ada@readers.example"
KEYS = (b"k" * 32,)
OTHER = (b"o" * 32,)
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
TOKEN = token_for(KEYS, Purpose.DELIVERY, 4711)
CASES = Path(__file__).parent / "cases" / "bounces"
BOUNCE = """From: MAILER-DAEMON@mx.readers.example
To: {to}
Subject: failure notice

Hi. This is the mail program at mx.readers.example.

<ada@readers.example>:
550 5.1.1 no such user
{more}"""


def bounce(to: str, more: str = "", came_to: tuple[str, ...] = ()) -> Classified:
    return classify(BOUNCE.format(to=to, more=more).encode(), keys=KEYS, came_to=came_to)


def test_the_token_in_the_return_address_names_the_delivery() -> None:
    found = bounce(return_path(TOKEN, "bounces.courier.example"))
    assert (found.delivery, found.place, found.kind) == (4711, Place.RETURN_ADDRESS, Kind.BOUNCE)
    failure = found.failure_of(READER)
    assert failure
    assert failure.reason is Reason.USER_UNKNOWN


def test_a_server_that_writes_addresses_in_capitals_changes_nothing() -> None:
    assert bounce(return_path(TOKEN, "bounces.courier.example").upper()).delivery == 4711


def test_the_envelope_names_it_where_no_header_does() -> None:
    assert bounce("postmaster@x.example", came_to=(return_path(TOKEN, "x.example"),)).delivery == 4711
    delivered = BOUNCE.format(to="list@x.example\nDelivered-To: " + return_path(TOKEN, "x.example"), more="")
    assert classify(delivered.encode(), keys=KEYS).delivery == 4711


def test_the_message_id_of_the_letter_that_came_back_names_it() -> None:
    more = (
        f"\n--- Below this line is a copy of the message.\n\nReceived: from x\nMessage-ID: <{TOKEN}@courier.example>\n"
    )
    found = bounce("postmaster@x.example", more)
    assert (found.delivery, found.place) == (4711, Place.MESSAGE_ID)


def test_the_envelope_id_of_a_report_names_it() -> None:
    message = (CASES / "postfix.eml").read_text(encoding="utf-8")
    found = classify(message.replace("0000000000abcdefghij0123456789klm", TOKEN).encode(), keys=KEYS)
    assert found.delivery == 4711
    alone = message.replace("Envelope-Id: 0000000000abcdefghij0123456789klm", f"Envelope-Id: {TOKEN}")
    assert classify(alone.encode(), keys=KEYS).place is Place.ENVELOPE_ID


@pytest.mark.parametrize(
    "token",
    [
        token_for(OTHER, Purpose.DELIVERY, 4711),
        token_for(KEYS, Purpose.PREFERENCES, 4711),
        TOKEN[:-1],
        TOKEN[:-1] + ("0" if TOKEN[-1] != "0" else "1"),
        "0" * 32,
    ],
    ids=["of another key", "for another purpose", "cut", "changed", "made up"],
)
def test_a_bounce_without_a_token_of_ours_is_about_nobody(token: str) -> None:
    found = bounce(f"b+{token}@bounces.courier.example")
    assert found.kind is Kind.BOUNCE
    assert not found.is_ours
    assert event_of(found, reader=READER, at=NOW, sent_at=NOW) is None


def test_a_rotated_key_still_names_old_letters() -> None:
    old = token_for(OTHER, Purpose.DELIVERY, 9)
    message = BOUNCE.format(to=return_path(old, "x.example"), more="").encode()
    assert classify(message, keys=(*KEYS, *OTHER)).delivery == 9


def test_a_test_letter_that_bounces_is_known_for_one() -> None:
    found = bounce(return_path(token_for(KEYS, Purpose.TEST, 1_700_000_000_000), "x.example"))
    assert found.is_test
    assert not found.is_ours


def test_a_complaint_names_the_letter_though_the_provider_hides_the_reader() -> None:
    message = (CASES / "arf-redacted.eml").read_text(encoding="utf-8").replace("letter-17", TOKEN)
    found = classify(message.encode(), keys=KEYS)
    assert (found.kind, found.delivery) == (Kind.COMPLAINT, 4711)
    event = event_of(found, reader=READER, at=NOW, sent_at=NOW)
    assert event
    assert event.happening is Happening.COMPLAINED


def test_a_mail_to_the_address_for_leaving_names_the_subscription() -> None:
    token = token_for(KEYS, Purpose.UNSUBSCRIBE, 12)
    message = f"From: ada@readers.example\nTo: {leave_address(token, 'courier.example')}\nSubject: \n\n"
    found = classify(message.encode(), keys=KEYS)
    assert (found.kind, found.subscription, found.delivery) == (Kind.UNSUBSCRIBE, 12, None)


def test_an_answer_to_a_letter_names_it_too_and_changes_nothing() -> None:
    message = f"From: ada@readers.example\nSubject: Re: Ferry\nIn-Reply-To: <{TOKEN}@courier.example>\n\nFine!"
    found = classify(message.encode(), keys=KEYS)
    assert (found.kind, found.delivery) == (Kind.MESSAGE, 4711)
    assert event_of(found, reader=READER, at=NOW, sent_at=NOW) is None


@pytest.mark.parametrize("case", ["postfix-delayed", "auto-rfc3834", "receipt", "delivered", "challenge", "dmarc"])
def test_what_is_neither_a_bounce_nor_a_complaint_counts_nothing(case: str) -> None:
    message = (CASES / f"{case}.eml").read_text(encoding="utf-8").replace("0000000000abcdefghij0123456789klm", TOKEN)
    found = classify(message.encode(), keys=KEYS)
    assert found.delivery == 4711
    assert event_of(found, reader=READER, at=NOW, sent_at=NOW) is None


def test_of_several_recipients_the_reader_counts() -> None:
    message = (CASES / "no-blank-line-between.eml").read_text(encoding="utf-8")
    found = classify(message.replace("0000000000abcdefghij0123456789klm", TOKEN).encode(), keys=KEYS)
    for reader, reason in ((READER, Reason.USER_UNKNOWN), ("bea@readers.example", Reason.MAILBOX_FULL)):
        event = event_of(found, reader=reader, at=NOW, sent_at=NOW)
        assert event
        assert event.reason is reason


@pytest.mark.parametrize(
    ("reader", "is_own"),
    [
        ("ada@new.example", True),
        ("ADA@NEW.EXAMPLE", True),
        ("ada@readers.example", True),  # an inner host of the same server
        ("office@readers.example", False),
    ],
)
def test_who_has_mail_handed_on_is_not_the_one_that_failed(reader: str, is_own: bool) -> None:
    message = (CASES / "postfix-forwarded.eml").read_text(encoding="utf-8")
    message = message.replace("0000000000abcdefghij0123456789klm", TOKEN).replace(
        "rfc822;ada@readers", "rfc822;office@readers"
    )
    event = event_of(classify(message.encode(), keys=KEYS), reader=reader, at=NOW, sent_at=NOW)
    assert event
    assert event.is_own is is_own


def test_a_notification_in_json_names_the_letter_by_its_return_address() -> None:
    message = (CASES / "ses-json.eml").read_text(encoding="utf-8")
    found = classify(message.replace("b+x@", f"b+{TOKEN}@").encode(), keys=KEYS)
    assert (found.kind, found.delivery) == (Kind.BOUNCE, 4711)
