"""Edition: all that one letter is made of, and the form in which its templates see it.

Responsible for the view that `templates/letter/` is written against: one `Story` a post,
with what a template should not have to decide.

Not here: what makes content harmless (`harmless.py`), how much of a post is in the letter
(`fitting.py`), how it looks (the templates), HTML fit for mail (`mailable.py`), text
(`plain.py`).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.letter.amends import TEMPLATE as CORRECTION
from publisher.letter.amends import Amends
from publisher.letter.once import Once
from publisher.letter.plain import Plain
from publisher.letter.words import words_of
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.direction import direction_of
from publisher.model.issue import IssueKind, Newsletter
from publisher.model.post import Post, RelatedStory, link_of
from publisher.model.standfirst import repeats_beginning
from publisher.model.subscriber import Cadence
from publisher.wording.wording import Wording

SERVICE = "service"  # the template of letters of service
_WORDS_A_MINUTE = 230


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One variant of an issue, before it is rendered."""

    site_name: str
    site_url: str
    postal_address: str
    newsletter: Newsletter
    cadence: Cadence
    columns: Mapping[str, Column]  # by slug; every post's column is there
    posts: tuple[Post, ...]  # in their order, `media:` resolved; none: it says that nothing is new
    view_url: str  # the same letter as a page; "": there is none
    date: datetime.date  # the newsroom's
    # By `seq`, what stands below a post (related.py); of one that is not in it, what its page named.
    related: Mapping[int, tuple[RelatedStory, ...]] = field(default_factory=dict)
    # By `seq`, the newsroom's day on which a post was put right, or taken back, after it had gone out.
    corrected: Mapping[int, datetime.date] = field(default_factory=dict)
    withdrawn: Mapping[int, datetime.date] = field(default_factory=dict)
    amends: Amends | None = None  # it puts another letter right
    kind: IssueKind = IssueKind.ISSUE  # else it is a letter of service (service.py)

    @property
    def template(self) -> str:
        """The name of its templates."""
        if self.amends:
            return CORRECTION
        return self.newsletter.template if self.kind is IssueKind.ISSUE else SERVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """An author below a post."""

    author: Author
    is_known: bool  # stood below a story above: portrait, links and bio are not shown again
    bio: tuple[str, ...]  # its paragraphs


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A post as a template sees it."""

    post: Post
    column: Column
    column_is_new: bool  # the story before it, if any, is of another column
    column_direction: str  # of its name and tagline
    link: str
    standfirst: str  # the summary, unless the post begins with the same words
    minutes: int  # about how long it takes to read
    language: str
    direction: str  # `ltr` or `rtl`
    signatures: tuple[Signature, ...]
    byline: str  # their names, as a sentence of the newsletter's language lists them
    related: tuple[RelatedStory, ...] = ()
    corrected: str = ""  # the day, in words, on which it was put right after it had gone out
    withdrawn: str = ""  # the day on which it was taken back; nothing of it is left but a note
    body: str = ""  # HTML for mail, as `Markup`
    text: Plain | None = None  # the same, for the text part alone
    is_cut: bool = False  # there is more of it on the web
    is_summary: bool = False  # the body is its summary, or its first sentences


def stories_of(edition: Edition, wording: Wording, once: Once) -> tuple[Story, ...]:
    """The posts of an edition that was made harmless, without their bodies."""
    stories: list[Story] = []
    introduced: set[str] = set()
    for post in edition.posts:
        column = edition.columns[post.column]
        language = post.language or column.language or edition.newsletter.language
        standfirst, minutes = once(_read, post)
        writers = [author for author in post.authors if author.name]
        stories.append(
            Story(
                post=post,
                column=column,
                column_is_new=not stories or stories[-1].column != column,
                link=link_of(post, edition.site_url),
                standfirst=standfirst,
                minutes=minutes,
                column_direction=direction_of(column.language),
                language=language,
                direction=direction_of(language),
                signatures=tuple(_signature(author, introduced) for author in writers),
                byline=wording.names([author.name for author in writers]),
                related=edition.related.get(post.seq, post.related),
                corrected=_day(edition.corrected.get(post.seq), wording),
                withdrawn=_day(edition.withdrawn.get(post.seq), wording),
            )
        )
    return tuple(stories)


def _read(post: Post) -> tuple[str, int]:
    """Its summary, unless it begins with the same words, and how many minutes it takes."""
    words = words_of(post.body)
    standfirst = "" if repeats_beginning(post.summary, " ".join(words)) else post.summary
    return standfirst, max(1, round(len(words) / _WORDS_A_MINUTE))


def _signature(author: Author, introduced: set[str]) -> Signature:
    is_known = author.key in introduced
    introduced.add(author.key)
    bio = () if is_known else tuple(part for part in re.split(r"\n\s*\n", author.bio) if part.strip())
    return Signature(author=author, is_known=is_known, bio=bio)


def _day(day: datetime.date | None, wording: Wording) -> str:
    return wording.day(day) if day else ""
