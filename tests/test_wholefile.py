"""Files are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from publisher.errors import Unwritable
from publisher.wholefile import TEMPORARY, write_if_changed, write_new

OLD, NEW = b"the old words", b"the new and rather longer words"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    code = textwrap.dedent(script)
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, timeout=30, check=False
    )


def test_a_new_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "feed.xml"
    assert write_if_changed(path, NEW)
    assert path.read_bytes() == NEW
    assert path.stat().st_mode & 0o777 == 0o644
    assert names(path.parent) == ["feed.xml"]


def test_the_mode_is_what_was_asked_for(tmp_path: Path) -> None:
    write_if_changed(tmp_path / "secret.key", NEW, mode=0o600)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_the_same_bytes_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    write_if_changed(path, NEW)
    os.utime(path, ns=(1, 1))
    before = path.stat()
    assert not write_if_changed(path, NEW)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, 1)


def test_other_bytes_of_the_same_length_are_written(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    write_if_changed(path, b"abc")
    assert write_if_changed(path, b"abd")
    assert path.read_bytes() == b"abd"
    assert names(tmp_path) == ["feed.xml"]


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    assert write_if_changed(tmp_path / "empty", b"")
    assert not write_if_changed(tmp_path / "empty", b"")


def test_who_has_the_old_file_open_reads_it_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    write_if_changed(path, OLD)
    with path.open("rb") as reader:
        write_if_changed(path, NEW)
        assert reader.read() == OLD


def test_a_link_is_replaced_and_what_it_led_to_is_left_alone(tmp_path: Path) -> None:
    target, link = tmp_path / "elsewhere", tmp_path / "feed.xml"
    target.write_bytes(OLD)
    link.symlink_to(target)
    assert write_if_changed(link, NEW)
    assert (target.read_bytes(), link.read_bytes(), link.is_symlink()) == (OLD, NEW, False)


def test_a_reader_never_sees_a_part(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    one, two = b"1" * 300_000, b"2" * 300_000
    write_if_changed(path, one)
    done = threading.Event()
    seen: set[bytes] = set()

    def read() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(15):
        write_if_changed(path, two)
        write_if_changed(path, one)
    done.set()
    reader.join()
    assert seen <= {one, two}


def test_killed_half_way_the_old_file_is_whole(tmp_path: Path) -> None:
    """The process dies by SIGKILL after half of the new bytes are in the folder."""
    path = tmp_path / "feed.xml"
    path.write_bytes(OLD)
    script = """
        import os, signal, sys, threading
        from pathlib import Path
        from publisher.wholefile import TEMPORARY, write_if_changed, write_new

        path = Path(sys.argv[1])

        def die_when_a_part_is_there():
            while True:
                for part in path.parent.glob(TEMPORARY + "*"):
                    if part.stat().st_size >= 1_000_000:
                        os.kill(os.getpid(), signal.SIGKILL)

        threading.Thread(target=die_when_a_part_is_there, daemon=True).start()
        write_if_changed(path, b"new " * 30_000_000)
    """
    died = run(script, path)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert path.read_bytes() == OLD
    assert all(name == "feed.xml" or name.startswith(TEMPORARY) for name in names(tmp_path))
    assert write_if_changed(path, NEW)  # what is left of the crash is in nobody's way
    assert path.read_bytes() == NEW


def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the full disk: the write fails after half of it."""
    path = tmp_path / "feed.xml"
    path.write_bytes(OLD)
    script = """
        import resource, signal, sys
        from pathlib import Path
        from publisher.errors import Unwritable
        from publisher.wholefile import write_if_changed

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        try:
            write_if_changed(Path(sys.argv[1]), b"x" * 100_000)
        except Unwritable as wrong:
            print(wrong)
    """
    told = run(script, path)
    assert told.stdout == f"cannot write {path}: {os.strerror(errno.EFBIG)}; the file there is unchanged\n", told.stderr
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["feed.xml"]


def test_a_folder_where_nothing_may_be_written_is_told_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "feeds" / "feed.xml"
    path.parent.mkdir()
    path.write_bytes(OLD)
    path.parent.chmod(0o500)
    script = """
        import os, sys
        from pathlib import Path
        from publisher.errors import Unwritable
        from publisher.wholefile import write_if_changed

        os.chdir(Path(sys.argv[1]).parent)
        if os.geteuid() == 0:  # nothing is forbidden to root
            os.chown(".", 65534, 65534)
            os.setgid(65534)
            os.setuid(65534)
        try:
            write_if_changed(Path("feed.xml"), b"new")
        except Unwritable as wrong:
            print(wrong)
    """
    told = run(script, path)
    assert told.stdout == "cannot write feed.xml: Permission denied; the file there is unchanged\n", told.stderr
    assert path.read_bytes() == OLD
    path.parent.chmod(0o700)
    assert names(path.parent) == ["feed.xml"]


def test_a_folder_in_the_way_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "feed.xml" / "inside").mkdir(parents=True)
    with pytest.raises(Unwritable, match=r"feed\.xml: (Is a directory|Directory not empty)"):
        write_if_changed(tmp_path / "feed.xml", NEW)
    assert names(tmp_path) == ["feed.xml"]


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "feeds").write_bytes(OLD)
    with pytest.raises(Unwritable, match=r"feeds/feed\.xml: (Not a directory|File exists)"):
        write_if_changed(tmp_path / "feeds" / "feed.xml", NEW)
    assert (tmp_path / "feeds").read_bytes() == OLD


def test_a_new_file_is_its_owners_alone_and_takes_nobodys_name(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    assert write_new(path, OLD)
    assert not write_new(path, NEW)
    assert path.read_bytes() == OLD
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["key.pem"]


def test_of_many_who_make_a_new_file_one_does(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: write_new(path, b"%d" % number * 5000), range(8)))
    assert made.count(True) == 1
    assert path.read_bytes() == b"%d" % made.index(True) * 5000
    assert names(tmp_path) == ["key.pem"]


def test_a_new_file_in_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="No such file or directory"):
        write_new(tmp_path / "nowhere" / "key.pem", NEW)
