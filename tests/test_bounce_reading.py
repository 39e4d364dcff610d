"""What comes back is what it is: cases/bounces/ has a message each, with what it is in its own header."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.bounce.reading import read
from publisher.model.incoming import Incoming, Kind

FOLDER = Path(__file__).parent / "cases" / "bounces"
FILES = sorted(FOLDER.glob("*.eml"))


def expected_in(file: Path) -> tuple[str, bytes]:
    """The line `X-Expect: KIND [ADDRESS [ORIGINAL] REASON; …]`, and the message without it."""
    line, _, message = file.read_bytes().partition(b"\n")
    return line.decode().removeprefix("X-Expect: ").strip(), message


def told(incoming: Incoming) -> str:
    """What was understood, in the words of the cases."""
    failures = [" ".join(filter(None, (each.address, each.original, each.reason))) for each in incoming.failures]
    return f"{incoming.kind} {'; '.join((*failures, *incoming.complainers))}".strip()


NOTICES = [
    file
    for file in FILES
    if expected_in(file)[0].startswith(("bounce", "delay"))
    and b"\nMIME-" not in expected_in(file)[1]
    and "json" not in file.stem
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_message_is_what_its_case_says(file: Path) -> None:
    wanted, message = expected_in(file)
    assert told(read(message)) == wanted


@pytest.mark.parametrize("file", NOTICES, ids=lambda file: file.stem)
def test_the_words_of_a_notice_are_none_where_a_person_or_a_mailbox_writes_them(file: Path) -> None:
    words = expected_in(file)[1].partition(b"\n\n")[2]
    person = b"From: Ada <ada@readers.example>\nTo: news@courier.example\n"
    assert read(person + b"Subject: Re: The week at the harbour\n\n" + words).kind is Kind.MESSAGE
    assert read(person + b"Subject: Fwd: Undelivered Mail Returned to Sender\n\n" + words).kind is Kind.MESSAGE
    absent = b"Auto-Submitted: auto-replied\nSubject: Automatic reply: The week at the harbour\n\n"
    assert read(person + absent + words).kind is Kind.AUTO_REPLY


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_a_person_forwards_as_a_whole_is_a_letter_of_that_person(file: Path) -> None:
    message = (
        b"From: Ada <ada@readers.example>\nSubject: Fwd: what came\nContent-Type: multipart/mixed; boundary=ada\n\n"
        b"--ada\n\nLook.\n\n--ada\nContent-Type: message/rfc822\n\n" + expected_in(file)[1] + b"\n\n--ada--\n"
    )
    assert read(message).kind in (Kind.MESSAGE, Kind.COMPLAINT)
    assert read(message).kind is Kind.MESSAGE or b"X-HmXmr" in message
