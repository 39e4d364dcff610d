"""HTML as text: cases are files (NAME.html and NAME.txt); hostile input ends, and ends quickly."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.letter.plain import plain
from publisher.letter.words import words_of
from publisher.letter.wrap import WIDTH, columns_of, fill
from publisher.model.letter import Slot
from tests.golden import CASES, check_golden

FOLDER = CASES / "letter" / "plain"
TAGS = ["p", "ul", "ol", "li", "blockquote", "b", "a", "table", "tr", "td", "pre", "h2", "br", "dl", "dd", "q", "div"]


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.html")))
def test_a_body_reads_as_its_text_file_says(name: str) -> None:
    made = plain((FOLDER / f"{name}.html").read_text(encoding="utf-8"))
    notes = "".join(f"[{number}] {address}\n" for address, number in made.notes.items())
    check_golden(FOLDER / f"{name}.txt", f"{made.text}\n{notes}".encode())


def test_notes_are_numbered_from_where_the_letter_stands() -> None:
    made = plain('<p><a href="https://a.example/">a</a></p>', first_note=5)
    assert (made.text, made.notes) == ("a [5]", {"https://a.example/": 5})


@given(st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(["<", "</", ""]), st.text("ab -\n港<&", max_size=30))))
@settings(max_examples=60, deadline=None)
def test_no_tag_soup_breaks_it_and_every_word_comes_through(soup: list[tuple[str, str, str]]) -> None:
    body = "".join(
        (f"{opening}{tag}>" if opening else "") + text.replace("&", "&amp;").replace("<", "&lt;")
        for tag, opening, text in soup
    )
    made = plain(body).text
    told = set("".join(made.split()))
    assert all(set(word) <= told | {"-"} for word in words_of(body))


@given(st.text("ab c-港é\n", max_size=300), st.integers(10, WIDTH))
@settings(max_examples=60, deadline=None)
def test_lines_are_no_wider_than_asked_but_for_single_words(text: str, width: int) -> None:
    for line in fill(text, first="> ", rest="> ", width=width).split("\n"):
        word = line.removeprefix(">").strip()
        assert columns_of(line) <= width or " " not in word


def test_nothing_looks_like_the_start_of_a_signature() -> None:
    assert "--" not in plain("<p>--</p><p>a<br>-- <br>b</p>").text.split("\n")


@pytest.mark.parametrize(
    "body",
    [
        "<blockquote>" * 30_000 + "x",
        "<ul><li>" * 15_000 + "x",
        "<table><tr><td>" * 10_000 + "x",
        "<p>" * 100_000,
        "<a href='https://a.example/'>x" * 2_000,
        "word " * 200_000,
        "x" * 1_000_000,
        "<p>a" + " " * 500_000 + "\n" * 100_000 + "b</p>",
    ],
    ids=["quotes", "lists", "tables", "paragraphs", "links", "words", "one word", "blanks"],
)
def test_hostile_bodies_take_no_time(body: str) -> None:
    before = process_time()
    plain(body)
    assert process_time() - before < 5


def test_a_slot_is_counted_as_what_fills_it() -> None:
    """A line with a reader's address in it stays within the width."""
    text = fill(f"You get this letter at {Slot.EMAIL.mark} because you subscribed to The Fernmoor Digest, daily.")
    filled = text.replace(Slot.EMAIL.mark, "ada.winter@readers.example").split("\n")
    assert max(map(len, filled)) <= WIDTH
    assert min(map(len, filled[:-1])) > WIDTH // 2
