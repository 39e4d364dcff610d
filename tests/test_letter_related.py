"""Related stories: which are the nearest, and which of them stand in a letter."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.letter.compose import compose
from publisher.letter.related import Archive, archive_of, rank, related_stories
from publisher.model.author import Author
from publisher.model.earlier import Earlier
from publisher.model.letter import Slot as LetterSlot
from publisher.model.media import Image
from publisher.model.post import Post, RelatedStory
from publisher.templating import open_templates
from tests.conftest import NOW
from tests.letter_editions import edition
from tests.writers import a_post

SITE = "https://courier.example"
# Every one of these has the small words of its language, and the town's name.
FILLING = (
    "The bakery in the lane of Portside has closed for the winter",
    "The school in the lane of Portside has a new roof for the gym",
    "A choir for the whole of Portside sings in the old customs shed",
    "The tram in Portside is late for the third week in a row",
    "What the council of Portside has in mind for the market",
    "The library in Portside has room for a thousand more books",
    "A night in the clinic of Portside, and what it has cost",
    "The last cinema of Portside is for sale in the spring",
    "In the parks of Portside the city has no gardener for the roses",
    "The swimming pool of Portside has water in it for the first time",
    "A lawyer for the tenants of Portside has moved in the quay",
    "The post office in Portside has a queue for the parcels",
)


def one(seq: int, title: str, **facts: object) -> Earlier:
    plain = Earlier(
        seq=seq,
        column="harbour",
        slug=f"post-{seq}",
        title=title,
        summary="",
        url="",
        published=NOW - timedelta(days=seq),
        language="",
        image=None,
        tags=(),
        authors=(),
    )
    return replace(plain, **facts)


def archive_with(*posts: Earlier) -> Archive:
    """These among a dozen of no matter."""
    filling = [one(1000 + at, title, column="town") for at, title in enumerate(FILLING)]
    return archive_of([*filling, *posts])


def asking(title: str, **facts: object) -> Post:
    plain = replace(a_post(1, title=title), seq=5000, slug="asked", summary="", authors=(), url="", published=NOW)
    return replace(plain, **facts)


def order(post: Post, archive: Archive) -> list[int]:
    return [found.seq for found in rank(post, archive, archive.posts)]


def test_shared_rare_words_are_the_nearest() -> None:
    archive = archive_with(
        one(1, "The dredger Saltmarsh goes in for repairs", column="town"),
        one(2, "The mayor of Portside has no time for the lane", column="harbour"),
    )
    assert order(asking("Who pays for the dredger Saltmarsh in the dock?"), archive)[:2] == [1, 2]


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        ({"tags": ("Dredging",)}, {"tags": ("budget",)}),
        ({"tags": ("dredging",)}, {"authors": ("mira-voss",)}),
        ({"authors": ("mira-voss", "jon-ek")}, {"authors": ("jon-ek", "mira-voss")}),
        ({"authors": ("jon-ek", "mira-voss")}, {"authors": ("jon-ek",)}),
        ({"authors": ("jon-ek", "mira-voss")}, {"column": "harbour"}),
        ({"column": "harbour"}, {}),
        ({"published": NOW - timedelta(days=3)}, {"published": NOW - timedelta(days=300)}),
        ({"published": NOW + timedelta(days=3)}, {"published": NOW - timedelta(days=300)}),
    ],
)
def test_what_they_have_in_common_counts(nearer: dict[str, object], farther: dict[str, object]) -> None:
    plain = {"column": "town", "published": NOW - timedelta(days=60)}
    archive = archive_with(one(1, "Something else", **plain | nearer), one(2, "Something other", **plain | farther))
    post = asking("A third thing", tags=("dredging", "money"), authors=(Author(key="mira-voss", name="Mira Voss"),))
    found = order(post, archive)
    assert found.index(1) < found.index(2)


def test_the_small_words_of_no_language_count() -> None:
    alike = one(1, "The of in for has a the Portside", column="town", published=NOW - timedelta(days=500))
    rare = one(2, "Lamprey", column="town", published=NOW - timedelta(days=500))
    found = order(asking("The lamprey of Portside has a bed in the lane for the winter"), archive_with(alike, rare))
    assert found[0] == 2
    assert found.index(1) > found.index(2)


def test_a_script_that_parts_no_words_is_compared_by_pairs_of_letters() -> None:
    archive = archive_with(
        one(1, "港口工人今日罢工", column="town", published=NOW - timedelta(days=90)),
        one(2, "春天的花开了", column="town", published=NOW - timedelta(days=80)),
    )
    found = order(asking("罢工第三天，港口关闭"), archive)
    assert found.index(1) < found.index(2)


def test_of_equals_the_newest_goes_first() -> None:
    same = {"published": NOW - timedelta(days=4)}
    archive = archive_of([one(1, "Lamps", **same), one(3, "Lamps", **same), one(2, "Lamps", **same)])
    assert order(asking("Lamps"), archive) == [3, 2, 1]


def test_a_post_is_not_related_to_itself_and_what_shows_nothing_is_left_out() -> None:
    archive = archive_of([one(5000, "Lamps"), one(2, " "), one(3, "", summary="Only a summary.")])
    assert order(asking("Lamps"), archive) == [3]


def test_nothing_in_the_archive_is_nothing_found() -> None:
    assert rank(asking("Lamps"), archive_of([]), [1, 2]) == ()


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=12), st.randoms(use_true_random=False))
def test_any_texts_in_any_order_give_one_answer(texts: list[tuple[str, str]], chance: random.Random) -> None:
    posts = [one(seq, title, summary=summary, tags=(summary,)) for seq, (title, summary) in enumerate(texts, 1)]
    shuffled = chance.sample(posts, len(posts))
    post = asking(texts[0][0] if texts else "", tags=("lamp",))
    found = order(post, archive_of(posts))
    assert found == order(post, archive_of(shuffled))
    assert sorted(found) == [one.seq for one in posts if one.title.strip() or one.summary.strip()]


def below(posts: Sequence[Post], ranked: dict[int, Sequence[Earlier]], **facts: int) -> dict[int, list[str]]:
    given: dict[str, int] = {"most": 3, "through_seq": 9000} | facts
    found = related_stories(posts, ranked, most=given["most"], through_seq=given["through_seq"], site_url=SITE)
    return {seq: [story.title for story in stories] for seq, stories in found.items()}


def test_a_post_with_stories_of_its_page_keeps_just_these() -> None:
    named = replace(asking("A"), related=(RelatedStory(title="Named", url="https://far.example/1"),))
    assert below([named], {5000: [one(1, "Computed")]}) == {5000: ["Named"]}
    assert below([asking("A")], {5000: [one(1, "Computed")]}) == {5000: ["Computed"]}
    assert below([asking("A")], {}) == {5000: []}


def test_no_more_than_are_wanted() -> None:
    assert below([asking("A")], {5000: [one(at, f"Story {at}") for at in range(9)]}, most=2) == {
        5000: ["Story 0", "Story 1"]
    }


def test_what_the_letter_holds_is_not_related_by_whatever_address() -> None:
    inside = replace(asking("B"), seq=7, slug="post-7", url="https://www.elsewhere.example/b/")
    named = tuple(
        RelatedStory(title=url, url=url)
        for url in ("http://elsewhere.example/b#end", f"{SITE}/harbour/post-7.html", "https://elsewhere.example/c", "")
    )
    outside = replace(asking("A"), related=named)
    assert below([outside, inside], {7: [one(5, "The other", slug="asked"), one(3, "Fine")]}) == {
        5000: ["https://elsewhere.example/c", ""],
        7: ["Fine"],
    }


def test_below_a_withdrawn_post_stands_nothing() -> None:
    named = RelatedStory(title="Named", url="https://far.example/1")
    for gone in (asking("A", withdrawn=NOW), asking("A", withdrawn=NOW, related=(named,))):
        assert below([gone], {5000: [one(1, "Computed")]}) == {5000: []}


def test_a_story_stands_once_in_a_letter() -> None:
    shared = [one(1, "First"), one(2, "Second"), one(3, "Third")]
    letter = [
        asking("A"),
        replace(asking("B"), seq=5001, slug="b"),
        replace(
            asking("C"), seq=5002, slug="c", related=(RelatedStory(title="Two", url=f"{SITE}/harbour/post-2.html"),)
        ),
    ]
    found = below(letter, {5000: shared, 5001: shared}, most=1)
    assert found == {5000: ["First"], 5001: ["Third"], 5002: ["Two"]}


def test_news_that_is_still_to_come_is_not_told_as_related() -> None:
    assert below([asking("A")], {5000: [one(8, "Next time"), one(7, "Had")]}, through_seq=7) == {5000: ["Had"]}


def test_a_related_story_has_all_that_a_letter_shows() -> None:
    picture = Image(url="media:lamp.jpg", alt="A lamp")
    ranked = {
        5000: [
            one(1, "Lamps", summary="Eleven of them.", image=picture),
            one(2, "", summary="One two three four five six seven eight nine ten eleven."),
            one(3, "", summary="Short.", url="https://elsewhere.example/3"),
        ]
    }
    stories = related_stories([asking("A")], ranked, most=3, through_seq=9, site_url=SITE)[5000]
    assert stories == (
        RelatedStory(
            title="Lamps",
            summary="Eleven of them.",
            url=f"{SITE}/harbour/post-1.html",
            image=Image(url=f"{SITE}/media/lamp.jpg", alt="A lamp"),
        ),
        RelatedStory(title="One two three four five six seven eight nine ten …", url=f"{SITE}/harbour/post-2.html"),
        RelatedStory(title="Short.", url="https://elsewhere.example/3"),
    )


def test_a_computed_story_is_made_as_harmless_as_any_other() -> None:
    forged = RelatedStory(title=f"<b>Lamps</b>{LetterSlot.EMAIL.mark}", url="javascript:alert(1)")
    letter_of = edition(replace(a_post(1, title="The vote", column="council"), seq=1))
    letter = compose(replace(letter_of, related={1: (forged,)}), open_templates(None))
    for part in (letter.html, letter.text):
        assert "Lamps" in part
        assert "javascript" not in part
        assert "<b>Lamps" not in part
    assert letter.html.count(LetterSlot.EMAIL.mark) == compose(letter_of, open_templates(None)).html.count(
        LetterSlot.EMAIL.mark
    )
