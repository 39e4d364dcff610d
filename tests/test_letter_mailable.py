"""HTML for mail programs: cases are files (NAME.html and NAME.out.html)."""

from __future__ import annotations

import pytest

from publisher.letter.mailable import mailable
from publisher.letter.words import words_of
from publisher.model.letter import Slot
from tests.golden import CASES, check_golden
from tests.letter_editions import RICH_BODY

FOLDER = CASES / "letter" / "mailable"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.html") if ".out" not in path.name))
def test_a_body_is_translated_as_its_file_says(name: str) -> None:
    made = mailable((FOLDER / f"{name}.html").read_text(encoding="utf-8"))
    check_golden(FOLDER / f"{name}.out.html", made.encode())


def test_no_word_is_lost() -> None:
    assert words_of(mailable(RICH_BODY)) == words_of(RICH_BODY)


@pytest.mark.parametrize(
    "forged",
    [
        Slot.EMAIL.mark,
        "&#xE000;email&#xE001;",
        "&#57344;email&#57345;",
        '<a href="https://a.example/&#xe000;email&#xe001;" title="&#xe000;">x</a>',
        '<img alt="&#xe000;email&#xe001;" src="https://a.example/">',
    ],
)
def test_no_content_can_forge_a_slot(forged: str) -> None:
    made = mailable(f"<p>{forged}</p>")
    assert "\ue000" not in made
    assert "\ue001" not in made
    assert "#" not in made.replace("#x27", "")


def test_text_stays_text() -> None:
    assert mailable("<p>&lt;script&gt; &amp;lt;</p>") == "<p>&lt;script&gt; &amp;lt;</p>"
