"""An edition as a letter: subject, HTML and text, with slots where readers differ.

The HTML is made by `templates/letter/NAME.html`, its style sheet is written into the
elements once, here, and stays beside them only where mail programs read it: rules for
dark mode and small screens. The text is made by `templates/letter/NAME.txt` from the same
values, not from the HTML's layout.

Not here: what the values are (edition.py), whether the letter may go out (lint.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import css_inline
from markupsafe import Markup

from publisher.letter.edition import Edition, preheader_of, stories_of
from publisher.letter.harmless import harmless, harmless_story, without_marks
from publisher.letter.mailable import mailable
from publisher.letter.plain import Plain, plain
from publisher.letter.wrap import fill
from publisher.model.direction import direction_of
from publisher.model.letter import Letter, Slot
from publisher.wording.wording import Wording


class Templating(Protocol):
    """What renders: `publisher.templating.Templates`. Every mistake is a TemplateError."""

    def render(self, name: str, values: Mapping[str, object], /) -> str:
        """The template of that name."""

    def render_text(self, source: str, values: Mapping[str, object], /, *, place: str) -> str:
        """A template that is itself a value; `place` says where it stands, for messages."""

    def wording(self, language: str, /) -> Wording:
        """The words that templates rendered in this language get."""


def compose(edition: Edition, templates: Templating) -> Letter:
    """The letter of an edition. Raises TemplateError."""
    edition = _harmless(edition)
    newsletter = edition.newsletter
    wording = templates.wording(newsletter.language)
    values = _values(edition, wording)
    subject = templates.render_text(
        newsletter.subject, _subject_values(edition, wording), place=f"newsletters.{newsletter.slug}.subject"
    )
    return Letter(
        subject=" ".join(subject.split()),
        html=_inlined(templates.render(f"letter/{newsletter.template}.html", values)),
        text=_tidy(templates.render(f"letter/{newsletter.template}.txt", values)),
    )


def _harmless(edition: Edition) -> Edition:
    edition = without_marks(edition)
    posts = tuple(harmless(post, fallback_title=edition.columns[post.column].name) for post in edition.posts)
    related = {seq: tuple(map(harmless_story, stories)) for seq, stories in edition.related.items()}
    return replace(edition, posts=posts, related=related)


def _values(edition: Edition, wording: Wording) -> dict[str, object]:
    """All that a letter's templates may use."""
    stories = stories_of(edition, wording)
    texts = _texts([story.post.body for story in stories])
    return {
        "site_name": edition.site_name,
        "site_url": edition.site_url,
        "postal_address": [line.strip() for line in edition.postal_address.splitlines() if line.strip()],
        "newsletter": edition.newsletter,
        "stories": stories,
        "bodies": [Markup(mailable(story.post.body)) for story in stories],  # noqa: S704  cleaned when collected
        "texts": texts,
        "preheader": preheader_of(stories, wording),
        "view_url": edition.view_url,
        "date": wording.weekday(edition.date),
        "language": edition.newsletter.language,
        "direction": direction_of(edition.newsletter.language),
        "slot": {slot.name.lower(): slot.mark for slot in Slot},
        "fill": fill,
    }


def _texts(bodies: list[str]) -> list[Plain]:
    """Bodies as text; notes are numbered through the letter."""
    texts: list[Plain] = []
    number = 1
    for body in bodies:
        text = plain(body, first_note=number)
        number += len(text.notes)
        texts.append(text)
    return texts


def _subject_values(edition: Edition, wording: Wording) -> dict[str, object]:
    return {
        "lead": edition.posts[0],
        "posts": edition.posts,
        "newsletter": replace(edition.newsletter, subject=""),
        "date": wording.weekday(edition.date),
        "language": edition.newsletter.language,
    }


def _inlined(html: str) -> str:
    return css_inline.CSSInliner(load_remote_stylesheets=False).inline(html)


def _tidy(text: str) -> str:
    """No blank at a line's end, no two empty lines, one line end at the end."""
    lines: list[str] = []
    for line in (line.rstrip() for line in text.split("\n")):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"
