"""Where a piece of a letter comes from: a post, or else the template and config.toml.

What a template says stands in every letter, and whoever keeps the site can mend it once;
so its faults hold the letter. What a post says came from a source: its faults are told,
and hold up nobody.
"""

from __future__ import annotations

import html

from publisher.letter.edition import Edition
from publisher.letter.lint.finding import Finding, error, quoted, warning
from publisher.model.post import Post, RelatedStory


class Origins:
    """Knows the posts of a letter; their text is looked through only where something is wrong."""

    def __init__(self, edition: Edition) -> None:
        self._posts = edition.posts
        self._related = edition.related
        self._texts: list[str] = []

    def find(self, piece: str) -> Post | None:
        """The post that holds the piece."""
        if not self._texts:
            self._texts = [_text_of(post, self._related.get(post.seq, ())) for post in self._posts]
        wanted = " ".join(piece.split()).lower()
        return next((post for post, text in zip(self._posts, self._texts, strict=True) if wanted in text), None)

    def told(self, piece: str, problem: str, cure: str) -> Finding:
        """The problem with where it comes from: a warning of a post, an error of ours with its `cure`."""
        post = self.find(piece)
        if post is None:
            return error(f"{problem}; {cure}")
        return warning(f"{problem}; it comes with the post {quoted(post.title)}: {cure_of(post)}")


def cure_of(post: Post) -> str:
    """How a post is corrected."""
    return f"correct it at its source, or with `publisher posts edit {post.slug}`"


def _text_of(post: Post, computed: tuple[RelatedStory, ...]) -> str:
    """All that a post brings into a letter, in lower case."""
    pieces = [post.title, post.summary, html.unescape(post.body), post.url]
    pieces += [post.image.url, post.image.alt, post.image.caption] if post.image else []
    for author in post.authors:
        pieces += [author.name, author.blurb, author.bio, author.email, author.url]
        pieces += [part for link in author.links for part in (link.label, link.url)]
        pieces += [author.portrait.url, author.portrait.alt] if author.portrait else []
    for story in (*post.related, *computed):
        pieces += [story.title, story.summary, story.url]
        pieces += [story.image.url, story.image.alt] if story.image else []
    return " ".join(" ".join(pieces).split()).lower()
