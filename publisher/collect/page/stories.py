"""Related stories: the sections that lead on to others, each link there with its picture and summary.

A section is known by its class name or by its heading (`More from …`, in the languages of
`capture/words.py`). Where a section has headings that are links, these are its stories;
else all its links are. A story's card is all around its link up to where another begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher.collect.capture.blocks import Block
from publisher.collect.capture.byline import read_line
from publisher.collect.capture.related import is_related_heading
from publisher.collect.capture.words import FURNITURE, RELATED_HEADING
from publisher.collect.clean import paragraphs_of
from publisher.collect.page.marks import ADVERTS, COMMENTS, RELATED, TEASERS, says, stands_in
from publisher.collect.page.tree import Element, is_in, link_of, picture_of, source_of, squeezed, upwards, words
from publisher.model.media import Image
from publisher.model.post import RelatedStory

UTC = ZoneInfo("UTC")
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MAY_HEAD = (*sorted(HEADINGS), "p", "div", "span", "strong", "b", "header", "summary", "legend")
_OUTSIDE = frozenset({"nav"})
_NOT_STORIES = frozenset({"tag", "author", "category", "nofollow", "sponsored", "prev"})
_MOST_HEADINGS = 2_000
_LARGEST = 12_000  # characters of words in a section; more is the page itself
_HIGHEST = 3  # elements up from a heading to its section
_MOST_STORIES = 50
_LONGEST_TITLE = 300  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """The sections' parts, to be taken out of the page before its text is looked for."""

    parts: tuple[tuple[Element, ...], ...]

    @property
    def elements(self) -> list[Element]:
        return [element for part in self.parts for element in part]

    def stories(self, url: str) -> tuple[RelatedStory, ...]:
        found: dict[str, RelatedStory] = {}
        for part in self.parts:
            for story in _stories_of(part, url):
                found.setdefault(story.url, story)
        found.pop(url.partition("#")[0], None)
        own = [story for story in found.values() if _is_near(story.url, url)]
        return tuple(own or found.values())[:_MOST_STORIES]


def sections_of(tree: Element) -> Sections:
    """The page's own sections; what is popular on the whole site counts where there is no other."""
    marked = [(one,) for one in tree.xpath("//body//*[@class or @id]") if says(one, RELATED) and _is_small(one)]
    headed = [part for heading in _headings_of(tree) if (part := _under(heading))]
    parts: list[tuple[Element, ...]] = []
    inside: set[Element] = set()
    for part in [*headed, *marked]:
        fresh = tuple(one for one in part if not any(holder in inside for holder in upwards(one)))
        if fresh and any(True for one in fresh for _ in one.iter("a")):
            parts.append(fresh)
            inside.update(fresh)
    # A marked section may hold a headed one: the larger then says the same once more.
    parts = [part for part in parts if not any(_is_strange(one) for one in part)]
    own = [part for part in parts if not _is_everybodys(part)]
    return Sections(parts=tuple(own or parts))


def lines_leading_on(tree: Element, url: str) -> list[tuple[Element, RelatedStory]]:
    """Paragraphs such as `Read more: A title`, whose only link is to another story."""
    found = []
    for paragraph in tree.iter("p"):
        links = [link for link in paragraph.iter("a") if link_of(link, url)]
        if len(links) != 1:
            continue
        title, text = words(links[0]), words(paragraph)
        before = text.removesuffix(title).rstrip()
        if title and before != text and before and len(before) < 40 and RELATED_HEADING.match(before):
            found.append((paragraph, RelatedStory(title=title, url=link_of(links[0], url))))
    return found


def _headings_of(tree: Element) -> list[Element]:
    found = []
    for element in list(tree.iter(*_MAY_HEAD))[:_MOST_HEADINGS]:
        if len(element) > 3 or len(str(element.text_content())) > 200:
            continue
        text = words(element)
        if text and is_related_heading(Block(lines=(text,))):
            found.append(element)
    return found


def _under(heading: Element) -> tuple[Element, ...]:
    """What stands under a heading, with it: its next siblings, else those of what it stands in."""
    place = heading
    for _ in range(_HIGHEST):
        after: list[Element] = []
        for sibling in place.itersiblings():
            if sibling.tag in HEADINGS and heading.tag in HEADINGS and sibling.tag <= heading.tag:
                break
            if not any(True for _ in sibling.iter("a")) and len(words(sibling)) > 100:
                break  # the text goes on
            if sibling.tag == "p" and after and len(words(sibling)) > 400:
                break
            after.append(sibling)
        if any(True for one in after for _ in one.iter("a")):
            return (place, *after) if sum(len(str(one.text_content())) for one in after) < _LARGEST else ()
        parent = place.getparent()
        if parent is None or parent.tag in ("body", "main", "article", "html") or any(True for _ in parent.iter("h1")):
            return ()
        place = parent
    return ()


def _is_small(element: Element) -> bool:
    return not any(True for _ in element.iter("h1", "main")) and len(str(element.text_content())) < _LARGEST


def _is_strange(element: Element) -> bool:
    return is_in(element, _OUTSIDE) or stands_in(element, COMMENTS) or stands_in(element, ADVERTS)


def _is_near(one: str, other: str) -> bool:
    """Whether two addresses are on one domain, at least in its last two labels: others' teasers are mostly paid for."""
    these, those = ((urlsplit(url).hostname or "").split(".")[-2:] for url in (one, other))
    return these == those


def _is_everybodys(part: Sequence[Element]) -> bool:
    heading = words(part[0])[:60].casefold()
    popular = heading.startswith(("most ", "trending", "latest", "editor", "popular", "in case you missed"))
    return popular or any(stands_in(one, TEASERS) or is_in(one, frozenset({"footer", "header"})) for one in part)


def _stories_of(part: Sequence[Element], url: str) -> list[RelatedStory]:
    links = [link for one in part for link in one.iter("a") if link_of(link, url) and _may_be_story(link)]
    headed = [link for link in links if heading_at(link) is not None]
    chosen = headed or links
    targets = {link: link_of(link, url) for link in chosen}
    found: dict[str, RelatedStory] = {}
    for link in chosen:
        story = _story_of(link, _card_of(link, targets, part), targets[link], url)
        known = found.get(story.url)
        if story.title and (known is None or (known.image is None and story.image is not None)):
            found[story.url] = story
    return list(found.values())


def _may_be_story(link: Element) -> bool:
    return not set(str(link.get("rel") or "").lower().split()) & (_NOT_STORIES - {"nofollow"}) and "/tag/" not in str(
        link.get("href")
    )


def heading_at(link: Element) -> Element | None:
    """The heading that the link is in, or that is in the link."""
    around = next((one for one in link.iterancestors() if one.tag in HEADINGS), None)
    return around if around is not None else next(link.iter(*sorted(HEADINGS)), None)


def _card_of(link: Element, targets: dict[Element, str], part: Sequence[Element]) -> Element:
    card = link
    while card not in part:
        parent = card.getparent()
        if parent is None or any(targets.get(other, targets[link]) != targets[link] for other in parent.iter("a")):
            break
        card = parent
    return card


def _story_of(link: Element, card: Element, target: str, url: str) -> RelatedStory:
    heading = heading_at(link)
    lines = [line for line in paragraphs_of(source_of(link)) if not _is_small_print(line)]
    title = words(heading) if heading is not None else (lines[0] if lines else "")
    if not title:  # the link is around the picture: the title is that of another link to the same page
        title = next((text for one in card.iter("a") if (text := words(one))), "")
    picture = next((one for one in card.iter("img") if picture_of(one, url)), None)
    image = Image(url=picture_of(picture, url), alt=str(picture.get("alt") or "")) if picture is not None else None
    return RelatedStory(title=title[:_LONGEST_TITLE], url=target, summary=_summary_of(card, title), image=image)


def _summary_of(card: Element, title: str) -> str:
    if card.tag == "p" or len(str(card.text_content())) > 2_000:
        return ""
    lines = paragraphs_of(source_of(card))
    texts = [line for line in lines if squeezed(line) != squeezed(title) and not _is_small_print(line)]
    return next((text for text in texts if len(text) > len(title) / 2 and len(text) > 12), "")


def _is_small_print(line: str) -> bool:
    furniture = FURNITURE.fullmatch(line) or read_line(line, UTC).says_something
    return bool(furniture or is_related_heading(Block(lines=(line,))))
