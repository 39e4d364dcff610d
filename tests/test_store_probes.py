"""Whose rest is over gets one letter, which settles it, however many newsletters are due for them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, select, text
from sqlalchemy.dialects import sqlite

from publisher.bounce.answers import keep_up
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueEvent, IssueKind, Variant
from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason
from publisher.model.standing import Standing, State
from publisher.model.subscriber import Cadence
from publisher.store import audience, entries, issues, ledger, probes, schema, service, standings
from publisher.store.database import Store
from tests.conftest import NOW
from tests.returned_mail import KEYS, SENT, reader, send_all
from tests.writers import LETTER, a_post, an_issue, freeze_for_all, put_posts, put_readers

DAY = timedelta(days=1)
OVER = NOW + 3 * DAY
PAPERS = ("morning", "weekend")
BUSY = Outcome(verdict=Verdict.LATER, code=450, enhanced="4.2.0", text="busy")
REFUSED = Outcome(verdict=Verdict.NEVER, code=550, enhanced="5.7.1", text="no", reason=Reason.POLICY)


@pytest.fixture(autouse=True)
def two_who_read_both(store: Store) -> None:
    """The first of them rests for three days."""
    with store.write() as conn:
        put_posts(conn, [a_post(1)])
        for newsletter in PAPERS:
            put_readers(conn, 2, newsletter=newsletter)
    rest(store)


def rest(store: Store) -> None:
    resting = Standing(state=State.RESTING, since=NOW, until=OVER, why=Reason.USER_UNKNOWN)
    with store.write() as conn:
        standings.put(conn, reader(store).id, resting)


def release(conn: Connection, newsletter: str) -> int:
    """An issue for all who would get one now; how many those are."""
    issue = replace(an_issue(), newsletter=newsletter)
    wishes = tuple(audience.wishes(conn, newsletter, issue.cadence))
    frozen = issues.freeze(conn, issue, [(Variant(key="all", wishes=wishes, seqs=(1,)), LETTER)], after={})
    assert issues.move_if(conn, frozen.issue, IssueEvent.START, now=OVER)
    return frozen.deliveries


def release_both(store: Store) -> list[int]:
    with store.write() as conn:
        return [release(conn, newsletter) for newsletter in PAPERS]


def wake(store: Store) -> None:
    with store.write() as conn:
        assert standings.wake(conn, now=OVER) == 1


def would_get(store: Store, newsletter: str) -> int:
    with store.read() as conn:
        return sum(audience.wishes(conn, newsletter, Cadence.DAILY).values())


def test_the_first_newsletter_that_is_due_is_the_probe_and_the_others_wait(store: Store) -> None:
    wake(store)
    assert release_both(store) == [2, 1]
    assert len(send_all(store, now=OVER)) == 3
    assert would_get(store, "weekend") == 1, "it went, and nobody has looked yet what that means"
    keep_up(store, keys=KEYS, now=OVER)
    assert would_get(store, "weekend") == 1, "it is being waited for what comes back"
    keep_up(store, keys=KEYS, now=OVER + 6 * DAY)
    assert [would_get(store, newsletter) for newsletter in PAPERS] == [2, 2]


def test_a_probe_that_is_put_off_or_refused_is_the_probe_still(store: Store) -> None:
    wake(store)
    with store.write() as conn:
        release(conn, "morning")
    send_all(store, now=OVER, outcome=BUSY)
    assert would_get(store, "weekend") == 1
    with store.write() as conn:  # as a refusal leaves it, until it is counted
        ledger_ = schema.deliveries
        conn.execute(ledger_.update().values(state=DeliveryState.FAILED, reason=REFUSED.reason, code=REFUSED.code))
    assert would_get(store, "weekend") == 1
    keep_up(store, keys=KEYS, now=OVER)
    with store.read() as conn:
        until = standings.rests_until(conn, reader(store).id)
    assert until == OVER + 3 * DAY


def test_who_got_no_letter_is_still_waited_for_and_so_is_who_never_rested(store: Store) -> None:
    wake(store)
    assert [would_get(store, newsletter) for newsletter in PAPERS] == [2, 2]
    with store.write() as conn:
        conn.execute(delete(schema.standings))
    assert release_both(store) == [2, 2]


def test_two_that_are_released_at_the_same_time_write_one_letter(store: Store) -> None:
    wake(store)
    start, found = threading.Barrier(2), []

    def released(newsletter: str) -> None:
        with store.write() as conn:
            start.wait()
            found.append(release(conn, newsletter))

    def begun(newsletter: str) -> None:  # SQLite lets one of them begin at a time
        start.wait()
        with store.write() as conn:
            found.append(release(conn, newsletter))

    with store.read() as conn:
        together = released if conn.dialect.name == "postgresql" else begun
    threads = [threading.Thread(target=together, args=[newsletter]) for newsletter in PAPERS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [1, 2]


def test_what_waited_all_through_the_rest_is_skipped_at_its_end_but_not_letters_of_service(store: Store) -> None:
    with store.write() as conn:
        conn.execute(schema.subscribers.update().values(rests_until=None))
        conn.execute(delete(schema.standings))
        paused = freeze_for_all(conn)
        asking = service.put(conn, replace(an_issue(slot="confirm"), kind=IssueKind.CONFIRM), LETTER)
        wish = reader(store).subscriptions[0].id
        assert service.deliver(conn, asking.id, wish, now=NOW)
    rest(store)
    wake(store)
    with store.read() as conn:
        assert ledger.counts(conn, paused) == {DeliveryState.DUE: 1, DeliveryState.SKIPPED: 1}
        assert ledger.counts(conn, asking.id) == {DeliveryState.DUE: 1}
        (skipped,) = entries.of(conn, paused, [DeliveryState.SKIPPED], limit=9)
        assert (skipped.email, skipped.reply, skipped.changed) == ("reader0@readers.example", probes.SKIPPED, OVER)


def test_a_letter_that_was_sent_before_the_rest_was_over_is_no_probe(store: Store) -> None:
    with store.write() as conn:
        conn.execute(schema.subscribers.update().values(rests_until=None))
        conn.execute(delete(schema.standings))
        release(conn, "morning")
    send_all(store, now=NOW, outcome=SENT)
    rest(store)
    wake(store)
    assert would_get(store, "weekend") == 2
    with store.read() as conn:
        assert conn.execute(select(schema.deliveries.c.state).distinct()).scalars().all() == ["sent"]


def test_the_list_of_probes_is_made_once_whatever_the_number_of_readers(sqlite_store: Store) -> None:
    wanted = select(schema.subscribers.c.id).where(probes.none_under_way())
    question = wanted.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with sqlite_store.read() as conn:
        plan = "; ".join(row[3] for row in conn.execute(text(f"EXPLAIN QUERY PLAN {question}")))
    assert "CORRELATED" not in plan.partition("LIST SUBQUERY")[0]
    assert "ix_deliveries_subscription" in plan
