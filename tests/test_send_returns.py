"""An issue pauses for what comes back of it by mail: for a share of its letters, never for a few."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.bounce.mailbox import Received
from publisher.house.keepingup import bring_up_to_date
from publisher.house.opened import House
from publisher.house.returning import taker_of
from publisher.model.issue import IssueEvent, IssueState
from publisher.model.reason import Reason
from publisher.send.report import Paused
from publisher.send.returns import Returns, returns_of, why_pause
from publisher.send.wellbeing import WINDOW, Limits
from publisher.store import claims, issues, ledger, messages
from publisher.store.ledger import Settled
from tests.conftest import NOW
from tests.letter_stand import house_of
from tests.returned_mail import SENT, address_of, bounce_of, complaint_of
from tests.writers import SENDER, a_post, freeze_for_all, put_posts, put_readers

LIMITS = Limits()


def test_what_came_back_is_told_apart_by_whom_it_is_about() -> None:
    numbers = {
        ("bounce", Reason.USER_UNKNOWN.value): 20,
        ("bounce", Reason.SPAM.value): 3,
        ("bounce", ""): 1,
        ("complaint", ""): 4,
    }
    found = returns_of(numbers)
    assert (found.refused, found.blamed, found.complaints) == (21, 3, 4)
    assert found.words == "user unknown 20, spam 3"
    assert found.most == 21
    assert returns_of({}) == Returns()


@pytest.mark.parametrize(
    ("returns", "sent", "says"),
    [
        (Returns(refused=9, words="user unknown 9"), 49, ""),  # too few letters to say anything
        (Returns(refused=10), 100, ""),
        (Returns(refused=11, words="user unknown 11"), 100, "11 of 100 letters came back: user unknown 11"),
        (Returns(blamed=5), 60, ""),
        (Returns(blamed=6), 1000, ""),  # a provider of some readers
        (Returns(blamed=26, words="spam 26"), 1000, "about us and not about readers: spam 26"),
        (Returns(complaints=5), 60, ""),
        (Returns(complaints=100), 100_000, ""),
        (Returns(complaints=101), 100_000, "101 of 100,000 readers call it spam"),
    ],
)
def test_a_share_counts_and_no_few(returns: Returns, sent: int, says: str) -> None:
    why = why_pause(returns, sent, LIMITS)
    assert says in why
    assert bool(says) is bool(why)


def test_limits_give_way_to_what_is_usual_and_to_who_resumed_it() -> None:
    many = Returns(refused=30, blamed=10, complaints=10)
    assert why_pause(many, 100, LIMITS)
    assert not why_pause(Returns(refused=30), 100, LIMITS, usual_percent=15.0)
    assert not why_pause(many, 100, LIMITS, before=Returns(refused=15, blamed=5, complaints=5))
    assert why_pause(Returns(complaints=11), 100, LIMITS, before=Returns(complaints=5))


def test_a_site_may_say_that_it_never_pauses() -> None:
    never = Limits(refused_percent=100, blamed=WINDOW)
    assert not why_pause(Returns(refused=900, blamed=900, complaints=900), 900, never)


def half_sent(house: House, *, readers: int, letters: int) -> tuple[int, list[int]]:
    """An issue that is going out, and those of its deliveries that went."""
    with house.store.write() as conn:
        put_readers(conn, readers)
        seqs = tuple(put_posts(conn, [a_post(77)]))
        issue = freeze_for_all(conn, seqs=seqs)
        assert issues.move_if(conn, issue, IssueEvent.START, now=NOW)
        claimed = claims.claim(conn, SENDER, limit=letters, now=NOW).claimed
        ids = [one.id for one in claimed]
        ledger.mark_sending(conn, SENDER, ids, now=NOW)
        ledger.settle(conn, SENDER, [Settled(id=one, outcome=SENT) for one in ids], now=NOW)
    return issue, ids


def state_of(house: House, issue: int) -> tuple[IssueState, str]:
    with house.store.read() as conn:
        found = issues.get_issue(conn, issue)
    return found.state, found.why


def test_an_issue_that_is_going_out_pauses_when_too_much_of_it_comes_back(courier: Path) -> None:
    with house_of(courier) as house:
        issue, ids = half_sent(house, readers=80, letters=60)
        paused: list[Paused] = []
        take = taker_of(house, "imap", paused.append)

        def come_back(*deliveries: int) -> None:
            for one in deliveries:
                to = address_of(one, house.keys)
                take(Received(place="", octets=bounce_of(one, "x@readers.example", "552 mailbox full", to=to)))

        come_back(*ids[:6])
        assert (paused, state_of(house, issue)) == ([], (IssueState.SENDING, ""))
        come_back(ids[6])
        why = "7 of 60 letters came back: mailbox full 7"
        assert paused == [Paused(issue=issue, why=why)]
        assert state_of(house, issue) == (IssueState.PAUSED, why)
        with house.store.write() as conn:
            assert issues.move_if(conn, issue, IssueEvent.RESUME, now=NOW)
        come_back(*ids[7:13])
        assert len(paused) == 1  # somebody has seen it, and said: go on
        come_back(*ids[13:15])
        assert len(paused) == 2


def test_what_came_back_while_nobody_looked_pauses_an_issue_too(courier: Path) -> None:
    with house_of(courier) as house:
        issue, ids = half_sent(house, readers=80, letters=60)
        for one in ids[:6]:
            octets = complaint_of(f"Return-Path: <{address_of(one, house.keys)}>\nX-Number: {one}")
            with house.store.write() as conn:
                received = Received(place="", octets=octets)
                messages.keep(conn, received.digest, octets, came_by="imap", came_to=(), now=NOW)
        said: list[str] = []
        bring_up_to_date(house, lambda: False, said.append)
        assert state_of(house, issue) == (IssueState.PAUSED, "6 of 60 readers call it spam")
        (told,) = said
        assert told.startswith(f"issue {issue} paused itself: 6 of 60 readers call it spam; its other letters wait")
