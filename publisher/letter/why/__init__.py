"""Why a reader got, did not get, or will get a post in a newsletter.

The first that can be told answers: what was written into the ledger (`ledger`); what keeps
the post from this reader for good (`hindrances`); what it waits for, and when it goes
(`coming`).

Pure: it is told the facts (`facts`). It tells what would happen now: posts that come, and
people who change their minds, may change it.
"""

from __future__ import annotations

from publisher.letter.why.coming import when_it_comes
from publisher.letter.why.facts import Case, Coming
from publisher.letter.why.hindrances import hindrance
from publisher.letter.why.ledger import from_ledger
from publisher.model.fate import Answer, Fate
from publisher.model.issue import Newsletter

__all__ = ["Case", "Coming", "no_reader", "reasons"]


def no_reader(newsletter: Newsletter) -> Answer:
    """The answer where there is no subscription."""
    return Answer(fate=Fate.NOT, why=f"does not read {newsletter.name}")


def reasons(case: Case) -> tuple[Answer, ...]:
    """The answer; several where several letters hold the post."""
    if case.traces:
        return tuple(from_ledger(trace, case.zone) for trace in case.traces)
    why = hindrance(case)
    return (Answer(fate=Fate.NOT, why=why) if why else when_it_comes(case),)
