"""Letters in every language that is shipped: nothing is found wrong with them, and both parts say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import lxml.html
import pytest

from publisher.letter.compose import compose
from publisher.letter.edition import Edition
from publisher.letter.lint import lint
from publisher.letter.wrap import WIDTH, columns_of
from publisher.model.direction import direction_of
from publisher.model.post import Post
from publisher.templating import open_templates
from publisher.wording.catalogs import SPOKEN
from tests.letter_editions import DREDGER, NEWSLETTER, TIDES, VOTE, edition

TEMPLATES = open_templates(None)
DESIGNS = ("plain", "column", "digest")
OTHERS = ("de-AT", "he", "pl")  # a language by its country; two without a catalog, one from right to left
ARABIC = replace(
    DREDGER,
    language="ar",
    title="الجرافة التي أبت أن تتحرك",
    summary="ستة أشهر على الرصيف كلّفت المدينة صيفًا.",
    body="<p>اجتمع مجلس الميناء يوم الثلاثاء.</p><blockquote><p>لم يسألنا أحد.</p></blockquote>",
)


def made_in(language: str, design: str, *posts: Post) -> Edition:
    return edition(*posts, newsletter=replace(NEWSLETTER, language=language, template=design))


@pytest.mark.parametrize("language", [*SPOKEN, *OTHERS])
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("posts", [(DREDGER,), (DREDGER, TIDES, VOTE), (ARABIC,), ()], ids=len)
def test_nothing_is_found_wrong_in_any_language(language: str, design: str, posts: tuple[Post, ...]) -> None:
    made_of = made_in(language, design, *posts)
    letter = compose(made_of, TEMPLATES)
    assert lint(letter, made_of) == ()
    page = lxml.html.document_fromstring(letter.html)
    assert (page.get("lang"), page.get("dir")) == (language, direction_of(language))
    shown = [" ".join(text.split()) for text in page.itertext()]
    assert TEMPLATES.wording(language).gettext("Unsubscribe") in shown


@pytest.mark.parametrize("language", [*SPOKEN, *OTHERS])
def test_lines_of_text_fit_in_every_language(language: str) -> None:
    text = compose(made_in(language, "digest", DREDGER, ARABIC), TEMPLATES).text
    assert [line for line in text.split("\n") if columns_of(line) > WIDTH and "://" not in line] == []


def test_the_name_of_a_column_is_written_in_the_direction_of_its_story() -> None:
    page = lxml.html.document_fromstring(compose(made_in("ar", "digest", ARABIC, TIDES), TEMPLATES).html)
    (section,) = page.xpath("//td[contains(@class, 'section')]")
    assert (section.get("lang"), section.xpath("ancestor::table/@dir")[-1]) == ("en", "ltr")


@pytest.mark.parametrize(("language", "day"), [("fr", "Lundi "), ("es", "Lunes"), ("de", "Montag")])
def test_the_line_with_the_day_begins_with_a_capital(language: str, day: str) -> None:
    monday = datetime(2026, 11, 23, 7, tzinfo=UTC)
    for design in DESIGNS:
        letter = compose(replace(made_in(language, design, DREDGER), date=monday), TEMPLATES)
        assert any(line.startswith(day) for line in letter.text.split("\n"))
        (dateline,) = lxml.html.document_fromstring(letter.html).xpath("//p[contains(@class, 'dateline')]")
        assert dateline.text.startswith(day)
