"""The program from outside: a site in a folder, the real command, and death at a chosen moment.

A `Site` runs `python -m publisher` in processes of their own and reads what they left: the
feeds, the caught letters, the rows of the ledger. Every wait has an end.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import hashlib
import html
import io
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from publisher.cli import run as program
from tests.warm import Warm

TOP = Path(__file__).parent.parent
CASES = Path(__file__).parent / "cases" / "life"
PATIENCE_SECONDS = 60.0  # the machine may be busy; nothing here takes that long by itself

# The command, counting each SQL statement and each change of a file, and killing itself
# with SIGKILL before number N of them (0: never). The count is written to a file.
_DOOMED = """
import atexit, click, os, posix, runpy, signal, sqlite3, sys, threading
number, told = int(sys.argv[1]), sys.argv[2]
del sys.argv[1:3]
changes = {"fsync", "rename", "replace", "unlink", "remove", "mkdir", "link"}
lock, count = threading.Lock(), 0
def look(frame, event, what):
    global count
    if event != "c_call":
        return
    owner = getattr(what, "__self__", None)
    if isinstance(owner, sqlite3.Cursor) or (owner is posix and what.__name__ in changes):
        with lock:
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
atexit.register(lambda: open(told, "w").write(str(count)))
from publisher.cli import group
group.get_command(click.Context(group), sys.argv[1])  # looking at imports would take long
threading.setprofile(look)
sys.setprofile(look)
runpy.run_module("publisher", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


class Site:
    """A site in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # Its files.

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def outbox(self) -> Path:
        return self.folder / "var" / "outbox" / "new"

    def edit(self, old: str, new: str) -> None:
        """Change config.toml."""
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))

    def write_post(self, name: str, title: str, text: str) -> Path:
        path = self.folder / "columns" / "tide-table" / f"{name}.md"
        # An `updated` of its own, so that the feeds do not tell when it was collected.
        path.write_text(f"---\ntitle: {title}\nauthors: Lotte Berg\nupdated: 2026-03-01\n---\n\n{text}\n")
        return path

    def feeds(self) -> dict[str, str]:
        """Every published file by its path: the hash of its bytes."""
        tree = self.folder / "feeds"
        return {
            path.relative_to(tree).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(tree.rglob("*"))
            if path.is_file()
        }

    def times(self) -> dict[str, int]:
        """When each published file and folder was last written."""
        tree = self.folder / "feeds"
        return {path.relative_to(tree).as_posix(): path.stat().st_mtime_ns for path in tree.rglob("*")}

    def letters(self) -> list[EmailMessage]:
        """What the catcher kept, by recipient."""
        caught = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in self.outbox.iterdir()
        ]
        return sorted(caught, key=lambda letter: str(letter["Delivered-To"]))

    def recipients(self) -> list[str]:
        return [str(letter["Delivered-To"]) for letter in self.letters()] if self.outbox.exists() else []

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the database."""
        with closing(sqlite3.connect(self.folder / "var" / "publisher.db")) as database:
            return database.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        """Change the database behind the program's back, e.g. so that time has passed."""
        with closing(sqlite3.connect(self.folder / "var" / "publisher.db")) as database, database:
            database.execute(sql)

    def states(self) -> dict[str, int]:
        """How many deliveries stand in which state, over all issues."""
        return {str(state): int(str(n)) for state, n in self.ask("SELECT state, count(*) FROM deliveries GROUP BY 1")}

    # Its commands.

    def run(self, *arguments: str, limits: Callable[[], None] | None = None, **environ: str) -> Done:
        """Run a command to its end."""
        process = self.start(*arguments, limits=limits, **environ)
        try:
            out, err = process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"publisher {' '.join(arguments)} did not end: {out}{err}") from None
        return Done(process.returncode, out, err)

    def prepare(self, *arguments: str) -> None:
        """Bring the site to where a test begins: a command in this process, which has all imported already."""
        with contextlib.chdir(self.folder):
            assert program([*arguments]) == 0

    def typed(self, *arguments: str) -> Done:
        """Run a command to its end in this process: where what is said is the point, and not the process."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = program([*arguments])
        return Done(code, out.getvalue(), err.getvalue())

    def start(self, *arguments: str, limits: Callable[[], None] | None = None, **environ: str) -> subprocess.Popen[str]:
        return self._popen(["-m", "publisher", *arguments], limits, environ)

    def run_doomed(self, *arguments: str, number: int) -> int:
        """Run a command that is killed before its `number`th statement or change of a file (0: never).

        Returns how many there were, -1 where it was killed.
        """
        told = self.folder.parent / f"{self.folder.name}.count"
        process = self._popen(["-c", _DOOMED, str(number), str(told), *arguments], None, {})
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        if process.returncode == -signal.SIGKILL:
            return -1
        assert process.returncode == 0, out + err
        return int(told.read_text())

    def _popen(
        self, arguments: list[str], limits: Callable[[], None] | None, environ: dict[str, str]
    ) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PUBLISHER", "PYTEST"))}
        how: dict[str, Any] = {
            "cwd": self.folder,
            "env": {**kept, "PYTHONPATH": str(TOP), **environ},
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }
        if limits:
            return subprocess.Popen([sys.executable, *arguments], text=True, preexec_fn=limits, **how)
        return Warm(arguments, **how)


def a_site(folder: Path, *, like: str = "gazette") -> Site:
    """A new site from the cases, with nothing done yet."""
    shutil.copytree(CASES / like, folder)
    return Site(folder)


def copy_of(site: Site, folder: Path) -> Site:
    """The same site in another folder; nothing may be running in it."""
    shutil.copytree(site.folder, folder)
    return Site(folder)


def wait_for(condition: Callable[[], object], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not come within {seconds:g} s"
        time.sleep(0.02)


def assert_clear(done: Done, *, code: int, saying: tuple[str, ...]) -> None:
    """It failed as it should: with its exit code, every fact told on stderr, and no traceback."""
    assert done.code == code, done.out + done.err
    for fact in saying:
        assert fact in done.err, f"{fact!r} is not told: {done.err}"
    assert "Traceback" not in done.err, done.err


def words(text: str) -> str:
    """The words of a text, so that line breaks, quotes and marks of emphasis do not count."""
    return " ".join(re.findall(r"\w+", text))


def words_of_text(text: str) -> str:
    """The words of a letter's text part, without the numbers that lead to its addresses."""
    return words(re.sub(r"\[\d+\]", "", text))


def words_of_html(markup: str) -> str:
    """The words that a reader of the page sees, and those said of pictures."""
    alternatives = re.sub(r'<img\b[^>]*?\balt="([^"]*)"[^>]*>', r" \1 ", markup)
    hidden = re.sub(r"<(style|title)\b.*?</\1>", " ", alternatives, flags=re.DOTALL)
    shown = re.sub(r"<[^>]+>", lambda tag: " " if _parts(tag[0]) else "", hidden)
    return words(html.unescape(shown))


def _parts(tag: str) -> bool:
    """Whether the tag parts words; one that only marks them does not."""
    return re.match(r"</?(a|em|strong|b|i|span|code|s|sup|sub|small)\b", tag) is None


def part_of(letter: EmailMessage, kind: str) -> str:
    """The `plain` or `html` part of a letter."""
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content())
