"""What `[bounces.NAME]` names becomes a mailbox, or a place to listen at; what cannot be used is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.bounce.account import read_account
from publisher.bounce.imap import ImapMailbox
from publisher.bounce.lmtp import Listening
from publisher.bounce.maildir import MaildirMailbox
from publisher.bounce.mbox import MboxMailbox
from publisher.bounce.opening import open_bounces
from publisher.bounce.pop3 import Pop3Mailbox
from publisher.bounce.watching import HOPELESS_SECONDS, LONGEST_SECONDS, pause_seconds
from publisher.config.incoming import BouncesTable
from publisher.errors import MailboxError


def table(url: str, **more: object) -> BouncesTable:
    return BouncesTable.model_validate({"url": url} | more)


def test_an_imap_account_is_read_with_all_its_settings(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    given_table = table(
        "imaps://b%40news.example@mail.example:1993/INBOX/Bounces%20here",
        ca_file="ca.pem", keep=True, folder="Done", timeout="5s", largest=2048,
    )  # fmt: skip
    box = open_bounces(given_table, tmp_path, password="sesame")
    assert isinstance(box, ImapMailbox)
    account = box.account
    assert (account.user, account.host, account.port) == ("b@news.example", "mail.example", 1993)
    assert (account.folder, account.keep_in, account.ca_file) == ("INBOX/Bounces here", "Done", tmp_path / "ca.pem")
    assert (account.timeout_seconds, account.largest_bytes) == (5.0, 2048)
    assert "sesame" not in repr(box) + box.describe()


def test_each_scheme_has_its_transport(tmp_path: Path) -> None:
    assert isinstance(open_bounces(table("pop3+starttls://b@mail.example"), tmp_path, password="x"), Pop3Mailbox)
    assert open_bounces(table("maildir:var/in", keep=True), tmp_path) == MaildirMailbox(
        folder=tmp_path / "var/in", keep=True
    )
    assert open_bounces(table("mbox:///var/mail/b"), tmp_path) == MboxMailbox(path=Path("/var/mail/b"))
    assert open_bounces(table("lmtp+unix:var/lmtp"), tmp_path) == Listening(path=tmp_path / "var/lmtp")
    assert open_bounces(table("lmtp://127.0.0.1:2424"), tmp_path) == Listening(port=2424)


@pytest.mark.parametrize(
    ("url", "more", "problem"),
    [
        ("imap://b@mail.example", {"password": "x"}, "is not sent unencrypted"),
        ("pop3://b@10.0.0.1", {"password": "x"}, "is not sent unencrypted"),
        ("imaps://b@mail.example", {}, "needs a password or a login by token"),
        ("imaps://b@mail.example", {"password": "x", "token": lambda refused: "t"}, "and not both"),
        ("imaps://mail.example", {"password": "x"}, "names no host or no user"),
        ("imaps://b@mail.example", {"password": "x\r\nA2 DELETE INBOX"}, "read from the wrong file"),
        ("imaps://b@mail.example", {"password": "x", "keep_in": "INBOX"}, "cannot be kept in the folder"),
        ("pop3s://b@mail.example", {"password": "x", "keep_in": "Read"}, "knows no folders"),
        ("imaps://b@mail.example", {"password": "x", "ca_file": Path("/nowhere")}, "there is no file"),
        ("http://b@mail.example", {"password": "x"}, "cannot be read"),
        ("imaps://b@mail.example:99999", {"password": "x"}, "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_told(url: str, more: dict[str, object], problem: str) -> None:
    with pytest.raises(MailboxError, match=problem) as caught:
        read_account(url, **more)
    assert caught.value.permanent


def test_on_this_machine_a_login_may_go_unencrypted() -> None:
    assert read_account("imap://b@localhost", password="x").port == 143
    assert read_account("pop3://b@[::1]", password="x").describe() == "pop3://b@[::1]:110"


@given(failures=st.integers(min_value=1, max_value=10**6))
def test_a_failing_mailbox_is_tried_more_and_more_rarely(failures: int) -> None:
    assert 1.0 <= pause_seconds(failures, permanent=False) <= pause_seconds(failures + 1, permanent=False)
    assert pause_seconds(failures, permanent=False) <= LONGEST_SECONDS
    assert pause_seconds(failures, permanent=True) == HOPELESS_SECONDS
