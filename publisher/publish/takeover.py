"""Taking over a folder that an older version of the program published to.

The names of published files once stood in `var/published.json`, plain text, one path
a line. They become files of ours of which nothing else is known: those that still belong
are looked at, the others are taken away, by the first run, which does everything anew.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path, PurePosixPath

from publisher.errors import Unwritable
from publisher.store import files
from publisher.store.database import Store


def take_over(store: Store, names: Path, *, now: datetime) -> None:
    """Note what the file names, then delete it. Raises Unwritable."""
    try:
        text = names.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as wrong:
        raise Unwritable(path=names, problem=f"it cannot be read: {wrong.strerror}") from wrong
    lines = text.split("\n")[:-1]  # what follows the last line end was cut off by a crash
    with store.write() as conn:
        known = files.find(conn, lines)
        new = [line for line in lines if _is_below(line) and line not in known]
        files.put(conn, {line: files.StoredFile(digest="") for line in new}, now=now)
    try:
        names.unlink()
    except OSError as wrong:
        raise Unwritable(path=names, problem=f"it is to be taken away: {wrong.strerror}") from wrong


def _is_below(name: str) -> bool:
    """Whether it is a name that we could have written: a file in the tree, no way out of it."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
