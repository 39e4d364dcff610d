"""One article's page as a found post: all that the parts of the page say, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher.collect.capture.blocks import Block
from publisher.collect.capture.byline import Line, read_line
from publisher.collect.capture.contacts import contacts_in
from publisher.collect.capture.writer import writers_of
from publisher.collect.found import FoundPost
from publisher.collect.jsonfeed import paragraphs_html
from publisher.collect.page.body import Body, body_in, body_of, take_out
from publisher.collect.page.facts import Facts, is_one, together, told_more
from publisher.collect.page.jsonld import nodes_of_scripts
from publisher.collect.page.meta import facts_of_head
from publisher.collect.page.microdata import nodes_of_items
from publisher.collect.page.people import boxes_of, bylines_of, person_of
from publisher.collect.page.schemaorg import facts_of_nodes, names_in
from publisher.collect.page.selectors import Selectors
from publisher.collect.page.shown import facts_shown, moment_at
from publisher.collect.page.stories import Sections, lines_leading_on, sections_of
from publisher.collect.page.tree import Element, parse, picture_of, select, squeezed, words
from publisher.model.address import joined
from publisher.model.author import Author
from publisher.model.media import Image
from publisher.model.post import RelatedStory
from publisher.model.slug import slug_of

_BEGINNING = 30  # characters by which a text is known
_MOST_LINES = 3  # of author and date, before a text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A page under the hands of its reader: what is understood is taken out of the tree."""

    tree: Element
    url: str
    zone: ZoneInfo
    selectors: Selectors

    def texts_at(self, selector: str) -> list[str]:
        return [text for one in select(self.tree, selector) if (text := words(one))]


def read_article(
    page: bytes | str, url: str, selectors: Selectors, *, zone: ZoneInfo, content_type: str = ""
) -> FoundPost:
    """The article at `url`. Raises ValueError, in words for an editor, where there is no title or no text.

    Dates without a zone are in `zone`; `content_type` is what HTTP said.
    """
    reading = _Reading(tree=parse(page, content_type), url=url, zone=zone, selectors=selectors)
    schema = facts_of_nodes([*nodes_of_scripts(reading.tree), *nodes_of_items(reading.tree)], url, zone)
    head = facts_of_head(reading.tree, url, zone)
    stories = _take_stories(reading)
    shown = facts_shown(reading.tree, schema.title, head.title, zone)
    hidden = together([schema, head])
    told = together([_chosen(reading), replace(shown, published=None, updated=None), hidden, shown])
    if not told.title:
        raise ValueError("no title was found on the page; set `select.title`, or take its link out of `select.links`")
    people = _take_people(reading, told)
    body = _body(reading, told.title)
    line = _take_byline(body, people, zone)
    people = people or tuple(Author(key=slug_of(name), name=name) for name in line.names)
    writers = _take_writers(body, people)
    text = body.html if body else paragraphs_html(schema.text)
    if not text.strip():
        raise ValueError("no text was found on the page; set `select.body` to the element that holds it")
    return FoundPost(
        url=_own_address(joined(url, told.url), url),
        base_url=url,
        title=told.title,
        summary=told.summary,
        body_html=text,
        authors=told_more(people, writers) or writers,
        published=told.published or line.published,
        updated=told.updated or line.updated,
        image=told.image,
        tags=told.tags,
        related=_once((*stories, *told.related)),
        language=head.language or schema.language,
    )


def _chosen(reading: _Reading) -> Facts:
    """What the source's selectors find."""
    wanted = reading.selectors
    names = [name for text in reading.texts_at(wanted.author) for name in names_in(text)]
    moments = (moment_at(one, reading.zone) for one in select(reading.tree, wanted.date))
    images = (_image_at(one, reading.url) for one in select(reading.tree, wanted.image))
    return Facts(
        title="".join(reading.texts_at(wanted.title)[:1]),
        summary="".join(reading.texts_at(wanted.summary)[:1]),
        authors=tuple({slug_of(name): Author(key=slug_of(name), name=name) for name in names}.values()),
        published=next(filter(None, moments), None),
        image=next(filter(None, images), None),
    )


def _image_at(element: Element, url: str) -> Image | None:
    pictures = [element] if element.tag == "img" else list(element.iter("img"))
    found = next((one for one in pictures if picture_of(one, url)), None)
    return Image(url=picture_of(found, url), alt=str(found.get("alt") or "")) if found is not None else None


def _take_stories(reading: _Reading) -> list[RelatedStory]:
    """The related stories; their sections are taken out of the page."""
    chosen = select(reading.tree, reading.selectors.related)
    sections = Sections(parts=tuple((one,) for one in chosen)) if chosen else sections_of(reading.tree)
    stories = list(sections.stories(reading.url))
    _take_out(sections.elements)
    lines = lines_leading_on(reading.tree, reading.url)
    _take_out([element for element, _ in lines])
    return stories + [story for _, story in lines]


def _take_people(reading: _Reading, told: Facts) -> tuple[Author, ...]:
    """The authors with what their boxes say; the boxes are taken out of the page."""
    said = _told_by_selectors(reading, told.authors)
    names = [author.name for author in told.authors or bylines_of(reading.tree, reading.url, reading.zone)]
    boxes = [(box, person) for box in boxes_of(reading.tree) if (person := person_of(box, names, reading.url))]
    _take_out([box for box, _ in boxes])
    persons = tuple(person for _, person in boxes)
    outside = bylines_of(reading.tree, reading.url, reading.zone)
    site = squeezed(told.site_name)
    authors = tuple(author for author in told.authors if squeezed(author.name) != site)
    if not authors:
        authors = outside or tuple({person.key: person for person in persons}.values())
    # A box says more than the head of the page, which often has its first words alone.
    longer = tuple(_longer(author, persons) for author in authors)
    return told_more(told_more(told_more(said, longer) if said else longer, persons), outside)


def _longer(author: Author, persons: Sequence[Author]) -> Author:
    """The author with what the box says; where the head says something else, the shorter is the blurb."""
    box = next((person for person in persons if is_one(person, author)), None)
    if box is None or not box.blurb:
        return author
    if author.blurb and not author.bio and not box.bio and not _is_in(author.blurb, box.blurb):
        blurb, bio = sorted((author.blurb, box.blurb), key=len)
        return replace(author, blurb=blurb, bio=bio)
    return replace(author, blurb=box.blurb, bio=box.bio or ("" if author.bio == box.blurb else author.bio))


def _is_in(one: str, other: str) -> bool:
    """Whether one of two texts begins as a part of the other; heads of pages often cut texts off."""
    pair = squeezed(one), squeezed(other)
    return pair[0][:_BEGINNING] in pair[1] or pair[1][:_BEGINNING] in pair[0]


def _told_by_selectors(reading: _Reading, authors: tuple[Author, ...]) -> tuple[Author, ...]:
    """The authors with what stands where `select.blurb` and `select.bio` point; () where these are not set."""
    blurbs, bios = reading.texts_at(reading.selectors.blurb), reading.texts_at(reading.selectors.bio)
    if not blurbs and not bios:
        return ()
    told = []
    for number, author in enumerate(authors):
        blurb, bio = (_about(author, texts, number, len(authors)) for texts in (blurbs, bios))
        email, links = contacts_in(f"{blurb} {bio}")
        told.append(replace(author, blurb=blurb, bio=bio, email=author.email or email, links=(*author.links, *links)))
    _take_out([*select(reading.tree, reading.selectors.blurb), *select(reading.tree, reading.selectors.bio)])
    return tuple(told)


def _about(author: Author, texts: Sequence[str], number: int, count: int) -> str:
    """The text about one of `count` authors: the one in his place, else the one that names him."""
    if len(texts) == count:
        return texts[number]
    return next((text for text in texts if author.name in text), "")


def _body(reading: _Reading, title: str) -> Body | None:
    chosen = select(reading.tree, reading.selectors.body)
    found = body_in(chosen, title) if chosen else None
    return found or body_of(reading.tree, title)


def _take_byline(body: Body | None, people: tuple[Author, ...], zone: ZoneInfo) -> Line:
    """What the first lines of a text say of author and date; these are taken out of it."""
    said = Line()
    for leaf, text in (body.leaves() if body else [])[:_MOST_LINES]:
        line = read_line(text, zone)
        if not line.says_something and text not in {author.name for author in people}:
            break
        said = Line(
            names=said.names + line.names,
            published=said.published or line.published,
            updated=said.updated or line.updated,
        )
        if body:
            take_out(body, [leaf])
    return said


def _take_writers(body: Body | None, people: tuple[Author, ...]) -> tuple[Author, ...]:
    """Whom the last paragraphs introduce, by the rules for captured pages; these are taken out of the text."""
    leaves = [(leaf, text) for leaf, text in body.leaves() if text] if body else []
    blocks = [Block(lines=(text,)) for _, text in leaves]
    found = writers_of(blocks, [author.name for author in people]) if len(blocks) > 1 else None
    if body is None or found is None:
        return ()
    if people and not any(is_one(author, other) for author in found.authors for other in people):
        return ()
    take_out(body, [leaf for leaf, _ in leaves[found.start : found.end]])
    return found.authors


def _take_out(elements: Sequence[Element]) -> None:
    for element in elements:
        if element.getparent() is not None:
            element.drop_tree()


def _once(stories: Sequence[RelatedStory]) -> tuple[RelatedStory, ...]:
    """Each story once, as it was found first."""
    found: dict[str, RelatedStory] = {}
    for story in stories:
        found.setdefault(story.url or story.title, story)
    return tuple(found.values())


def _own_address(canonical: str, url: str) -> str:
    """The address the page calls its own, where it is one on the same site and not the site's front page."""
    theirs, ours = urlsplit(canonical), urlsplit(url)
    known = theirs.scheme in ("http", "https") and theirs.hostname == ours.hostname
    return canonical if known and theirs.path.strip("/") else url
