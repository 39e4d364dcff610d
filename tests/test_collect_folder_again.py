"""Later visits to a folder: what nobody touched is not read, and nothing that changed is missed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.collect.collector import Collected, Desk, collect_source
from publisher.collect.foldermemory import Recall
from publisher.collect.foldersource import read_folder
from publisher.collect.found import Found
from publisher.collect.rounds import Round, collect_all
from publisher.collect.visit import Call
from publisher.store import sources
from publisher.store.database import Rehearsal, Store
from tests.test_collect_collector import a_source, desk, store, stored

__all__ = ["desk", "store"]  # fixtures

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
LATER = timedelta(minutes=5)


@dataclass
class Folder:
    """A folder that is visited some minutes after each change."""

    path: Path
    media: Path
    memory: str = ""
    terms: str = "as ever"
    age: timedelta = LATER

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.path / f"{name}.md").write_text(text, encoding="utf-8")

    def read(self, *, anew: bool = False) -> Found:
        recall = Recall(
            text="" if anew else self.memory, terms=self.terms, media=self.media, now=datetime.now(UTC) + self.age
        )
        found = read_folder(
            "notes",
            self.path,
            zone=ZoneInfo("Europe/Berlin"),
            base_url="https://post.example/notes/",
            max_bytes=100_000,
            recall=recall,
        )
        for one in found.media:
            (self.media / one.name).write_bytes(one.path.read_bytes())
        if found.memory is not None:
            self.memory = found.memory
        return found

    def read_again(self) -> list[str]:
        """The files that were read, among those that are posts."""
        return [post.guid.removeprefix("file:").removesuffix(".md") for post in self.read().posts]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    for name in ("posts", "media"):
        (tmp_path / name).mkdir(exist_ok=True)
    return Folder(path=tmp_path / "posts", media=tmp_path / "media")


def test_only_what_changed_came_or_moved_is_read_again(folder: Folder) -> None:
    folder.write(a="One.", b="Two.", c="---\ndraft: true\n---\nNot yet.")
    assert folder.read_again() == ["a", "b"]
    again = folder.read()
    assert (again.posts, again.unchanged, again.memory) == ((), 2, None)
    folder.write(b="Two, longer.", d="Four.")
    (folder.path / "a.md").rename(folder.path / "e.md")
    found = folder.read()
    assert [post.guid for post in found.posts] == ["file:b.md", "file:d.md", "file:e.md"]
    assert found.unchanged == 0
    folder.write(c="At last.")
    assert folder.read_again() == ["c"]


def test_a_change_that_keeps_size_and_date_is_seen(folder: Folder) -> None:
    folder.write(a="One.")
    folder.read()
    before = (folder.path / "a.md").stat()
    folder.write(a="Two.")
    os.utime(folder.path / "a.md", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert folder.read_again() == ["a"]


def test_what_changed_a_moment_ago_is_read_once_more(folder: Folder) -> None:
    """Its next change could fall on the same tick of the disk's clock."""
    folder.write(a="One.")
    folder.age = timedelta(seconds=1)
    assert folder.read_again() == ["a"]
    folder.age = LATER
    assert folder.read_again() == ["a"]
    assert folder.read_again() == []


def test_under_other_terms_all_is_read(folder: Folder) -> None:
    folder.write(a="One.", b="Two.")
    folder.read()
    folder.terms = "another time zone"
    assert folder.read_again() == ["a", "b"]
    assert folder.read_again() == []


def test_a_problem_is_told_at_each_visit_until_it_is_mended(folder: Folder) -> None:
    folder.write(a="One.", b="---\ndate: soon\n---\nTwo.", c="Three ![x](none.png)")
    assert len(folder.read().problems) == 2
    again = folder.read()
    assert len(again.problems) == 2
    assert (len(again.posts), again.unchanged) == (1, 1)
    (folder.path / "none.png").write_bytes(PNG)
    folder.write(b="Two.")
    assert folder.read_again() == ["b", "c"]
    assert folder.read_again() == []


def test_a_post_whose_picture_changed_or_was_lost_is_read_again(folder: Folder) -> None:
    (folder.path / "boat.png").write_bytes(PNG)
    folder.write(a="One ![x](boat.png)", b="Two.")
    folder.read()
    assert folder.read_again() == []
    (folder.path / "boat.png").write_bytes(PNG + b", repainted")
    found = folder.read()
    assert [post.guid for post in found.posts] == ["file:a.md"]
    assert [one.name in found.posts[0].body_html for one in found.media] == [True]
    (folder.media / found.media[0].name).unlink()
    assert folder.read_again() == ["a"]


def test_of_two_files_with_one_identity_the_first_is_the_post_also_later(folder: Folder) -> None:
    folder.write(a="---\nid: x\n---\nOne.", b="---\nid: x\n---\nTwo.", c="Three.")
    assert folder.read().unchanged == 0
    assert folder.read().unchanged == 2  # posts, of three files
    folder.write(b="---\nid: x\n---\nTwo, changed.")
    assert [post.body_html for post in folder.read().posts] == ["<p>One.</p>", "<p>Two, changed.</p>"]
    (folder.path / "a.md").unlink()
    assert [post.body_html for post in folder.read().posts] == ["<p>Two, changed.</p>"]


def test_files_that_tell_about_one_author_are_read_together(folder: Folder) -> None:
    """The word of the first of them is the one that stays, whichever changed."""
    told = "---\nauthor: {{name: Ada Brook, bio: {}}}\n---\nText."
    folder.write(a=told.format("Keeps bees."), b=told.format("Kept bees."), c="---\nauthor: Ada Brook\n---\nText.")
    folder.read()
    folder.write(b=told.format("Kept many bees."))
    assert folder.read_again() == ["a", "b"]


NAMES = ("a", "b", "c")
TEXTS = ("One.", "Two.", "---\nid: x\n---\nThree.", "---\nid: x\n---\nFour.", "---\ndraft: true\n---\nFive.", "  ")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from((None, *TEXTS))), min_size=1, max_size=6))
def test_whatever_is_changed_the_outcome_is_as_if_all_had_been_read(
    tmp_path_factory: pytest.TempPathFactory, changes: Sequence[tuple[str, str | None]]
) -> None:
    root = tmp_path_factory.mktemp("again")
    for name in ("posts", "media"):
        (root / name).mkdir()
    folder = Folder(path=root / "posts", media=root / "media")
    folder.write(z="The last.")
    kept: dict[str, str] = {}  # what a store would hold: the first file of each identity at each visit
    for name, text in changes:
        if text is None:
            (folder.path / f"{name}.md").unlink(missing_ok=True)
        else:
            folder.write(**{name: text})
        known = {post.guid: post.body_html for post in reversed(folder.read().posts)}
        whole = {post.guid: post.body_html for post in reversed(folder.read(anew=True).posts)}
        kept |= known
        assert {guid: kept[guid] for guid in whole} == whole


def visited(store: Store, desk: Desk, path: Path, **more: object) -> Collected:
    source = replace(a_source("folder", path), **more)
    return collect_source(store, source, desk, now=datetime.now(UTC) + LATER)


def test_the_memory_is_kept_with_the_posts(store: Store, desk: Desk, folder: Folder) -> None:
    folder.write(a="One.", b="Two.")
    assert visited(Rehearsal(store), desk, folder.path).new == 2  # of this nothing stays
    assert visited(store, desk, folder.path).new == 2
    again = visited(store, desk, folder.path)
    assert (again.new, again.revised, again.unchanged) == (0, 0, 2)
    folder.write(b="Two, again.")
    again = visited(store, desk, folder.path)
    assert (again.new, again.revised, again.unchanged) == (0, 1, 1)
    assert len(stored(store)) == 2


def test_by_name_all_is_read(store: Store, desk: Desk, folder: Folder) -> None:
    folder.write(a="One.")
    source = a_source("folder", folder.path)
    visited(store, desk, folder.path)
    with store.write() as conn:  # as if the disk had hidden a change
        memory = sources.recall(conn, source.name)
        conn.exec_driver_sql("UPDATE posts SET content_hash = 'another'")
    assert memory
    now = datetime.now(UTC) + LATER
    assert collect_all(store, [source], desk, Round(now=now, call=Call.ALL))[0].revised == 0
    assert collect_all(store, [source], desk, Round(now=now, call=Call.NAMED))[0].revised == 1


def test_another_time_zone_or_other_authors_are_other_terms(store: Store, desk: Desk, folder: Folder) -> None:
    folder.write(a="---\ndate: 2026-02-03\n---\nOne.")
    visited(store, desk, folder.path)
    with store.read() as conn:
        first = sources.recall(conn, a_source("folder", folder.path).name)
    visited(store, replace(desk, zone=ZoneInfo("Asia/Tokyo")), folder.path)
    with store.read() as conn:
        assert sources.recall(conn, a_source("folder", folder.path).name) != first
