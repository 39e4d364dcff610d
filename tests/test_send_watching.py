"""Which issues pause themselves while they are sent: letters that strangers ask for do not, for what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from publisher.model.delivery import Delivery
from publisher.model.issue import IssueKind, IssueState
from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason
from publisher.send.watching import Watch
from publisher.send.wellbeing import Limits
from publisher.store import issues, schema
from publisher.store.database import Store
from tests.conftest import NOW
from tests.writers import put_issue_on_its_way

REFUSED = Outcome(verdict=Verdict.NEVER, code=550, text="no such user", reason=Reason.USER_UNKNOWN)
BLAMED = Outcome(verdict=Verdict.NEVER, code=550, text="listed as spam", reason=Reason.REPUTATION)


@pytest.mark.parametrize(
    ("kind", "outcome", "pauses"),
    [
        (IssueKind.ISSUE, REFUSED, True),
        (IssueKind.WELCOME, REFUSED, True),  # only who confirmed gets it
        (IssueKind.CONFIRM, REFUSED, False),
        (IssueKind.CHANGE, REFUSED, False),
        (IssueKind.CONFIRM, BLAMED, True),
    ],
)
def test_addresses_that_strangers_made_up_keep_nobody_else_from_joining(
    sqlite_store: Store, kind: IssueKind, outcome: Outcome, pauses: bool
) -> None:
    issue = put_issue_on_its_way(sqlite_store, 1)
    letter = Delivery(id=1, issue=issue, variant=1, subscription=1, email="x@readers.example", name="", attempts=1)
    watch = Watch(Limits())
    suspects = watch.saw([(letter, outcome)] * 60)
    with sqlite_store.write() as conn:
        conn.execute(update(schema.issues).values(kind=kind))
        paused = watch.pause(conn, suspects, now=NOW)
        assert bool(paused) is pauses
        assert (issues.get_issue(conn, issue).state is IssueState.PAUSED) is pauses
    watch.keep(suspects, paused)
    assert not (kind is IssueKind.CONFIRM and outcome is REFUSED and watch.saw([(letter, outcome)]))
