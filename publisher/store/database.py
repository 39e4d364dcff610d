"""Opening the database and handing out transactions.

SQLite: WAL, foreign keys on, `synchronous=FULL` (a settled letter stays settled through a
power cut), and every writing transaction takes the write lock at its start (BEGIN
IMMEDIATE), so that two writers wait for each other and never fail half way.
PostgreSQL: its defaults for writing; a reading transaction is REPEATABLE READ and READ ONLY,
so that it sees one state there too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from publisher.errors import StorageError
from publisher.store import migrate

BUSY_SECONDS = 30  # how long a writer waits for another one's transaction; `?timeout=` says otherwise
_WRITE = "publisher_write"
_BUSY = "publisher_busy_seconds"
# Of a PostgreSQL server that vanished without a word, a write or a wait for an answer is given up within half a minute,
# and not when the kernel's usual quarter of an hour is over. The database's address may say otherwise, e.g.
# `?connect_timeout=3`. On a socket of this machine only the first of them counts.
_LIBPQ = {
    "connect_timeout": "10",  # seconds, for each address of the server
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",  # milliseconds
}


class Store:
    """The open database; `read()` and `write()` hand out one transaction each."""

    def __init__(self, engine: Engine, *, keeps: bool = False) -> None:
        self._engine = engine
        self._keeps = keeps
        self._kept: Connection | None = None  # for writing
        self._busy_seconds: float = engine.get_execution_options().get(_BUSY, BUSY_SECONDS)

    @property
    def is_file(self) -> bool:
        """It is SQLite's; else a server has it."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database; it must not write."""
        with _telling_in_our_words(self._engine), self._engine.connect() as connection:
            if self._engine.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed whole at the end, or not at all."""
        with _telling_in_our_words(self._engine), self._connected() as connection, connection.begin():
            yield connection

    def waiting_at_most(self, seconds: float) -> Store:
        """The same database, whose writers wait so long for others; then they may say so, or stop."""
        return Store(self._engine.execution_options(**{_BUSY: seconds}))

    def kept(self) -> Store:
        """The same database, whose writing transactions go over one connection, one after the other; then `let_go`.

        To be given a connection each time takes longer than SQLite's part of a small transaction. On PostgreSQL the
        pool would ask each time whether the server is still there: a round trip. Here a connection that is broken is
        found by its transaction, which fails; the next one has another.
        """
        return Store(self._engine, keeps=True)

    def wait_at_most(self, seconds: float) -> None:
        """From now on what is kept waits so long for other writers."""
        self._busy_seconds = seconds

    def let_go(self) -> None:
        """The kept connection is for others again."""
        connection, self._kept = self._kept, None
        if connection is not None:
            connection.close()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection for writing."""
        if not self._keeps:
            with self._engine.connect() as connection:
                yield connection.execution_options(**{_WRITE: True})
            return
        if self._kept is None:
            self._kept = self._engine.connect().execution_options(**{_WRITE: True})
        if self._kept.get_execution_options().get(_BUSY) != self._busy_seconds:
            self._kept.execution_options(**{_BUSY: self._busy_seconds})
        try:
            yield self._kept
        except SQLAlchemyError:
            self.let_go()
            raise


class Rehearsal(Store):
    """The same database, of which nothing stays that is written: to see what would be done."""

    def __init__(self, store: Store) -> None:
        super().__init__(store._engine)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is taken back at its end."""
        with _telling_in_our_words(self._engine), self._engine.connect() as connection:
            connection = connection.execution_options(**{_WRITE: True})
            transaction = connection.begin()
            try:
                yield connection
            finally:
                transaction.rollback()


def open_store(url: str, *, root: Path, password: str = "") -> Store:
    """Open the database of a site, made or migrated where needed; SQLite paths are below `root`.

    Raises StorageError where it cannot be opened.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        engine = _open_sqlite(address, root)
    else:
        engine = _open_postgresql(address.set(password=password) if password else address)
    with _telling_in_our_words(engine):
        migrate.to_head(engine)
    return Store(engine)


def _open_sqlite(address: URL, root: Path) -> Engine:
    path = root / (address.database or "publisher.db")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)  # it holds people's addresses; SQLite's own files beside it take its mode
    except OSError as wrong:
        raise StorageError(f"database {path}: it cannot be made: {wrong.strerror}", retry=False) from wrong
    seconds = float(str(address.query.get("timeout", BUSY_SECONDS)))
    engine = create_engine(
        address.set(database=str(path), query={}),
        hide_parameters=True,
        connect_args={"timeout": seconds},
        execution_options={_BUSY: seconds},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_postgresql(address: URL) -> Engine:
    address = address.set(query={**_LIBPQ, **address.query})
    engine = create_engine(address.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin by itself; `_begin_sqlite` does
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    writes = options.get(_WRITE, False)
    if writes and connection.info.get(_BUSY) != options[_BUSY]:  # connections are shared
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(options[_BUSY] * 1000)}")
        connection.info[_BUSY] = options[_BUSY]
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    if _BUSY in options and options.get(_WRITE, False):  # for this transaction: connections are shared
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(options[_BUSY] * 1000)}")


@contextmanager
def _telling_in_our_words(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as wrong:
        raise _in_our_words(str(wrong.orig), engine, is_lost=wrong.connection_invalidated) from wrong
    except UnicodeEncodeError as wrong:  # a lone surrogate: half a character, from an argument or a file's name
        problem = f"a text holds {wrong.object[wrong.start]!a}, which is no character; take it out"
        raise StorageError(f"{_place(engine)}: {problem}", retry=False) from wrong
    except SQLAlchemyError as wrong:
        raise StorageError(f"{_place(engine)}: {wrong}", retry=False) from wrong


# What the drivers say, what that means to people, and whether waiting may help.
_MEANINGS = (
    ("disk is full", "the disk is full; free some room", True),
    ("no space left", "the disk is full; free some room", True),
    ("database is locked", "another program holds the database; stop it or wait", True),
    ("readonly database", "it may not be written; check the file's owner and mode", False),
    ("unable to open", "it cannot be opened; check that the folder exists and may be written", False),
    ("not a database", "the file is not a SQLite database; point `storage.database` to another file", False),
    ("malformed", "the file is damaged; restore a backup", False),
    ("disk i/o error", "the disk reports an error, or is full", True),
    ("password authentication failed", "the password is refused; check `storage.password`", False),
    ("connection refused", "no server answers there; start PostgreSQL or check `storage.database`", True),
    ("is the server running", "no server answers there; start PostgreSQL or check `storage.database`", True),
    ("timeout expired", "no server answers there; start PostgreSQL or check `storage.database`", True),
    ("timed out", "no server answers there; look after the network between us", True),
    ("unreachable", "no server answers there; look after the network between us", True),
    ("no route to host", "no server answers there; look after the network between us", True),
    ("server closed the connection", "the server went away", True),
    ("connection reset", "the server went away", True),
    ("the connection is lost", "the server went away", True),
    ("the connection is closed", "the server went away", True),
    ("too many clients", "the server takes no more connections; stop a program or raise `max_connections`", True),
    ("remaining connection slots", "the server takes no more connections; raise its `max_connections`", True),
    ("due to lock timeout", "another program holds what is to be written; end its transaction or wait", True),
    ("could not serialize", "two programs wrote at the same time; the other one went on", True),
    ("read-only transaction", "the server only reads just now: it is a standby, or somebody has set it so", True),
    ("cannot contain nul", "a text holds U+0000, which PostgreSQL cannot keep; take it out", False),
    ("terminating connection", "the server is restarting", True),
    ("the database system is", "the server is starting or stopping", True),
    ("deadlock detected", "two programs waited for each other; the other one went on", True),
)


def _in_our_words(said: str, engine: Engine, *, is_lost: bool) -> StorageError:
    """`is_lost`: the connection is gone, in whatever words: TLS has its own for it."""
    for sign, meaning, retry in _MEANINGS:
        if sign in said.lower():
            return StorageError(f"{_place(engine)}: {meaning}", retry=retry)
    if is_lost:
        return StorageError(f"{_place(engine)}: the server went away", retry=True)
    return StorageError(f"{_place(engine)}: {said.strip()}", retry=False)


def _place(engine: Engine) -> str:
    if engine.url.get_backend_name() == "sqlite":
        return f"database {engine.url.database}"
    return f"database {engine.url.host or ''}/{engine.url.database or ''}"
