"""What the ledger says counts as what a message says: once, whoever is killed, whenever the job is done."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from publisher.bounce.answers import keep_up
from publisher.bounce.intake import take_in
from publisher.errors import StorageError
from publisher.model.delivery import DeliveryEvent
from publisher.model.issue import IssueEvent
from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason
from publisher.model.standing import Standing, State
from publisher.model.subscriber import SubscriberState
from publisher.store import issues, ledger, schema, standings, suppressions
from publisher.store.database import Store, open_store
from tests.conftest import NOW
from tests.dying_store import Dies
from tests.returned_mail import KEYS, SENT, bounce_of, reader, send_all
from tests.writers import a_post, freeze_for_all, put_posts, put_readers

DAY = timedelta(days=1)
FULL = Outcome(verdict=Verdict.NEVER, code=552, enhanced="5.2.2", text="mailbox full", reason=Reason.MAILBOX_FULL)
UNKNOWN = Outcome(verdict=Verdict.NEVER, code=550, enhanced="5.1.1", text="no such user", reason=Reason.USER_UNKNOWN)
READER = "reader0@readers.example"


def issue_on(store: Store, day: int, outcome: Outcome) -> list[int]:
    """An issue of that day, for all who would get one, with one answer for all its letters."""
    now = NOW + day * DAY
    with store.write() as conn:
        standings.wake(conn, now=now)
        seqs = tuple(put_posts(conn, [a_post(day + 1)]))
        issue = freeze_for_all(conn, slot=f"day {day}", seqs=seqs)
        assert issues.move_if(conn, issue, IssueEvent.START, now=now)
    return send_all(store, now=now, outcome=outcome)


def standing_of(store: Store, number: int = 0) -> Standing | None:
    with store.read() as conn:
        return standings.find(conn, reader(store, number).id)


def test_a_refusal_while_sending_suppresses_as_a_bounce_does(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 1)
    (failed,) = issue_on(store, 0, UNKNOWN)
    assert keep_up(store, keys=KEYS, now=NOW + DAY).failures == 1
    assert reader(store).state is SubscriberState.SUPPRESSED
    with store.read() as conn:
        (known,) = suppressions.newest(conn, limit=0)
    assert (known.delivery, known.message, known.detail, known.since) == (failed, None, "550 5.1.1 no such user", NOW)
    assert keep_up(store, keys=KEYS, now=NOW + DAY).failures == 0


def test_a_full_mailbox_rests_after_two_weeks_and_comes_back_with_the_letter_that_arrives(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 1)
    tried = []
    for day in range(0, 60, 4):
        tried += [day] * len(issue_on(store, day, FULL))
        keep_up(store, keys=KEYS, now=NOW + day * DAY)
    assert tried == [0, 4, 8, 12, 16, 48]
    standing = standing_of(store)
    assert standing
    assert standing.state is State.RESTING
    back = 48 + 31
    assert len(issue_on(store, back, SENT)) == 1
    assert keep_up(store, keys=KEYS, now=NOW + back * DAY).settled == 1
    probed = standing_of(store)
    assert probed
    assert (probed.state, probed.until) == (State.PROBING, NOW + (back + 5) * DAY)
    assert issue_on(store, back + 1, SENT) == []  # one letter, to see
    assert keep_up(store, keys=KEYS, now=NOW + (back + 6) * DAY).settled == 1
    well = standing_of(store)
    assert well
    assert (well.state, well.points) == (State.WELL, 0.0)
    assert len(issue_on(store, back + 7, SENT)) == 1


def test_a_probe_that_comes_back_by_mail_ends_it(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 1)
    issue_on(store, 0, SENT)
    (second,) = issue_on(store, 6, SENT)
    take_in(store, bounce_of(second, READER), came_by="imap", keys=KEYS, now=NOW + 6 * DAY)
    resting = standing_of(store)
    assert resting
    assert (resting.state, resting.last_arrived) == (State.RESTING, NOW)
    assert issue_on(store, 7, SENT) == []
    (probe,) = issue_on(store, 9, SENT)
    keep_up(store, keys=KEYS, now=NOW + 9 * DAY)
    take_in(store, bounce_of(probe, READER), came_by="imap", keys=KEYS, now=NOW + 10 * DAY)
    keep_up(store, keys=KEYS, now=NOW + 30 * DAY)
    assert reader(store).state is SubscriberState.SUPPRESSED


def test_a_letter_that_is_tried_again_and_fails_again_counts_again(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 1)
    issue_on(store, 0, FULL)
    keep_up(store, keys=KEYS, now=NOW)
    with store.write() as conn:
        issue = issues.recent(conn, limit=1)[0].id
        assert ledger.decide(conn, issue, DeliveryEvent.RETRY, now=NOW + DAY) == 1
    send_all(store, now=NOW + 2 * DAY, outcome=FULL)
    assert keep_up(store, keys=KEYS, now=NOW + 2 * DAY).failures == 1
    standing = standing_of(store)
    assert standing
    assert standing.points == pytest.approx(1 + 0.5 ** (2 / 14))


def test_two_who_count_at_the_same_time_count_each_failure_once(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 30)
    assert len(issue_on(store, 0, FULL)) == 30
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(keep_up, store, keys=KEYS, now=NOW + DAY, batch=4) for _ in range(2)]
        assert sum(job.result().failures for job in jobs) == 30
    assert {standing.points for number in range(30) if (standing := standing_of(store, number))} == {1.0}


OUTCOMES = {"sent": SENT, "full": FULL, "unknown": UNKNOWN}
HISTORY = st.lists(st.tuples(st.integers(1, 9), st.sampled_from(sorted(OUTCOMES))), min_size=2, max_size=4)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORY, kills=st.lists(st.integers(1, 5), min_size=1, max_size=4), batch=st.integers(1, 3))
def test_standings_are_the_same_however_often_the_job_is_killed(
    migrated_file: bytes, history: list[tuple[int, str]], kills: list[int], batch: int
) -> None:
    with site_of(migrated_file) as quiet, site_of(migrated_file) as stormy:
        day = 0
        for pause, answer in history:
            day += pause
            now = NOW + day * DAY
            assert issue_on(quiet, day, OUTCOMES[answer]) == issue_on(stormy, day, OUTCOMES[answer])
            keep_up(quiet, keys=KEYS, now=now)
            for kill in kills:
                with suppress(StorageError):
                    keep_up(Dies(stormy, kill), keys=KEYS, now=now, batch=batch)
            keep_up(stormy, keys=KEYS, now=now, batch=batch)
            assert everything_of(stormy) == everything_of(quiet)


@contextmanager
def site_of(empty: bytes) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "publisher.db").write_bytes(empty)
        store = open_store("sqlite:///publisher.db", root=Path(folder))
        with store.write() as conn:
            put_readers(conn, 3)
        yield store
        store.close()


def everything_of(store: Store) -> list[object]:
    people, ledger_, gone = schema.subscribers, schema.deliveries, schema.suppressions
    questions = (
        select(schema.standings).order_by(schema.standings.c.subscriber),
        select(people.c.id, people.c.state, people.c.rests_until).order_by(people.c.id),
        select(ledger_.c.id, ledger_.c.state, ledger_.c.counted).order_by(ledger_.c.id),
        select(gone.c.email, gone.c.since, gone.c.why, gone.c.detail, gone.c.delivery).order_by(gone.c.email),
    )
    with store.read() as conn:
        return [list(conn.execute(question)) for question in questions]
