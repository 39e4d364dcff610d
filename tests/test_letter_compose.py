"""Whole letters: what is in them, that HTML and text say the same, and what they look like (golden files)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import lxml.html
import pytest

from publisher.errors import TemplateError
from publisher.letter.compose import compose
from publisher.letter.edition import Edition
from publisher.letter.lint import lint
from publisher.letter.words import words_of
from publisher.model.author import Author, Link
from publisher.model.letter import Letter, Slot
from publisher.model.media import Image
from publisher.templating import open_templates
from tests.golden import CASES, check_golden
from tests.letter_editions import ADA, DREDGER, HEBREW, NEWSLETTER, PARAGRAPHS, RELATED, TIDES, VOTE, edition

EDITIONS = {
    "single": edition(DREDGER),
    "digest": edition(DREDGER, TIDES, VOTE, HEBREW),
}


def letter_of(made_of: Edition, own: Path | None = None) -> Letter:
    return compose(made_of, open_templates(own))


@pytest.mark.parametrize("name", EDITIONS)
def test_letters_are_what_their_golden_files_show(name: str) -> None:
    letter = letter_of(EDITIONS[name])
    check_golden(CASES / "letter" / "golden" / f"{name}.html", letter.html.encode())
    check_golden(CASES / "letter" / "golden" / f"{name}.txt", letter.text.encode())


@pytest.mark.parametrize("name", EDITIONS)
def test_letters_have_no_findings(name: str) -> None:
    assert lint(letter_of(EDITIONS[name]), EDITIONS[name]) == ()


def test_a_letter_of_one_post_holds_all_of_it() -> None:
    letter = letter_of(edition(DREDGER))
    for text in (" ".join(words_of(letter.html)), " ".join(letter.text.split())):
        assert DREDGER.title in text
        assert DREDGER.summary in text
        assert all(re.sub("<.*?>", "", paragraph) in text for paragraph in PARAGRAPHS)
        assert ADA.blurb in text
        assert all(part in text for part in ADA.bio.split("\n\n"))
        assert all(story.title in text and story.summary in text for story in RELATED)
        assert "Fernmoor Press 1 Quay Lane Fernmoor FM1 1AA" in text
    assert [story.image.alt for story in RELATED if story.image and story.image.alt not in letter.html] == []


def test_markup_that_slipped_into_plain_text_is_no_part_of_a_letter() -> None:
    story = replace(RELATED[0], title="The <i>old</i> lock", summary="It <em>leaks</em>.")
    slipped = replace(
        DREDGER, title="The <b>new</b> lock and <template>", summary="It <em>holds</em>.", related=(story,)
    )
    letter = letter_of(edition(slipped))
    assert letter.subject == "The new lock and <template>"
    for told in (" ".join(words_of(letter.html)), " ".join(letter.text.split())):
        for shown in ("The new lock and <template>", "It holds.", "The old lock", "It leaks."):
            assert shown in told


@pytest.mark.parametrize("name", EDITIONS)
def test_html_and_text_say_the_same_words(name: str) -> None:
    letter = letter_of(EDITIONS[name])
    page = lxml.html.document_fromstring(letter.html)
    for image in page.xpath("//img[@class!='face']"):  # a portrait stands beside the name it would tell
        image.tail = f" {image.get('alt')} {image.tail or ''}"
    body = lxml.html.tostring(page.body, encoding="unicode")
    shown = Counter(re.findall(r"\w+", " ".join(words_of(body)).lower()))
    text = re.sub(r"https?://\S+|\[\d+\]", " ", letter.text)
    told = Counter(re.findall(r"\w+", text.lower()))
    assert sum((shown - told).values()) <= 0.02 * shown.total()
    assert sum((told - shown).values()) <= 0.05 * told.total()


def test_the_page_is_built_as_mail_programs_need_it() -> None:
    html = letter_of(EDITIONS["digest"]).html
    page = lxml.html.document_fromstring(html)
    assert page.get("lang") == "en"
    assert page.get("dir") == "ltr"
    assert len(page.findall(".//h1")) == 1
    layout = [table for table in page.iter("table") if table.get("class") != "table"]
    assert all(table.get("role") == "presentation" for table in layout)
    assert all(image.get("width") and image.get("alt") is not None for image in page.iter("img"))
    assert all(int(image.get("width")) <= 536 for image in page.iter("img"))
    assert "<!--[if mso]>" in html
    assert 'name="color-scheme"' in html
    assert 'name="supported-color-schemes"' in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "[data-ogsc]" in html
    assert '<meta charset="utf-8">' in html
    assert page.xpath("//td[contains(@class, 'story') and @lang='he']")[0].get("dir") == "rtl"
    assert "<script" not in html


def test_the_style_sheet_is_written_into_the_elements() -> None:
    page = lxml.html.document_fromstring(letter_of(edition(DREDGER)).html)
    assert all(paragraph.get("style") for paragraph in page.iter("p", "h1", "h2"))


def test_a_bio_stands_once_in_a_letter_and_the_blurb_below_each_post() -> None:
    letter = letter_of(EDITIONS["digest"])
    assert letter.html.count("Brass Lantern") == letter.text.count("Brass Lantern") == 1
    assert letter.html.count("covers ports, tides") == 2


def test_a_summary_that_repeats_the_beginning_is_not_shown_twice() -> None:
    letter = letter_of(edition(VOTE))
    assert letter.text.count("The vote was close") == 1


@pytest.mark.parametrize("cut", ["…", " …", "...", " […]", "", "he"])
def test_a_cut_off_summary_is_known_however_it_was_cut(cut: str) -> None:
    post = replace(TIDES, body="<p>High at six, then low.</p>", summary=f"High at six, t{cut}")
    assert letter_of(edition(post)).text.count("High at six") == 1


def test_no_content_can_forge_a_slot() -> None:
    mark = Slot.UNSUBSCRIBE_URL.mark
    forged = replace(
        DREDGER, title=f"t{mark}", summary=f"s{mark}", body=f"<p>{mark} &#xE000;email&#xE001;</p>",
        authors=(Author(key="m", name=f"M{mark}", blurb=mark, links=(Link(label=mark, url="https://a.example/"),)),),
        image=Image(url="https://a.example/x", alt=mark),
    )  # fmt: skip
    clean = letter_of(edition(TIDES))
    letter = letter_of(edition(forged))
    assert letter.html.count("\ue000") == clean.html.count("\ue000")
    assert letter.text.count("\ue000") == clean.text.count("\ue000")
    assert "\ue000" not in letter.subject


def test_hostile_text_stays_text_and_hostile_addresses_lead_nowhere() -> None:
    evil = "<script>alert(1)</script>"
    post = replace(
        DREDGER, title=evil, summary=evil, url="javascript:alert(1)",
        authors=(replace(ADA, name=evil, blurb=evil, url="javascript:a(2)", links=(Link(label="x", url="data:,"),)),),
        related=(replace(RELATED[0], title=evil, url="javascript:alert(3)"),),
    )  # fmt: skip
    html = letter_of(edition(post)).html
    page = lxml.html.document_fromstring(html)
    assert not list(page.iter("script"))
    assert "javascript:" not in html
    assert 'href="https://fernmoor.example/harbour-notes/dredger.html"' in html


def test_a_post_without_a_title_goes_by_its_first_words() -> None:
    assert letter_of(edition(replace(TIDES, title=" "))).subject == "High at six, low at noon."
    assert letter_of(edition(replace(TIDES, title="", body=""))).subject == "Harbour Notes"


def test_a_subject_is_one_line() -> None:
    newsletter = replace(
        NEWSLETTER, subject="{{ newsletter.name }}:\n {{ lead.title }}, {{ date }} ({{ posts | length }})"
    )
    subject = letter_of(edition(TIDES, DREDGER, newsletter=newsletter)).subject
    assert subject == "The Fernmoor Courier: Tides of the week, Friday, 20 November 2026 (2)"


def test_a_mistake_in_the_subject_names_its_place() -> None:
    with pytest.raises(TemplateError, match=r"newsletters\.courier\.subject: `titel` is not known"):
        letter_of(edition(TIDES, newsletter=replace(NEWSLETTER, subject="{{ titel }}")))


def test_a_site_may_replace_one_part_alone(tmp_path: Path) -> None:
    parts = tmp_path / "letter" / "parts"
    parts.mkdir(parents=True)
    (parts / "related.html").write_text("{% macro list(story, site_name) %}MY OWN{% endmacro %}", encoding="utf-8")
    html = letter_of(edition(DREDGER), own=tmp_path).html
    assert "MY OWN" in html
    assert DREDGER.title in html


def test_the_line_above_tells_what_the_subject_does_not() -> None:
    assert "Harbour Notes by Ada Lindqvist: about 1 minute to read." in letter_of(edition(DREDGER)).text
    five = [replace(TIDES, slug=str(number), title=f"Tide {number}") for number in range(1, 7)]
    assert "Also in this letter: Tide 2; Tide 3; Tide 4; and 2 more." in letter_of(edition(*five)).text


@pytest.mark.parametrize(
    ("language", "date", "preheader"),
    [
        ("en-GB", "Friday, 20 November 2026", "Harbour Notes by Ada Lindqvist: about 1 minute to read."),
        ("de", "Freitag, 20. November 2026", "Harbour Notes von Ada Lindqvist: etwa 1 Minute Lesezeit."),
        ("fr", "vendredi 20 novembre 2026", "Harbour Notes par Ada Lindqvist : environ 1 minute de lecture."),
        (
            "es",
            "viernes, 20 de noviembre de 2026",
            "Harbour Notes, por Ada Lindqvist: alrededor de 1 minuto de lectura.",
        ),
        ("ar", "الجمعة، 20 نوفمبر 2026", "Harbour Notes بقلم Ada Lindqvist: القراءة في نحو دقيقة."),
    ],
)
def test_a_letter_speaks_the_language_of_its_newsletter(language: str, date: str, preheader: str) -> None:
    newsletter = replace(NEWSLETTER, language=language, subject="{{ date }}: {{ lead.title }}")
    letter = letter_of(edition(DREDGER, newsletter=newsletter))
    assert letter.subject == f"{date}: {DREDGER.title}"
    assert f'lang="{language}"' in letter.html
    for told in (" ".join(words_of(letter.html)), " ".join(letter.text.split())):
        assert date[:1].upper() + date[1:] in told
        assert preheader in told


@pytest.mark.parametrize("template", ["plain", "column", "digest"])
def test_our_words_inside_a_post_of_another_language_say_in_which_they_are(template: str) -> None:
    newsletter = replace(NEWSLETTER, language="ar", template=template)
    page = lxml.html.document_fromstring(letter_of(edition(DREDGER, HEBREW, newsletter=newsletter)).html)
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    (byline,) = page.xpath("//p[contains(@class, 'byline')]/span")
    assert (byline.text, byline.get("lang"), byline.get("dir")) == ("بقلم Ada Lindqvist", "ar", "rtl")
    more = page.xpath("//p[contains(@class, 'more')]/a/span[@lang='ar']")
    assert {link.text for link in more} == {"القراءة على الموقع"}
    assert page.xpath("//h3/span[@lang='ar']/text()") == ["مقالات ذات صلة"]
    english = lxml.html.document_fromstring(letter_of(edition(DREDGER)).html)
    assert not english.xpath("//*[not(self::td)]/@lang[.='en']/parent::span")


def test_the_same_edition_gives_the_same_octets() -> None:
    assert letter_of(EDITIONS["digest"]) == letter_of(EDITIONS["digest"])
