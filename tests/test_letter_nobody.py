"""A letter as a page: nobody's name in it, and a landmark for screen readers."""

from __future__ import annotations

import lxml.html
import pytest

from publisher.letter.compose import compose
from publisher.letter.nobody import Nobody, page_for_nobody
from publisher.model.letter import CLOSE, OPEN, Slot
from publisher.templating import open_templates
from tests.letter_week import TEN, week

NOBODY = Nobody(site_url="https://fernmoor.example", name="reader <b>")


@pytest.mark.parametrize("design", ["plain", "column", "digest"])
def test_a_page_is_the_letter_in_a_landmark_with_nobody_s_name(design: str) -> None:
    letter = compose(week(TEN[:2], template=design), open_templates(None))
    assert "<main" not in letter.html, "a mail program has one of its own"
    page = lxml.html.document_fromstring(page_for_nobody(letter.html, NOBODY))
    assert [child.tag for child in page.body] == ["main"]
    assert len(page.xpath("//main//h1")) == 1
    assert OPEN not in page.text_content()
    assert CLOSE not in page.text_content()
    assert page.xpath("//a/@href[contains(., '/unsubscribe')]") == ["https://fernmoor.example/unsubscribe"]


@pytest.mark.parametrize(
    "html", ["<p>no body</p>", "<body><main><p>its own</p></main></body>", "<body><p>not closed</p>", "</body><body>"]
)
def test_what_a_template_of_the_site_s_own_makes_is_left_as_it_is(html: str) -> None:
    assert page_for_nobody(html, NOBODY) == html


def test_what_fills_a_slot_is_escaped() -> None:
    assert page_for_nobody(f"<p>{Slot.NAME.mark}</p>", NOBODY) == "<p>reader &lt;b&gt;</p>"
