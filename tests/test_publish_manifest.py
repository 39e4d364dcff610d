"""What is ours below the published folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import Unwritable
from publisher.publish.manifest import Manifest


def test_a_name_is_remembered_before_its_file_is_made(tmp_path: Path) -> None:
    Manifest(tmp_path / "var" / "published").note("notes/one.html")
    assert Manifest(tmp_path / "var" / "published").names == {"notes/one.html"}


def test_a_line_that_a_crash_cut_off_names_nothing_and_spoils_nothing(tmp_path: Path) -> None:
    path = tmp_path / "published"
    path.write_text("notes/one.html\nnotes/tw")
    manifest = Manifest(path)
    assert manifest.names == {"notes/one.html"}
    manifest.note("notes/three.html")
    assert Manifest(path).names == {"notes/one.html", "notes/tw", "notes/three.html"}


def test_at_the_end_of_a_run_just_what_belongs_is_kept(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "published")
    for name in ("b", "a", "c"):
        manifest.note(name)
    manifest.keep({"b", "a"})
    assert (tmp_path / "published").read_text() == "a\nb\n"
    assert manifest.names == {"a", "b"}


def test_an_empty_manifest_takes_a_name(tmp_path: Path) -> None:
    (tmp_path / "published").touch()
    Manifest(tmp_path / "published").note("a")
    assert (tmp_path / "published").read_text() == "a\n"


@pytest.mark.parametrize("hostile", ["/etc/passwd", "../config.toml", "notes/../../config.toml", "", "."])
def test_a_manifest_leads_nowhere_but_down(tmp_path: Path, hostile: str) -> None:
    (tmp_path / "published").write_text(f"{hostile}\nnotes/one.html\n")
    assert Manifest(tmp_path / "published").names == {"notes/one.html"}


def test_a_manifest_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    with pytest.raises(Unwritable, match="published"):
        Manifest(tmp_path / "published")
    manifest = Manifest(tmp_path / "var" / "published")
    (tmp_path / "var").touch()  # a file where its folder would be
    with pytest.raises(Unwritable, match="File exists"):
        manifest.note("a")
