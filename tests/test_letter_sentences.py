"""The line above a letter, and why it came: in every language that is spoken, whatever is in the letter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.letter.edition import stories_of
from publisher.letter.once import Once
from publisher.letter.sentences import preheader_of, why_of
from publisher.model.letter import Slot
from publisher.model.post import Post
from publisher.model.subscriber import Cadence
from publisher.wording.catalogs import SPOKEN, open_catalogs
from tests.letter_week import COURIER, DREDGER, TEN, week

CATALOGS = open_catalogs()
ENGLISH = CATALOGS.wording("en")


def above(*posts: Post, language: str = "en") -> str:
    wording = CATALOGS.wording(language)
    return preheader_of(stories_of(week(posts), wording, Once()), wording)


def titled(*titles: str) -> list[Post]:
    return [replace(DREDGER, seq=seq, slug=f"post-{seq}", title=title) for seq, title in enumerate(titles, 1)]


def test_one_story_is_told_by_its_column_its_writers_and_its_length() -> None:
    assert above(DREDGER) == "Harbour Notes by Ada Lindqvist: about 1 minute to read."
    assert above(TEN[3]) == "Harbour Notes: about 1 minute to read."
    long = replace(DREDGER, body=DREDGER.body * 5)
    assert above(long) == "Harbour Notes by Ada Lindqvist: about 6 minutes to read."


def test_of_several_those_that_the_subject_does_not_tell_are_named() -> None:
    assert above(*titled("A", "B.", "C")) == "Also in this letter: B; C."
    assert above(*titled("A", "B", "C", "D", "E")) == "Also in this letter: B; C; D; and 1 more."


def test_where_nothing_is_new_it_says_so() -> None:
    assert above() == "Nothing new has appeared since the last letter."


@given(st.lists(st.text("ab c", min_size=1, max_size=200), min_size=2, max_size=20), st.sampled_from(SPOKEN))
@settings(max_examples=50, deadline=None)
def test_the_line_is_as_long_as_mailboxes_show_it(titles: list[str], language: str) -> None:
    assert len(above(*titled(*titles), language=language)) <= 150


@pytest.mark.parametrize("language", SPOKEN)
def test_each_cadence_has_its_own_reason_in_each_language(language: str) -> None:
    wording = CATALOGS.wording(language)
    reasons = {why_of(week(cadence=cadence, newsletter=COURIER), wording) for cadence in Cadence}
    assert len(reasons) == len(Cadence)
    for reason in reasons:
        assert Slot.EMAIL.mark in reason
        assert COURIER.name in reason


def test_a_very_long_title_is_shortened_at_a_word() -> None:
    line = above(*titled("A", "word " * 40))
    assert line == "Also in this letter: " + "word " * 20 + "…."
    assert len(above(*titled("A", "x" * 300))) <= 150
