"""`issues retry-failed`, `resolve-doubt`, `pause`, `resume`: a person's word, and that it holds."""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from publisher.cli import run
from publisher.house.opened import utc_now
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.store import destinations, schema
from tests.letter_stand import house_of

ADA, BO = "ada@readers.example", "bo@readers.example"
_ledger = schema.deliveries


@pytest.fixture(scope="module")
def assembled(made_courier: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assembled") / "site"
    shutil.copytree(made_courier, folder)
    assert run(["assemble", "morning", "--cadence", "daily", "--config", str(folder / "config.toml")]) == 0
    return folder


@pytest.fixture
def site(assembled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A site with issue 1, whose two letters wait."""
    shutil.copytree(assembled, folder := tmp_path / "site")
    monkeypatch.chdir(folder)
    capsys.readouterr()
    return folder


def put(site: Path, state: DeliveryState, reasons: tuple[str, str] = ("", ""), *, issue: IssueState) -> None:
    """Let the letters to Ada and Bo stand like this, and the issue's lifetime be over since yesterday."""
    yesterday = utc_now() - timedelta(days=1)
    with house_of(site) as house, house.store.write() as conn:
        for number, reason in zip(sorted(conn.execute(select(_ledger.c.id)).scalars()), reasons, strict=True):
            conn.execute(update(_ledger).where(_ledger.c.id == number).values(state=state, reason=reason))
        conn.execute(update(schema.issues).values(state=issue, expires=yesterday))


def states(site: Path) -> list[str]:
    with house_of(site) as house, house.store.read() as conn:
        return list(conn.execute(select(_ledger.c.state).order_by(_ledger.c.id)).scalars())


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["issues", *arguments]) == code
    found = capsys.readouterr()
    return found.out + found.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(said(capsys, *arguments, "--json"))


def send(capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["send"]) == 0
    return capsys.readouterr().out


def test_failed_letters_go_once_more_long_after_the_lifetime_of_their_issue(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(site, DeliveryState.FAILED, issue=IssueState.SENT)
    assert said(capsys, "retry-failed", "1") == "issue 1: 2 letters to be tried again\n"
    assert "2 sent" in send(capsys)
    assert states(site) == ["sent", "sent"]


@pytest.mark.parametrize(
    "only",
    [
        ("--reason", "mailbox full"),
        ("--reason", "MAILBOX-FULL", "--reason", "spam"),
        ("--reader", "Ada@Readers.example"),
        ("--domain", "Readers.Example", "--reader", ADA),
    ],
)
def test_some_of_them_can_be_named_by_reason_domain_and_reader(
    site: Path, capsys: pytest.CaptureFixture[str], only: tuple[str, ...]
) -> None:
    put(site, DeliveryState.FAILED, ("mailbox-full", "user-unknown"), issue=IssueState.SENT)
    assert said(capsys, "retry-failed", "1", *only) == "issue 1: 1 letter to be tried again\n"
    assert states(site) == ["due", "failed"]


def test_where_none_is_like_that_it_is_told_which_there_are(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(site, DeliveryState.FAILED, ("mailbox-full", "user-unknown"), issue=IssueState.SENT)
    assert said(capsys, "retry-failed", "1", "--domain", "quay.example") == (
        "issue 1: none is like that; of its letters 2 failed: mailbox full 1, user unknown 1\n"
    )
    assert said(capsys, "resolve-doubt", "1", "--as", "sent") == "issue 1: no letter is in doubt\n"
    assert states(site) == ["failed", "failed"]


def test_letters_to_who_left_is_suppressed_or_rests_are_left_as_they_are_and_counted(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(site, DeliveryState.FAILED, ("user-unknown", "mailbox-full"), issue=IssueState.SENT)
    assert run(["suppressions", "add", ADA, "--why", "asked by telephone"]) == 0
    capsys.readouterr()
    assert said(capsys, "retry-failed", "1", "--reader", ADA) == (
        "issue 1: 0 letters to be tried again; 1 left as failed: the reader has left, is suppressed, or rests\n"
    )
    found = told(capsys, "retry-failed", "1")
    assert (found["letters"], found["left_out"]) == (1, 1)
    assert states(site) == ["failed", "due"]
    assert "1 sent" in send(capsys)
    assert run(["subscribers", "remove", BO]) == 0
    put(site, DeliveryState.FAILED, ("user-unknown", "mailbox-full"), issue=IssueState.SENT)
    capsys.readouterr()
    assert "0 letters to be tried again; 2 left as failed" in said(capsys, "retry-failed", "1")


@pytest.mark.parametrize(
    ("only", "saying"),
    [
        (("--reason", "mailbox-ful"), "'mailbox-ful' is no reason; did you mean mailbox-full?"),
        (("--domain", "ada@quay.example"), "leave out what stands before it: `quay.example`"),
        (("--reader", "ada"), "is not a mail address"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    site: Path, capsys: pytest.CaptureFixture[str], only: tuple[str, ...], saying: str
) -> None:
    assert saying in said(capsys, "retry-failed", "1", *only, code=2)


def test_an_issue_that_is_paused_stays_so(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(site, DeliveryState.FAILED, issue=IssueState.PAUSED)
    assert said(capsys, "retry-failed", "1") == (
        "issue 1: 2 letters to be tried again, after: publisher issues resume 1\n"
    )
    assert "nothing to send" in send(capsys)
    assert said(capsys, "resume", "1") == "issue 1: queued again\n"
    assert "2 sent" in send(capsys)


def test_nothing_of_a_cancelled_issue_goes_out_any_more(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(site, DeliveryState.IN_DOUBT, issue=IssueState.CANCELLED)
    refused = "Error: issue 1 is cancelled: none of its letters goes out any more\n"
    assert said(capsys, "resolve-doubt", "1", "--as", "unsent", code=2) == refused
    assert said(capsys, "retry-failed", "1", code=2) == refused
    assert said(capsys, "resolve-doubt", "1", "--as", "sent") == "issue 1: 2 letters counted as sent\n"


def test_an_issue_may_be_paused_for_longer_than_its_lifetime(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(site, DeliveryState.DUE, issue=IssueState.PAUSED)
    said(capsys, "resume", "1")
    shown = told(capsys, "show", "1")
    assert datetime.fromisoformat(shown["expires"]) > utc_now() + timedelta(hours=23)
    assert re.search(
        r"  letters are tried until \w{3} [-\d]+ [\d:]+ \w+ \(`mail.lifetime`\)\n", said(capsys, "show", "1")
    )
    assert "2 sent" in send(capsys)


def test_a_domain_that_is_resumed_has_its_letters_at_once_also_of_issues_that_are_paused(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(site, DeliveryState.DUE, issue=IssueState.PAUSED)
    then = utc_now() + timedelta(hours=1)
    with house_of(site) as house, house.store.write() as conn:
        destinations.pause(conn, "readers.example", why="451 later", until=then, now=utc_now())
        conn.execute(update(_ledger).values(next_try=then))
    assert run(["relays", "resume", "readers.example"]) == 0
    said(capsys, "resume", "1")
    assert "2 sent" in send(capsys)


def test_a_run_that_has_nothing_to_send_tells_whose_letters_wait_for_somebody(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "pause", "1", "--why", "a wrong headline")
    assert run(["send"]) == 0
    assert capsys.readouterr().err == (
        "issue 1 is paused: a wrong headline; 2 of its letters wait; go on with: publisher issues resume 1\n"
    )


def test_what_a_run_came_to_is_told_to_programs(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["relays", "park", "tryout", "--why", "they move"]) == 0
    capsys.readouterr()
    assert run(["send", "--json"]) == 1
    waiting = json.loads(capsys.readouterr().out)
    assert (waiting["sent"], waiting["finished"]) == (0, [])
    assert "relay tryout (" in waiting["problem"]
    assert waiting["troubles"] == [waiting["problem"]]
    assert run(["relays", "resume", "tryout"]) == 0
    capsys.readouterr()
    assert run(["send", "--json"]) == 0
    sent = json.loads(capsys.readouterr().out)
    assert (sent["sent"], sent["finished"], sent["problem"], sent["held_up"]) == (2, [1], "", [])


def test_doubt_is_resolved_reader_by_reader_both_ways(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(site, DeliveryState.IN_DOUBT, issue=IssueState.SENT)
    assert said(capsys, "resolve-doubt", "1", "--as", "sent", "--reader", ADA) == "issue 1: 1 letter counted as sent\n"
    assert told(capsys, "resolve-doubt", "1", "--as", "unsent", "--reader", BO) == {
        "issue": 1, "letters": 1, "done": "to be sent again", "issue_state": "queued",
    }  # fmt: skip
    assert states(site) == ["sent", "due"]
    assert "1 sent" in send(capsys)
    assert states(site) == ["sent", "sent"]


def test_what_is_done_to_an_issue_is_told_to_programs_and_why_to_people(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paused = told(capsys, "pause", "1", "--why", "a wrong\nheadline")
    assert (paused["id"], paused["state"], paused["why"]) == (1, "paused", "a wrong headline")
    assert "paused: a wrong headline; go on with: publisher issues resume 1" in said(capsys, "show", "1")
    assert told(capsys, "resume", "1")["state"] == "queued"
    said(capsys, "pause", "1")
    assert "paused: by hand" in said(capsys)
    assert "is paused: there is nothing to pause" in said(capsys, "pause", "1", code=2)
    cancelled = told(capsys, "cancel", "1")
    assert (cancelled["state"], cancelled["letters"]) == ("cancelled", {"skipped": 2})
    assert "is cancelled: there is nothing to resume" in said(capsys, "resume", "1", code=2)
