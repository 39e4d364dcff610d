"""Readers and letters counted by the domain of their address, on both databases."""

from __future__ import annotations

from sqlalchemy import Connection

from publisher.model.subscriber import Cadence
from publisher.store import columns, domains, subscribers
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


def test_letters_of_an_issue_are_counted_whoever_has_left_since(store: Store) -> None:
    put(store)
    with store.write() as conn:
        issue = freeze_for_all(conn)
        subscribers.leave_all(conn, "ada@gmail.com", now=NOW, how="a test")
    with store.read() as conn:
        assert domains.of_issue(conn, issue, ASKED) == {"gmail.com": 2, "googlemail.com": 1}
        assert domains.of_readers(conn, "morning", Cadence.DAILY, ASKED) == {"gmail.com": 1, "googlemail.com": 1}
        assert domains.of_issue(conn, issue + 1, ASKED) == {}
