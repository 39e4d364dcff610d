"""Which destinations are left alone: those that take nothing, whoever it is for."""

from __future__ import annotations

from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason
from publisher.send.deferrals import IN_A_ROW, MOST_DOMAINS, ON_TRIAL, Deferrals

BUSY = Outcome(verdict=Verdict.LATER, code=451, text="try again later", reason=Reason.BUSY)
FULL = Outcome(verdict=Verdict.LATER, code=452, enhanced="4.2.2", text="over quota", reason=Reason.MAILBOX_FULL)
SENT = Outcome(verdict=Verdict.SENT, code=250)
GONE = Outcome(verdict=Verdict.NEVER, code=550, text="no such user", reason=Reason.USER_UNKNOWN)
BROKEN = Outcome(verdict=Verdict.LATER, text="the connection broke")


def said(deferrals: Deferrals, *outcomes: Outcome, on_trial: bool = False) -> list[bool]:
    return [deferrals.saw("north.example", outcome, on_trial=on_trial) for outcome in outcomes]


def test_twenty_in_a_row_are_enough_and_then_it_begins_anew() -> None:
    assert said(Deferrals(), *[BUSY] * 2 * IN_A_ROW) == ([False] * (IN_A_ROW - 1) + [True]) * 2


def test_after_a_pause_five_are_enough() -> None:
    assert said(Deferrals(), *[BUSY] * ON_TRIAL, on_trial=True) == [False] * (ON_TRIAL - 1) + [True]


def test_any_sign_of_work_begins_the_count_anew() -> None:
    for sign in (SENT, GONE, FULL):
        deferrals = Deferrals()
        assert not any(said(deferrals, *[BUSY] * (IN_A_ROW - 1), sign, *[BUSY] * (IN_A_ROW - 1)))
        assert deferrals.any


def test_a_connection_that_broke_is_the_relays_matter() -> None:
    assert not any(said(Deferrals(), *[BROKEN] * 2 * IN_A_ROW))


def test_one_domain_is_not_held_against_another() -> None:
    deferrals = Deferrals()
    for number in range(IN_A_ROW * 2):
        assert not deferrals.saw(f"d{number % 2}.example", BUSY, on_trial=False) or number >= 2 * IN_A_ROW - 2


def test_of_domains_that_are_counted_there_are_not_too_many() -> None:
    deferrals = Deferrals()
    for number in range(MOST_DOMAINS):
        deferrals.saw(f"d{number}.example", BUSY, on_trial=False)
    assert not any(said(deferrals, *[BUSY] * 2 * IN_A_ROW))
    assert not deferrals.saw("d0.example", SENT, on_trial=False)
    assert said(deferrals, *[BUSY] * IN_A_ROW)[-1]
