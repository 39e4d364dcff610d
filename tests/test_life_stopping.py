"""Whoever stops `publisher send` waits for no database, also before the first letter and after the last one."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from publisher.store.database import Store, open_store
from tests.chaos.server import Settings, peaceful, running_server
from tests.chaos.stage import a_stage
from tests.lives import PATIENCE_SECONDS, wait_for

LETTERS = 5
RELAY = '[relays.out]\nurl = "{url}"\n'
SOON_SECONDS = 5.0
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def somebody_waits(store: Store) -> bool:
    with store.read() as conn:
        return bool(conn.execute(text(WAITS)).scalar_one())


@pytest.mark.parametrize(
    ("table", "told"),
    [("deliveries", ""), ("messages", f"letters:      {LETTERS} sent")],
    ids=["before the first letter", "after the last one"],
)
def test_a_database_that_does_not_answer_holds_up_nobody_who_stops_it(
    postgres_database: str, tmp_path: Path, table: str, told: str
) -> None:
    database = postgres_database.replace(":@", "@")  # it has no password
    with running_server(tmp_path / "journal", Settings(chances=peaceful())) as relay:
        relays = RELAY.format(url=relay.url)
        with a_stage(tmp_path / "site", readers=LETTERS, relays=relays, database=database) as stage:
            beside = open_store(database, root=tmp_path)
            with beside.write() as held:
                held.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
                sender = stage.send()
                wait_for(lambda: somebody_waits(stage.store), "a sender that waits for that table")
                stopped = time.monotonic()
                sender.send_signal(signal.SIGTERM)
                out, err = sender.communicate(timeout=PATIENCE_SECONDS)
                assert time.monotonic() - stopped < SOON_SECONDS
            beside.close()
    assert sender.returncode == -signal.SIGTERM
    assert told in out
    assert err == ""
