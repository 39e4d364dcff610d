"""Addresses that were given up: 301 for a renamed column, 410 for what ended, is gone, or was withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from publisher.config.load import read_config
from publisher.store import schema
from publisher.web.addresses import GivenUp, is_over, new_place
from publisher.web.siteof import given_up_of
from tests.conftest import NOW
from tests.web_site import Visit, own_store, site_of, visiting
from tests.writers import a_post, put_posts

GIVEN_UP = GivenUp(
    moved={"port-diary": "harbour", "quays": "harbour"}, ended=frozenset({"night-desk"}), gone=frozenset({"gossip"})
)
FILES = ("atom.xml", "index.html", "archive/2026-11/atom.xml", "archive/2026-11.html", "a-late-hour.html")


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    folder = tmp_path_factory.mktemp("site")
    for column in ("harbour", "night-desk", "gossip"):
        for file in FILES:
            path = folder / "feeds" / column / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{column} {file}")
    site = replace(site_of(folder / "feeds", url="https://courier.example/news"), given_up=GIVEN_UP)
    with own_store(folder) as store, visiting(store, folder, site=site) as visit:
        with store.write() as conn:
            put_posts(conn, [a_post(1), a_post(2)])
            conn.execute(update(schema.posts).where(schema.posts.c.slug == "post-1").values(withdrawn=NOW))
        yield visit


@pytest.mark.parametrize("before", ["", "/news"])
@pytest.mark.parametrize("old", ["port-diary", "quays"])
@pytest.mark.parametrize("file", FILES)
def test_every_address_of_a_renamed_column_leads_to_the_same_under_its_new_name(
    visit: Visit, before: str, old: str, file: str
) -> None:
    got = visit.client.get(f"{before}/{old}/{file}")
    assert got.status_code == 301
    assert visit.client.get(f"{before}/{old}/{file}", follow_redirects=True).text == f"harbour {file}"


def test_the_column_itself_and_what_was_asked_with_it_are_led_on(visit: Visit) -> None:
    assert visit.client.get("/quays").headers["location"] == "./harbour/"
    assert visit.client.get("/quays").headers["cache-control"] == "public, max-age=1800"
    assert visit.client.get("/quays/").headers["location"] == "../harbour/"
    assert visit.client.get("/quays/atom.xml?from=reader").headers["location"] == "../harbour/atom.xml?from=reader"
    assert visit.client.get("/quays-and-docks/atom.xml").status_code == 404


def test_the_pages_of_a_column_that_ended_stay_and_its_feeds_answer_410(visit: Visit) -> None:
    for file in FILES:
        got = visit.client.get(f"/night-desk/{file}")
        assert got.status_code == (410 if file.endswith(".xml") else 200)
    assert "take it out of your feed reader" in visit.client.get("/night-desk/atom.xml").text
    # Also who asks whether it changed is told.
    assert visit.client.get("/night-desk/atom.xml", headers={"If-None-Match": "*"}).status_code == 410


def test_nothing_is_left_of_a_column_that_is_gone(visit: Visit) -> None:
    for path in ("", "/", *(f"/{file}" for file in FILES), "/never-was"):
        assert visit.client.get(f"/gossip{path}").status_code == 410


def test_a_withdrawn_post_is_gone_and_one_that_never_was_is_not_found(visit: Visit) -> None:
    gone = visit.client.get("/harbour/post-1.html")
    assert gone.status_code == 410
    assert "withdrawn by its editors" in gone.text
    for path in ("/harbour/post-2.html", "/harbour/post-3.html", "/night-desk/post-1.html", "/post-1.html"):
        assert visit.client.get(path).status_code == 404


@given(st.text(max_size=30), st.sampled_from(["", "/", "/a/", "/a/b/"]))
def test_a_new_place_is_always_below_the_new_name_on_the_same_host(rest: str, folder: str) -> None:
    path = f"/quays{folder or '/'}{rest}"
    place = new_place(GIVEN_UP, path)
    assert place is not None
    assert place.isascii()
    assert not set("\r\n") & set(place)
    assert unquote(place).replace("../", "", place.count("../")) == f"harbour{folder or '/'}{rest}"


def test_what_was_not_given_up_is_where_it_is() -> None:
    for path in ("/", "/harbour/atom.xml", "/atom.xml", "", "/archive/port-diary/atom.xml"):
        assert new_place(GIVEN_UP, path) is None
        assert not is_over(GIVEN_UP, path)


def test_what_editors_write_is_what_is_served(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        """
[site]
name = "The Courier"
url = "https://courier.example"
postal_address = "1 Quay Street, Portside"
tag_authority = "courier.example,2026"

[columns.harbour]
aliases = ["port-diary", "quays"]

[columns.night-desk]
ended = true

[feeds]
gone = ["gossip"]
"""
    )
    assert given_up_of(read_config(tmp_path / "config.toml").config) == GIVEN_UP
