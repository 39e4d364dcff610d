"""Bringing a database to the newest schema.

A SQLite file that holds anything is copied first (`NAME.before-HEAD`), then migrated with
foreign keys off (Alembic's batch mode copies and drops tables; with them on, a child
table would be emptied), then every foreign key is checked.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from publisher.errors import StorageError
from publisher.store.schema import HEAD

MIGRATIONS = Path(__file__).parent / "migrations"


def to_head(engine: Engine) -> None:
    """Migrate unless the database stands at HEAD. Raises StorageError for one from the future."""
    with engine.connect() as connection:
        version = _version_of(connection)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        raise StorageError(
            f"the database is of version {version}, this program knows {HEAD}; install a newer publisher", retry=False
        )
    if engine.url.get_backend_name() == "sqlite":
        _migrate_sqlite(engine, had=version)
    else:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(7465126)"))  # one process migrates, others wait
            _upgrade(connection)


def _version_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _migrate_sqlite(engine: Engine, *, had: str | None) -> None:
    if had is not None:
        _copy(Path(engine.url.database or ""))
    with engine.connect() as connection:
        _switch_foreign_keys(connection, on=False)
        with connection.execution_options(publisher_write=True).begin():
            _upgrade(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise StorageError(f"migration to {HEAD} would break {len(broken)} references; undone", retry=False)
        _switch_foreign_keys(connection, on=True)
    engine.dispose()


def _switch_foreign_keys(connection: Connection, *, on: bool) -> None:
    """Between transactions: inside of one SQLite passes over this pragma without a word."""
    connection.rollback()
    cursor = connection.connection.cursor()  # SQLAlchemy's own would begin a transaction first
    try:
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")
        (found,) = cursor.execute("PRAGMA foreign_keys").fetchone()
    finally:
        cursor.close()
    if bool(found) is not on:
        raise StorageError("the database cannot be migrated: its foreign keys cannot be switched off", retry=False)


def _copy(path: Path) -> None:
    target = path.with_name(f"{path.name}.before-{HEAD}")
    target.touch(mode=0o600)  # it holds people's addresses, as the file does
    with sqlite3.connect(path) as source, sqlite3.connect(target) as copy:
        source.backup(copy)
    copy.close()
    source.close()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # slow to import, needed once in a database's life
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
