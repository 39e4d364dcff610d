"""How much of each post a letter has, so that no mail program cuts it off.

Gmail shows the first 102 KB of a letter and hides the rest behind a link, the way to
leave among it. So a digest whose HTML is too long has only the summary of its longest
posts, of as many as must be, each with a link to go on reading; a letter of one post ends
at a paragraph. What is in the letter is decided here by the true size of what was made;
how it is made is handed in.

Where even the summaries are too many nothing more is cut: lint tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from publisher.letter.excerpt import Break, breaks, first_sentences
from publisher.letter.once import Once
from publisher.letter.words import words_of
from publisher.model.issue import StoryText
from publisher.model.post import Post

LARGEST_HTML_BYTES = 95_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What of a post is in a letter."""

    body: str  # HTML
    is_cut: bool = False  # there is more of it on the web
    is_summary: bool = False  # all of it is the summary, or the first sentences


Make = Callable[[Sequence[Portion]], str]
"""The letter's HTML with these portions of its posts."""


def fitted(posts: Sequence[Post], text: StoryText, make: Make, once: Once) -> tuple[tuple[Portion, ...], str]:
    """The portions of the posts, in their order, and the HTML made of them."""
    whole = tuple(Portion(body=post.body) for post in posts)
    if text is StoryText.SUMMARY and len(posts) > 1:
        summed = tuple(once(summary_of, post) for post in posts)
        return summed, make(summed)
    html = make(whole)
    if text is StoryText.FULL or _fits(html):
        return whole, html
    if len(posts) == 1:
        return _cut_alone(posts[0], make)
    short = [once(summary_of, post) for post in posts]
    return _cut_longest(posts, short, make, excess=_excess(html))


def summary_of(post: Post) -> Portion:
    """Its summary, or its first sentences; all of it where it is no longer than that."""
    told = post.summary.strip() or first_sentences(post.body)
    if not told or len(words_of(post.body)) <= len(told.split()):
        return Portion(body=post.body)
    return Portion(body=f"<p>{escape(told, quote=False)}</p>", is_cut=True, is_summary=True)


def _cut_longest(
    posts: Sequence[Post], short: Sequence[Portion], make: Make, *, excess: int
) -> tuple[tuple[Portion, ...], str]:
    """As few summaries as will do. A first guess by the length of the bodies saves most of the trying."""
    saved = [_bytes(post.body) - _bytes(portion.body) for post, portion in zip(posts, short, strict=True)]
    order = sorted(range(len(posts)), key=lambda at: (-saved[at], -at))

    def with_cut(number: int) -> tuple[tuple[Portion, ...], str]:
        cut = set(order[:number])
        portions = tuple(short[at] if at in cut else Portion(body=post.body) for at, post in enumerate(posts))
        return portions, make(portions)

    number = 1
    while number < len(posts) and sum(saved[at] for at in order[:number]) < excess:
        number += 1
    made = with_cut(number)
    while number < len(posts) and not _fits(made[1]):
        number += 1
        made = with_cut(number)
    while number > 1 and _fits((fewer := with_cut(number - 1))[1]):
        number, made = number - 1, fewer
    return made


def _cut_alone(post: Post, make: Make) -> tuple[tuple[Portion, ...], str]:
    """As many paragraphs as go in; the summary where not even the first does."""
    places = breaks(post.body)
    best: tuple[tuple[Portion, ...], str] | None = None
    low, high = 0, len(places)
    while low < high:
        middle = (low + high) // 2
        portions = (_up_to(post, places[middle]),)
        html = make(portions)
        if _fits(html):
            best, low = (portions, html), middle + 1
        else:
            high = middle
    if best is None:
        portions = (summary_of(post),)
        best = portions, make(portions)
    return best


def _up_to(post: Post, place: Break) -> Portion:
    return Portion(body=post.body[: place.at] + place.closing, is_cut=True)


def _excess(html: str) -> int:
    return _bytes(html) - LARGEST_HTML_BYTES


def _fits(html: str) -> bool:
    return _excess(html) <= 0


def _bytes(text: str) -> int:
    return len(text.encode())
