"""Whole pages, letters and feeds in a made-up language: whatever is still English was never marked.

The language has the letter ж for every letter of ours. What is then left in Latin letters
must be content: words of the posts, columns, authors and the site that were handed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import lxml.html
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from publisher.feed.content import content_html
from publisher.letter.amends import Amends
from publisher.letter.compose import compose
from publisher.letter.edition import Edition
from publisher.letter.service import edition_of
from publisher.model.issue import IssueKind
from publisher.model.post import with_media
from publisher.publish.pages import (
    author_page,
    card_of,
    column_page,
    index_page,
    month_page,
    post_page,
    tag_page,
)
from publisher.publish.place import author_place, column_place, feed_links, tag_place
from publisher.templating import Templates, open_templates
from publisher.wording.catalogs import SPOKEN, Catalogs
from tests.letter_editions import DREDGER, NEWSLETTER, TIDES, VOTE, edition
from tests.letter_week import service
from tests.page_site import MONTHS, SETTING, posts
from tests.shelves import COLUMN, ILSE, MIRA, SITE

TOP = Path(__file__).parent.parent
LANGUAGE = "de"  # whose catalog is the made-up one; its dates stay German
NAMES = {"Atom", "RSS", "JSON", "MP", "PDF"}  # the same in every language
INITIALS = {"MV", "IB"}  # of authors without a portrait


def made_up(text: str) -> str:
    """`By %(names)s` is `жж %(names)s`; tags stay as they are."""
    return re.sub(
        r"(%\(\w+\)s|<[^>]*>|&\w+;)|[A-Za-z]", lambda found: found[0] if found[1] else "ж", text, flags=re.DOTALL
    )


def of_message(message: Message) -> str | tuple[str, ...]:
    if isinstance(message.id, str):
        return made_up(message.id)
    return tuple(made_up(form) for form in message.id)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    folder = tmp_path_factory.mktemp("locale")
    with (TOP / "publisher" / "locale" / "en" / "LC_MESSAGES" / "publisher.po").open("rb") as file:
        real = read_po(file)
    for language in SPOKEN:
        catalog = Catalog(locale=LANGUAGE)
        for message in real:
            if message.id and language == LANGUAGE:
                catalog.add(message.id, of_message(message))
        place = folder / language / "LC_MESSAGES"
        place.mkdir(parents=True)
        with (place / "publisher.po").open("wb") as file:
            write_po(file, catalog)
    usual = open_templates(None)
    return Templates(own=None, defaults=usual._defaults, catalogs=Catalogs(folder))


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}", re.sub(r"https?://[^\s\"<>]+", " ", text)))


def words_in(*values: object) -> set[str]:
    """All that stands in values that are content."""
    return words(repr(values).replace("\\n", " "))


def shown(page: str) -> set[str]:
    """What a page shows and what a voice reads of it."""
    read = lxml.html.document_fromstring(page)
    for silent in list(read.iter("script", "style")):
        silent.drop_tree()
    spoken = read.xpath("//@alt | //@title | //@aria-label | //@placeholder")
    return words(" ".join([*read.xpath("//text()"), *spoken]))


def grammar(templates: Templates) -> set[str]:
    """Words of dates and lists, which no catalog holds."""
    days = [date(2026, month, day) for month in range(1, 13) for day in range(1, 8)]
    wording = templates.wording(LANGUAGE)
    return {word for text in (wording.names(["1", "2"]), *map(wording.weekday, days)) for word in words(text)}


def pages(templates: Templates) -> Iterator[str]:
    setting = replace(SETTING, language=LANGUAGE, render=templates.render, speak=templates.wording)
    column = replace(COLUMN, language=LANGUAGE)
    some = [post for post in posts() if not post.language]
    links = feed_links(column_place(column), SITE.url)
    by_slug = {column.slug: column}
    yield post_page(some[0], column, links, setting, before=some[1], after=[some[2]]).decode()
    yield column_page(column, links, newest=some, authors=[MIRA], months=MONTHS, setting=setting).decode()
    yield column_page(column, links, newest=(), authors=(), setting=setting).decode()
    place = author_place(MIRA, LANGUAGE)
    yield author_page(MIRA, feed_links(place, SITE.url), newest=some, columns=by_slug, setting=setting).decode()
    place = tag_place("tides", LANGUAGE)
    yield tag_page("tides", feed_links(place, SITE.url), newest=some, columns=by_slug, setting=setting).decode()
    near = {"earlier": "2026-02", "later": "2026-04"}
    place = column_place(column)
    yield month_page(place, links, "2026-03-2", posts=some, columns=by_slug, setting=setting, **near).decode()
    yield month_page(place, links, "2026-03", posts=(), columns=by_slug, setting=setting).decode()
    yield index_page(links, [card_of(column, links, some, setting)], setting).decode()
    spoken = {"language": LANGUAGE, "direction": "ltr"}
    yield re.sub(r"<code>.*?</code>", "", templates.render("feed/about-feeds.html", spoken))
    yield content_html(
        with_media(some[0], SITE.url), link=SITE.url, more_from=SITE.name, wording=templates.wording(LANGUAGE)
    )


def test_pages_and_feeds_say_nothing_unmarked(templates: Templates) -> None:
    content = words_in(posts(), COLUMN, MIRA, ILSE, SITE) | grammar(templates) | NAMES | INITIALS
    for page in pages(templates):
        assert "ж" in page
        assert shown(page) - content == set()


@pytest.mark.parametrize("template", ["plain", "column", "digest"])
@pytest.mark.parametrize("number", [1, 3])
def test_letters_say_nothing_unmarked(templates: Templates, template: str, number: int) -> None:
    newsletter = replace(NEWSLETTER, language=LANGUAGE, template=template)
    made_of = edition(*[DREDGER, TIDES, VOTE][:number], newsletter=newsletter)
    says_nothing_unmarked(made_of, templates)


def test_a_letter_that_puts_another_one_right_says_nothing_unmarked(templates: Templates) -> None:
    amends = Amends(
        day=date(2026, 11, 19), subject="Low water", page=f"{SITE.url}/newsletters/a.html", note=("Sorry.",)
    )
    made_of = replace(edition(TIDES, newsletter=replace(NEWSLETTER, language=LANGUAGE)), amends=amends)
    says_nothing_unmarked(made_of, templates)


def test_a_letter_that_has_nothing_to_tell_says_nothing_unmarked(templates: Templates) -> None:
    says_nothing_unmarked(edition(newsletter=replace(NEWSLETTER, language=LANGUAGE)), templates)


@pytest.mark.parametrize("kind", [kind for kind in IssueKind if kind is not IssueKind.ISSUE])
@pytest.mark.parametrize("latest", [None, edition(DREDGER, TIDES)], ids=["alone", "latest"])
def test_letters_of_service_say_nothing_unmarked(templates: Templates, kind: IssueKind, latest: Edition | None) -> None:
    newsletter = replace(NEWSLETTER, language=LANGUAGE)
    says_nothing_unmarked(edition_of(service(kind, newsletter=newsletter, language="", latest=latest)), templates)


def says_nothing_unmarked(made_of: Edition, templates: Templates) -> None:
    content = words_in(made_of) | grammar(templates)
    letter = compose(made_of, templates)
    assert "ж" in letter.html
    slots = re.compile("\ue000.*?\ue001")
    assert shown(slots.sub("", letter.html)) - content == set()
    assert words(slots.sub("", letter.text)) - content == set()
