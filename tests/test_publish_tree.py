"""The published tree: whole files, only changes, and nothing of others touched."""

from __future__ import annotations

import fcntl
import os
import resource
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from publisher.errors import Busy, Unwritable
from publisher.publish.folder import Folder
from publisher.publish.lock import alone
from publisher.publish.target import File
from publisher.publish.tree import Published, Tree
from publisher.store import files
from publisher.store.database import Store
from tests.shelves import WHEN


@dataclass
class Place:
    """A folder that trees are published to."""

    store: Store
    folder: Path

    @property
    def feeds(self) -> Path:
        return self.folder / "feeds"

    @property
    def media(self) -> Path:
        return self.folder / "media"

    def tree(self, *, careful: bool = False) -> Tree:
        return Tree(self.store, Folder(self.feeds), media=self.media, clock=lambda: WHEN, careful=careful)

    def publish(self, content: dict[str, bytes], *, pictures: tuple[str, ...] = (), careful: bool = True) -> Published:
        """A whole run: just these files."""
        tree = self.tree(careful=careful)
        for picture in pictures:
            tree.copy_picture(picture)
        for name, text in content.items():
            tree.write(name, text)
        tree.remove_all_others()
        return tree.finish()


@pytest.fixture
def place(sqlite_store: Store, tmp_path: Path) -> Place:
    (tmp_path / "media").mkdir()
    return Place(store=sqlite_store, folder=tmp_path)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond `size`: what a full disk looks like to a program."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_only_what_changed_is_written(place: Place) -> None:
    first = place.publish({"a.html": b"one", "b/c.html": b"two"})
    assert first.written == ("a.html", "b/c.html")
    untouched = (place.feeds / "b" / "c.html").stat()
    second = place.publish({"a.html": b"one!", "b/c.html": b"two"})
    assert (second.written, second.unchanged) == (("a.html",), 1)
    assert (place.feeds / "b" / "c.html").stat() == untouched


def test_what_was_withdrawn_is_taken_away_and_what_is_not_ours_stays(place: Place) -> None:
    place.publish({"notes/one.html": b"1", "night/one.html": b"2", "night/two.html": b"3"})
    (place.feeds / "README.md").write_text("mine")
    (place.feeds / "notes" / "logo.svg").write_text("mine")
    done = place.publish({"index.html": b"4"})
    assert set(done.removed) == {"notes/one.html", "night/one.html", "night/two.html"}
    assert sorted(path.relative_to(place.feeds).as_posix() for path in place.feeds.rglob("*")) == [
        "README.md", "index.html", "notes", "notes/logo.svg",
    ]  # fmt: skip


def test_a_run_that_breaks_off_takes_nothing_away_and_is_made_good_by_the_next(place: Place) -> None:
    place.publish({"old.html": b"1"})
    tree = place.tree()
    tree.write("half.html", b"2")
    tree.remove(["old.html"])
    tree.flush()  # and no finish()
    assert (place.feeds / "old.html").is_file()
    assert place.publish({"new.html": b"3"}).removed == ("half.html", "old.html")


def test_what_is_to_go_and_is_written_all_the_same_stays(place: Place) -> None:
    place.publish({"a.html": b"1"})
    tree = place.tree()
    tree.remove(["a.html"])
    tree.write("a.html", b"2")
    assert tree.finish().removed == ()
    assert (place.feeds / "a.html").read_bytes() == b"2"


def test_names_below_a_folder_are_those_that_will_lie_there(place: Place) -> None:
    place.publish({"notes/a.html": b"1", "notes/b.html": b"2", "notes-too/a.html": b"3"})
    tree = place.tree()
    tree.write("notes/c.html", b"4")
    tree.remove(["notes/a.html"])
    assert tree.names_below("notes/") == ["notes/b.html", "notes/c.html"]


def test_a_name_is_noted_before_its_file_is_made_and_what_was_not_made_is_made_anew(place: Place) -> None:
    class Full(Folder):
        def put(self, *_: object) -> None:
            raise Unwritable(path=Path("a.html"), problem="No space left on device")

    tree = Tree(place.store, Full(place.feeds), media=place.media, clock=lambda: WHEN)
    tree.write("a.html", b"1")
    with pytest.raises(Unwritable):
        tree.flush()
    with place.store.read() as conn:
        assert files.digests_of(conn, ["a.html"]) == {"a.html": ""}
    assert place.publish({"a.html": b"1"}, careful=False).written == ("a.html",)


def test_a_file_that_a_crash_left_half_taken_away_is_written_when_it_is_wanted_again(place: Place) -> None:
    class Dying(Folder):
        def remove(self, name: str) -> bool:
            super().remove(name)
            raise ConnectionAbortedError

    place.publish({"a.html": b"1"})
    tree = Tree(place.store, Dying(place.feeds), media=place.media, clock=lambda: WHEN)
    tree.remove(["a.html"])
    with pytest.raises(ConnectionAbortedError):
        tree.finish()
    assert place.publish({"a.html": b"1"}, careful=False).written == ("a.html",)


def test_a_file_that_somebody_deleted_or_changed_comes_back_in_a_careful_run(place: Place) -> None:
    content = {"a.html": b"1" * 300, "b.html": b"2" * 300, "c.html": b"3" * 300, "d.html": b"4"}
    place.publish(content)
    (place.feeds / "a.html").unlink()
    (place.feeds / "b.html").write_bytes(b"x" * 300)
    (place.feeds / "c.html.gz").unlink()
    assert place.publish(content, careful=False).written == ()
    assert place.publish(content).written == ("a.html", "b.html", "c.html")
    assert (place.feeds / "b.html").read_bytes() == b"2" * 300


def test_a_full_disk_gives_one_message_and_leaves_the_old_file(place: Place) -> None:
    place.publish({"a.png": b"old"})
    big = os.urandom(2_000_000)
    with largest_file(1_000_000), pytest.raises(Unwritable) as told:
        place.publish({"a.png": big})
    assert str(told.value) == f"cannot write {place.feeds / 'a.png'}: File too large; the file there is unchanged"
    assert (place.feeds / "a.png").read_bytes() == b"old"
    assert [path.name for path in place.feeds.iterdir()] == ["a.png"]


def test_a_folder_in_the_way_is_told(place: Place) -> None:
    (place.feeds / "a.html").mkdir(parents=True)
    with pytest.raises(Unwritable, match=r"a\.html"):
        place.publish({"a.html": b"x"})


def test_a_picture_is_copied_once_and_never_taken_away(place: Place) -> None:
    (place.media / "quay.png").write_bytes(b"\x89PNG")
    assert place.publish({}, pictures=("quay.png", "quay.png")).written == ("media/quay.png",)
    for careful in (False, True):
        assert place.publish({}, pictures=("quay.png",), careful=careful).unchanged == 1
    assert place.publish({}).removed == ()
    assert (place.feeds / "media" / "quay.png").read_bytes() == b"\x89PNG"


def test_a_picture_that_was_cut_off_is_copied_again(place: Place) -> None:
    (place.media / "quay.png").write_bytes(b"\x89PNG")
    place.publish({}, pictures=("quay.png",))
    (place.feeds / "media" / "quay.png").write_bytes(b"\x89")
    place.publish({}, pictures=("quay.png",))
    assert (place.feeds / "media" / "quay.png").read_bytes() == b"\x89PNG"


def test_a_picture_that_is_nowhere_is_told_and_stops_nothing(place: Place) -> None:
    (place.media / "published.png").write_bytes(b"\x89PNG")
    place.publish({}, pictures=("published.png",))
    (place.media / "published.png").unlink()  # its original may go
    done = place.publish({"a.html": b"1"}, pictures=("gone.png", "published.png"))
    assert done.missing == ("gone.png",)
    assert done.written == ("a.html",)


def test_a_folder_that_became_a_link_to_elsewhere_is_not_followed(place: Place, tmp_path: Path) -> None:
    place.publish({"notes/one.html": b"1"})
    (place.feeds / "notes" / "one.html").unlink()
    (place.feeds / "notes").rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "one.html").write_text("not ours")
    (place.feeds / "notes").symlink_to(elsewhere)
    assert place.publish({}).removed == ()
    assert (elsewhere / "one.html").read_text() == "not ours"


def test_what_a_crash_left_half_written_is_swept_away(place: Place) -> None:
    place.publish({"notes/one.html": b"1"})
    (place.feeds / "notes" / ".part-x").write_bytes(b"half")
    place.publish({"notes/one.html": b"2"})
    assert [path.name for path in (place.feeds / "notes").iterdir()] == ["one.html"]


def test_a_run_after_one_that_was_killed_sweeps_where_that_one_wrote_and_looks_into_no_other_folder(
    place: Place,
) -> None:
    class Dying(Folder):
        def put(self, files: Sequence[File]) -> Mapping[str, str]:
            super().put(files)
            (place.feeds / "notes" / ".part-x").write_bytes(b"half")
            (place.feeds / "night" / ".part-x").write_bytes(b"half")
            raise ConnectionAbortedError

    looked_at: list[str] = []

    class Watched(Folder):
        def sweep(self, names: Iterable[str]) -> None:
            looked_at.extend(wanted := list(names))
            super().sweep(wanted)

    def tree(target: Folder) -> Tree:
        return Tree(place.store, target, media=place.media, clock=lambda: WHEN)

    dying = tree(Dying(place.feeds))
    for name in ("notes/a.html", "notes/b.html", "night/c.html"):
        dying.write(name, b"1")
    with pytest.raises(ConnectionAbortedError):
        dying.flush()
    again = tree(Watched(place.feeds))
    again.write("notes/a.html", b"2")
    again.write("notes/b.html", b"2")
    again.write("elsewhere/d.html", b"2")
    again.remove(["night/c.html"])
    again.finish()
    assert [name.partition("/")[0] for name in looked_at] == ["notes", "night"]
    assert sorted(path.relative_to(place.feeds).as_posix() for path in place.feeds.rglob("*.*")) == [
        "elsewhere/d.html", "notes/a.html", "notes/b.html",
    ]  # fmt: skip
    assert not (place.feeds / "night").exists()
    looked_at.clear()
    after = tree(Watched(place.feeds))
    after.write("notes/a.html", b"3")
    after.finish()
    assert looked_at == []


def test_a_file_that_was_deleted_or_replaced_by_a_folder_meanwhile_is_no_trouble(place: Place) -> None:
    place.publish({"a.html": b"1", "b.html": b"2"})
    (place.feeds / "a.html").unlink()
    (place.feeds / "b.html").unlink()
    (place.feeds / "b.html").mkdir()
    assert place.publish({}).removed == ()


def test_a_second_publisher_waits_for_the_first(tmp_path: Path) -> None:
    order = []

    def second() -> None:
        with alone(tmp_path / "lock", "here"):
            order.append("second")

    with alone(tmp_path / "lock", "here"):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.3)
        order.append("first")
    other.join(10)
    assert order == ["first", "second"]


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        told = "another process is publishing to folder x"
        with pytest.raises(Busy, match=told), alone(tmp_path / "lock", "folder x", wait_seconds=0.2):
            pass
    finally:
        os.close(descriptor)
