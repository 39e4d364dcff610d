"""A column is renamed in config.toml: everything is under its new name, and every id is what it was."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.lives import Site, assert_clear, copy_of, words_of_html


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("life")
    Site(folder).prepare("init", "site")
    made = Site(folder / "site")
    made.prepare("run", "--once")
    return made


@pytest.fixture
def site(begun: Site, tmp_path: Path) -> Site:
    return copy_of(begun, tmp_path / "site")


def rename(site: Site, *, alias: bool = True) -> None:
    site.edit("[columns.harbour-notes]", "[columns.port-notes]" + '\naliases = ["harbour-notes"]' * alias)
    site.edit('column = "harbour-notes"', 'column = "port-notes"')
    site.edit('columns = ["harbour-notes", ', 'columns = ["port-notes", ')


def ids(site: Site) -> dict[str, list[str]]:
    """Of each Atom document: the feed's id, then its entries'."""
    return {
        path.relative_to(site.folder / "feeds").as_posix(): re.findall("<id>([^<]*)", path.read_text())
        for path in sorted((site.folder / "feeds").rglob("atom.xml"))
    }


def test_no_post_is_lost_and_no_id_changes(site: Site) -> None:
    before = ids(site)
    pages = {path.name for path in (site.folder / "feeds" / "harbour-notes").iterdir()}
    rename(site)
    assert_clear(site.typed("publish"), code=0, saying=())
    assert ids(site) == {re.sub("^harbour-notes/", "port-notes/", path): found for path, found in before.items()}
    assert {path.name for path in (site.folder / "feeds" / "port-notes").iterdir()} == pages
    assert not (site.folder / "feeds" / "harbour-notes").exists()
    assert "harbour-notes: 0 new, 0 changed, 4 as before" in site.typed("collect").out
    site.prepare("check", "feeds")


def test_what_a_rebuild_makes_is_the_same(site: Site) -> None:
    rename(site)
    site.prepare("publish")
    before = site.feeds()
    shutil.rmtree(site.folder / "feeds")
    site.prepare("publish", "--all")
    assert site.feeds() == before


def test_an_alias_that_was_forgotten_at_first_brings_the_posts_back(site: Site) -> None:
    rename(site, alias=False)
    site.prepare("publish")
    site.edit("[columns.port-notes]", '[columns.port-notes]\naliases = ["harbour-notes"]')
    site.prepare("publish")
    assert "The ferry that waits" in words_of_html((site.folder / "feeds/port-notes/index.html").read_text())
    assert len(ids(site)["port-notes/atom.xml"]) == 5


def test_the_old_name_can_be_given_to_a_new_column_with_an_id_of_its_own(site: Site) -> None:
    rename(site)
    site.prepare("publish")
    site.edit('aliases = ["harbour-notes"]', "\n[columns.harbour-notes]")
    site.prepare("publish")
    found = ids(site)
    assert found["port-notes/atom.xml"][0] == "tag:courier.example,2026:feed/harbour-notes"
    assert re.fullmatch(
        r"tag:courier\.example,2026:feed/harbour-notes/\d{8}T\d{6}Z", found["harbour-notes/atom.xml"][0]
    )
