"""What replies mean: the cases stand in cases/send/verdicts.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason
from publisher.send.outcome import Phase, happened, judge
from publisher.send.replies import Reply, ReplyReader

CASES = tomllib.loads((Path(__file__).parent / "cases" / "send" / "verdicts.toml").read_text(encoding="utf-8"))["case"]


def a_reply(line: str) -> Reply:
    (found,) = ReplyReader().read(line.encode() + b"\r\n")
    assert isinstance(found, Reply)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['phase']} {case['reply']}")
def test_a_reply_is_judged_by_its_phase(case: dict[str, Any]) -> None:
    judgement = judge(Phase[case["phase"]], a_reply(case["reply"]))
    found = (judgement.outcome.verdict.value, judgement.relay_trouble, judgement.lasting)
    assert found == (case["verdict"], case.get("trouble", False), case.get("lasting", False)), case["why"]


def test_the_words_of_a_refusal_are_kept_and_those_of_a_success_are_not() -> None:
    refused = judge(Phase.RCPT, a_reply("550 5.1.1 no such user")).outcome
    assert (refused.code, refused.enhanced, refused.text) == (550, "5.1.1", "no such user")
    taken = judge(Phase.END, a_reply("250 2.0.0 queued as 4F2A")).outcome
    assert (taken.code, taken.enhanced, taken.text) == (250, "2.0.0", "")


@pytest.mark.parametrize(
    ("phase", "line", "reason"),
    [
        (Phase.RCPT, "550 5.1.1 no such user", Reason.USER_UNKNOWN),
        (Phase.RCPT, "450 4.2.0 greylisted", Reason.GREYLISTED),
        (Phase.MAIL, "550 5.1.1 no such user", Reason.BAD_SENDER),
        (Phase.MAIL, "552 no", Reason.TOO_LARGE),
        (Phase.MAIL, "450 4.7.1 daily sending limit exceeded", Reason.QUOTA),
        (Phase.END, "554 5.7.1 looks like spam", Reason.SPAM),
        (Phase.END, "250 2.0.0 no spam found", None),
        (Phase.END, "354 go on", None),
    ],
)
def test_a_refusal_has_a_reason_and_nothing_else_has(phase: Phase, line: str, reason: Reason | None) -> None:
    assert judge(phase, a_reply(line)).outcome.reason is reason


@pytest.mark.parametrize("line", ["550 5.7.1 Greylisted, come back in 5 minutes", "554 Too many messages, slow down"])
def test_what_asks_for_patience_gets_it_also_with_a_5_before_it(line: str) -> None:
    assert judge(Phase.RCPT, a_reply(line)).outcome.verdict is Verdict.LATER


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("the letter did not go out: it closed the connection", Reason.LOST_CONNECTION),
        ("the whole letter went out; then the connection broke: Connection reset by peer", Reason.LOST_CONNECTION),
        ("the whole letter went out; then it did not answer the end of the letter in time", Reason.TIMEOUT),
        ("the letter did not go out: it answers MAIL with: 421 4.7.0 too many connections", Reason.RATE_LIMITED),
        ("the letter did not go out: it refuses our return address: 553 5.7.1 not your address", None),
        ("the letter did not go out: the sender was stopped", None),
    ],
)
def test_what_happened_instead_of_an_answer_is_about_nobody(words: str, reason: Reason | None) -> None:
    assert happened(Verdict.LATER, words) == Outcome(verdict=Verdict.LATER, text=words, reason=reason)
