"""What pages show: posts, authors and stories as templates see them.

Text stays plain (templates escape it), the article alone is HTML, and every address is
either http(s) or made by us. Addresses within the site are relative to the page, so that
the tree reads the same from a web server, a bucket or a disk.

A post speaks its own language, also in a list on a page of another one: its date and
`By` are in the language that stands on its element.

Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property

from markupsafe import Markup, escape

from publisher.feed.address import absolute_html, mail_address, web_address
from publisher.feed.characters import legal, one_line, plain_line
from publisher.feed.entry import address_of, title_of
from publisher.feed.standfirst import standfirst_of, summary_of
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.direction import direction_of
from publisher.model.feedname import FeedKind, FeedName, feeds_of
from publisher.model.media import SCHEME, Image, resolve_html, resolve_url
from publisher.model.post import Post, RelatedStory
from publisher.publish.recording import Recording, recordings_of
from publisher.wording.wording import Speak, Wording

# A tag as the cleaner writes it. What is wider than a phone must be reached by keyboard to be moved (WCAG 2.2 §2.1.1).
_TAG = re.compile(r'<(/?[a-zA-Z][a-zA-Z0-9]*)(?:\s+[^\s=>"]+(?:="[^"]*")?)*\s*/?>')
_WIDE = '<div class="wide" role="group" aria-label="{}" tabindex="0">'


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time for machines, and its day in words for people."""

    iso: str
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorView:
    name: str
    href: str  # of the author's page, relative
    initials: str  # in the portrait's place, where there is none
    blurb: str
    bio: tuple[str, ...]  # paragraphs
    portrait: Image | None
    links: tuple[tuple[str, str], ...]  # (label, address)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagView:
    label: str
    href: str  # of its page, relative


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    title: str
    url: str  # "" where only its words are known
    summary: str
    picture: Image | None
    described: str  # the picture in words, where that is all there is


@dataclass(frozen=True, kw_only=True)  # without slots: what a list does not show is made when it is asked for
class PostView:
    title: str
    href: str  # of its page, relative
    canonical: str  # its one address, absolute
    byline: str
    published: Moment
    modified: Moment
    updated: Moment | None  # the same as `updated 14 March 2026`; None where it is of the day of publication
    summary: str  # for lists
    picture: Image | None  # None where the article shows it itself
    thumbnail: Image | None  # for lists
    note: str  # an editor's word about a correction; "" where there is none
    language: str
    direction: str
    column_name: str
    column_href: str
    _post: Post
    _root: str
    _wording: Wording

    @cached_property
    def by(self) -> Markup:
        """The byline as a sentence; "" where there is none."""
        if not self.byline:
            return Markup("")
        known = [name for author in self._post.authors if (name := one_line(author.name))]
        parts = zip(self._wording.joints(known), known, strict=True)
        names = Markup("").join(Markup("{}<bdi>{}</bdi>").format(joint, name) for joint, name in parts)
        return Markup(self._wording.gettext("By %(names)s", names=names))  # noqa: S704  the translator's words

    @cached_property
    def standfirst(self) -> str:
        return standfirst_of(self._post)

    @cached_property
    def body(self) -> Markup:
        return Markup(_body(self._post, self._root, self._wording))  # noqa: S704  the article was sanitised when it was collected

    @cached_property
    def authors(self) -> tuple[AuthorView, ...]:
        named = (author for author in self._post.authors if one_line(author.name))
        return tuple(author_view(author, self._root, self._wording) for author in named)

    @cached_property
    def joints(self) -> tuple[str, ...]:
        """What stands before each of the authors, where they are listed."""
        return self._wording.joints([author.name for author in self.authors])

    @cached_property
    def related(self) -> tuple[StoryView, ...]:
        return tuple(_story_view(story, self._root) for story in self._post.related)

    @cached_property
    def recordings(self) -> tuple[Recording, ...]:
        return recordings_of(self._post.enclosures, self._wording)

    @cached_property
    def tags(self) -> tuple[TagView, ...]:
        return _tags(self._post, self._root)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A post that another one points to."""

    title: str
    href: str
    published: Moment


def post_view(post: Post, column: Column, *, root: str, site_url: str, zone: tzinfo, speak: Speak) -> PostView:
    """`root` is the way from the page up to the top of the tree: `.` or `..`."""
    language = post.language or column.language
    wording = speak(language)
    published = moment_of(post.published, zone, wording)
    modified = moment_of(post.updated, zone, wording)
    return PostView(
        title=title_of(post, column),
        href=f"{root}/{column.slug}/{post.slug}.html",
        canonical=address_of(post, site_url),
        byline=wording.names([one_line(author.name) for author in post.authors]),
        published=published,
        modified=modified,
        updated=_updated(modified, wording) if modified.iso > published.iso and modified.day != published.day else None,
        summary=summary_of(post),
        picture=None if post.image and post.image.url in post.body else _picture(post.image, root),
        thumbnail=_picture(post.image, root),
        note=one_line(post.note),
        language=language,
        direction=direction_of(language),
        column_name=one_line(column.name) or column.slug,
        column_href=f"{root}/{column.slug}/index.html",
        _post=post,
        _root=root,
        _wording=wording,
    )


def author_view(author: Author, root: str, wording: Wording) -> AuthorView:
    mail, own = mail_address(author.email), web_address(author.url)
    links = [(mail, mail and f"mailto:{mail}"), (wording.gettext("Website"), own)]
    links += [(one_line(link.label) or link.url, web_address(link.url)) for link in author.links]
    return AuthorView(
        name=one_line(author.name) or author.key,
        href=f"{root}/{FeedName(kind=FeedKind.AUTHOR, key=author.key).folder}/index.html",
        initials=_initials(one_line(author.name)),
        blurb=plain_line(author.blurb),
        bio=tuple(text for text in map(one_line, legal(author.bio).split("\n\n")) if text),
        portrait=_picture(author.portrait, root),
        links=tuple((label, url) for label, url in links if url),
    )


def moment_of(moment: datetime, zone: tzinfo, wording: Wording) -> Moment:
    local = moment.astimezone(zone).replace(microsecond=0)
    return Moment(iso=local.isoformat(), day=wording.day(local.date()))


def _updated(modified: Moment, wording: Wording) -> Moment:
    return Moment(iso=modified.iso, day=wording.gettext("updated %(date)s", date=modified.day))


def _tags(post: Post, root: str) -> tuple[TagView, ...]:
    """Each once, as it was written first; tags with one slug are one."""
    tags = ((name, label) for name, label in feeds_of(post).items() if name.kind is FeedKind.TAG)
    return tuple(
        TagView(label=one_line(label) or name.key, href=f"{root}/{name.folder}/index.html") for name, label in tags
    )


def _initials(name: str) -> str:
    """Of the first and the last name: `Mira van der Voss` is `MV`."""
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0].upper() for word in dict.fromkeys((*words[:1], *words[-1:])))


def _body(post: Post, root: str, wording: Wording) -> str:
    """Relative addresses belong to where the post was published first; ours are relative to the page."""
    html = absolute_html(legal(post.body), post.url) if web_address(post.url) else legal(post.body)
    return _in_frames(resolve_html(html, root), wording)


def _in_frames(html: str, wording: Wording) -> str:
    """Each table in an element that is as wide as the text and can be moved by itself."""
    if "<table" not in html:
        return html
    frame = _WIDE.format(escape(wording.gettext("Table")))
    around = {"table": (frame, ""), "/table": ("", "</div>")}

    def framed(tag: re.Match[str]) -> str:
        before, after = around.get(tag[1], ("", ""))
        return f"{before}{tag[0]}{after}"

    return _TAG.sub(framed, html)


def _picture(image: Image | None, root: str) -> Image | None:
    if image is None:
        return None
    is_ours = image.url.startswith(SCHEME)
    url = resolve_url(image.url, root) if is_ours else web_address(image.url)
    if not url:
        return None
    return Image(url=url, alt=one_line(image.alt), caption=one_line(image.caption))


def _story_view(story: RelatedStory, root: str) -> StoryView:
    picture = _picture(story.image, root)
    url = web_address(story.url)
    return StoryView(
        title=plain_line(story.title) or url,
        url=url,
        summary=plain_line(story.summary),
        picture=picture,
        described=one_line(story.image.alt) if story.image and not picture else "",
    )
