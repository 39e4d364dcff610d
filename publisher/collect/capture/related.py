"""The stories under `More from …`: title, summary, and what their pictures show.

A picture's description is captured twice (once as the text of the image, once as its
caption), so a line given twice is one; it opens a new story. The first text after it is
the title, the next the summary. Where there are no pictures, a line that ends a sentence
is the summary of the title before it, and any other line is a title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from publisher.collect.capture.blocks import Block
from publisher.collect.capture.byline import read_line
from publisher.collect.capture.words import FURNITURE, RELATED_HEADING
from publisher.model.media import Image
from publisher.model.post import RelatedStory

_LONGEST_HEADING = 80  # characters
_MOST_HEADING_WORDS = 9
_LONGEST_SUMMARY = 400  # characters; more than that under a heading is no teaser but text
_BULLET = re.compile(r"\A(?:[-*•‣·–—]|\d{1,2}[.)])\s+")
_URL = re.compile(r"\s*\(?(https?://\S+?)\)?\Z")
_MOST_STORIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One line of the section; `picture`: it says what a picture shows."""

    text: str
    picture: bool = False
    lone: bool = True  # it is a block of its own, or opens one


def is_related_heading(block: Block) -> bool:
    return (
        len(block.lines) == 1
        and len(block.text) <= _LONGEST_HEADING
        and len(block.text.split()) <= _MOST_HEADING_WORDS
        and not block.ends_sentence
        and bool(RELATED_HEADING.match(block.text))
    )


def stories_start(blocks: Sequence[Block]) -> int:
    """Index of the first such heading after which only teasers come; else the number of blocks."""
    start = len(blocks)
    for index in range(len(blocks) - 1, 0, -1):
        block = blocks[index]
        if any(len(line) > _LONGEST_SUMMARY for line in block.lines) and not block.is_given_twice:
            break
        if is_related_heading(block) and index + 1 < len(blocks):
            start = index
    return start


def stories_of(blocks: Sequence[Block], zone: ZoneInfo) -> tuple[RelatedStory, ...]:
    """The stories of the section, its heading left out of `blocks`."""
    stories: list[RelatedStory] = []
    fresh = True  # the next text is a title
    for piece in _pieces(blocks, zone):
        if piece.picture:
            stories.append(RelatedStory(title="", image=Image(url="", alt=piece.text)))
            fresh = True
            continue
        text, url = _parted(piece.text)
        if not text:
            stories[-1:] = [replace(story, url=story.url or url) for story in stories[-1:]]
        elif fresh and stories and not stories[-1].title:
            stories[-1] = replace(stories[-1], title=text, url=url)
        elif stories and _is_summary(text, piece, stories[-1]):
            stories[-1] = replace(stories[-1], summary=f"{stories[-1].summary} {text}".strip())
        else:
            stories.append(RelatedStory(title=text, url=url))
        fresh = False
    return tuple(dict.fromkeys(story for story in stories if story.title))[:_MOST_STORIES]


def _pieces(blocks: Sequence[Block], zone: ZoneInfo) -> Iterator[_Piece]:
    lone_twice = _given_twice_apart(blocks)
    skip = False
    for index, block in enumerate(blocks):
        if skip or is_related_heading(block):
            skip = False
        elif block.is_given_twice or index in lone_twice:
            skip = index in lone_twice
            yield _Piece(text=block.lines[0], picture=True)
        else:
            yield from _lines(block, zone)


def _lines(block: Block, zone: ZoneInfo) -> Iterator[_Piece]:
    lines = list(block.lines)
    if len(lines) > 2 and lines[0] == lines[1]:
        yield _Piece(text=lines[0], picture=True)
        lines = lines[2:]
    for number, line in enumerate(lines):
        if not FURNITURE.fullmatch(line) and not read_line(line, zone).says_something:
            yield _Piece(text=line, lone=number == 0 or bool(_BULLET.match(line)))


def _given_twice_apart(blocks: Sequence[Block]) -> set[int]:
    """Where a description and its copy are blocks of their own, the index of the first."""
    return {index for index, (one, two) in enumerate(pairwise(blocks)) if one == two}


def _is_summary(text: str, piece: _Piece, story: RelatedStory) -> bool:
    if not piece.lone and not story.summary:
        return True  # the line under the title
    sentence = bool(re.search(r"(?:[.…]|[!?][\"”’»])[\"”’»)]*\Z", text)) or len(text) > 120
    if story.image and not story.summary:
        return True
    return sentence and bool(story.title)


def _parted(line: str) -> tuple[str, str]:
    """A line without its bullet, and the address at its end."""
    text = _BULLET.sub("", line)
    found = _URL.search(text)
    return (text[: found.start()].rstrip(" :–—-"), found[1]) if found else (text, "")
