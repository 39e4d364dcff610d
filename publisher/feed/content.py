"""The full text of a post as feeds carry it: HTML that stands for itself in any reader.

Picture, standfirst, article, what was corrected in it, who wrote it, and related stories
as links. Every part but the article is made here from plain text and escaped; the article was cleaned when it was
collected. No class, no style, no script: readers drop them. Media must be resolved.
"""

from __future__ import annotations

import re
from html import escape

from publisher.feed.address import absolute_html, mail_address, web_address
from publisher.feed.characters import legal, one_line
from publisher.feed.standfirst import standfirst_of
from publisher.model.author import Author
from publisher.model.direction import direction_of
from publisher.model.media import Image
from publisher.model.post import Post, RelatedStory
from publisher.wording.wording import Wording


def content_html(post: Post, *, link: str, more_from: str, wording: Wording) -> str:
    """`link` is the post's own address, which relative ones are joined to; `wording` is of its language."""
    parts = (
        _lead(post),
        _emphasised(standfirst_of(post)),
        absolute_html(legal(post.body), link),
        _correction(one_line(post.note), wording),
        *(_about(author) for author in post.authors),
        _related(post.related, wording.gettext("More from %(site)s", site=more_from)),
    )
    html = "\n".join(part for part in parts if part)
    if direction_of(wording.language) == "rtl":  # most readers show an entry in the direction of their own words
        return f'<div dir="rtl" lang="{escape(wording.language)}">\n{html}\n</div>'
    return html


def _lead(post: Post) -> str:
    if post.image is None or escape(post.image.url) in post.body:
        return ""
    return _figure(post.image)


def _figure(image: Image) -> str:
    url = web_address(image.url)
    if not url:
        return ""
    caption = f"<figcaption>{_text(image.caption)}</figcaption>" if one_line(image.caption) else ""
    return f'<figure><img src="{escape(url)}" alt="{_text(image.alt)}">{caption}</figure>'


def _correction(note: str, wording: Wording) -> str:
    word = escape(wording.gettext("Correction:"), quote=False)
    return f"<p><strong>{word}</strong> {escape(note, quote=False)}</p>" if note else ""


def _about(author: Author) -> str:
    """The blurb, how to reach the author, and the bio; nothing where none of them is known."""
    reach = [(label, url) for label, url in _addresses(author) if url]
    links = " · ".join(f'<a href="{escape(url)}">{_text(label)}</a>' for label, url in reach)
    if links:
        links = f"<p>{_text(author.name)}: {links}</p>"
    bio = [f"<p>{_text(paragraph)}</p>" for paragraph in re.split(r"\n\s*\n", author.bio) if paragraph.strip()]
    return "\n".join(part for part in (_emphasised(one_line(author.blurb)), links, *bio) if part)


def _addresses(author: Author) -> list[tuple[str, str]]:
    mail = mail_address(author.email)
    own = web_address(author.url)
    links = [(link.label or link.url, web_address(link.url)) for link in author.links]
    return [(mail, mail and f"mailto:{mail}"), (own, own), *links]


def _related(stories: tuple[RelatedStory, ...], heading: str) -> str:
    if not stories:
        return ""
    items = "\n".join(f"<li>{_story(story)}</li>" for story in stories)
    return f"<hr>\n<h2>{_text(heading)}</h2>\n<ul>\n{items}\n</ul>"


def _story(story: RelatedStory) -> str:
    url = web_address(story.url)
    title = _text(story.title) or _text(url)
    parts = [f'<p><a href="{escape(url)}">{title}</a></p>' if url else f"<p><strong>{title}</strong></p>"]
    if one_line(story.summary):
        parts.append(f"<p>{_text(story.summary)}</p>")
    if story.image:
        # A captured text knows a picture by its description alone: then that is what is shown.
        parts.append(_figure(story.image) or _emphasised(one_line(story.image.alt)))
    return "".join(parts)


def _emphasised(text: str) -> str:
    return f"<p><em>{escape(text, quote=False)}</em></p>" if text else ""


def _text(text: str) -> str:
    return escape(one_line(text))
