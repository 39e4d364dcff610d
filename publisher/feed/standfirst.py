"""What stands before an article: its summary, unless the article begins with the same words.

And the other way round: where a source gave no summary, the article's beginning serves
where one is needed.
"""

from __future__ import annotations

from lxml import html as lxml_html

from publisher.feed.characters import legal, one_line
from publisher.model.post import Post
from publisher.model.standfirst import repeats_beginning

EXCERPT = 280  # characters
_HEAD = 20_000  # characters of HTML that are looked at; no summary is that long
_BLOCKS = (
    "blockquote", "br", "dd", "div", "dt", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "p", "pre",
    "td", "th", "tr",
)  # fmt: skip


def standfirst_of(post: Post) -> str:
    """The summary as plain text; "" where there is none or the body begins with it."""
    summary = one_line(post.summary)
    return "" if repeats_beginning(summary, text_of(post.body)) else summary


def summary_of(post: Post) -> str:
    """The summary, else the beginning of the body: plain text for a list of posts."""
    return one_line(post.summary) or excerpt(post.body)


def excerpt(body: str) -> str:
    """The beginning of cleaned HTML as plain text, cut between words."""
    text = text_of(body)
    if len(text) <= EXCERPT:
        return text
    cut = text[: EXCERPT + 1].rpartition(" ")[0] or text[:EXCERPT]
    return cut.rstrip(",;:–—- ") + " …"


def text_of(body: str) -> str:
    """The words at the beginning of cleaned HTML, without pictures and captions, on one line."""
    tree = lxml_html.fragment_fromstring(legal(body[:_HEAD]), create_parent="div")
    for figure in list(tree.iter("figure")):
        figure.drop_tree()
    for block in tree.iter(*_BLOCKS):
        block.tail = f" {block.tail or ''}"
    return one_line(str(tree.text_content()))
