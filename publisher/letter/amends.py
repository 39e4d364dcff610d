"""A letter that puts another one right: what it says, beside the stories it is about. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from publisher.model.post import Post
from publisher.wording.wording import Wording

TEMPLATE = "correction"  # in place of the newsletter's own, in the same look


@dataclass(frozen=True, slots=True, kw_only=True)
class Amends:
    """What a newsroom says of a letter in which something was wrong."""

    day: date  # the newsroom's, of the letter that was wrong
    subject: str  # of that letter, for nobody in particular
    page: str  # of that letter; "" where it is shown no more
    note: tuple[str, ...]  # what was wrong, and what is right: paragraphs, at least one


def amends_subject(amends: Amends, posts: Sequence[Post], wording: Wording) -> str:
    """It names the story where there is one, else the letter."""
    named = posts[0].title if len(posts) == 1 else amends.subject
    return wording.gettext("Correction: %(title)s", title=" ".join(named.split()))


def amends_preheader(amends: Amends, wording: Wording) -> str:
    """The line above."""
    return wording.gettext("Something was wrong in the letter of %(date)s.", date=wording.day(amends.day))


def paragraphs_of(note: str) -> tuple[str, ...]:
    """A note as somebody typed it: paragraphs are parted by empty lines."""
    blocks = "\n".join(line.strip() for line in note.splitlines()).split("\n\n")
    return tuple(" ".join(block.split()) for block in blocks if block.strip())
