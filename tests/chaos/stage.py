"""A site for chaos: its readers, its issue, its senders, and time that passes.

Letters that were put off are tried again minutes later, and no run can wait for that. So time
is made to pass in the database alone: what waits for a moment to come (`next_try` of letters, a
pause of a relay or of a domain) waits no longer. It is what a clock would do, but for this:
attempts stay as many as they were, lifetimes as long, and windows of limits as full.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from publisher.store.database import Store, open_store
from tests.chaos.books import Row
from tests.lives import Site, a_site, wait_for

DOMAINS = 40

_ROWS = """
SELECT subscribers.email, deliveries.state, deliveries.code, deliveries.enhanced, deliveries.reply
FROM deliveries JOIN subscriptions ON subscriptions.id = deliveries.subscription
JOIN subscribers ON subscribers.id = subscriptions.subscriber
"""
_TIME_PASSES = (
    "UPDATE deliveries SET next_try = created FROM issues"
    " WHERE issues.id = deliveries.issue AND next_try IS NOT NULL AND deliveries.state IN ('deferred', 'due')",
    "UPDATE destinations SET paused_until = paused_since",
    "UPDATE relays SET parked_until = parked_since WHERE parked_since IS NOT NULL",
    "DELETE FROM queues",
)


@dataclass(frozen=True)
class Stage:
    """A site whose issue is to be sent."""

    site: Site
    store: Store
    readers: tuple[str, ...]
    is_on_postgresql: bool = False
    senders: list[subprocess.Popen[str]] = field(default_factory=list)

    def rows(self, *states: str) -> list[Row]:
        """The ledger; of some states, or all of it."""
        those = f" WHERE deliveries.state IN ({', '.join(map(repr, states))})" if states else ""
        names = ("reader", "state", "code", "enhanced", "reply")
        return [Row(**dict(zip(names, row, strict=True))) for row in self.ask(_ROWS + those)]

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        with self.store.read() as conn:
            return [tuple(row) for row in conn.execute(text(sql))]

    def states(self) -> dict[str, int]:
        return dict(self.ask("SELECT state, count(*) FROM deliveries GROUP BY 1"))

    def issue_state(self) -> str:
        return str(self.ask("SELECT state FROM issues")[0][0])

    def time_passes(self) -> None:
        with self.store.write() as conn:
            for statement in _TIME_PASSES:
                conn.execute(text(statement))

    def send(self) -> subprocess.Popen[str]:
        """The real command, in a process of its own."""
        # PostgreSQL knows it by that name (`wait_for_its_last_words`).
        self.senders.append(self.site.start("send", PGAPPNAME=_name_of(len(self.senders))))
        return self.senders[-1]

    def wait_for_its_last_words(self, killed: subprocess.Popen[str]) -> None:
        """PostgreSQL carries out what a process has said that is dead: until that is done, nobody knows what it did."""
        if self.is_on_postgresql:
            name = _name_of(self.senders.index(killed))
            served = f"SELECT 1 FROM pg_stat_activity WHERE application_name = '{name}'"
            wait_for(lambda: not self.ask(served), "the end of a connection whose process was killed")

    def close(self) -> None:
        """Nobody goes on sending after a test that failed."""
        for process in self.senders:
            if process.poll() is None:
                process.kill()
            process.communicate()
        self.store.close()


def _name_of(number: int) -> str:
    return f"sender {number}"


@contextmanager
def a_stage(
    folder: Path, *, readers: int, relays: str, mail: str = "", database: str = "", var: Path | None = None
) -> Iterator[Stage]:
    """A site with so many readers, an issue for all of them, and these tables of relays in its config.

    `var`: where its files lie that are not the config; else below `folder`.
    """
    site = a_site(folder)
    if var:
        (folder / "var").symlink_to(var)
    config = site.config.read_text()
    before, _, after = config.partition("[relays.out]")
    config = before + relays + "\n[web]" + after.partition("[web]")[2]
    if database:
        config = config.replace("sqlite:///var/publisher.db", database)
    site.config.write_text(config.replace("[mail]\n", f"[mail]\n{mail}\n"))
    everybody = tuple(f"reader{number}@d{number % DOMAINS}.example" for number in range(readers))
    rows = (f"{reader},Reader {number}" for number, reader in enumerate(everybody))
    (folder / "readers.csv").write_text("\n".join(["email,name", *rows, ""]))
    for command in (("subscribers", "import", "readers.csv"), ("collect",), ("assemble",)):
        site.prepare(*command)
    store = open_store(database or "sqlite:///var/publisher.db", root=folder)
    with contextlib.closing(Stage(site, store, everybody, bool(database))) as stage:
        yield stage
