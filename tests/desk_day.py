"""A day at the desk: a site after its main job, with posts, readers and an issue that went out."""

from __future__ import annotations

import contextlib
import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from publisher.cli import run as program

TOP = Path(__file__).parent.parent


def make_day(folder: Path) -> Path:
    """The example site after its main job; the path of its config.toml."""
    for name in ("config.toml", "readers.csv"):
        shutil.copy(TOP / name, folder / name)
    shutil.copytree(TOP / "columns", folder / "columns", dirs_exist_ok=True)
    path = folder / "config.toml"
    command("subscribers", "import", str(folder / "readers.csv"), "--newsletter", "morning", "--config", str(path))
    command("run", "--once", "--config", str(path))
    return path


def command(*arguments: str) -> str:
    """What a command of the program says; it must do its work."""
    # Apart, since a browser that is driven from this thread has an event loop there.
    with (
        contextlib.redirect_stdout(io.StringIO()) as said,
        contextlib.redirect_stderr(io.StringIO()) as complained,
        ThreadPoolExecutor(1) as apart,
    ):
        code = apart.submit(program, list(arguments)).result()
    assert code == 0, complained.getvalue() + said.getvalue()
    return said.getvalue()
