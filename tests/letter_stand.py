"""A site with posts and readers to look at letters of: made once, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.cli import run
from publisher.house.opened import House, open_house
from tests.lives import TOP

WEEKLY = 'schedule = { weekly = "Fri 12:00" }'
READERS = "email,name\nada@readers.example,Ada Winter\nbo@readers.example,\n"


def make_site(folder: Path) -> None:
    """The example with its posts collected: `morning`, daily and as it happens, has two readers, `weekend` none."""
    text = (TOP / "config.toml").read_text(encoding="utf-8")
    start = text.index("[newsletters.morning]")
    end = text.index("\n[", start + 1)
    morning = text[start:end]
    weekend = morning.replace("newsletters.morning", "newsletters.weekend").replace(
        "Morning Courier", "Weekend Courier"
    )
    weekend = "\n".join(WEEKLY if line.startswith("schedule") else line for line in weekend.splitlines())
    morning = f"{morning.rstrip()}\nas_it_happens = true\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(f"{text[:start]}{morning}\n{weekend}\n{text[end:]}", encoding="utf-8")
    (folder / "readers.csv").write_text(READERS, encoding="utf-8")
    shutil.copytree(TOP / "columns", folder / "columns")
    config = ("--config", str(folder / "config.toml"))
    assert run(["collect", *config]) == 0
    assert run(["subscribers", "import", str(folder / "readers.csv"), "--newsletter", "morning", *config]) == 0


@contextmanager
def house_of(folder: Path) -> Iterator[House]:
    with open_house(folder / "config.toml") as house:
        yield house


def edit(folder: Path, old: str, new: str) -> None:
    """Change config.toml."""
    text = (folder / "config.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "config.toml").write_text(text.replace(old, new), encoding="utf-8")


def override(folder: Path, name: str, *changes: tuple[str, str]) -> None:
    """A template of the site's own: ours, changed."""
    text = (TOP / "templates" / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    own = folder / "templates" / name
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(text, encoding="utf-8")
