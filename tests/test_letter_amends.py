"""What a letter says that puts another one right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.letter.amends import amends_subject, paragraphs_of
from publisher.letter.compose import compose
from publisher.templating import open_templates
from tests.letter_week import AMENDS, TEN, week

TEMPLATES = open_templates(None)


@pytest.mark.parametrize(
    ("note", "paragraphs"),
    [
        ("One.", ("One.",)),
        ("  One,\n  on two lines.  ", ("One, on two lines.",)),
        ("One.\r\n\r\nTwo.\n \t\n\n\nThree.", ("One.", "Two.", "Three.")),
        (" \n\n ", ()),
        ("", ()),
    ],
)
def test_a_note_is_parted_by_empty_lines(note: str, paragraphs: tuple[str, ...]) -> None:
    assert paragraphs_of(note) == paragraphs


@given(st.text())
def test_no_word_of_a_note_is_lost(note: str) -> None:
    assert " ".join(paragraphs_of(note)).split() == note.split()


def test_the_subject_names_the_story_where_it_is_one() -> None:
    english = TEMPLATES.wording("en")
    assert amends_subject(AMENDS, TEN[:1], english) == f"Correction: {TEN[0].title}"
    for posts in ((), TEN[:2]):
        assert amends_subject(AMENDS, posts, english) == f"Correction: {AMENDS.subject}"
    assert "\n" not in amends_subject(replace(AMENDS, subject="Two\r\nlines"), (), english)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ar"])
def test_html_and_text_say_the_same_in_every_language(language: str) -> None:
    made_of = week(TEN[:2])
    edition = replace(made_of, newsletter=replace(made_of.newsletter, language=language), amends=AMENDS)
    letter = compose(edition, TEMPLATES)
    text = " ".join(letter.text.replace("> ", "").split())
    for words in (*AMENDS.note, AMENDS.page, *(post.title for post in TEN[:2])):
        assert words in letter.html.replace("&#39;", "'")
        assert words in text
    assert f'lang="{language}"' in letter.html
    assert (letter.subject == f"Correction: {AMENDS.subject}") is (language == "en")


def test_a_note_is_text_and_no_markup() -> None:
    letter = compose(
        replace(week(()), amends=replace(AMENDS, note=("<script>alert(1)</script> & \ue000name\ue001",))), TEMPLATES
    )
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; name" in letter.html
    assert "<script" not in letter.html
