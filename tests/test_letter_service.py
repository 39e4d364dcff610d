"""Letters of service: what each says, in every language, and what a stranger cannot make them say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.letter.compose import compose
from publisher.letter.edition import Edition
from publisher.letter.lint import Severity, lint
from publisher.letter.nobody import Nobody, page_for_nobody, text_for_nobody
from publisher.letter.service import ServiceEdition, compose_service, edition_of
from publisher.letter.words import words_of
from publisher.letter.wrap import WIDTH, columns_of
from publisher.model.direction import direction_of
from publisher.model.issue import ASKING, IssueKind
from publisher.model.letter import OPEN, Letter, Slot
from publisher.model.look import Look
from publisher.templating import Templates, open_templates
from publisher.wording.catalogs import SPOKEN
from tests.letter_week import ARABIC, COURIER, DREDGER, SITE, TEN, service, week

TOP = Path(__file__).parent.parent
KINDS = tuple(kind for kind in IssueKind if kind is not IssueKind.ISSUE)
DESIGNS = ("plain", "column", "digest")
LATEST = week(TEN[:3])


@cache
def templates() -> Templates:
    return open_templates(None)


def composed(made_of: ServiceEdition) -> Letter:
    return compose_service(made_of, templates())


def problems(made_of: ServiceEdition, letter: Letter) -> list[str]:
    return [finding.problem for finding in lint(letter, edition_of(made_of))]


def told(letter: Letter) -> tuple[str, str]:
    return " ".join(words_of(letter.html)), " ".join(letter.text.split())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", [*SPOKEN, "de-AT", "he", "pl", ""])
def test_nothing_is_found_wrong_in_any_language(kind: IssueKind, language: str) -> None:
    made_of = service(kind, language=language)
    letter = composed(made_of)
    assert problems(made_of, letter) == []
    page = lxml.html.document_fromstring(letter.html)
    spoken = language or COURIER.language
    assert (page.get("lang"), page.get("dir")) == (spoken, direction_of(spoken))
    assert [line for line in letter.text.split("\n") if columns_of(line) > WIDTH and "://" not in line] == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_language_has_a_subject_and_words_of_its_own(kind: IssueKind) -> None:
    letters = [composed(service(kind, language=language)) for language in SPOKEN]
    assert len({letter.subject for letter in letters}) == len({letter.text for letter in letters}) == len(SPOKEN)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_design_has_each_letter(design: str, kind: IssueKind) -> None:
    made_of = service(kind, template=design, latest=LATEST)
    letter = composed(made_of)
    assert problems(made_of, letter) == []
    assert len(lxml.html.document_fromstring(letter.html).xpath("//h1")) == 1


@pytest.mark.parametrize("kind", ASKING)
def test_a_letter_that_asks_has_a_button_and_the_same_address_in_words_and_in_the_text(kind: IssueKind) -> None:
    letter = composed(service(kind))
    page = lxml.html.document_fromstring(letter.html)
    button, in_words, *_ = page.xpath(f"//a[@href='{Slot.SERVICE_URL.mark}']")
    (cell,) = button.xpath("ancestor::td[contains(@class, 'button')]")
    assert "background-color:#8a1c1c" in cell.get("style")
    assert "mso-padding-alt" in cell.get("style")
    assert in_words.text == Slot.SERVICE_URL.mark
    assert Slot.SERVICE_URL.mark in letter.text


@pytest.mark.parametrize("kind", ASKING)
def test_a_letter_that_asks_names_nobody_and_shows_no_story(kind: IssueKind) -> None:
    """A stranger may have ordered it; and what the latest letter says is not for whoever did not join."""
    letter = composed(service(kind, newsletter=replace(COURIER, greeting="Hello {{ name }}!"), latest=LATEST))
    for part in (letter.subject, letter.html, letter.text):
        assert Slot.NAME.mark not in part
        assert "dredger" not in part
        assert "Hello" not in part


@pytest.mark.parametrize(
    ("kind", "lasts"),
    [
        (IssueKind.CONFIRM, "good for 7 days"),
        (IssueKind.CHANGE, "good for 7 days"),
        (IssueKind.LINK, "good for 24 hours"),
    ],
)
def test_it_says_how_long_its_link_is_good_and_that_nothing_is_to_be_done(kind: IssueKind, lasts: str) -> None:
    for words in told(composed(service(kind))):
        assert lasts in words
        assert "If it was not you, do nothing" in words


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_did_not_ask_can_say_so_and_ends_nothing_that_was_wanted_before(kind: IssueKind) -> None:
    """A stranger may ask for what a reader has already: to unsubscribe would be the wrong answer to that."""
    page = lxml.html.document_fromstring(composed(service(kind)).html)
    refusals = page.xpath("//a[text()='I did not ask for this']/@href")
    assert refusals == ([Slot.SERVICE_URL.mark] if kind in (IssueKind.CONFIRM, IssueKind.CHANGE) else [])
    assert page.xpath(f"//a[@href='{Slot.UNSUBSCRIBE_URL.mark}']/text()") == ["Unsubscribe"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_says_why_it_came_and_leads_to_no_page_of_its_own(kind: IssueKind) -> None:
    whys = {
        IssueKind.CONFIRM: "because somebody asked for The Fernmoor Courier with your address.",
        IssueKind.CHANGE: "because a reader of The Fernmoor Courier named your address as a new one.",
        IssueKind.LINK: "because somebody asked for it at Fernmoor Press with this address.",
        IssueKind.WELCOME: "because you subscribed to The Fernmoor Courier.",
    }
    for words in told(composed(service(kind, latest=LATEST))):
        assert whys[kind] in words
        assert "View in browser" not in words


@pytest.mark.parametrize("design", DESIGNS)
def test_a_welcome_has_the_latest_letter_below_its_own_words(design: str) -> None:
    letter = composed(service(IssueKind.WELCOME, template=design, latest=LATEST))
    assert letter.subject == "Welcome to The Fernmoor Courier"
    order = ("Thank you for subscribing", "courier@fernmoor.example", "latest letter, of 20 November 2026",
             "20 November 2026 ·", TEN[0].title, TEN[2].title, "You get this letter", "1 Quay Lane")  # fmt: skip
    for words in told(letter):
        assert [words.index(one) for one in order] == sorted(words.index(one) for one in order)
    shown = lxml.html.document_fromstring(letter.html).xpath("//h2")
    assert [title.text_content() for title in shown] == [post.title for post in TEN[:3]]


@pytest.mark.parametrize("latest", [None, LATEST], ids=["alone", "latest"])
def test_a_design_of_a_site_s_own_has_letters_of_service_too(tmp_path: Path, latest: Edition | None) -> None:
    own = tmp_path / "letter"
    own.mkdir()
    for ending in ("html", "txt"):
        text = (TOP / "templates" / "letter" / f"digest.{ending}").read_text(encoding="utf-8")
        (own / f"gazette.{ending}").write_text(text.replace("In this letter", "All the news"), encoding="utf-8")
    for kind in KINDS:
        made_of = service(kind, template="gazette", latest=latest)
        letter = compose_service(made_of, open_templates(tmp_path))
        assert problems(made_of, letter) == []
        assert ("All the news" in letter.text) is (kind is IssueKind.WELCOME and latest is not None)


def test_a_welcome_in_another_language_leaves_stories_in_theirs() -> None:
    letter = composed(service(IssueKind.WELCOME, language="de", latest=LATEST))
    page = lxml.html.document_fromstring(letter.html)
    assert page.get("lang") == "de"
    assert {
        story.get("lang") for story in page.xpath("//td[contains(@class, 'lead') or contains(@class, 'story')]")
    } == {"en"}
    assert "Vielen Dank" in letter.text
    assert TEN[0].title in letter.text


def test_a_long_latest_letter_is_shortened_as_any_letter_is() -> None:
    long = [replace(post, body=post.body + "<p>A long day at the quay.</p>" * 900) for post in TEN]
    made_of = service(IssueKind.WELCOME, latest=week(long))
    assert problems(made_of, composed(made_of)) == []


@pytest.mark.parametrize("latest", [None, week(())])
def test_where_there_is_no_latest_letter_the_welcome_stands_alone(latest: Edition | None) -> None:
    letter = composed(service(IssueKind.WELCOME, latest=latest))
    for words in told(letter):
        assert "latest letter" not in words
        assert "Monday, 23 November 2026" in words


@pytest.mark.parametrize("kind", KINDS)
def test_a_newsletter_from_right_to_left_has_letters_of_service_from_right_to_left(kind: IssueKind) -> None:
    made_of = service(kind, newsletter=ARABIC, language="")
    letter = composed(made_of)
    assert problems(made_of, letter) == []
    cell = lxml.html.document_fromstring(letter.html).xpath("//td[contains(@class, 'service')]")[0]
    assert "text-align:right" in cell.get("style")


@pytest.mark.parametrize("kind", KINDS)
def test_for_nobody_in_particular_the_link_leads_to_the_site(kind: IssueKind) -> None:
    letter, nobody = composed(service(kind)), Nobody(site_url=SITE)
    for shown in (page_for_nobody(letter.html, nobody), text_for_nobody(letter.text, nobody)):
        assert OPEN not in shown
        assert f"{SITE}/" in shown


def without_button(letter: Letter) -> Letter:
    return replace(letter, html=letter.html.replace(f'href="{Slot.SERVICE_URL.mark}"', f'href="{SITE}/"'))


def without_line(letter: Letter) -> Letter:
    return replace(letter, text=letter.text.replace(Slot.SERVICE_URL.mark, f"{SITE}/"))


def with_name(letter: Letter) -> Letter:
    return replace(letter, subject=f"{Slot.NAME.mark}, {letter.subject}")


@pytest.mark.parametrize("kind", ASKING)
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_button, "the HTML has no link to the page that it is about"),
        (without_line, "the text has no link to the page that it is about"),
        (with_name, "a stranger may have asked for it"),
    ],
)
def test_a_template_that_loses_what_the_letter_is_for_is_an_error(
    kind: IssueKind, spoil: Callable[[Letter], Letter], said: str
) -> None:
    made_of = service(kind)
    (error, *rest) = lint(spoil(composed(made_of)), edition_of(made_of))
    assert error.severity is Severity.ERROR
    assert said in error.problem
    assert "letter/service.html" in error.problem or "letter/service.txt" in error.problem
    assert all(finding.severity is Severity.WARNING for finding in rest)


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_that_nobody_has_confirmed_is_not_in_the_letter(kind: IssueKind) -> None:
    """Mail to `mira+visit.evil.example/x@` comes to mira, and a stranger chose all that stands behind the plus."""
    made_of = service(kind)
    letter = composed(made_of)
    is_confirmed = kind in (IssueKind.LINK, IssueKind.WELCOME)
    for part in (letter.html, letter.text):
        assert (Slot.EMAIL.mark in part) is is_confirmed
    shown = lint(replace(letter, text=letter.text + Slot.EMAIL.mark), edition_of(made_of))
    assert [finding.severity for finding in shown] == ([] if is_confirmed else [Severity.WARNING])


def test_a_letter_to_all_has_no_link_of_a_letter_of_service() -> None:
    made_of = week(TEN[:1])
    letter = compose(made_of, templates())
    spoilt = replace(letter, text=f"{letter.text}\n{Slot.SERVICE_URL.mark}\n")
    (error,) = lint(spoilt, made_of)
    assert error.severity is Severity.ERROR
    assert "only letters of service" in error.problem


def test_the_day_is_that_of_the_letter_and_not_of_any_story() -> None:
    assert "23 November 2026" in composed(service(IssueKind.CONFIRM)).text
    assert "1 December 2026" in composed(replace(service(IssueKind.CONFIRM), date=date(2026, 12, 1))).text


colours = st.one_of(st.just(""), st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))


@given(st.sampled_from(DESIGNS), st.builds(Look, accent=colours, ink=colours, paper=colours, ground=colours))
@settings(max_examples=12, deadline=None)
def test_whatever_colours_a_site_has_the_button_can_be_read(design: str, look: Look) -> None:
    made_of = service(IssueKind.CONFIRM, template=design, newsletter=replace(COURIER, look=look))
    found = problems(made_of, composed(made_of))
    assert [problem for problem in found if "of `look`" not in problem] == []


names = st.text(st.characters(codec="utf-8"), max_size=60).filter(lambda name: bool(name.strip()))


@given(names, names, st.sampled_from(KINDS))
@settings(max_examples=30, deadline=None)
def test_no_name_of_a_newsletter_or_site_becomes_markup_or_a_slot(name: str, site: str, kind: IssueKind) -> None:
    made_of = replace(service(kind, newsletter=replace(COURIER, name=name)), site_name=site)
    letter = composed(made_of)
    ours = composed(service(kind))
    assert [one.tag for one in lxml.html.document_fromstring(letter.html).iter(lxml.etree.Element)] == [
        one.tag for one in lxml.html.document_fromstring(ours.html).iter(lxml.etree.Element)
    ]
    assert letter.html.count(OPEN) == ours.html.count(OPEN)
    assert "\n" not in letter.subject


def test_a_withdrawn_story_of_the_latest_letter_is_told_as_withdrawn() -> None:
    latest = replace(LATEST, withdrawn={DREDGER.seq: date(2026, 11, 21)})
    letter = composed(service(IssueKind.WELCOME, latest=latest))
    for part in (letter.html, letter.text):
        assert "This story was withdrawn on 21 November 2026." in part
        assert "Odo Fenn" not in part
