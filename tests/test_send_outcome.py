"""What replies mean: the cases stand in cases/send/verdicts.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from publisher.send.outcome import Phase, judge
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
