"""A full disk, from outside: one clear message, what was there is as it was, and all goes on when there is room.

Two kinds of full disk: a small file system of its own, where this user may mount one, and
everywhere a limit on the size of files, which the kernel enforces in the same places.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lives import Site, a_site, assert_clear, copy_of

SIZE_BYTES = 16 * 2**20
LIMIT_BYTES = 500_000  # what a transaction about short rows writes is far below it, what holds the long post above
LONG = "\n\n".join("The log says: wind, rain, and a boat that was not ours. " * 1000 for day in range(10))


class SmallDisk:
    """A folder on a file system of its own, filled to its last byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.limits = None

    def fill(self, room_bytes: int = 0) -> None:
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"\0" * 4096):
                pass
        os.truncate(filler, filler.stat().st_size - room_bytes)

    def free(self) -> None:
        (self.folder / "filler").unlink()


class SizeLimit:
    """A folder like any other, and a limit on how large files may grow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.limits: Callable[[], None] | None = None

    def fill(self, room_bytes: int | None = None) -> None:
        limit = LIMIT_BYTES if room_bytes is None else max(room_bytes, 4096)
        self.limits = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    def free(self) -> None:
        self.limits = None


def mount(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk | SizeLimit]:
    """A plain user may mount nothing: then the limit stands in, and nothing is left out."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if getattr(request, "param", "") != "size limit" and mount(folder):
        yield SmallDisk(folder)
        subprocess.run(["umount", str(folder)], check=True)
    else:
        yield SizeLimit(folder)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site whose first letter is out; there is a long post that it has not seen."""
    site = a_site(tmp_path_factory.mktemp("life") / "begun")
    site.prepare("subscribers", "import", "readers.csv")
    site.prepare("run", "--once")
    site.write_post("2026-03-01-the-log", "The log", LONG)
    return site


@pytest.fixture(scope="module")
def assembled(begun: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The same with the long post in an issue that waits."""
    site = copy_of(begun, tmp_path_factory.mktemp("life") / "assembled")
    site.prepare("collect")
    site.prepare("assemble")
    return site


def put_on(disk: SmallDisk | SizeLimit, site: Site, name: str) -> None:
    """Let a folder of the site lie on the disk."""
    folder = site.folder / name
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        subprocess.run(["cp", "-a", str(path), str(disk.folder)], check=True)
    subprocess.run(["rm", "-r", str(folder)], check=True)
    folder.symlink_to(disk.folder)


@pytest.mark.parametrize("disk", ["small disk", "size limit"], indirect=True)
def test_no_room_for_the_feeds(disk: SmallDisk | SizeLimit, begun: Site, tmp_path: Path) -> None:
    site = copy_of(begun, tmp_path / "site")
    site.prepare("collect")
    put_on(disk, site, "feeds")
    before = site.feeds()
    disk.fill()
    done = site.run("publish", limits=disk.limits)
    assert_clear(done, code=1, saying=(f"cannot write {site.folder}/feeds/", "the file there is unchanged"))
    assert len(done.err.splitlines()) == 1
    disk.free()
    during = site.feeds()
    site.prepare("publish")
    after = site.feeds()
    assert set(before) <= set(during) <= set(after)
    for name, content in during.items():
        assert content in (before.get(name), after[name]), f"{name} is whole, the old one or the new one"
    assert during["tide-table/atom.xml"] == before["tide-table/atom.xml"] != after["tide-table/atom.xml"]
    assert "tide-table/the-log.html" in after


def test_no_room_for_the_database(disk: SmallDisk | SizeLimit, begun: Site, tmp_path: Path) -> None:
    site = copy_of(begun, tmp_path / "site")
    put_on(disk, site, "var")
    before, posts = site.feeds(), site.ask("SELECT id, title FROM posts")
    for room_bytes in (0, 400_000):  # none from the start; then enough to begin, too little for the long post
        disk.fill(room_bytes)
        done = site.run("run", "--once", limits=disk.limits)
        assert_clear(done, code=1, saying=("publisher.db: the disk",))
        assert len(done.err.splitlines()) == 1 or room_bytes
        assert site.feeds() == before
        disk.free()
        assert site.ask("SELECT id, title FROM posts") == posts, "the post is there whole or not at all"
    site.prepare("run", "--once", "--now")
    assert len(site.recipients()) == 6
    assert "tide-table/the-log.html" in site.feeds()


def test_no_room_for_caught_letters(disk: SmallDisk | SizeLimit, assembled: Site, tmp_path: Path) -> None:
    site = copy_of(assembled, tmp_path / "site")
    put_on(disk, site, "var/outbox")
    disk.fill()
    done = site.run("send", limits=disk.limits)
    assert_clear(done, code=0, saying=("3 letters to be tried again", "452 4.3.1", "the letter cannot be kept"))
    assert len(done.err.splitlines()) == 1
    assert len(site.recipients()) == 3, "those of the first issue"
    assert list((site.folder / "var" / "outbox" / "tmp").iterdir()) == [], "nothing half written is left"
    disk.free()
    site.change("UPDATE deliveries SET next_try = 0 WHERE state = 'deferred'")
    site.prepare("send")
    assert len(site.recipients()) == 6
    assert site.states() == {"sent": 6}
