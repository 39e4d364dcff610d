"""Letters in a real browser: wide and on a phone, by light and in the dark, without pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from publisher.letter.compose import compose
from publisher.letter.edition import Edition
from publisher.letter.service import edition_of
from publisher.model.issue import IssueKind
from publisher.model.media import Image
from publisher.templating import open_templates
from tests.browsing import browser as browser
from tests.browsing import told_by_axe
from tests.letter_week import AMENDS, ARABIC, ARABIC_POST, DREDGER, PICTURES, SITE, TEN, service, week

DESIGNS = ("plain", "column", "digest")
EDITIONS = {
    **{design: week(template=design) for design in DESIGNS},
    **{f"{design}-arabic": week((ARABIC_POST,), newsletter=ARABIC, template=design) for design in DESIGNS},
    **{
        f"{design}-long": week(
            [replace(post, body=post.body + "<p>A long day at the quay.</p>" * 300) for post in TEN], template=design
        )
        for design in DESIGNS
    },
    "none": week(()),
    "confirm": edition_of(service(IssueKind.CONFIRM)),
    "link-arabic": edition_of(service(IssueKind.LINK, template="column", language="ar")),
    "latest": edition_of(service(IssueKind.WELCOME, latest=week(TEN[:3]))),
    "amends": replace(week(TEN[:2], template="digest"), amends=AMENDS),
}
LONG_WORD = "https://fernmoor.example/" + "a-very-long-address-" * 12
# A letter is shown inside the page of a mail program, which has landmarks of its own.
OPTIONS = "{resultTypes: ['violations'], rules: {region: {enabled: false}, 'landmark-one-main': {enabled: false}}}"
FOR_ALL = "([selector, ask]) => [...document.querySelectorAll(selector)].map((one) => eval(ask)(one))"


@cache
def html_of(name: str) -> str:
    return composed(EDITIONS[name])


def composed(made_of: Edition) -> str:
    return compose(made_of, open_templates(None)).html


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    opened.route(f"{SITE}/**", show_picture)
    yield opened
    opened.close()


def show_picture(route: Route) -> None:
    name = route.request.url.rpartition("/")[2].removesuffix(".jpg")
    picture = (PICTURES / f"{name}.svg").read_bytes()
    route.fulfill(body=picture, content_type="image/svg+xml")


def show(page: Page, html: str, *, width: int, scheme: Any = "light") -> Page:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.set_content(html)
    return page


@pytest.mark.parametrize(("width", "scheme"), [(600, "light"), (600, "dark"), (360, "light"), (360, "dark")])
@pytest.mark.parametrize("name", [*DESIGNS, "digest-arabic", "amends", "confirm", "link-arabic", "latest"])
def test_axe_finds_nothing_and_nothing_sticks_out(page: Page, name: str, width: int, scheme: str) -> None:
    """axe-core (npm): the rules of WCAG 2.2 AA, contrast among them, and of good practice."""
    show(page, html_of(name), width=width, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert told_by_axe(page, OPTIONS) == []


@pytest.mark.parametrize("name", EDITIONS)
def test_every_letter_fits_a_phone(page: Page, name: str) -> None:
    show(page, html_of(name), width=320)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("design", DESIGNS)
def test_a_letter_is_600_pixels_wide_and_no_wider(page: Page, design: str) -> None:
    show(page, html_of(design), width=1280)
    (sheet,) = page.evaluate(FOR_ALL, [".sheet", "(one) => one.getBoundingClientRect().width"])
    assert sheet == 600


@pytest.mark.parametrize("design", DESIGNS)
def test_long_words_and_wide_tables_do_not_widen_a_letter(page: Page, design: str) -> None:
    cells = "".join(f"<td>number{number}</td>" for number in range(20))
    wide = replace(
        DREDGER, title=LONG_WORD, body=f"<p>{LONG_WORD}</p><table><tr>{cells}</tr></table>",
        authors=(replace(DREDGER.authors[0], blurb=LONG_WORD),),
    )  # fmt: skip
    show(page, composed(week([wide], template=design)), width=360)
    for name in (".sheet", ".about", ".pointer"):
        for right in page.evaluate(FOR_ALL, [name, "(one) => one.getBoundingClientRect().right"]):
            assert right <= 360, name
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("design", DESIGNS)
def test_without_pictures_a_letter_says_what_they_show(browser: Browser, design: str) -> None:
    context = browser.new_context(viewport={"width": 600, "height": 800}, color_scheme="dark")
    context.route("**/*", lambda route: route.abort())
    page = context.new_page()
    page.set_content(html_of(design))
    told = "(one) => [one.alt, one.getBoundingClientRect().height, getComputedStyle(one).fontSize]"
    pictures = page.evaluate(FOR_ALL, ["img", told])
    assert pictures
    for alt, height, size in pictures:
        assert alt
        assert height >= float(size.removesuffix("px")), alt
    context.close()


def test_a_logo_keeps_a_light_ground_in_the_dark(page: Page) -> None:
    newsletter = EDITIONS["digest"].newsletter
    look = replace(newsletter.look, logo=Image(url=f"{SITE}/media/ada.jpg", alt="The Courier"))
    show(page, composed(week(newsletter=replace(newsletter, look=look))), width=600, scheme="dark")
    assert page.evaluate(FOR_ALL, ["h1", "(one) => getComputedStyle(one).backgroundColor"]) == ["rgb(255, 255, 255)"]


@pytest.mark.parametrize("design", DESIGNS)
def test_a_letter_is_read_aloud_in_its_order(page: Page, design: str) -> None:
    """A screen reader follows the document: name, story, who wrote it, what to read next, how to leave."""
    show(page, html_of(design), width=600)
    text = page.evaluate("document.body.innerText")
    order = ("The Fernmoor Courier", "Good morning", "Six months at the quay", "For six months the dredger",
             "She came to the Courier", "Who paints the boats", "At four minutes past seven", "You get this letter",
             "Unsubscribe", "1 Quay Lane")  # fmt: skip
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    headings = page.evaluate(FOR_ALL, ["h1, h2, h3, h4, h5, h6", "(one) => Number(one.tagName[1])"])
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))
