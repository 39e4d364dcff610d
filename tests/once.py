"""What tests, and the programs that they start warm, make once and not again and again: texts compiled and read, an
empty database.

Compiled templates and that database are kept from one run to the next, as compiled modules are and beside them: a run
has four workers and some hundred programs, of which each would make the same.
"""

from __future__ import annotations

import functools
import hashlib
import json
import marshal
import os
import sqlite3
import sys
from contextlib import suppress
from gettext import NullTranslations
from pathlib import Path
from types import CodeType
from typing import Any

import alembic.command
import jinja2
import sqlalchemy
from alembic.config import Config
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy import inspect

from publisher import templating
from publisher.store import columntypes, migrate, schema
from publisher.wording import catalogs

TEMPLATES = Path(__file__).parent.parent / "templates"
KEPT = Path(__file__).parent / "__pycache__" / "templates"
KEPT_DATABASES = KEPT.with_name("databases")


def compile_templates_once(*, keeps: bool = True) -> None:
    """Tests open the same templates some thousand times; what Jinja makes of a text is kept, and made once.

    A program under test only reads what was kept: tests count what it writes, and kill it in between.
    """
    compile_anew, compiled = ImmutableSandboxedEnvironment.compile, dict[Any, Any]()
    makers = jinja2.__version__, sys.implementation.cache_tag, Path(templating.__file__).read_text("utf-8")

    def compile_once(environment: ImmutableSandboxedEnvironment, source: Any, *place: Any, **more: Any) -> Any:
        if not isinstance(source, str):
            return compile_anew(environment, source, *place, **more)
        key = source, *place, *sorted(more.items())  # of this kind are the program's own, and these are all alike
        if key not in compiled and _is_ours(*place):
            file = KEPT / hashlib.sha256(repr((makers, key)).encode()).hexdigest()
            code = _kept(file)
            if not code:
                code = compile_anew(environment, source, *place, **more)
                if keeps:
                    _keep(file, marshal.dumps(code))
            compiled[key] = code
        elif key not in compiled:
            compiled[key] = compile_anew(environment, source, *place, **more)
        return compiled[key]

    ImmutableSandboxedEnvironment.compile = compile_once


def _is_ours(_name: str | None = None, filename: str | None = None, *_more: Any) -> bool:
    """Whether it is a file that comes again in the next run."""
    return filename is not None and filename.startswith(f"{TEMPLATES}{os.sep}")


def _kept(file: Path) -> CodeType | None:
    with suppress(OSError, EOFError, ValueError, TypeError):
        found = marshal.loads(file.read_bytes())
        return found if isinstance(found, CodeType) else None
    return None


def _keep(file: Path, content: bytes) -> None:
    """Whole or not at all: others look for it meanwhile. Where nothing can be written, each compiles its own."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}")
        part.write_bytes(content)
        part.replace(file)


def read_catalogs_once() -> None:
    """Each site that is opened would read anew what translators wrote."""
    read = catalogs._read

    @functools.cache
    def read_once(file: Path, _as_it_is: tuple[int, int]) -> NullTranslations:
        return read(file)

    def read_if_changed(file: Path) -> NullTranslations:
        found = file.stat()
        return read_once(file, (found.st_mtime_ns, found.st_size))

    catalogs._read = read_if_changed


def migrate_once(*, keeps: bool = True) -> None:
    """What an empty SQLite database becomes is kept, and made once; others are migrated step by step."""
    upgrade, whole = alembic.command.upgrade, list[str]()

    def upgrade_once(config: Config, revision: str, **more: Any) -> None:
        conn = config.attributes["connection"]
        is_new = conn.dialect.name == "sqlite" and revision == "head" and not inspect(conn).get_table_names()
        file = KEPT_DATABASES / _what_migrations_are()
        if is_new and not whole:
            with suppress(OSError, ValueError):
                whole[:] = json.loads(file.read_text("utf-8"))
        if is_new and whole:
            for statement in whole:
                conn.exec_driver_sql(statement)
            return
        upgrade(config, revision, **more)
        if is_new:
            whole[:] = list(conn.connection.driver_connection.iterdump())[1:-1]  # without BEGIN and COMMIT
            if keeps:
                _keep(file, json.dumps(whole).encode())

    alembic.command.upgrade = upgrade_once


@functools.cache
def _what_migrations_are() -> str:
    """All that what they make hangs on."""
    folders = migrate.MIGRATIONS, Path(schema.__file__).parent
    ours = (*(path for folder in folders for path in folder.rglob("*.py")), Path(columntypes.__file__), Path(__file__))
    makers = alembic.__version__, sqlalchemy.__version__, sqlite3.sqlite_version
    return hashlib.sha256(repr((makers, [path.read_bytes() for path in sorted(ours)])).encode()).hexdigest()
