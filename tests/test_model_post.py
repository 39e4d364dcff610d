"""A post's one address, and its pictures where readers find them."""

from __future__ import annotations

from dataclasses import replace

from publisher.model.author import Author
from publisher.model.media import Image
from publisher.model.post import RelatedStory, link_of, with_media
from tests.writers import MIRA, a_post

SITE = "https://courier.example"


def test_a_post_lives_where_it_was_published_first() -> None:
    assert link_of(a_post(1), SITE) == "https://elsewhere.example/1"


def test_a_post_without_a_page_of_its_own_lives_with_us() -> None:
    assert link_of(replace(a_post(1), url=""), SITE) == f"{SITE}/harbour/post-1.html"


def test_all_pictures_of_a_post_are_resolved() -> None:
    ours, theirs = Image(url="media:a.png", alt="a quay"), Image(url="https://else.example/b.png")
    post = replace(
        a_post(1),
        body='<p><img src="media:a.png" alt=""></p>',
        image=ours,
        authors=(replace(MIRA, portrait=ours), Author(key="bo", name="Bo", portrait=theirs)),
        related=(
            RelatedStory(title="One", image=ours),
            RelatedStory(title="Two"),
            RelatedStory(title="3", image=theirs),
        ),
    )
    shown = with_media(post, SITE)
    found = replace(ours, url=f"{SITE}/media/a.png")
    assert shown.body == f'<p><img src="{SITE}/media/a.png" alt=""></p>'
    assert shown.image == found
    assert [author.portrait for author in shown.authors] == [found, theirs]
    assert [story.image for story in shown.related] == [found, None, theirs]


def test_nothing_else_of_a_post_is_changed() -> None:
    post = a_post(1)
    assert with_media(post, SITE) == post


def test_a_picture_that_is_only_described_keeps_its_empty_address() -> None:
    described = Image(url="", alt="A lock in the rain")
    assert with_media(replace(a_post(1), image=described), SITE).image == described
