"""Where a piece of a letter comes from: a post, or else the template and config.toml, by their names.

What a template says stands in every letter, and whoever keeps the site can mend it once;
so its faults hold the letter. What a post says came from a source: its faults are told,
and hold up nobody.
"""

from __future__ import annotations

import html
import re

from publisher.letter.edition import Edition
from publisher.letter.lint.finding import Finding, error, quoted, warning
from publisher.model.post import Post, RelatedStory

_ADDRESS = re.compile(r'\b(?:href|src|poster)="([^"]*)"')  # so the cleaner writes them


class Origins:
    """Knows the posts of a letter; their text is looked through only where something is wrong."""

    def __init__(self, edition: Edition) -> None:
        self.html = f"letter/{edition.template}.html"  # the names of its templates, as messages tell them
        self.text = f"letter/{edition.template}.txt"
        self.newsletter = f"newsletters.{edition.newsletter.slug}"  # its table in config.toml
        self._posts = edition.posts
        self._related = edition.related
        self._texts: list[str] = []
        self._addresses: list[set[str]] = []

    def find(self, piece: str) -> Post | None:
        """The post that holds the piece."""
        if not self._texts:
            self._texts = [_text_of(post, self._related.get(post.seq, ())) for post in self._posts]
        wanted = " ".join(piece.split()).lower()
        return next((post for post, text in zip(self._posts, self._texts, strict=True) if wanted in text), None)

    def find_by_address(self, address: str) -> Post | None:
        """The post that leads to this address, or shows a picture from it."""
        if not self._addresses:
            self._addresses = [_addresses_of(post, self._related.get(post.seq, ())) for post in self._posts]
        pairs = zip(self._posts, self._addresses, strict=True)
        return next((post for post, addresses in pairs if address.strip() in addresses), None)

    @staticmethod
    def told(post: Post | None, problem: str, cure: str) -> Finding:
        """The problem with where it comes from: a warning of a post, an error of ours with its `cure`."""
        if post is None:
            return error(f"{problem}; {cure}")
        return warning(f"{problem}; it comes with the post {quoted(post.title)}: {cure_of(post)}")


def cure_of(post: Post) -> str:
    """How a post is corrected."""
    return f"correct it at its source, or with `publisher posts edit {post.column}/{post.slug}`"


def _text_of(post: Post, computed: tuple[RelatedStory, ...]) -> str:
    """All that a post brings into a letter, in lower case."""
    pieces = [post.title, post.summary, html.unescape(post.body)]
    pieces += [post.image.alt, post.image.caption] if post.image else []
    for author in post.authors:
        pieces += [author.name, author.blurb, author.bio, author.email, *(link.label for link in author.links)]
        pieces += [author.portrait.alt] if author.portrait else []
    for story in (*post.related, *computed):
        pieces += [story.title, story.summary, story.image.alt if story.image else ""]
    return " ".join(" ".join(pieces).split()).lower()


def _addresses_of(post: Post, computed: tuple[RelatedStory, ...]) -> set[str]:
    """All that a post leads to."""
    in_body = {html.unescape(value).strip() for value in _ADDRESS.findall(post.body)}
    beside = {post.url, post.image.url if post.image else ""}
    for author in post.authors:
        beside |= {author.url, f"mailto:{author.email}", *(link.url for link in author.links)}
        beside |= {author.portrait.url} if author.portrait else set()
    for story in (*post.related, *computed):
        beside |= {story.url, story.image.url if story.image else ""}
    return in_body | (beside - {""})
