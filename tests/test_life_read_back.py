"""What the command published, read back by the grammar and by foreign readers, equals what the store holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from publisher.feed.content import content_html
from publisher.model.post import Post, link_of, with_media
from publisher.store import posts
from publisher.store.database import open_store
from publisher.wording.wording import english
from tests.lives import Site, a_site
from tests.test_feed_documents import assert_valid
from tests.test_feed_readers import parsed, read_by_npm

URL = "https://gazette.example"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = a_site(tmp_path_factory.mktemp("life") / "site")
    assert f'url = "{URL}"' in made.config.read_text(encoding="utf-8")
    made.write_post(
        "2026-02-18-hard", "Fish & <chips> at “nine”", "It costs 5 < 6 & more.\n\n<script>x()</script> 🐟 سمك"
    )
    made.prepare("run", "--once")
    return made


@pytest.fixture(scope="module")
def stored(site: Site) -> dict[str, list[Post]]:
    """The posts of each column, newest first, as the store has them."""
    store = open_store("sqlite:///var/publisher.db", root=site.folder)
    with store.read() as conn:
        slugs = sorted({path.parent.name for path in (site.folder / "feeds").glob("*/atom.xml")})
        found = {
            slug: [with_media(post, URL) for post in posts.newest(conn, columns=[slug], limit=1000)] for slug in slugs
        }
    store.close()
    assert any(found.values())
    return found


def atom_of(site: Site, column: str) -> bytes:
    return (site.folder / "feeds" / column / "atom.xml").read_bytes()


def test_every_published_atom_file_follows_the_grammar(site: Site) -> None:
    files = list((site.folder / "feeds").rglob("atom.xml"))
    assert len(files) >= 2
    for file in files:
        assert_valid(file.read_bytes())


def test_feedparser_finds_what_the_store_holds(site: Site, stored: dict[str, list[Post]]) -> None:
    for column, written in stored.items():
        entries = parsed(atom_of(site, column)).entries
        assert [(one.id, one.title, one.link) for one in entries] == [
            (post.id, post.title, link_of(post, URL)) for post in written
        ]
        for one, post in zip(entries, written, strict=True):
            assert [author.name for author in one.authors] == [author.name for author in post.authors]
            assert datetime(*one.published_parsed[:6], tzinfo=UTC) == post.published.replace(microsecond=0)
            assert datetime(*one.updated_parsed[:6], tzinfo=UTC) == post.updated.replace(microsecond=0)


def test_feedsmith_finds_what_the_store_holds(site: Site, stored: dict[str, list[Post]]) -> None:
    for column, written in stored.items():
        (read,) = read_by_npm("feedsmith", [atom_of(site, column)])
        for entry, post in zip(read["feed"]["entries"], written, strict=True):
            assert (entry["id"], entry["title"]["value"]) == (post.id, post.title)
            assert entry["links"][0]["href"] == link_of(post, URL)
            assert [one["name"] for one in entry["authors"]] == [author.name for author in post.authors]
            assert datetime.fromisoformat(entry["published"]) == post.published.replace(microsecond=0)
            assert datetime.fromisoformat(entry["updated"]) == post.updated.replace(microsecond=0)
            name = "Ormsund Gazette"
            told = content_html(post, link=link_of(post, URL), more_from=name, wording=english(post.language or "en"))
            assert entry["content"]["value"].strip() == told.strip()
            assert post.body.strip() in told
