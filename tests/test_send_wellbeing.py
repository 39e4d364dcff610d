"""A run that goes wrong: what answers speak about, when an issue pauses itself, and what resuming it means."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mail.reason import reason_of
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueEvent, IssueState
from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason
from publisher.send.outcome import Phase, judge
from publisher.send.report import SendReport
from publisher.send.wellbeing import ENOUGH, WINDOW, Answer, Limits, Seen, Tally, eased, why_pause, with_outcomes
from publisher.store import issues, ledger, wellbeing
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.test_send_deliver import relay_of, send, states
from tests.test_send_outcome import a_reply
from tests.writers import freeze_for_all, put_issue_on_its_way

CASES = tomllib.loads((Path(__file__).parent / "cases" / "send" / "standing.toml").read_text(encoding="utf-8"))["case"]

TAKEN = Outcome(verdict=Verdict.SENT, code=250)
UNKNOWN = Outcome(verdict=Verdict.NEVER, code=550, enhanced="5.1.1", text="User unknown", reason=Reason.USER_UNKNOWN)
SPAM = Outcome(verdict=Verdict.LATER, code=554, enhanced="5.7.1", text="Spam message rejected", reason=Reason.SPAM)
GREY = Outcome(
    verdict=Verdict.LATER, code=450, enhanced="4.2.0", text="Greylisted, come back later", reason=Reason.GREYLISTED
)
QUOTA = Outcome(verdict=Verdict.LATER, code=550, enhanced="5.4.5", text="Daily limit exceeded", reason=Reason.QUOTA)
LOST = Outcome(verdict=Verdict.IN_DOUBT, text="the connection was cut")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["from"])
def test_what_a_provider_says_is_about_us_or_about_a_mailbox(case: dict[str, Any]) -> None:
    reply = a_reply(case["reply"])
    reason = reason_of(code=reply.code, enhanced=reply.enhanced, text=reply.text)
    assert (reason.about_us or reason.about_relay) is case["about_us"], reason


@pytest.mark.parametrize("phase", [Phase.RCPT, Phase.DATA, Phase.END])
@pytest.mark.parametrize("case", [case for case in CASES if case["about_us"]], ids=lambda case: case["from"])
def test_no_reader_has_failed_for_what_is_about_us(case: dict[str, Any], phase: Phase) -> None:
    assert judge(phase, a_reply(case["reply"])).outcome.verdict is Verdict.LATER


def tally_of(*outcomes: Outcome) -> Tally:
    return with_outcomes(Tally(), list(outcomes))


@pytest.mark.parametrize(
    ("outcomes", "pauses"),
    [
        ([TAKEN] * 200, False),
        ([UNKNOWN] * 49, False),
        ([UNKNOWN] * 50, True),
        ([TAKEN] * 45 + [UNKNOWN] * 5, False),
        ([TAKEN] * 44 + [UNKNOWN] * 6, True),
        ([TAKEN] * 5000 + [UNKNOWN] * 20, False),
        ([TAKEN] * 5000 + [UNKNOWN] * 21, True),
        ([UNKNOWN] * 21 + [TAKEN] * 179, True),
        ([UNKNOWN] * 21 + [TAKEN] * 200, False),
        ([TAKEN] * 10 + [SPAM] * 5, False),
        ([SPAM] * 6, True),
        ([GREY] * 200, False),
        ([QUOTA] * 200, False),
        ([LOST] * 200, False),
        ([GREY] * 100 + [UNKNOWN] * 20, False),
    ],
    ids=lambda value: None,
)
def test_an_issue_pauses_when_the_last_answers_are_above_the_limits(outcomes: list[Outcome], *, pauses: bool) -> None:
    assert bool(why_pause(tally_of(*outcomes), Limits())) is pauses


def test_the_reason_says_how_many_and_in_whose_words() -> None:
    assert why_pause(tally_of(*[TAKEN] * 44, *[UNKNOWN] * 6), Limits()) == (
        "6 of the last 50 letters were refused: 550 5.1.1 User unknown"
    )
    assert why_pause(tally_of(*[TAKEN] * 4, *[SPAM] * 6), Limits()) == (
        "6 of the last 10 answers are about us and not about readers: 554 5.7.1 Spam message rejected"
    )


OUTCOMES = st.lists(st.sampled_from([TAKEN, UNKNOWN, SPAM, GREY, LOST]), max_size=WINDOW + 60)
LIMITS = st.builds(Limits, refused_percent=st.integers(1, 100), blamed=st.integers(0, WINDOW))


@given(OUTCOMES, LIMITS, st.integers(1, 60))
def test_the_decision_is_the_same_however_the_answers_came_in(
    outcomes: list[Outcome], limits: Limits, piece: int
) -> None:
    bit_by_bit = Tally()
    for start in range(0, len(outcomes), piece):
        bit_by_bit = with_outcomes(bit_by_bit, outcomes[start : start + piece])
    assert bit_by_bit == tally_of(*outcomes)
    assert len(bit_by_bit.last) <= WINDOW
    said = {TAKEN: Answer.TAKEN, UNKNOWN: Answer.REFUSED, SPAM: Answer.BLAMED}
    assert bit_by_bit.last == tuple(said[one] for one in outcomes if one in said)[-WINDOW:]


@given(OUTCOMES, LIMITS)
def test_who_resumes_is_not_asked_the_same_again(outcomes: list[Outcome], limits: Limits) -> None:
    tally = tally_of(*outcomes)
    assert not why_pause(tally, eased(limits, before=tally.seen()))


@given(OUTCOMES, LIMITS, st.floats(0, 100))
def test_what_is_known_never_makes_the_limits_stricter(outcomes: list[Outcome], limits: Limits, usual: float) -> None:
    tally = tally_of(*outcomes)
    if why_pause(tally, eased(limits, usual_percent=usual, before=Seen(answers=100, refused=3, blamed=2))):
        assert why_pause(tally, limits)


@given(OUTCOMES)
def test_limits_at_their_top_never_pause(outcomes: list[Outcome]) -> None:
    assert not why_pause(tally_of(*outcomes), Limits(refused_percent=100, blamed=WINDOW))


# With the ledger and a relay.


def refusing(reply: bytes, which: Callable[[int], bool]) -> smtp_servers.Answer:
    """RCPT for readers with such numbers gets this reply."""

    def answer(verb: str, argument: str, taken: int) -> bytes | None:
        number = argument.partition("<reader")[2].partition("@")[0]
        return reply if verb == "RCPT" and which(int(number)) else None

    return answer


def state_of(store: Store, issue: int) -> tuple[IssueState, str]:
    with store.read() as conn:
        found = issues.get_issue(conn, issue)
    return found.state, found.why


def go_on(store: Store, issue: int, *, now: datetime = NOW) -> None:
    with store.write() as conn:
        assert issues.move_if(conn, issue, IssueEvent.RESUME, now=now)


def test_a_relay_that_says_spam_stops_the_issue_and_nobody_has_failed(store: Store) -> None:
    issue = put_issue_on_its_way(store, 120)
    with smtp_servers.Relay(answer=refusing(b"550 5.7.1 blocked as spam", lambda number: number >= 40)) as server:
        report = send(store, relay_of(server, connections=2))
    (paused,) = report.paused
    assert paused.issue == issue
    assert "about us and not about readers: 550 5.7.1 blocked as spam" in paused.why
    assert state_of(store, issue) == (IssueState.PAUSED, paused.why)
    found = states(store, issue)
    assert DeliveryState.FAILED not in found
    assert found[DeliveryState.SENT] == len(server.recipients()) <= 40
    assert 6 <= found[DeliveryState.DEFERRED] <= 6 + 8, "what was on the wire is settled, and no more"
    assert found[DeliveryState.DUE] == 120 - found[DeliveryState.SENT] - found[DeliveryState.DEFERRED]


def test_a_list_with_many_dead_addresses_stops_and_goes_on_when_it_is_resumed(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 200)
    with smtp_servers.Relay(answer=refusing(b"550 5.1.1 User unknown", lambda number: number % 4 == 0)) as server:
        first = send(sqlite_store, relay_of(server))
        assert [one.issue for one in first.paused] == [issue]
        assert state_of(sqlite_store, issue)[0] is IssueState.PAUSED
        before = sum(states(sqlite_store, issue).get(state, 0) for state in (DeliveryState.SENT, DeliveryState.FAILED))
        assert ENOUGH <= before < 80
        go_on(sqlite_store, issue)
        second = send(sqlite_store, relay_of(server))
    assert second.paused == ()
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 150, DeliveryState.FAILED: 50}
    assert len(server.recipients()) == len(set(server.recipients())) == 150


def test_it_stops_again_where_it_grows_twice_as_bad(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 300)
    with sqlite_store.write() as conn:
        wellbeing.remember_pause(conn, issue, {"answers": 100, "refused": 12, "blamed": 0})
    with smtp_servers.Relay(answer=refusing(b"550 5.1.1 User unknown", lambda number: number % 5 == 0)) as server:
        assert send(sqlite_store, relay_of(server)).paused == (), "20 % are less than twice 12 %"
    with sqlite_store.write() as conn:
        ledger.decide(conn, issue, ledger.DeliveryEvent.RETRY, now=NOW)
        issues.move_if(conn, issue, IssueEvent.REOPEN, now=NOW)
    with smtp_servers.Relay(answer=refusing(b"550 5.1.1 User unknown", lambda number: True)) as server:
        assert [one.issue for one in send(sqlite_store, relay_of(server)).paused] == [issue]


def test_a_newsletter_whose_last_issue_had_as_many_refusals_goes_on(store: Store) -> None:
    first = put_issue_on_its_way(store, 100)
    dead = refusing(b"550 5.1.1 User unknown", lambda number: number % 7 == 0)
    with smtp_servers.Relay(answer=dead) as server:
        send(store, relay_of(server))
        assert state_of(store, first)[0] is IssueState.PAUSED
        go_on(store, first)
        send(store, relay_of(server))
        assert state_of(store, first)[0] is IssueState.SENT
        with store.write() as conn:
            second = freeze_for_all(conn, slot="2026-11-23")
        report = send(store, relay_of(server))
    assert report.paused == ()
    assert state_of(store, second)[0] is IssueState.SENT


def test_other_issues_go_on_meanwhile(sqlite_store: Store) -> None:
    bad = put_issue_on_its_way(sqlite_store, 60)
    with sqlite_store.write() as conn:
        good = freeze_for_all(conn, slot="2026-11-23")
    refused = 0

    def spam_at_first(verb: str, argument: str, taken: int) -> bytes | None:
        nonlocal refused
        if verb == "RCPT" and refused < 6:
            refused += 1
            return b"554 5.7.1 Spam message rejected"
        return None

    with smtp_servers.Relay(answer=spam_at_first) as server:
        report = send(sqlite_store, relay_of(server, connections=1))
    assert [one.issue for one in report.paused] == [bad]
    assert state_of(sqlite_store, good)[0] is IssueState.SENT
    assert states(sqlite_store, good) == {DeliveryState.SENT: 60}


def test_a_pause_by_hand_in_the_middle_stays_a_pause_by_hand(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 60)
    paused: list[bool] = []
    lock = threading.Lock()

    def pause_at_the_first_refusal(verb: str, argument: str, taken: int) -> bytes | None:
        if verb != "RCPT" or int(argument.partition("<reader")[2].partition("@")[0]) < 4:
            return None
        with lock:
            if not paused:
                with sqlite_store.write() as conn:
                    paused.append(issues.move_if(conn, issue, IssueEvent.PAUSE, now=NOW))
        return b"554 5.7.1 Spam message rejected"

    with smtp_servers.Relay(answer=pause_at_the_first_refusal) as server:
        report = send(sqlite_store, relay_of(server, connections=8), limits=Limits(blamed=0))
    assert paused == [True]
    assert report.paused == ()
    assert report.deferred >= 1, "enough for a pause"
    assert state_of(sqlite_store, issue) == (IssueState.PAUSED, "")


def test_an_issue_resumed_while_the_run_goes_on_is_sent_by_that_run(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 40)
    moves = [IssueEvent.PAUSE, IssueEvent.RESUME]

    def pause_and_resume(report: SendReport) -> None:
        if report.sent >= 5 and moves:
            with sqlite_store.write() as conn:
                assert issues.move_if(conn, issue, moves.pop(0), now=NOW)

    with smtp_servers.Relay() as server:
        report = send(sqlite_store, relay_of(server, connections=1), progress=pause_and_resume)
    assert not moves
    assert report.sent == 40
    assert len(set(server.recipients())) == len(server.recipients()) == 40


def test_what_was_refused_for_our_reputation_is_tried_again_and_fails_only_when_its_time_is_over(
    sqlite_store: Store,
) -> None:
    issue = put_issue_on_its_way(sqlite_store, 3)
    spam = refusing(b"554 5.7.1 Spam message rejected", lambda number: number == 1)
    with smtp_servers.Relay(answer=spam) as server:
        assert send(sqlite_store, relay_of(server)).deferred == 1
    with smtp_servers.Relay() as server:
        later = send(sqlite_store, relay_of(server), clock=lambda: NOW + timedelta(minutes=2))
    assert (later.sent, later.finished) == (1, (issue,))
