"""An edition as a letter: subject, HTML and text, with slots where readers differ.

The HTML is made by `templates/letter/NAME.html`, its style sheet is written into the
elements once, here, and stays beside them only where mail programs read it: rules for
dark mode and small screens. The text is made by `templates/letter/NAME.txt` from the same
values, not from the HTML's layout.

Not here: what a story is (edition.py), how much of it is in the letter (fitting.py),
whether the letter may go out (lint/).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import css_inline
from markupsafe import Markup

from publisher.letter.amends import amends_preheader, amends_subject
from publisher.letter.edition import Edition, Story, stories_of
from publisher.letter.fitting import Portion, fitted
from publisher.letter.harmless import harmless, harmless_story, without_marks
from publisher.letter.look import appearance
from publisher.letter.mailable import mailable
from publisher.letter.once import Once
from publisher.letter.plain import plain
from publisher.letter.sentences import preheader_of, why_of
from publisher.letter.servicewords import lasting_of, service_preheader, service_subject, service_why
from publisher.letter.wrap import fill
from publisher.model.direction import direction_of, direction_of_text
from publisher.model.issue import ASKING, IssueKind, Newsletter
from publisher.model.letter import Letter, Slot
from publisher.model.post import Post, RelatedStory
from publisher.wording.wording import Wording


class Templating(Protocol):
    """What renders: `publisher.templating.Templates`. Every mistake is a TemplateError."""

    def render(self, name: str, values: Mapping[str, object], /) -> str:
        """The template of that name."""

    def render_text(self, source: str, values: Mapping[str, object], /, *, place: str) -> str:
        """A template that is itself a value; `place` says where it stands, for messages."""

    def wording(self, language: str, /) -> Wording:
        """The words that templates rendered in this language get."""


def compose(edition: Edition, templates: Templating, *, once: Once | None = None) -> Letter:
    """The letter of an edition, by its newsletter's template, or as a correction in its look. Raises TemplateError.

    Who composes several letters of one issue hands over the same `once`.
    """
    once = once or Once()
    wording = templates.wording(edition.newsletter.language)
    edition = _harmless(edition, wording, once)
    stories = stories_of(edition, wording, once)
    values = {**_frame(edition, templates, wording, once), "preheader": _preheader(edition, stories, wording)}

    def made(portions: Sequence[Portion]) -> str:
        told = [
            _with(story, portion, once(_body_of, portion.body))
            for story, portion in zip(stories, portions, strict=True)
        ]
        return _inlined(templates.render(f"letter/{edition.template}.html", {**values, "stories": told}))

    portions, html = fitted(edition.posts, edition.newsletter.text, made, once)
    return Letter(
        subject=_subject(edition, templates, wording),
        html=html,
        text=_tidy(
            templates.render(f"letter/{edition.template}.txt", {**values, "stories": _as_text(stories, portions, once)})
        ),
    )


def _harmless(edition: Edition, wording: Wording, once: Once) -> Edition:
    columns = {post.column: once(without_marks, edition.columns[post.column]) for post in edition.posts}
    posts = tuple(
        _withdrawn(once(without_marks, post), wording.day(edition.withdrawn[post.seq]), wording)
        if post.seq in edition.withdrawn
        else once(_harmless_post, post, columns[post.column].name)
        for post in edition.posts
    )
    related = {seq: once(_harmless_stories, stories) for seq, stories in edition.related.items()}
    rest = without_marks(replace(edition, posts=(), columns={}, related={}))
    return replace(rest, posts=posts, columns=columns, related=related)


def _harmless_post(post: Post, fallback_title: str) -> Post:
    return harmless(without_marks(post), fallback_title=fallback_title)


def _harmless_stories(stories: tuple[RelatedStory, ...]) -> tuple[RelatedStory, ...]:
    return tuple(map(harmless_story, without_marks(stories)))


def _withdrawn(post: Post, day: str, wording: Wording) -> Post:
    """What is left of a post that was taken back."""
    title = wording.gettext("This story was withdrawn on %(date)s.", date=day)
    return replace(post, title=title, summary="", body="", url="", authors=(), image=None, related=(), enclosures=())


def _frame(edition: Edition, templates: Templating, wording: Wording, once: Once) -> dict[str, object]:
    """All that a letter's templates may use beside its stories."""
    newsletter = edition.newsletter
    return {
        "site_name": edition.site_name,
        "site_url": edition.site_url,
        "postal_address": [line.strip() for line in edition.postal_address.splitlines() if line.strip()],
        "postal_direction": direction_of_text(edition.postal_address),
        "newsletter": newsletter,
        "greeting": once(_greeting, newsletter, templates),
        "why": why_of(edition, wording) if edition.kind is IssueKind.ISSUE else service_why(edition, wording),
        "kind": edition.kind.value,
        "is_asking": edition.kind in ASKING,
        "lasting": lasting_of(edition.kind, wording),
        "amends": edition.amends,
        "amended": wording.day(edition.amends.day) if edition.amends else "",
        "view_url": edition.view_url,
        "date": wording.weekday(edition.date),
        "day": wording.day(edition.date),
        "language": newsletter.language,
        "direction": direction_of(newsletter.language),
        "look": once(appearance, newsletter.template, newsletter.look),
        "slot": {slot.name.lower(): slot.mark for slot in Slot},
        "fill": fill,
    }


def _greeting(newsletter: Newsletter, templates: Templating) -> str:
    values = {"name": Slot.NAME.mark, "language": newsletter.language}
    place = f"newsletters.{newsletter.slug}.greeting"
    return " ".join(templates.render_text(newsletter.greeting, values, place=place).split())


def _preheader(edition: Edition, stories: Sequence[Story], wording: Wording) -> str:
    if edition.kind is not IssueKind.ISSUE:
        return service_preheader(edition, wording)
    return amends_preheader(edition.amends, wording) if edition.amends else preheader_of(stories, wording)


def _subject(edition: Edition, templates: Templating, wording: Wording) -> str:
    newsletter = edition.newsletter
    if edition.kind is not IssueKind.ISSUE:
        return " ".join(service_subject(edition, wording).split())
    if edition.amends:
        standing = [post for post in edition.posts if post.seq not in edition.withdrawn]
        return amends_subject(edition.amends, standing, wording)
    if not edition.posts:
        return wording.gettext("Nothing new in %(newsletter)s", newsletter=newsletter.name)
    values = {
        "lead": edition.posts[0],
        "posts": edition.posts,
        "newsletter": replace(newsletter, subject=""),
        "date": wording.weekday(edition.date),
        "language": newsletter.language,
    }
    place = f"newsletters.{newsletter.slug}.subject"
    return " ".join(templates.render_text(newsletter.subject, values, place=place).split())


def _body_of(body: str) -> Markup:
    return Markup(mailable(body))  # noqa: S704  it was cleaned when it was collected


def _as_text(stories: Sequence[Story], portions: Sequence[Portion], once: Once) -> list[Story]:
    """The stories with their bodies as text; notes are numbered through the letter."""
    told: list[Story] = []
    number = 1
    for story, portion in zip(stories, portions, strict=True):
        text = once(plain, portion.body, first_note=number)
        number += len(text.notes)
        told.append(replace(_with(story, portion, Markup()), text=text))
    return told


def _with(story: Story, portion: Portion, body: Markup) -> Story:
    """The story with this much of it; a summary is not said twice."""
    standfirst = "" if portion.is_summary else story.standfirst
    return replace(story, body=body, standfirst=standfirst, is_cut=portion.is_cut, is_summary=portion.is_summary)


def _inlined(html: str) -> str:
    return css_inline.CSSInliner(load_remote_stylesheets=False, minify_css=True).inline(html)


def _tidy(text: str) -> str:
    """No blank at a line's end, no two empty lines, one line end at the end."""
    lines: list[str] = []
    for line in (line.rstrip() for line in text.split("\n")):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"
