"""Whether an issue should go on being sent, by what was answered so far.

Theory. Two things go wrong with a run and grow worse with each letter: readers' providers take
us for a spammer, or far more letters are refused than usual (a list that was bought or lies
about for years, a broken import). Both are seen in the last answers, not in all of them: after
50,000 good ones a thousand refusals are 2 %. So a window of the last answers is kept, and what
is in it is compared with limits. A few refusals prove nothing; below a number of answers the
share is not looked at.

Limits give way to what is known. A newsletter whose last issue had refusals may have twice as
many; an issue that paused and was resumed may be twice as bad as it was then, because somebody
has seen that and said: go on. So it is not paused again for the same answers.

Responsible for this decision. Whom an answer is about is told by its reason; pausing is
`watching.py`. What a relay says of us as its customer is not counted here: that relay rests.

Pure values. Known weakness: a run sees its own answers only; one that is begun anew every few
letters never has enough of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from publisher.model.issue import ASKING, IssueKind
from publisher.model.outcome import Outcome, Verdict

WINDOW = 200  # the last answers, which are looked at
ENOUGH = 50  # of them, before a share says anything


class Answer(StrEnum):
    """What an outcome says about the run."""

    TAKEN = "taken"
    REFUSED = "refused"
    BLAMED = "blamed"  # for our reputation, policy, spam


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Above these an issue pauses itself."""

    refused_percent: int = 10  # of the last answers; 100: never
    blamed: int = 5  # of the last answers; as many as the window has: never


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The last answers, in numbers."""

    answers: int = 0
    refused: int = 0
    blamed: int = 0

    @property
    def refused_percent(self) -> float:
        return 100 * self.refused / self.answers if self.answers else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The last answers about one issue, oldest first, and what was said with the last bad ones."""

    last: tuple[Answer, ...] = ()
    refusal: str = ""
    blame: str = ""

    def seen(self) -> Seen:
        return Seen(
            answers=len(self.last),
            refused=self.last.count(Answer.REFUSED),
            blamed=self.last.count(Answer.BLAMED),
        )


def answer_of(outcome: Outcome) -> Answer | None:
    """What an outcome says about the run; None where it says nothing yet (greylisting, a lost connection)."""
    if outcome.verdict is Verdict.SENT:
        return Answer.TAKEN
    if outcome.reason and outcome.reason.about_us:
        return Answer.BLAMED
    return Answer.REFUSED if outcome.verdict is Verdict.NEVER else None


def with_outcomes(tally: Tally, outcomes: list[Outcome]) -> Tally:
    """The tally with some more answers."""
    last, refusal, blame = list(tally.last), tally.refusal, tally.blame
    for outcome in outcomes:
        answer = answer_of(outcome)
        if answer is not None:
            last.append(answer)
        if answer is Answer.REFUSED:
            refusal = words_of(outcome)
        elif answer is Answer.BLAMED:
            blame = words_of(outcome)
    return Tally(last=tuple(last[-WINDOW:]), refusal=refusal, blame=blame)


def words_of(outcome: Outcome) -> str:
    """A reply as it came."""
    return " ".join(part for part in (str(outcome.code or ""), outcome.enhanced, outcome.text) if part)


def limits_for(kind: IssueKind, limits: Limits) -> Limits:
    """A letter that asks goes where a stranger says: that many are refused tells nothing about our list.

    Else whoever types fifty addresses that are none would keep all others of the hour from joining.
    """
    return replace(limits, refused_percent=100) if kind in ASKING else limits


def eased(limits: Limits, *, usual_percent: float = 0.0, before: Seen | None = None) -> Limits:
    """Limits that allow for twice what is usual, and for twice what an issue was paused and resumed for."""
    known = before or Seen()
    return Limits(
        refused_percent=max(limits.refused_percent, round(2 * max(usual_percent, known.refused_percent))),
        blamed=max(limits.blamed, 2 * known.blamed),
    )


def why_pause(tally: Tally, limits: Limits) -> str:
    """Why the issue should pause, in words; "": it should go on."""
    seen = tally.seen()
    if seen.blamed > limits.blamed:
        return f"{seen.blamed} of the last {seen.answers} answers are about us and not about readers: {tally.blame}"
    if seen.answers >= ENOUGH and seen.refused_percent > limits.refused_percent:
        return f"{seen.refused} of the last {seen.answers} letters were refused: {tally.refusal}"
    return ""
