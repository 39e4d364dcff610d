"""A site that moves to https or to another host keeps its posts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from publisher.collect.collector import Collected, Desk, collect_source
from publisher.model.post import Post
from publisher.store import posts
from publisher.store.database import Store
from tests.conftest import NOW
from tests.test_collect_collector import a_source, desk, store, stored

__all__ = ["desk", "store"]  # fixtures

ITEM = "<item><guid>{address}</guid><link>{address}</link><title>{title}</title><description>Text.</description></item>"


def visit(
    store: Store, desk: Desk, folder: Path, *items: tuple[str, str], days: int = 0
) -> tuple[Collected, dict[str, Post]]:
    told = "".join(ITEM.format(address=address, title=title) for address, title in items)
    file = folder / "feed.xml"
    file.write_text(f'<rss version="2.0"><channel><title>T</title>{told}</channel></rss>', encoding="utf-8")
    done = collect_source(store, a_source("feed", file), desk, now=NOW + timedelta(days=days))
    return done, {post.title: post for post in stored(store)}


def test_a_move_to_https_and_another_host_makes_no_new_posts(store: Store, desk: Desk, tmp_path: Path) -> None:
    _, before = visit(store, desk, tmp_path, ("http://old.example/a", "A"), ("http://old.example/b?x=1", "B"))
    done, after = visit(
        store, desk, tmp_path, ("https://new.example/a", "A"), ("https://new.example/b?x=1", "B"), days=1
    )
    assert done.new == 0
    assert {title: (post.id, post.seq) for title, post in after.items()} == {
        title: (post.id, post.seq) for title, post in before.items()
    }
    assert after["A"].url == "https://new.example/a"
    again, _ = visit(store, desk, tmp_path, ("https://new.example/a", "A"), days=2)
    assert (again.new, again.revised) == (0, 0)


def test_two_hosts_in_one_feed_stay_two_posts(store: Store, desk: Desk, tmp_path: Path) -> None:
    visit(store, desk, tmp_path, ("https://one.example/a", "One"))
    done, found = visit(store, desk, tmp_path, ("https://one.example/a", "One"), ("https://two.example/a", "Two"))
    assert done.new == 1
    assert found["One"].id != found["Two"].id


def test_an_alias_that_two_posts_have_is_nobodys(store: Store, desk: Desk, tmp_path: Path) -> None:
    visit(store, desk, tmp_path, ("https://one.example/a", "One"), ("https://two.example/a", "Two"))
    done, _ = visit(store, desk, tmp_path, ("https://three.example/a", "Three"))
    assert done.new == 1


def test_of_two_new_addresses_with_one_alias_the_first_is_the_post(store: Store, desk: Desk, tmp_path: Path) -> None:
    _, before = visit(store, desk, tmp_path, ("http://old.example/a", "A"))
    done, after = visit(store, desk, tmp_path, ("https://new.example/a", "A"), ("https://else.example/a", "Else"))
    assert done.new == 1
    assert after["A"].id == before["A"].id


def test_known_posts_are_found_by_alias_in_their_own_source_alone(store: Store, desk: Desk, tmp_path: Path) -> None:
    visit(store, desk, tmp_path, ("http://old.example/a", "A"))
    with store.read() as conn:
        assert posts.find_moved(conn, "another", {"https://new.example/a": "/a"}) == {}
        assert posts.find_moved(conn, "wire", {"https://new.example/": ""}) == {}
