"""How much of its posts a letter has: never more bytes than mail programs show, and never fewer posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.letter.compose import compose
from publisher.letter.excerpt import breaks, first_sentences
from publisher.letter.fitting import LARGEST_HTML_BYTES, Portion, fitted, summary_of
from publisher.letter.once import Once
from publisher.letter.words import words_of
from publisher.model.issue import StoryText
from publisher.model.letter import Letter
from publisher.model.post import Post
from publisher.templating import open_templates
from tests.letter_week import COURIER, DREDGER, TEN, week

PARAGRAPH = "<p>The tide came in at six and went out at noon, as it had done the day before, and nobody was told.</p>"


def long_post(seq: int, bytes_long: int, *, summary: str = "What there is of it in short.") -> Post:
    return replace(
        DREDGER, seq=seq, slug=f"post-{seq}", title=f"Post {seq}", summary=summary, image=None, related=(), authors=(),
        body=PARAGRAPH * max(1, bytes_long // len(PARAGRAPH)),
    )  # fmt: skip


def made(portions: Sequence[Portion]) -> str:
    """A letter that is its bodies, between a kilobyte of other things."""
    return "x" * 1_000 + "".join(portion.body for portion in portions)


def letter_of(posts: Sequence[Post], text: StoryText = StoryText.FITTING) -> Letter:
    return compose(week(posts, newsletter=replace(COURIER, text=text)), open_templates(None))


def test_what_fits_is_whole() -> None:
    posts = [long_post(seq, 9_000) for seq in range(1, 11)]
    portions, html = fitted(posts, StoryText.FITTING, made, Once())
    assert [portion.body for portion in portions] == [post.body for post in posts]
    assert not any(portion.is_cut for portion in portions)
    assert html == made(portions)


def test_the_longest_are_cut_first_and_no_more_than_must_be() -> None:
    sizes = [30_000, 4_000, 50_000, 20_000, 10_000]
    posts = [long_post(seq, size) for seq, size in enumerate(sizes, 1)]
    portions, html = fitted(posts, StoryText.FITTING, made, Once())
    assert [portion.is_cut for portion in portions] == [False, False, True, False, False]
    assert portions[2].body == "<p>What there is of it in short.</p>"
    assert len(html) <= LARGEST_HTML_BYTES


@given(st.lists(st.integers(100, 60_000), min_size=2, max_size=12), st.sampled_from(["", "In short."]))
@settings(max_examples=40, deadline=None)
def test_a_digest_fits_whatever_its_posts_are_and_one_more_whole_post_would_not(sizes: list[int], summary: str) -> None:
    posts = [long_post(seq, size, summary=summary) for seq, size in enumerate(sizes, 1)]
    portions, html = fitted(posts, StoryText.FITTING, made, Once())
    assert len(portions) == len(posts)
    assert len(html.encode()) <= LARGEST_HTML_BYTES
    cut = [at for at, portion in enumerate(portions) if portion.is_cut]
    if cut:
        shortest = min(cut, key=lambda at: len(posts[at].body))
        again = [Portion(body=posts[at].body) if at == shortest else portion for at, portion in enumerate(portions)]
        assert len(made(again)) > LARGEST_HTML_BYTES
        whole = [len(post.body) for at, post in enumerate(posts) if at not in cut]
        assert max(whole, default=0) <= len(posts[shortest].body)


def test_a_letter_of_one_post_has_all_of_it_whatever_was_asked_for() -> None:
    for text in StoryText:
        portions, _ = fitted([long_post(1, 80_000)], text, made, Once())
        assert not portions[0].is_cut


def test_one_post_that_is_too_long_ends_at_a_paragraph() -> None:
    portions, html = fitted([long_post(1, 400_000)], StoryText.FITTING, made, Once())
    assert portions[0].is_cut
    assert not portions[0].is_summary
    assert portions[0].body.endswith("</p>")
    assert LARGEST_HTML_BYTES - len(PARAGRAPH) < len(html) <= LARGEST_HTML_BYTES


def test_one_post_of_a_single_endless_paragraph_is_told_by_its_summary() -> None:
    endless = replace(long_post(1, 100), body="<p>" + "word " * 40_000 + "</p>")
    portions, _ = fitted([endless], StoryText.FITTING, made, Once())
    assert portions[0].is_summary
    assert portions[0].body == "<p>What there is of it in short.</p>"


def test_full_is_full_and_summary_is_short() -> None:
    posts = [long_post(1, 90_000), long_post(2, 90_000)]
    assert [portion.is_cut for portion in fitted(posts, StoryText.FULL, made, Once())[0]] == [False, False]
    assert [portion.is_summary for portion in fitted(posts, StoryText.SUMMARY, made, Once())[0]] == [True, True]


def test_a_post_that_is_no_longer_than_its_summary_is_whole() -> None:
    post = replace(DREDGER, summary="High at six, low at noon.", body="<p>High at six, low at noon.</p>")
    assert summary_of(post) == Portion(body=post.body)
    picture = replace(DREDGER, summary="", body='<p><img src="https://a.example/x.png" alt="The quay"></p>')
    assert summary_of(picture) == Portion(body=picture.body)


def test_a_summary_is_text_and_not_markup() -> None:
    assert summary_of(replace(DREDGER, summary="1 < 2 & <b>")).body == "<p>1 &lt; 2 &amp; &lt;b&gt;</p>"


def test_both_parts_of_a_letter_have_the_same_of_a_post() -> None:
    letter = letter_of([long_post(1, 200_000), *TEN[1:]])
    assert len(letter.html.encode()) <= LARGEST_HTML_BYTES
    for part in (" ".join(words_of(letter.html)), " ".join(letter.text.split())):
        assert "What there is of it in short." in part
        assert "Continue reading" in part
        assert "The tide came in" not in part
        assert all(post.title in part for post in TEN[1:])
    alone = letter_of([long_post(1, 200_000)])
    counts = {part.count("The tide came in") for part in (alone.html, alone.text)}
    assert len(counts) == 1
    assert counts.pop() > 300


def test_ten_long_posts_fit() -> None:
    posts = [replace(post, body=post.body + PARAGRAPH * 80) for post in TEN]
    letter = letter_of(posts)
    assert 60_000 < len(letter.html.encode()) <= LARGEST_HTML_BYTES
    assert all(post.title in letter.text for post in posts)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<p>Short and good.</p><p>More.</p>", "Short and good. More."),
        ("<h2>Heading</h2><p>A first paragraph with enough words in it to tell something of the rest.</p><p>B.</p>",
         "Heading A first paragraph with enough words in it to tell something of the rest."),
        ("<p>" + "One sentence of exactly seven words here. " * 20 + "</p>",
         " ".join(["One sentence of exactly seven words here."] * 8)),
        ("<p>" + "word " * 100 + "</p>", "word " * 60 + "…"),
        ("no paragraph at all", "no paragraph at all"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_first_sentences_tell_what_a_post_is_about(body: str, told: str) -> None:
    assert first_sentences(body) == told


def test_a_body_ends_between_blocks_and_keeps_tables_lists_and_figures_whole() -> None:
    body = (
        "<h2>No end here</h2><p>One.</p><ul><li><p>two</p></li></ul><table><tr><td><p>x</p></td></tr></table>"
        "<div><blockquote><p>In it.</p></blockquote></div><p>Last <br> one.</p>"
    )
    parts = [body[: place.at] + place.closing for place in breaks(body)]
    assert [part[-30:] for part in parts] == [
        "<h2>No end here</h2><p>One.</p>"[-30:],
        "<p>One.</p><ul><li><p>two</p></li></ul>"[-30:],
        "<table><tr><td><p>x</p></td></tr></table>"[-30:],
        "<div><blockquote><p>In it.</p></blockquote></div>"[-30:],
        "<div><blockquote><p>In it.</p></blockquote></div>"[-30:],
        "ote></div><p>Last <br> one.</p>"[-30:],
    ]


balanced = st.recursive(
    st.sampled_from(["a ", "<br>", "\n", "é", "&lt;", '<img src="https://a.example/x" alt="&gt;">']),
    lambda inner: st.tuples(st.sampled_from(["p", "div", "ul", "h2", "blockquote"]), st.lists(inner, max_size=4)).map(
        lambda made: f'<{made[0]} title="a>b">{"".join(made[1])}</{made[0]}\n>'
    ),
    max_leaves=12,
)


@given(st.lists(balanced, max_size=5).map("".join))
@settings(max_examples=50, deadline=None)
def test_wherever_a_body_ends_its_elements_are_closed(body: str) -> None:
    for place in breaks(body):
        part = body[: place.at] + place.closing
        for tag in ("p", "div", "ul", "blockquote"):
            assert part.count(f"<{tag} ") == part.count(f"</{tag}")
        assert words_of(body)[: len(words_of(part))] == words_of(part)


@pytest.mark.parametrize(
    "body",
    ["<p>" * 20_000, "<blockquote>" * 5_000 + "<p>x</p>" * 5_000, "<p></p>" * 9_000, "<p\n>" * 4_000 + "</p>" * 4_000],
    ids=["open", "deep", "empty", "lines"],
)  # fmt: skip
def test_hostile_bodies_take_no_time(body: str) -> None:
    before = process_time()
    breaks(body)
    first_sentences(body)
    assert process_time() - before < 3


def test_where_a_link_to_the_rest_takes_more_than_was_thought_another_post_is_cut() -> None:
    def heavy(portions: Sequence[Portion]) -> str:
        return made(portions) + "x" * 30_000 * sum(portion.is_cut for portion in portions)

    posts = [long_post(seq, 45_000) for seq in range(1, 4)]
    portions, html = fitted(posts, StoryText.FITTING, heavy, Once())
    assert [portion.is_cut for portion in portions] == [True, True, True]
    assert len(html) <= LARGEST_HTML_BYTES


def test_a_body_that_is_not_balanced_ends_only_where_it_is() -> None:
    assert breaks("<p>a</div></p>") == breaks("<p>a</div></p>")[:1]
    assert breaks("</p><div>a") == []
