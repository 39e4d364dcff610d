"""Statements written for the driver once: they say the same as by SQLAlchemy, and SQLite does not prepare them anew."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, bindparam, select, update

from publisher.model.delivery import DeliveryState
from publisher.store import claims, ledger, schema
from publisher.store.claims import AMONG
from publisher.store.database import Store, open_store
from publisher.store.ledger import Settled
from publisher.store.prepared import Prepared, is_one_of
from tests.conftest import NOW
from tests.test_store_ledger import LATER, SENT
from tests.writers import SENDER, put_issue_on_its_way

_ledger = schema.deliveries
_waits = (_ledger.c.issue == 1, is_one_of(_ledger.c.state, [DeliveryState.DUE, DeliveryState.DEFERRED]))


def _times(conn: Connection) -> list[object]:
    return list(conn.execute(select(_ledger.c.next_try).order_by(_ledger.c.id)).scalars())


def test_times_lists_and_values_of_its_own_arrive_as_they_are_meant(store: Store) -> None:
    put_off = Prepared({
        dialect: update(_ledger).where(among, *_waits).values(
            next_try=bindparam("then"), reply="put off", sender=None, attempts=_ledger.c.attempts + bindparam("more")
        )
        for dialect, among in AMONG.items()
    })  # fmt: skip
    then = NOW + timedelta(hours=1, microseconds=7)
    put_issue_on_its_way(store, 5)
    with store.write() as conn:
        ids = list(conn.execute(select(_ledger.c.id).order_by(_ledger.c.id)).scalars())
        assert put_off.execute(conn, {"ids": ids[1:3], "then": then, "more": 2}).rowcount == 2
        assert _times(conn) == [None, then, then, None, None]
        assert put_off.execute(conn, {"ids": ids[:2], "then": None, "more": 0}).rowcount == 2
        assert _times(conn) == [None, None, then, None, None]
        rows = conn.execute(select(_ledger.c.attempts, _ledger.c.reply).order_by(_ledger.c.id)).all()
        assert [tuple(row) for row in rows] == [(0, "put off"), (2, "put off"), (2, "put off"), (0, ""), (0, "")]


def test_a_value_that_is_missing_is_an_error_and_not_a_null(store: Store) -> None:
    told = Prepared({
        dialect: update(_ledger).where(among).values(reply=bindparam("words")) for dialect, among in AMONG.items()
    })  # fmt: skip
    with pytest.raises(KeyError, match="words"), store.write() as conn:
        told.execute(conn, {"ids": [1]})


def test_what_moves_letters_while_they_go_out_is_not_prepared_anew_by_sqlite(tmp_path: Path) -> None:
    """Whenever SQLite prepares a statement, it asks whether that may be done."""
    store = open_store("sqlite:///ledger.db", root=tmp_path)
    put_issue_on_its_way(store, 6)
    asked: list[int] = []

    def may(action: int, *_: str | None) -> int:
        asked.append(action)
        return sqlite3.SQLITE_OK

    with store.write() as conn:
        driver = conn.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_authorizer(may)
        times = []
        for number in range(3):
            ids = [one.id for one in claims.claim(conn, SENDER, limit=2, now=NOW).claimed]
            asked.clear()
            ledger.mark_sending(conn, SENDER, ids, now=NOW + timedelta(seconds=number))
            settled = [Settled(id=one, outcome=SENT if number else LATER, next_try=None) for one in ids]
            assert ledger.settle(conn, SENDER, settled, now=NOW + timedelta(seconds=number)) == 2
            times.append(len(asked))
        driver.set_authorizer(None)
    store.close()
    assert times[0] > 0
    assert times[1:] == [0, 0]
