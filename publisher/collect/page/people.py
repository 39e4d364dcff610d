"""Who wrote it, as the page shows it: bylines, and boxes with a blurb and a bio.

A box's first paragraph is the blurb, what follows the bio: as on a captured page. Names,
roles, and links that only lead on (`All posts by …`) are no part of either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from zoneinfo import ZoneInfo

from publisher.collect.capture.byline import is_name, is_same_person, read_line
from publisher.collect.capture.contacts import contacts_in
from publisher.collect.capture.words import ABOUT_HEADING, FURNITURE
from publisher.collect.capture.words import BYLINE as BY
from publisher.collect.clean import clean_text, paragraphs_of
from publisher.collect.page.marks import AUTHOR_BOX, AUTHOR_NAME, BYLINE, COMMENTS, says, stands_in
from publisher.collect.page.schemaorg import names_in
from publisher.collect.page.tree import Element, link_of, picture_of, source_of, squeezed, upwards, words
from publisher.model.author import Author, Link
from publisher.model.media import Image
from publisher.model.slug import slug_of

_LONGEST_NAME = 80  # characters
_LONGEST_BYLINE = 200
_LARGEST_BOX = 8_000
_MOST = 3_000  # elements looked at
_MOST_PEOPLE = 20
_WAY_ON = re.compile(
    r"(?:view|see|read|all|more)\b.*(?:posts?|articles?|stor(?:y|ies)|columns?|by|from)\b", re.IGNORECASE
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def bylines_of(tree: Element, url: str, zone: ZoneInfo) -> tuple[Author, ...]:
    """The people whom `rel=author` and bylines name, in the page's order."""
    found: dict[str, Author] = {}
    for element in tree.xpath("//body//*[@class or @rel or @itemprop]")[:_MOST]:
        if not _is_byline(element) or stands_in(element, COMMENTS) or len(str(element.text_content())) > 2_000:
            continue
        link = element if element.tag == "a" else next(element.iter("a"), None)
        for name in _names_at(element, zone):
            own = link_of(link, url) if link is not None and squeezed(words(link)) == squeezed(name) else ""
            if any(name.startswith(f"{known.name} ") for known in found.values()):
                continue  # the name once more, with a trade behind it
            author = Author(key=slug_of(name), name=name, url=own)
            known = found.get(author.key)
            found[author.key] = replace(known, url=known.url or own) if known else author
    return tuple(found.values())[:_MOST_PEOPLE]


def boxes_of(tree: Element) -> list[Element]:
    """The boxes that introduce an author; of two in one another the larger, unless it is about several."""
    marked = [one for one in tree.xpath("//body//*[@class or @id]")[:_MOST] if says(one, AUTHOR_BOX)]
    headed = [
        parent
        for heading in tree.iter(*_HEADINGS)
        if ABOUT_HEADING.match(words(heading)) and (parent := heading.getparent()) is not None
    ]
    good = [one for one in [*marked, *headed] if _is_box(one) and not stands_in(one, COMMENTS)]
    return list(_outermost(good))


def person_of(box: Element, names: Sequence[str], url: str) -> Author | None:
    """Whom a box is about, and what it says; None where it is about nobody known by name."""
    name = _name_in(box, names)
    lines = [line for line in _lines_of(box, name) if line]
    if not name:
        return None
    told = [line for line in lines if len(line.split()) > 4 or line[-1] in ".!?…。！？؟"] or lines[:1]
    blurb, bio = (told[0] if told else ""), "\n\n".join(told[1:])
    email, links = contacts_in(f"{blurb} {bio}")
    picture = next((one for one in box.iter("img") if picture_of(one, url)), None)
    return Author(
        key=slug_of(name),
        name=name,
        blurb=blurb,
        bio=bio,
        email=email or _email_in(box),
        url=next((link_of(one, url) for one in box.iter("a") if squeezed(words(one)) == squeezed(name)), ""),
        links=tuple({link.url: link for link in (*links, *_accounts_in(box, url))}.values()),
        portrait=Image(url=picture_of(picture, url), alt=str(picture.get("alt") or ""))
        if picture is not None
        else None,
    )


def _is_byline(element: Element) -> bool:
    rel = str(element.get("rel") or "").lower().split()
    return "author" in rel or element.get("itemprop") == "author" or says(element, BYLINE)


def _names_at(element: Element, zone: ZoneInfo) -> list[str]:
    """The names in one element: a byline (`By A and B`), or just a name where the class says so."""
    text = words(element)
    if not text or len(text) > _LONGEST_BYLINE:
        return []
    line = read_line(text, zone)
    if line.names:
        return list(line.names)
    lines = paragraphs_of(source_of(element))
    if BY.match(text):
        inner = [words(one) for one in element.iter("a")]
        return [name for name in inner if name and is_name(name)]
    is_link = "author" in str(element.get("rel") or "").lower().split() or says(element, AUTHOR_NAME)
    if is_link and len(lines) == 1 and len(text) <= _LONGEST_NAME:
        return [name for name in names_in(text) if is_name(name)]
    return []


def _is_box(element: Element) -> bool:
    length = len(str(element.text_content()))
    return 0 < length < _LARGEST_BOX and not any(True for _ in element.iter("h1", "main", "article"))


def _outermost(boxes: Sequence[Element]) -> Iterator[Element]:
    chosen = set(boxes)
    for box in dict.fromkeys(boxes):
        if _is_about_several(box):
            continue
        if not any(one in chosen and not _is_about_several(one) for one in box.iterancestors()):
            yield box


def _is_about_several(box: Element) -> bool:
    inner = [
        words(one)
        for one in box.iterdescendants()
        if one.tag in _HEADINGS or says(one, AUTHOR_NAME) or "author" in str(one.get("rel") or "")
    ]
    names = {squeezed(text) for text in inner if is_name(text) and len(text) <= _LONGEST_NAME}
    return len(names) > 1


def _name_in(box: Element, names: Sequence[str]) -> str:
    """The name a box gives, as the byline writes it where it is in both."""
    given = [
        words(one)
        for one in box.iter()
        if one.tag in _HEADINGS or says(one, AUTHOR_NAME) or one.get("rel") == "author" or one.get("itemprop") == "name"
    ]
    bare = [text.removeprefix("About ").removeprefix("By ").strip(" :") for text in given]
    for text in bare:
        if same := next((name for name in names if text and is_same_person(name, text)), ""):
            return same
    text = words(box)
    return next((name for name in names if name and name in text), "") or next(
        (one for one in bare if one and len(one) <= _LONGEST_NAME and is_name(one) and " " in one),
        names[0] if len(names) == 1 else "",
    )


def _lines_of(box: Element, name: str) -> list[str]:
    links = {squeezed(words(one)) for one in box.iter("a")} | {
        squeezed(name),
        squeezed(f"By {name}"),
        squeezed(f"About {name}"),
    }
    return [
        line
        for line in paragraphs_of(source_of(_without_ways_on(box, name)))
        if squeezed(line) not in links
        and not ABOUT_HEADING.match(line)
        and not FURNITURE.fullmatch(line)
        and not read_line(line, ZoneInfo("UTC")).says_something
    ]


def _without_ways_on(box: Element, name: str) -> Element:
    """A copy of the box without links to more of what this author wrote."""
    whole = deepcopy(box)
    for link in list(whole.iter("a")):
        text = words(link)
        if link is not whole and (_WAY_ON.match(text) or (name in text and len(text) > len(name) + 3)):
            link.drop_tree()
    return whole


def _email_in(box: Element) -> str:
    for one in box.iter("a"):
        href = clean_text(str(one.get("href") or ""))
        if href.lower().startswith("mailto:"):
            return href[7:].partition("?")[0]
    return ""


def _accounts_in(box: Element, url: str) -> Iterator[Link]:
    """Links to other sites that stand apart from the words: accounts, the author's own site."""
    here = url.split("/")[2:3]
    for one in box.iter("a"):
        target = link_of(one, url)
        if target and target.split("/")[2:3] != here and not any(up.tag == "p" for up in upwards(one)):
            label = words(one) or clean_text(str(one.get("aria-label") or one.get("title") or ""))
            yield Link(label=label or target.split("//")[1].removeprefix("www.").rstrip("/"), url=target)
