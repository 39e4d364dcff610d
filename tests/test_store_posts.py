"""Posts as they are kept: their numbers, their revisions, their people, every character."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.errors import StorageError
from publisher.model.author import Author, Link
from publisher.model.media import Enclosure, Image
from publisher.model.post import Origin, Post, RelatedStory
from publisher.store import authors, posts
from publisher.store.database import Store
from tests.conftest import NOW
from tests.writers import MIRA, a_post, put_columns, put_posts, take

BO = Author(key="bo-lund", name="Bo Lund")


def stored(store: Store, seq: int) -> Post:
    with store.read() as conn:
        return posts.with_seqs(conn, [seq])[seq]


def test_a_post_comes_back_as_it_was(store: Store) -> None:
    image = Image(url="media:quay.png", alt="The quay", caption="At dawn")
    post = replace(
        a_post(1),
        authors=(MIRA, BO),
        image=image,
        tags=("tides", "trade"),
        language="en-GB",
        related=(
            RelatedStory(title="The lock", url="https://elsewhere.example/lock", summary="It leaks.", image=image),
        ),
        enclosures=(
            Enclosure(url="https://elsewhere.example/tide.mp3", type="audio/mpeg", length_bytes=2**33, seconds=61),
            Enclosure(url="https://elsewhere.example/chart.pdf", title="The chart"),
        ),
        origin=Origin(id="urn:elsewhere", title="Elsewhere", url="https://elsewhere.example/"),
        follows="https://elsewhere.example/the-day-before",
    )
    with store.write() as conn:
        put_posts(conn, [post])
    assert stored(store, 1) == replace(post, seq=1)


def test_numbers_grow_by_one_in_the_order_of_storing(store: Store) -> None:
    with store.write() as conn:
        assert put_posts(conn, [a_post(3), a_post(1), a_post(2)]) == [1, 2, 3]
    with store.write() as conn:
        assert put_posts(conn, [a_post(4)]) == [4]
        assert posts.count(conn) == 4


def test_a_transaction_that_fails_gives_its_numbers_back(store: Store) -> None:
    def fail() -> None:
        with store.write() as conn:
            put_posts(conn, [a_post(1)])
            raise RuntimeError("the machine stops")

    with pytest.raises(RuntimeError):
        fail()
    with store.write() as conn:
        assert put_posts(conn, [a_post(2)]) == [1]


def test_writers_at_the_same_time_leave_no_gap_and_no_number_is_seen_before_a_lower_one(store: Store) -> None:
    with store.write() as conn:
        put_columns(conn, "harbour")
    numbers = itertools.count(1)
    writing = threading.Event()
    writing.set()
    looks: list[list[int]] = []

    def write() -> None:
        for _ in range(6):
            some = [next(numbers) for _ in range(3)]
            with store.write() as conn:
                posts.save(conn, [take(a_post(number)) for number in some])

    def look() -> None:
        while writing.is_set():
            with store.read() as conn:
                looks.append([seq for seq, _ in posts.news(conn, columns=["harbour"], after_seq=0)])

    writers = [threading.Thread(target=write) for _ in range(4)]
    looker = threading.Thread(target=look)
    for thread in [looker, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    writing.clear()
    looker.join()
    with store.read() as conn:
        assert [seq for seq, _ in posts.news(conn, columns=["harbour"], after_seq=0)] == list(range(1, 73))
    assert all(look == list(range(1, len(look) + 1)) for look in looks)


def test_a_revision_keeps_number_id_and_slug(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(1), a_post(2)])
    before = stored(store, 1)
    changed = replace(
        before, title="A better title", body="<p>Better words.</p>", revision=2, updated=NOW + timedelta(hours=1),
        authors=(BO,), related=(RelatedStory(title="New"),), tags=("late",),
    )  # fmt: skip
    with store.write() as conn:
        assert posts.save(conn, [replace(take(changed, content_hash="other"), guid=before.id)]) == [1]
        assert posts.count(conn) == 2
        assert posts.find_known(conn, "harbour-posts", [before.id])[before.id].content_hash == "other"
    assert stored(store, 1) == changed


def test_authors_and_related_stories_keep_their_order(store: Store) -> None:
    people = tuple(Author(key=f"writer-{letter}", name=letter.upper()) for letter in "dacb")
    stories = tuple(RelatedStory(title=f"Story {number}") for number in (3, 1, 2, 1))
    with store.write() as conn:
        put_posts(conn, [replace(a_post(1), authors=people, related=stories), a_post(2)])
    assert stored(store, 1).authors == people
    assert stored(store, 1).related == stories
    with store.write() as conn:
        posts.save(conn, [take(replace(stored(store, 1), authors=people[::-1], related=stories[::-1]))])
    assert stored(store, 1).authors == people[::-1]
    assert stored(store, 1).related == stories[::-1]
    assert stored(store, 2).authors == (MIRA,)


def test_an_author_who_is_named_twice_stands_once(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [replace(a_post(1), authors=(MIRA, BO, MIRA))])
    assert stored(store, 1).authors == (MIRA, BO)


def test_what_a_later_post_tells_about_an_author_stands_under_all_of_them(store: Store) -> None:
    wiser = replace(MIRA, blurb="Mira Voss writes about harbours and locks.", links=(Link(label="a", url="b"),))
    with store.write() as conn:
        put_posts(conn, [a_post(1), replace(a_post(2), authors=(wiser,))])
    assert stored(store, 1).authors == (wiser,)


def test_what_config_says_about_an_author_goes_before_what_posts_tell(store: Store) -> None:
    ours = replace(MIRA, blurb="As the newsroom puts it.")
    with store.write() as conn:
        authors.configure(conn, [ours])
        put_posts(conn, [a_post(1)])
    assert stored(store, 1).authors == (ours,)


def test_news_is_what_may_be_mailed_after_a_number_in_these_columns(store: Store) -> None:
    some = [a_post(1), a_post(2, mailable=False), a_post(3, column="council"), a_post(4), a_post(5, column="kitchen")]
    with store.write() as conn:
        put_posts(conn, some)
        columns = ["harbour", "council"]
        assert posts.news(conn, columns=columns, after_seq=0) == [(1, "harbour"), (3, "council"), (4, "harbour")]
        assert posts.news(conn, columns=columns, after_seq=3) == [(4, "harbour")]
        assert posts.news(conn, columns=[], after_seq=0) == []


def test_newest_is_by_date_and_not_by_number(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(3), a_post(1), a_post(2, column="council"), a_post(9, column="kitchen")])
        found = posts.newest(conn, columns=["harbour", "council"], limit=2)
        assert [post.slug for post in found] == ["post-3", "post-2"]
        assert posts.newest(conn, columns=[], limit=5) == []


def test_many_posts_are_looked_up_at_once(store: Store) -> None:
    some = [a_post(number) for number in range(1003)]
    with store.write() as conn:
        seqs = put_posts(conn, some)
        guids = [post.id for post in some]
        known = posts.find_known(conn, "harbour-posts", [*guids, "a stranger"])
        assert list(known) == guids or set(known) == set(guids)
        assert posts.find_known(conn, "another source", guids) == {}
        slugs = [post.slug for post in some]
        assert posts.slugs_taken(conn, "harbour", [*slugs, "free"]) == set(slugs)
        assert posts.slugs_taken(conn, "council", slugs) == set()
        assert set(posts.with_seqs(conn, [*seqs, 99_999])) == set(seqs)


def test_what_is_known_of_a_post_is_what_deciding_needs(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [replace(a_post(1), revision=3, mailable=False)])
        post = a_post(1)
        known = posts.find_known(conn, post.source, [post.id])[post.id]
    assert (known.seq, known.id, known.slug, known.revision, known.mailable) == (1, post.id, "post-1", 3, False)
    assert (known.published, known.first_seen, known.updated) == (post.published, post.first_seen, post.updated)


HARD = [
    "🧜🏽‍♀️👩‍👩‍👧‍👦 e\u0301 é ﷽",
    "‏גאות ושפל \u202bבשש\u202c بحر",
    "𝔉𝔯𝔞𝔨𝔱𝔲𝔯 \U0010fffd",
    "'; DROP TABLE posts; -- \" % _ \\ :name ? $1 {x}",
    "line\nline\r\nline\ttab\u2028\u2029\ufeff",
    "  blanks  ",
    "",
    "x" * 300_000,
]


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_every_character_survives(store: Store, text: str) -> None:
    hard = replace(
        a_post(1), title=text, summary=text, body=text, tags=(text,), image=Image(url=text, alt=text),
        authors=(Author(key="hard", name=text, blurb=text, bio=text, links=(Link(label=text, url=text),)),),
        related=(RelatedStory(title=text, summary=text),),
    )  # fmt: skip
    with store.write() as conn:
        put_posts(conn, [hard])
    assert stored(store, 1) == replace(hard, seq=1)


@pytest.mark.parametrize("text", ["half a character \ud83d", "\udcff"])
def test_half_a_character_is_refused_in_one_sentence_and_nothing_is_kept(store: Store, text: str) -> None:
    with store.write() as conn:
        put_columns(conn, "harbour")

    def save() -> None:
        with store.write() as conn:
            posts.save(conn, [take(a_post(1)), take(replace(a_post(2), title=text))])

    with pytest.raises(StorageError, match=r"a text holds '\\u[0-9a-f]{4}', which is no character; take it out"):
        save()
    with store.read() as conn:
        assert posts.count(conn) == 0


def test_u_0000_is_told_where_a_database_cannot_keep_it(store: Store, database_url: str) -> None:
    """Sources are cleaned of it before; SQLite keeps it, PostgreSQL has no text with it."""

    def save() -> None:
        with store.write() as conn:
            put_posts(conn, [replace(a_post(1), title="nul\0nul")])

    if database_url.startswith("sqlite"):
        save()
        assert stored(store, 1).title == "nul\0nul"
    else:
        with pytest.raises(StorageError, match=r"a text holds U\+0000, which PostgreSQL cannot keep; take it out"):
            save()


def test_a_post_of_a_column_that_is_not_there_is_refused_whole(store: Store) -> None:
    def save() -> None:
        with store.write() as conn:
            posts.save(conn, [take(a_post(1, column="nowhere"))])

    with pytest.raises(StorageError):
        save()
    with store.read() as conn:
        assert posts.count(conn) == 0


@pytest.mark.parametrize("twin", ["guid", "id", "slug"])
def test_no_two_posts_share_a_guid_an_id_or_a_slug(store: Store, twin: str) -> None:
    first, second = take(a_post(1)), take(a_post(2))
    same = {
        "guid": replace(second, guid=first.guid),
        "id": replace(second, post=replace(second.post, id=first.post.id)),
        "slug": replace(second, post=replace(second.post, slug=first.post.slug)),
    }

    def save() -> None:
        with store.write() as conn:
            put_columns(conn, "harbour")
            posts.save(conn, [first, same[twin]])

    with pytest.raises(StorageError):
        save()


def test_a_reader_sees_one_state_however_long_it_reads(store: Store, tmp_path: Path) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(1)])
    with store.read() as reading:
        assert posts.count(reading) == 1
        with store.write() as conn:
            put_posts(conn, [a_post(2)])
        assert posts.count(reading) == 1
        assert len(posts.newest(reading, columns=["harbour"], limit=9)) == 1
    with store.read() as reading:
        assert posts.count(reading) == 2


def test_what_changed_is_found_in_the_order_in_which_it_changed(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(1), a_post(2), a_post(3)])
        first = posts.changed_after(conn, 0)
        assert [seq for _, seq in first] == [1, 2, 3]
        mark = first[-1][0]
        posts.save(conn, [take(replace(a_post(1), seq=1, title="A better title"), content_hash="other")])
        put_posts(conn, [a_post(4)])
        assert [seq for _, seq in posts.changed_after(conn, mark)] == [1, 4]
        assert [seq for _, seq in posts.changed_after(conn, 0, most=2)] == [2, 3]
