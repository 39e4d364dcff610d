"""The head of a captured page: column, title, summary, byline, date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from publisher.collect.capture.blocks import Block
from publisher.collect.capture.byline import read_line
from publisher.collect.summary import clean_cut, is_cut

_LONGEST_COLUMN_NAME = 60  # characters
_MOST_COLUMN_WORDS = 5
_LONGEST_TITLE = 250  # characters
_LONGEST_TAGLINE = 400  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands before the text; `length` is how many blocks it takes."""

    column_name: str = ""
    column_tagline: str = ""
    title: str = ""
    summary: str = ""
    names: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    length: int = 0


def head_of(blocks: Sequence[Block], zone: ZoneInfo) -> Head:
    """The head; `title` is "" where the page starts with its text."""
    head = _column_and_title(blocks, zone)
    while head.title and head.length < len(blocks):
        further = _further(head, blocks, zone)
        if further is None:
            break
        head = further
    return head


def _column_and_title(blocks: Sequence[Block], zone: ZoneInfo) -> Head:
    first = blocks[0]
    if len(first.lines) == 2 and _starts_apart(first):
        upper, lower = first.lines
        if _is_title(blocks, 1, zone):
            return Head(column_name=upper, column_tagline=lower, title=blocks[1].folded, length=2)
        return Head(title=upper, summary=lower, length=1)
    if len(first.lines) == 3 and len(first.lines[0]) <= _LONGEST_COLUMN_NAME:
        name, tagline, title = first.lines
        return Head(column_name=name, column_tagline=tagline, title=title, length=1)
    if not _is_title(blocks, 0, zone):
        return Head()
    if _is_column_name(first) and _is_title(blocks, 1, zone):
        return Head(column_name=first.folded, title=blocks[1].folded, length=2)
    if _is_column_name(first) and _is_tagline(blocks, zone):
        return Head(column_name=first.folded, column_tagline=blocks[1].folded, title=blocks[2].folded, length=3)
    return Head(title=first.folded, length=1)


def _starts_apart(first: Block) -> bool:
    """Whether the first line of two stands for itself: a name or a title, no part of a sentence."""
    upper = first.lines[0]
    return not first.is_given_twice and len(upper) <= _LONGEST_TITLE and upper[-1] not in ",;–—-"


def _further(head: Head, blocks: Sequence[Block], zone: ZoneInfo) -> Head | None:
    """The head with the next block in it; None where the text begins."""
    block = blocks[head.length]
    line = read_line(block.text, zone)
    if line.says_something:
        return replace(
            head,
            names=head.names + line.names,
            published=head.published or line.published,
            updated=head.updated or line.updated,
            length=head.length + 1,
        )
    if not head.summary and (summary := _repetition(blocks, head.length, zone)):
        return replace(head, summary=summary, length=head.length + 1)
    if not head.summary and _is_deck(blocks, head.length, zone):
        return replace(head, summary=block.folded, length=head.length + 1)
    return None


def _repetition(blocks: Sequence[Block], index: int, zone: ZoneInfo) -> str | None:
    """The summary in this block, where it repeats the text after it (and byline, date)."""
    start = index + 1
    while start < len(blocks) and read_line(blocks[start].text, zone).says_something:
        start += 1
    texts = [block.text for block in blocks[start : start + 8]]
    block = blocks[index]
    if not texts or not (is_cut(block.folded) or texts[0] == block.text):
        return None
    return clean_cut(block.folded, texts)


def _is_title(blocks: Sequence[Block], index: int, zone: ZoneInfo) -> bool:
    if index >= len(blocks) - 1:
        return False  # a title has a text after it
    block = blocks[index]
    # `This is the end.` is a title on the first line only, where a column name or title must stand.
    short = block.is_heading or (index == 0 and len(block.lines) == 1 and len(block.text) <= 100)
    return short and not read_line(block.text, zone).says_something and not _repetition(blocks, index, zone)


def _is_column_name(block: Block) -> bool:
    return (
        block.is_heading and len(block.text) <= _LONGEST_COLUMN_NAME and len(block.text.split()) <= _MOST_COLUMN_WORDS
    )


def _is_tagline(blocks: Sequence[Block], zone: ZoneInfo) -> bool:
    """Whether name, tagline and title are three blocks, the second of them a sentence."""
    if not _is_title(blocks, 2, zone) or len(blocks[1].text) > _LONGEST_TAGLINE or is_cut(blocks[1].text):
        return False
    names_it = blocks[0].folded.casefold() in blocks[1].folded.casefold()
    return names_it or _follows_a_title(blocks, 3, zone)


def _is_deck(blocks: Sequence[Block], index: int, zone: ZoneInfo) -> bool:
    """A line under the title that a byline or date follows."""
    block, after = blocks[index], blocks[index + 1 : index + 2]
    return (
        len(block.text) <= _LONGEST_TAGLINE
        and len(block.lines) == 1
        and bool(after)
        and read_line(after[0].text, zone).says_something
    )


def _follows_a_title(blocks: Sequence[Block], index: int, zone: ZoneInfo) -> bool:
    return index < len(blocks) and (
        read_line(blocks[index].text, zone).says_something or _repetition(blocks, index, zone) is not None
    )
