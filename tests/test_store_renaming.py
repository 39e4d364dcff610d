"""A column with a new slug: what was known by the old one is known by the new one."""

from __future__ import annotations

from sqlalchemy import select, update

from publisher.model.feedname import FeedKind, FeedName
from publisher.store import columns, feeds, feedversions, posts, schema
from publisher.store.database import Store
from publisher.store.renaming import rename_column
from tests.conftest import NOW
from tests.writers import a_post, put_posts, put_readers

OLD, NEW = (FeedName(kind=FeedKind.COLUMN, key=slug) for slug in ("harbour", "port"))
OLD_ID = "tag:courier.example,2026:harbour"


def a_published_column(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(1), a_post(2), a_post(3, column="kitchen")])
        feeds.put_if_new(conn, OLD, feed_id=OLD_ID, title="", now=NOW)
        feeds.enter(conn, [feeds.Membership(post=seq, published=NOW, revised=0, feeds=[OLD]) for seq in (1, 2)])
        feeds.file_pages(conn, OLD, {"2026-11": [1, 2]}, month="2026-11")


def test_posts_feed_id_and_archive_go_by_the_new_slug(store: Store) -> None:
    a_published_column(store)
    with store.write() as conn:
        before = posts.with_seqs(conn, [1, 2, 3])
        assert rename_column(conn, "harbour", "port")
        after = posts.with_seqs(conn, [1, 2, 3])
        assert {seq: post.column for seq, post in after.items()} == {1: "port", 2: "port", 3: "kitchen"}
        assert {seq: (post.id, post.slug) for seq, post in after.items()} == {
            seq: (post.id, post.slug) for seq, post in before.items()
        }
        assert {one.slug: one.feed_id for one in columns.get_all(conn)} == {
            "kitchen": "tag:courier.example,2026:kitchen",
            "port": OLD_ID,
        }
        assert feeds.known(conn, [OLD, NEW]) == {NEW}
        assert feeds.get(conn, NEW).feed_id == OLD_ID
        assert {name for name, _, _ in feeds.standing(conn, [1, 2])} == {NEW}
        assert feeds.count_pages(conn, NEW) == {"2026-11": 1}


def test_news_are_told_to_who_knows_a_version_of_the_old_name(store: Store) -> None:
    a_published_column(store)
    row = {"path": "harbour/atom.xml", "etag": "abc", "number": 1, "entries": []}
    with store.write() as conn:
        conn.execute(schema.feed_versions.insert().values([row, row | {"path": "harbours/atom.xml"}]))
        rename_column(conn, "harbour", "port")
        known = [path for path in ("port", "harbour", "harbours") if feedversions.find(conn, f"{path}/atom.xml", "abc")]
    assert known == ["port", "harbours"]


def test_readers_who_chose_the_column_have_it_under_its_new_name(store: Store) -> None:
    a_published_column(store)
    table = schema.subscriptions
    with store.write() as conn:
        put_readers(conn, 3)
        for number, wish in enumerate(("harbour kitchen", "harbour-diary kitchen", ""), 1):
            conn.execute(update(table).where(table.c.id == number).values(columns=wish))
        rename_column(conn, "harbour", "port")
        kept = conn.execute(select(table.c.columns).order_by(table.c.id)).scalars().all()
    assert kept == ["kitchen port", "harbour-diary kitchen", ""]


def test_nothing_is_renamed_twice(store: Store) -> None:
    a_published_column(store)
    with store.write() as conn:
        assert rename_column(conn, "harbour", "port")
        assert not rename_column(conn, "harbour", "port")
        assert not rename_column(conn, "never-was", "port")


def test_a_column_that_began_before_it_was_told_what_it_had_been_takes_the_old_posts_in(store: Store) -> None:
    a_published_column(store)
    with store.write() as conn:
        put_posts(conn, [a_post(2, column="port")])
        before = {change for change, _ in posts.seqs_after(conn, 0)}
        assert rename_column(conn, "harbour", "port")
        assert [place.slug for place in posts.places_of(conn, [1, 2, 4])] == ["post-1", "post-2-2", "post-2"]
        assert {place.column for place in posts.places_of(conn, [1, 2, 4])} == {"port"}
        assert [seq for _, seq in posts.changed_after(conn, max(before))] == [1, 2], "they are published anew"
        assert {one.slug for one in columns.get_all(conn)} == {"kitchen", "port"}
