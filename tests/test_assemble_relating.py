"""Looking through a real archive for what stands below the posts of an issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from publisher.assemble.assembly import Assembly
from publisher.assemble.relating import Relations, relate
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.post import Post, RelatedStory
from publisher.store import issues, posts, schema
from publisher.store.database import Store
from tests.conftest import NOW
from tests.morning import ASSEMBLY, make
from tests.writers import a_post, put_posts, put_readers

JON = Author(key="jon-ek", name="Jon Ek")
TOLD = RelatedStory(title="Told by the page", url="https://far.example/1")


def titles(found: Relations, letter: Sequence[Post], *, through: int = 99) -> dict[int, list[str]]:
    among = found.among(letter, through_seq=through)
    return {seq: [story.title for story in stories] for seq, stories in among.items()}


@pytest.fixture
def archive(sqlite_store: Store) -> Store:
    """Eight posts: 1 to 4 of the harbour, 5 and 6 of the council by Jon, 7 and 8 of a column that is gone."""
    columns = ["harbour"] * 4 + ["council"] * 2 + ["gone"] * 2
    written = [
        replace(a_post(number, column=column), authors=(JON,) if number > 4 else a_post(1).authors)
        for number, column in enumerate(columns, 1)
    ]
    with sqlite_store.write() as conn:
        put_posts(conn, written)
    return sqlite_store


def stored(store: Store, *seqs: int) -> list[Post]:
    with store.read() as conn:
        known = posts.with_seqs(conn, seqs)
    return [known[seq] for seq in seqs]


def find(store: Store, letter: Sequence[Post], *, assembly: Assembly = ASSEMBLY, through: int = 99) -> Relations:
    with store.read() as conn:
        return relate(conn, assembly, letter, through_seq=through)


def test_each_post_gets_the_nearest_of_its_column_and_its_author(archive: Store) -> None:
    letter = stored(archive, 4, 6)
    assert titles(find(archive, letter), letter) == {4: ["Post 3", "Post 2", "Post 1"], 6: ["Post 5"]}


def test_what_one_variant_holds_stands_below_the_posts_of_another(archive: Store) -> None:
    both = stored(archive, 4, 3)
    found = find(archive, both)
    assert titles(found, both)[4] == ["Post 2", "Post 1"]
    assert titles(found, both[:1])[4] == ["Post 3", "Post 2", "Post 1"]


def test_nothing_withdrawn_and_nothing_later_is_found(archive: Store) -> None:
    with archive.write() as conn:
        conn.execute(update(schema.posts).where(schema.posts.c.seq == 2).values(withdrawn=NOW))
    letter = stored(archive, 1)
    assert titles(find(archive, letter, through=3), letter) == {1: ["Post 3"]}
    assert titles(find(archive, letter), letter, through=1) == {1: []}


def test_as_many_as_the_newsletter_says_and_none_at_all(archive: Store) -> None:
    letter = stored(archive, 4)
    for most, wanted in ((1, ["Post 3"]), (0, [])):
        assembly = replace(ASSEMBLY, newsletter=replace(ASSEMBLY.newsletter, related=most))
        assert titles(find(archive, letter, assembly=assembly), letter) == {4: wanted}


def test_a_post_whose_page_names_stories_asks_nothing(archive: Store) -> None:
    (post,) = stored(archive, 4)
    told = replace(post, related=(TOLD,))
    assert titles(find(archive, [told]), [told]) == {4: ["Told by the page"]}
    assert find(archive, [told]).ranked == {}


def test_a_letter_without_posts_asks_nothing(archive: Store) -> None:
    assert find(archive, []).among([], through_seq=9) == {}


def test_a_column_that_came_back_has_pages_again(archive: Store) -> None:
    letter = stored(archive, 6)
    gone = Column(slug="gone", feed_id="tag:courier.example,2026:gone", name="Gone")
    assembly = replace(ASSEMBLY, columns={**ASSEMBLY.columns, "gone": gone})
    assert titles(find(archive, letter, assembly=assembly), letter) == {6: ["Post 5", "Post 7", "Post 8"]}


def test_an_old_post_that_is_nearer_goes_before_a_new_one(archive: Store) -> None:
    letter = stored(archive, 4)
    asking = [replace(letter[0], title="The ferry that waits")]
    with archive.write() as conn:
        conn.execute(
            update(schema.posts)
            .where(schema.posts.c.seq == 1)
            .values(title="A ferry in fog", published=letter[0].published - timedelta(days=30))
        )
    assert titles(find(archive, asking), asking)[4][0] == "A ferry in fog"


def test_a_letter_shows_what_it_does_not_hold_and_each_variant_its_own(archive: Store) -> None:
    with archive.write() as conn:
        put_readers(conn, 2)
        wishes = schema.subscriptions
        conn.execute(update(wishes).where(wishes.c.id == 1).values(seen_seq=2, columns="harbour"))
        conn.execute(update(wishes).where(wishes.c.id == 2).values(seen_seq=3, columns="harbour"))
    assert make(archive).variants == 2
    with archive.read() as conn:
        both, one = (issues.get_letter(conn, variant) for variant in (1, 2))
    for part in (both.html, both.text):
        assert "All of post 3." in part
        assert part.count("Post 2") == 1, "related to both, and told once"
    for part in (one.html, one.text):
        assert "All of post 3." not in part
        assert "Post 3" in part
        assert "https://elsewhere.example/3" in part


def test_who_reads_in_one_language_is_not_led_to_another(archive: Store) -> None:
    with archive.write() as conn:
        conn.execute(update(schema.posts).where(schema.posts.c.seq == 3).values(language="de-AT"))
    letter = stored(archive, 4)
    assert titles(find(archive, letter), letter) == {4: ["Post 2", "Post 1"]}
    german = [replace(letter[0], language="de")]
    assert titles(find(archive, german), german) == {4: ["Post 3"]}
