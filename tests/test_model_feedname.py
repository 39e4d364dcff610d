"""Which feeds there are, and in which of them a post stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.feedname import WHOLE, FeedKind, FeedName, feed_named, feeds_of
from publisher.model.slug import slug_of
from tests.shelves import ILSE, MIRA, a_full_post

names = st.just(WHOLE) | st.builds(
    FeedName,
    kind=st.sampled_from([FeedKind.COLUMN, FeedKind.AUTHOR, FeedKind.TAG]),
    key=st.text(min_size=1).map(slug_of),
)


@given(names)
def test_a_name_is_the_same_after_it_was_text(name: FeedName) -> None:
    assert feed_named(str(name)) == name


@given(st.lists(names, unique=True))
def test_no_two_feeds_lie_in_one_folder_but_columns_that_are_called_like_ours(some: list[FeedName]) -> None:
    ours = [name for name in some if name.kind is not FeedKind.COLUMN]
    assert len({name.folder for name in ours}) == len(ours)


@pytest.mark.parametrize(
    ("text", "folder"),
    [("all", ""), ("column/notes", "notes"), ("author/mira-voss", "authors/mira-voss"), ("tag/tides", "tags/tides")],
)
def test_where_a_feed_lies(text: str, folder: str) -> None:
    assert feed_named(text).folder == folder


def test_a_post_stands_in_the_feeds_of_all_its_column_its_authors_and_its_tags() -> None:
    post = replace(a_full_post(), tags=("High Tides", "high tides!", " ", "Locks"), authors=(MIRA, ILSE, MIRA))
    assert {str(name): label for name, label in feeds_of(post).items()} == {
        "all": "",
        "column/harbour-notes": "",
        "author/mira-voss": "",
        "author/ilse-brandt": "",
        "tag/high-tides": "High Tides",
        "tag/locks": "Locks",
    }
