"""What stands before an article, and is not said twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.feed.standfirst import EXCERPT, excerpt, standfirst_of, summary_of, text_of
from tests.shelves import a_full_post

FIRST = (
    "<p>The tide came in at four, and nobody had ordered it. “It does that,” said the keeper.</p><p>Then it left.</p>"
)


@pytest.mark.parametrize(
    "summary",
    [
        "The tide came in at four",
        "The tide came in at four, and nobody ...",
        'The tide came in at four, and nobody had ordered it. "It does that," said […]',
        "The tide came in at four,\n and nobody had ordered it. “It does that,” said the keeper. Then it …",
        "THE TIDE CAME IN AT FOUR (…)",
        "…",
        "",
    ],
)
def test_a_summary_that_repeats_the_beginning_is_not_shown(summary: str) -> None:
    assert standfirst_of(a_full_post(body=FIRST, summary=summary)) == ""


def test_a_summary_with_words_of_its_own_is_shown_as_one_line() -> None:
    post = a_full_post(body=FIRST, summary="How the tide\n keeps <time> ...\x07")
    assert standfirst_of(post) == "How the tide keeps <time> ..."


def test_a_picture_before_the_text_hides_no_repetition() -> None:
    body = f'<figure><img src="media:a.png" alt="x"><figcaption>The quay</figcaption></figure>{FIRST}'
    assert standfirst_of(a_full_post(body=body, summary="The tide came in ...")) == ""


def test_a_post_without_a_summary_is_told_by_its_first_words() -> None:
    assert summary_of(a_full_post(body="<p>One &amp; two.</p><ul><li>three</li><li>four</li></ul>", summary="")) == (
        "One & two. three four"
    )


def test_inline_markup_leaves_no_gap_and_blocks_leave_one() -> None:
    assert text_of("<p>A <em>fine</em>, <b>dry</b>day</p><p>Next<br>line</p>") == "A fine, dryday Next line"


def test_a_long_text_is_cut_between_words() -> None:
    told = excerpt("<p>" + "harbour, " * 100 + "</p>")
    assert told.endswith("harbour …")
    assert len(told) <= EXCERPT + 2


def test_one_endless_word_is_cut_as_well() -> None:
    assert excerpt("<p>" + "a" * 1000 + "</p>") == "a" * EXCERPT + " …"


@given(st.text(max_size=60))
def test_any_text_has_words_or_none_and_never_an_error(text: str) -> None:
    assert excerpt(text) == " ".join(excerpt(text).split())
    assert standfirst_of(a_full_post(body=text, summary=text)) in (
        "",
        " ".join(standfirst_of(a_full_post(body=text, summary=text)).split()),
    )
