"""Mistakes in a site, from outside: one clear message, the right exit code, nothing lost, all done once mended."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.lives import TOP, Site, a_site, assert_clear, copy_of


@pytest.fixture(scope="module")
def with_readers(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with three readers that never ran."""
    site = a_site(tmp_path_factory.mktemp("life") / "readers")
    site.prepare("subscribers", "import", "readers.csv")
    return site


@pytest.fixture
def site(with_readers: Site, tmp_path: Path) -> Site:
    return copy_of(with_readers, tmp_path / "site")


def assert_nothing_happened(site: Site) -> None:
    assert not (site.folder / "feeds").exists()
    assert site.recipients() == []
    assert site.ask("SELECT count(*) FROM posts") == [(0,)]


def assert_one_line(err: str) -> None:
    assert len(err.splitlines()) == 1, err


def test_toml_that_cannot_be_read_is_told_with_its_line(site: Site) -> None:
    site.edit('name = "Tides"', 'name = "Tides')
    done = site.run("run", "--once")
    assert_clear(done, code=2, saying=("config.toml:30:",))
    assert_one_line(done.err)
    assert_nothing_happened(site)


def test_wrong_values_are_told_all_at_once_and_nothing_starts(site: Site) -> None:
    site.edit('time_zone = "Europe/Oslo"', 'time_zone = "Europe/Ormsund"')
    site.edit('daily = "0 7 * * *"', 'daily = "at seven"')
    site.edit("connections = 3", "conections = 3")
    keys = ("site.time_zone", "newsletters.tides.schedule.daily", "relays.out.conections")
    done = site.run("serve")
    assert_clear(done, code=2, saying=(*keys, "3 mistakes; nothing was started"))
    assert_nothing_happened(site)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\0 not text"], ids=["a folder", "not text"])
def test_a_key_that_cannot_be_used_is_never_replaced(site: Site, content: bytes | None) -> None:
    key = site.folder / "var" / "secret.key"
    key.unlink()
    if content is None:
        key.mkdir()
    else:
        key.write_bytes(content)
    done = site.typed("collect")
    assert_clear(done, code=2, saying=("site.secret",))
    assert_one_line(done.err)
    assert key.is_dir() if content is None else key.read_bytes() == content
    assert_nothing_happened(site)


def test_sources_that_cannot_be_read_stop_no_other(site: Site) -> None:
    (site.folder / "page.html").write_text(
        "<!doctype html><html><head><title>Gazette</title>"
        '<link rel="alternate" type="application/atom+xml" href="https://gazette.example/real.xml"></head></html>'
    )
    broken = {"gone": ("folder", "columns/nowhere"), "page": ("feed", "page.html"), "lost": ("feed", "nowhere.xml")}
    tables = [
        f'[sources.{name}]\ncolumn = "tide-table"\nkind = "{kind}"\npath = "{path}"\n\n'
        for name, (kind, path) in broken.items()
    ]
    site.edit("[newsletters.tides]", "".join(tables) + "[newsletters.tides]")
    told = (
        f"source 'gone' ({site.folder}/columns/nowhere): there is no such file or folder",
        f"source 'page' ({site.folder}/page.html): it is an HTML page, not a feed; it names its feed: "
        "set `url` to https://gazette.example/real.xml",
        f"source 'lost' ({site.folder}/nowhere.xml): there is no such file",
    )
    done = site.typed("run", "--once")
    assert_clear(done, code=1, saying=(*told, "3 of 4 sources failed"))
    assert [done.err.count(fact) for fact in told] == [1, 1, 1], "each is said once"
    assert len(site.recipients()) == 3, "what the other source holds is sent"
    assert "tide-table/the-second-boat.html" in site.feeds()


def test_a_mistake_in_a_template_holds_the_letter_and_mended_and_approved_it_goes_whole(site: Site) -> None:
    own = site.folder / "templates" / "letter"
    own.mkdir(parents=True)
    text = (TOP / "templates" / "letter" / "digest.txt").read_text()
    (own / "digest.txt").write_text("{# ours #}\n{{ headlin }}\n" + text)
    done = site.typed("run", "--once")
    assert_clear(done, code=1, saying=(f"{own / 'digest.txt'}:2:", "`headlin` is not known here"))
    assert_one_line(done.err)
    assert site.recipients() == []
    assert site.ask("SELECT state, (SELECT count(*) FROM deliveries) FROM issues") == [("held", 0)]
    assert "publisher issues approve 1" in done.err
    assert "tide-table/the-second-boat.html" in site.feeds(), "pages and feeds do not wait for letters"

    shutil.rmtree(own)
    mended = site.typed("issues", "approve", "1")
    assert (mended.code, mended.err) == (0, "")
    sent = site.typed("run", "--once")
    assert (sent.code, sent.err) == (0, "")
    assert len(site.recipients()) == 3


def test_a_mistake_in_a_page_template_leaves_the_published_pages_as_they_were(site: Site) -> None:
    site.prepare("run", "--once")
    before = site.feeds()
    site.write_post("2026-02-17-a-gull", "A gull", "It has a name, and it is not Jonathan.")
    own = site.folder / "templates" / "web"
    own.mkdir(parents=True)
    (own / "post.html").write_text("<p>{{ post.title }</p>")
    done = site.typed("run", "--once")
    assert_clear(done, code=1, saying=(f"{own / 'post.html'}:1:",))
    assert_one_line(done.err)
    assert site.feeds() == before
    shutil.rmtree(own)
    site.prepare("run", "--once")
    assert "tide-table/a-gull.html" in site.feeds()


def test_a_database_that_another_program_holds_is_waited_for_and_then_told(site: Site) -> None:
    site.edit("var/publisher.db", "var/publisher.db?timeout=0.3")
    with closing(sqlite3.connect(site.folder / "var" / "publisher.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = site.typed("run", "--once")
        assert_clear(done, code=1, saying=("publisher.db", "another program holds the database; stop it or wait"))
        assert_one_line(done.err)
        other.execute("ROLLBACK")
    assert_nothing_happened(site)


def test_a_file_that_is_no_database_is_left_alone(site: Site) -> None:
    database = site.folder / "var" / "notes.db"
    database.write_text("These are my notes, and they are longer than a header of SQLite.\n" * 100)
    before = database.read_bytes()
    site.edit("var/publisher.db", "var/notes.db")
    done = site.typed("run", "--once")
    assert_clear(done, code=1, saying=("notes.db", "not a SQLite database"))
    assert_one_line(done.err)
    assert database.read_bytes() == before
