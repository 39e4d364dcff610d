"""Readers and letters counted and chosen by the domain of their address, on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, update

from publisher.model.delivery import DeliveryEvent, DeliveryState
from publisher.model.subscriber import Cadence
from publisher.store import columns, domains, issues, ledger, schema, subscribers, troubles
from publisher.store.database import Store
from tests.conftest import NOW
from tests.writers import a_post, freeze_for_all, put_posts

ASKED = ("gmail.com", "googlemail.com", "quay.example")
READERS = ("ada@gmail.com", "bo@GMAIL.com", "cy@googlemail.com", "di@mail.quay.example", "eve@lamp.example")


def put(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(1)])
        columns.put_newsletters(conn, [("morning", "Morning"), ("evening", "Evening")], now=NOW)
        for email in READERS:
            _join(conn, email, Cadence.DAILY)
        _join(conn, "weekly@gmail.com", Cadence.WEEKLY)
        _join(conn, "evening@gmail.com", Cadence.DAILY, newsletter="evening")


def _join(conn: Connection, email: str, cadence: Cadence, newsletter: str = "morning") -> None:
    joiner = subscribers.Joiner(email=email, newsletter=newsletter, cadence=cadence, consent="a test")
    subscribers.join(conn, joiner, now=NOW)


def test_readers_of_one_newsletter_and_cadence_are_counted_by_the_domains_that_are_asked_for(store: Store) -> None:
    put(store)
    with store.read() as conn:
        assert domains.of_readers(conn, "morning", Cadence.DAILY, ASKED) == {"gmail.com": 2, "googlemail.com": 1}
        assert domains.of_readers(conn, "morning", Cadence.WEEKLY, ASKED) == {"gmail.com": 1}
        assert domains.of_readers(conn, "morning", Cadence.DAILY, ()) == {}


def test_a_decision_is_about_letters_of_a_reason_a_domain_or_a_reader(store: Store) -> None:
    put(store)
    ledger_rows = schema.deliveries
    with store.write() as conn:
        issue = freeze_for_all(conn)
        failed = update(ledger_rows).values(state=DeliveryState.FAILED, reason="busy")
        conn.execute(failed)
        conn.execute(update(ledger_rows).where(ledger_rows.c.id % 2 == 0).values(reason="spam"))

        def retried(**only: tuple[str, ...]) -> int:
            moved = ledger.decide(conn, issue, DeliveryEvent.RETRY, now=NOW, only=troubles.among(conn, **only))
            conn.execute(failed.where(ledger_rows.c.state == DeliveryState.DUE).values(reason=ledger_rows.c.reason))
            return moved

        assert retried() == 5
        assert retried(reasons=("spam", "busy")) == 5
        assert retried(reasons=("quota",)) == 0
        assert retried(domains=("gmail.com",)) == 2
        assert retried(domains=("gmail.com",), readers=("bo@gmail.com", "eve@lamp.example")) == 1
        assert retried(readers=("ADA@gmail.com",)) == 1
        assert sum(retried(reasons=(reason,), domains=("gmail.com",)) for reason in ("spam", "busy")) == 2


def test_an_issue_is_prolonged_and_never_cut_short(store: Store) -> None:
    put(store)
    with store.write() as conn:
        issue = freeze_for_all(conn)
        before = issues.get_issue(conn, issue).expires
        assert not issues.prolong(conn, issue, until=before - timedelta(hours=1))
        assert issues.get_issue(conn, issue).expires == before
        assert issues.prolong(conn, issue, until=before + timedelta(hours=1))
        assert issues.get_issue(conn, issue).expires == before + timedelta(hours=1)


def test_letters_of_an_issue_are_counted_whoever_has_left_since(store: Store) -> None:
    put(store)
    with store.write() as conn:
        issue = freeze_for_all(conn)
        subscribers.leave_all(conn, "ada@gmail.com", now=NOW, how="a test")
    with store.read() as conn:
        assert domains.of_issue(conn, issue, ASKED) == {"gmail.com": 2, "googlemail.com": 1}
        assert domains.of_readers(conn, "morning", Cadence.DAILY, ASKED) == {"gmail.com": 1, "googlemail.com": 1}
        assert domains.of_issue(conn, issue + 1, ASKED) == {}
