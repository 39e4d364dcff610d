"""`publisher test-send`: the true letter to any address; counted nowhere."""

from __future__ import annotations

import email
import email.policy
import json
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from publisher.cli import run
from publisher.store import schema, subscribers
from publisher.tokens import Purpose, row_of
from tests import smtp_servers
from tests.letter_stand import edit, house_of


def through(folder: Path, relay: smtp_servers.Relay) -> None:
    edit(folder, 'url = "catcher://"', f'url = "smtp://127.0.0.1:{relay.port}"')


def caught(relay: smtp_servers.Relay) -> list[EmailMessage]:
    return [email.message_from_bytes(letter.body, policy=email.policy.default) for letter in relay.letters]


def counted(folder: Path) -> list[Any]:
    """All that a letter to readers would change."""
    with house_of(folder) as house, house.store.read() as conn:
        tables = (
            schema.issues,
            schema.variants,
            schema.letters,
            schema.deliveries,
            schema.subscriptions,
            schema.subscribers,
        )
        return [tuple(row) for table in tables for row in conn.execute(table.select())]


def test_the_true_letter_goes_through_the_true_relay_marked_as_a_test_and_is_counted_nowhere(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = counted(courier)
    with smtp_servers.Relay() as relay:
        through(courier, relay)
        assert run(["test-send", "morning", "desk@courier.example", "Mira <mira", "--json"]) == 2
        assert run(["test-send", "morning", "desk@courier.example", "mira@bücher.example"]) == 0
    told = capsys.readouterr()
    assert [line.partition(" (")[0] for line in told.out.splitlines()] == [
        "desk@courier.example: taken",
        "mira@xn--bcher-kva.example: taken",
    ]
    assert counted(courier) == before
    first, second = caught(relay)
    assert str(first["Subject"]).startswith("[Test] ")
    assert str(first["X-Publisher-Test"]) == "yes"
    assert first["Feedback-ID"] is None
    assert str(first["To"]) == "desk@courier.example"
    assert first["Message-ID"] != second["Message-ID"]
    assert first["List-Unsubscribe"] != second["List-Unsubscribe"]
    assert str(first["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"


def test_it_is_the_letter_that_the_preview_shows(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with smtp_servers.Relay() as relay:
        through(courier, relay)
        assert run(["test-send", "morning", "desk@courier.example", "--as", "ada@readers.example"]) == 0
    assert run(["preview", "morning", "--as", "ada@readers.example"]) == 0
    shown = email.message_from_bytes(
        (courier / "var/preview/morning-daily/letter.eml").read_bytes(), policy=email.policy.default
    )
    (letter,) = caught(relay)
    assert str(letter["Subject"]) == f"[Test] {shown['Subject']}"
    assert str(letter["To"]) == "Ada Winter <desk@courier.example>"
    sent, written = letter.get_body(("plain",)), shown.get_body(("plain",))
    assert sent is not None
    assert written is not None
    differ = [
        (one, other)
        for one, other in zip(sent.get_content().splitlines(), written.get_content().splitlines(), strict=True)
        if one != other
    ]
    assert differ
    # The address, the personal links, and the place where it would be shown, in which the moment stands.
    assert all("courier.example" in one + other for one, other in differ), differ


def test_its_links_and_return_address_name_no_reader_and_no_delivery(courier: Path) -> None:
    with smtp_servers.Relay() as relay:
        through(courier, relay)
        assert run(["test-send", "morning", "desk@courier.example"]) == 0
    link = str(caught(relay)[0]["List-Unsubscribe"]).strip("<>")
    token = link.removeprefix("https://courier.example/test-letter/")
    assert f"b+{token}@courier.example" in relay.letters[0].mail
    with house_of(courier) as house:
        assert [purpose for purpose in Purpose if row_of(house.keys, purpose, token) is not None] == [Purpose.TEST]


def test_what_each_server_answered_is_told_and_a_refusal_is_a_failure(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(verb: str, argument: str, taken: int) -> bytes | None:
        return b"550 5.1.1 nobody of that name" if verb == "RCPT" and "nobody@" in argument else None

    with smtp_servers.Relay(answer=answer) as relay:
        through(courier, relay)
        assert run(["test-send", "morning", "desk@courier.example", "nobody@courier.example", "--json"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert run(["test-send", "morning", "nobody@courier.example"]) == 1
    assert [(one["verdict"], one["code"]) for one in told["letters"]] == [("sent", 250), ("never", 550)]
    assert capsys.readouterr().out == "nobody@courier.example: refused (550 5.1.1 nobody of that name)\n"


def test_a_relay_that_is_not_there_is_told(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with smtp_servers.Relay() as relay:
        through(courier, relay)
    assert run(["test-send", "morning", "desk@courier.example"]) == 1
    told = capsys.readouterr()
    assert told.out == "desk@courier.example: not sent (it was not handed over)\n"
    assert "cannot be reached" in told.err


def test_where_the_relay_is_the_catcher_that_is_said(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test-send", "morning", "desk@courier.example"]) == 0
    assert f"The relay is the catcher, which keeps letters in {courier}/var/outbox" in capsys.readouterr().out
    assert len(list((courier / "var/outbox/new").iterdir())) == 1


def test_each_address_gets_it_once_and_not_too_many_do(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test-send", "morning", "a@courier.example", "a@courier.example"]) == 0
    assert len(list((courier / "var/outbox/new").iterdir())) == 1
    assert run(["test-send", "morning", *(f"a{number}@courier.example" for number in range(21))]) == 2
    assert "21 addresses are too many for a test; at most 20" in capsys.readouterr().err
    assert len(list((courier / "var/outbox/new").iterdir())) == 1


@pytest.mark.parametrize(
    "address", ["", "desk", "desk@", "a@b@c", "desk@courier.example\r\nBcc: x@courier.example", "@courier.example"]
)
def test_what_is_no_address_is_refused_before_anything_is_sent(
    courier: Path, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    assert run(["test-send", "morning", "good@courier.example", address]) == 2
    told = capsys.readouterr().err
    assert "is not a mail address" in told or "write it on one line" in told, told
    assert not (courier / "var" / "outbox").exists()


def test_nothing_goes_to_an_address_that_is_suppressed(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with house_of(courier) as house, house.store.write() as conn:
        assert subscribers.find(conn, "bo@readers.example")
        table = schema.subscribers
        conn.execute(table.update().where(table.c.email == "bo@readers.example").values(state="suppressed"))
    assert run(["test-send", "morning", "BO@readers.example"]) == 2
    assert "no mail goes to BO@readers.example any more" in capsys.readouterr().err


def test_findings_are_told_and_the_test_goes_all_the_same(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(courier, 'name = "Morning Courier"', 'name = "Morning Courier"\nsubject = "{{ \'{{\' }}"')
    assert run(["test-send", "morning", "desk@courier.example"]) == 0
    assert "Error: the subject says “{{”" in capsys.readouterr().err


def test_a_sample_is_sent_where_nothing_is_new(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test-send", "weekend", "desk@courier.example", "--cadence", "weekly"]) == 0
    assert capsys.readouterr().out.startswith("This is a sample, of the newest 6 posts")


@pytest.mark.parametrize("kind", ["confirm", "welcome"])
def test_letters_of_service_can_be_tried_too(courier: Path, kind: str) -> None:
    before = counted(courier)
    with smtp_servers.Relay() as relay:
        through(courier, relay)
        assert run(["test-send", "morning", "desk@courier.example", "--kind", kind]) == 0
    (letter,) = caught(relay)
    text = letter.get_body(("plain",))
    assert text is not None
    assert "Morning Courier" in str(letter["Subject"])
    assert "https://courier.example/test-letter/" in text.get_content()
    assert counted(courier) == before
