"""The published tree: whole files, only changes, and nothing of others touched."""

from __future__ import annotations

import fcntl
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from publisher.errors import Busy, Unwritable
from publisher.publish.tree import Folders, Published, open_tree


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "media").mkdir()
    return Folders(feeds=tmp_path / "feeds", media=tmp_path / "media", manifest=tmp_path / "var" / "published")


def publish(folders: Folders, files: dict[str, bytes], *, pictures: tuple[str, ...] = ()) -> Published:
    with open_tree(folders) as tree:
        for picture in pictures:
            tree.copy_picture(picture)
        for name, content in files.items():
            tree.write(name, content)
        return tree.finish()


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond `size`: what a full disk looks like to a program."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_only_what_changed_is_written(folders: Folders) -> None:
    first = publish(folders, {"a.html": b"one", "b/c.html": b"two"})
    assert first.written == (folders.feeds / "a.html", folders.feeds / "b" / "c.html")
    untouched = (folders.feeds / "b" / "c.html").stat()
    second = publish(folders, {"a.html": b"one!", "b/c.html": b"two"})
    assert (second.written, second.unchanged) == ((folders.feeds / "a.html",), 1)
    assert (folders.feeds / "b" / "c.html").stat() == untouched


def test_what_was_withdrawn_is_taken_away_and_what_is_not_ours_stays(folders: Folders) -> None:
    publish(folders, {"notes/one.html": b"1", "night/one.html": b"2", "night/two.html": b"3"})
    (folders.feeds / "README.md").write_text("mine")
    (folders.feeds / "notes" / "logo.svg").write_text("mine")
    done = publish(folders, {"index.html": b"4"})
    assert {path.name for path in done.removed} == {"one.html", "two.html"}
    assert sorted(path.relative_to(folders.feeds).as_posix() for path in folders.feeds.rglob("*")) == [
        "README.md", "index.html", "notes", "notes/logo.svg",
    ]  # fmt: skip


def test_a_run_that_breaks_off_takes_nothing_away_and_is_made_good_by_the_next(folders: Folders) -> None:
    publish(folders, {"old.html": b"1"})
    with open_tree(folders) as tree:
        tree.write("half.html", b"2")  # and no finish()
    assert (folders.feeds / "old.html").is_file()
    assert publish(folders, {"new.html": b"3"}).removed == (folders.feeds / "half.html", folders.feeds / "old.html")


def test_a_full_disk_gives_one_message_and_leaves_the_old_file(folders: Folders) -> None:
    publish(folders, {"a.html": b"old"})
    with largest_file(4096), pytest.raises(Unwritable) as told:
        publish(folders, {"a.html": b"x" * 10_000})
    assert str(told.value) == f"cannot write {folders.feeds / 'a.html'}: File too large; the file there is unchanged"
    assert (folders.feeds / "a.html").read_bytes() == b"old"
    assert [path.name for path in folders.feeds.iterdir()] == ["a.html"]


def test_a_folder_in_the_way_is_told(folders: Folders) -> None:
    (folders.feeds / "a.html").mkdir(parents=True)
    with pytest.raises(Unwritable, match=r"a\.html"):
        publish(folders, {"a.html": b"x"})


def test_a_picture_is_copied_once_and_never_taken_away(folders: Folders) -> None:
    (folders.media / "quay.png").write_bytes(b"\x89PNG")
    assert publish(folders, {}, pictures=("quay.png", "quay.png")).written == (folders.feeds / "media" / "quay.png",)
    assert publish(folders, {}, pictures=("quay.png",)).unchanged == 1
    assert publish(folders, {}).removed == ()
    assert (folders.feeds / "media" / "quay.png").read_bytes() == b"\x89PNG"


def test_a_picture_that_was_cut_off_is_copied_again(folders: Folders) -> None:
    (folders.media / "quay.png").write_bytes(b"\x89PNG")
    (folders.feeds / "media").mkdir(parents=True)
    (folders.feeds / "media" / "quay.png").write_bytes(b"\x89")
    publish(folders, {}, pictures=("quay.png",))
    assert (folders.feeds / "media" / "quay.png").read_bytes() == b"\x89PNG"


def test_a_picture_that_is_nowhere_is_told_and_stops_nothing(folders: Folders) -> None:
    (folders.feeds / "media").mkdir(parents=True)
    (folders.feeds / "media" / "published.png").write_bytes(b"\x89PNG")  # its original may go
    done = publish(folders, {"a.html": b"1"}, pictures=("gone.png", "published.png"))
    assert done.missing == ("gone.png",)
    assert done.written == (folders.feeds / "a.html",)


def test_a_folder_that_became_a_link_to_elsewhere_is_not_followed(folders: Folders, tmp_path: Path) -> None:
    publish(folders, {"notes/one.html": b"1"})
    (folders.feeds / "notes" / "one.html").unlink()
    (folders.feeds / "notes").rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "one.html").write_text("not ours")
    (folders.feeds / "notes").symlink_to(elsewhere)
    assert publish(folders, {}).removed == ()
    assert (elsewhere / "one.html").read_text() == "not ours"


def test_what_a_crash_left_half_written_is_swept_away(folders: Folders) -> None:
    publish(folders, {"notes/one.html": b"1"})
    (folders.feeds / "notes" / ".part-x").write_bytes(b"half")
    publish(folders, {"notes/one.html": b"1"})
    assert [path.name for path in (folders.feeds / "notes").iterdir()] == ["one.html"]


def test_a_file_that_was_deleted_or_replaced_by_a_folder_meanwhile_is_no_trouble(folders: Folders) -> None:
    publish(folders, {"a.html": b"1", "b.html": b"2"})
    (folders.feeds / "a.html").unlink()
    (folders.feeds / "b.html").unlink()
    (folders.feeds / "b.html").mkdir()
    assert publish(folders, {}).removed == ()


def test_a_second_publisher_waits_for_the_first(folders: Folders) -> None:
    order = []

    def second() -> None:
        publish(folders, {"a.html": b"second"})
        order.append("second")

    with open_tree(folders) as tree:
        other = threading.Thread(target=second)
        other.start()
        other.join(0.3)
        tree.write("a.html", b"first")
        order.append("first")
        tree.finish()
    other.join(10)
    assert order == ["first", "second"]
    assert (folders.feeds / "a.html").read_bytes() == b"second"


def test_who_waits_too_long_is_told(folders: Folders) -> None:
    folders.manifest.parent.mkdir()
    descriptor = os.open(folders.manifest.with_suffix(".lock"), os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(Busy, match="another process is publishing"), open_tree(folders, wait_seconds=0.2):
            pass
    finally:
        os.close(descriptor)
