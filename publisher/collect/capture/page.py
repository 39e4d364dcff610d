"""A whole captured page: its blocks dealt out to head, text, writers and stories."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from publisher.collect.capture.blocks import Block, blocks_of, paragraphs_of
from publisher.collect.capture.byline import is_same_person
from publisher.collect.capture.head import Head, head_of
from publisher.collect.capture.related import stories_of, stories_start
from publisher.collect.capture.words import FURNITURE
from publisher.collect.capture.writer import writers_of
from publisher.collect.found import FoundPost
from publisher.model.author import Author
from publisher.model.post import RelatedStory
from publisher.model.slug import slug_of

_MOST_BLOCKS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a captured page holds; `paragraphs` are plain text, every character as captured."""

    column_name: str
    column_tagline: str
    title: str
    paragraphs: tuple[str, ...]
    authors: tuple[Author, ...]
    related: tuple[RelatedStory, ...]
    head: Head

    def as_post(self) -> FoundPost:
        """Its identity is title and date: a corrected word is a new revision, no new post."""
        day = self.head.published.date().isoformat() if self.head.published else ""
        return FoundPost(
            guid=f"capture:{' '.join(self.title.casefold().split())}:{day}",
            title=self.title,
            summary=self.head.summary,
            body_html="\n".join(f"<p>{html.escape(text, quote=False)}</p>" for text in self.paragraphs),
            authors=self.authors,
            published=self.head.published,
            updated=self.head.updated,
            related=self.related,
        )


def read_page(text: str, zone: ZoneInfo) -> Page:
    """Raises ValueError, in words for an editor, where there is no title or no text."""
    blocks = blocks_of(text)
    if not blocks:
        raise ValueError("it is empty; save the page's text into it, title first")
    if len(blocks) > _MOST_BLOCKS:
        raise ValueError(f"it has more than {_MOST_BLOCKS:,} paragraphs; save one page to a file")
    if len(blocks) == 1:
        raise ValueError("it holds one paragraph alone; save the whole page, its title on a line of its own at the top")
    head = head_of(blocks, zone)
    if not head.title:
        raise ValueError(
            "no title was found: the first lines are already text; put the title on a line of its own at the top"
        )
    body, authors, related = _parts(_without_furniture(blocks[head.length :]), head.names, zone)
    paragraphs = tuple(paragraph for block in body for paragraph in paragraphs_of(block))
    if not paragraphs:
        raise ValueError(f"there is a title ({head.title!r}) and no text under it; save the whole page")
    return Page(
        column_name=head.column_name,
        column_tagline=head.column_tagline,
        title=head.title,
        paragraphs=paragraphs,
        authors=_all_authors(head.names, authors),
        related=related,
        head=head,
    )


def _parts(
    blocks: Sequence[Block], names: Sequence[str], zone: ZoneInfo
) -> tuple[Sequence[Block], tuple[Author, ...], tuple[RelatedStory, ...]]:
    """Text, writers, stories. Stories end the page, or stand between text and writers."""
    start = stories_start(blocks)
    text, stories = blocks[:start], blocks[start + 1 :]
    writers = writers_of(text, names)
    if writers:
        text = [*text[: writers.start], *text[writers.end :]]
    elif found := writers_of(stories, names):
        writers, stories = found, stories[: found.start]
    return text, writers.authors if writers else (), stories_of(stories, zone)


def _all_authors(names: Sequence[str], told: Sequence[Author]) -> tuple[Author, ...]:
    """The byline's names in its order, with what the page tells of each; then the others."""
    first = [
        next((author for author in told if is_same_person(author.name, name)), Author(key=slug_of(name), name=name))
        for name in names
    ]
    return tuple({author.key: author for author in (*first, *told)}.values())


def _without_furniture(blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if not FURNITURE.fullmatch(block.folded)]
