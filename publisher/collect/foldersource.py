"""A folder of Markdown or HTML files as a source, one post a file.

Facts come from front matter (`frontmatter.py`), the text is CommonMark with tables,
strikethrough, footnotes and HTML, or HTML. A title that is missing is the first heading,
else the file's name; a date may stand in front of the name (`2026-11-22-a-title.md`).
A post is known by `id`, else by its path in the folder: its text and title may change,
the name of its file may not. A file that cannot be read is told and stops no other.
One that is as it was at the last visit is not read again (`foldermemory.py`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from publisher.collect.capturesource import decode
from publisher.collect.clean import clean_html, text_of
from publisher.collect.files import SeenFile, look_around, read_file
from publisher.collect.foldermemory import FolderMemory, Recall
from publisher.collect.found import Found, FoundPost
from publisher.collect.frontmatter import FrontMatter, split_front_matter
from publisher.collect.pictures import Pictures
from publisher.errors import SourceError
from publisher.model.author import Author, Link
from publisher.model.media import Image
from publisher.model.post import RelatedStory
from publisher.model.slug import slug_of

MARKDOWN = (".md", ".markdown")
SUFFIXES = (*MARKDOWN, ".html", ".htm")
_HEADING = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL | re.IGNORECASE)
_DOCUMENT_TITLE = re.compile(r"<title\b[^>]*>([^<]*)</title>", re.IGNORECASE)
_DATED_NAME = re.compile(r"(\d{4}-\d\d-\d\d)[-_](?=.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is the same for all files of one visit."""

    source: str
    folder: Path
    zone: ZoneInfo
    base_url: str
    max_bytes: int
    pictures: Pictures


def read_folder(
    name: str, path: Path, *, zone: ZoneInfo, base_url: str, max_bytes: int, recall: Recall | None = None
) -> Found:
    """Every post of the folder (or of one file), but those that are as `recall` has them.

    Raises SourceError where none can be read.
    """
    folder = path.parent if path.is_file() else path
    reading = Reading(
        source=name, folder=folder, zone=zone, base_url=base_url, max_bytes=max_bytes, pictures=Pictures(folder)
    )
    files = [file for file in look_around(name, path, SUFFIXES) if folder != path or not _is_readme(file)]
    memory = FolderMemory(files, recall)
    posts: dict[str, FoundPost] = {}
    problems: list[SourceError] = []
    while now := memory.to_read():
        for file in now:
            try:
                post = _post_of(file.path, reading)
            except SourceError as problem:
                problems.append(problem)
            else:
                posts |= {file.place: post} if post else {}
                memory.note(file, post, reading.pictures.shown_by(file.path))
    if problems and not posts and not memory.unchanged:
        raise problems[0]
    return Found(
        posts=tuple(posts[file.place] for file in files if file.place in posts),
        media=reading.pictures.media,
        problems=tuple(str(problem) for problem in problems) + tuple(reading.pictures.problems),
        unchanged=memory.unchanged,
        memory=memory.written(),
    )


def _is_readme(file: SeenFile) -> bool:
    """It speaks to those who work in the folder."""
    return file.place.rpartition("/")[2].lower().startswith("readme.") and file.path.stem.lower() == "readme"


def _post_of(file: Path, reading: Reading) -> FoundPost | None:
    try:
        text = decode(read_file(reading.source, file, max_bytes=reading.max_bytes))
        matter = split_front_matter(text.replace("\r\n", "\n").replace("\r", "\n"))
        if matter.facts.get("draft") is True:
            return None
        return _read(matter, file, reading)
    except ValueError as wrong:
        raise SourceError(source=reading.source, place=str(file), problem=str(wrong)) from wrong


def _read(matter: FrontMatter, file: Path, reading: Reading) -> FoundPost:
    dated = _DATED_NAME.match(file.name)
    from_name = FrontMatter(facts={"date": dated[1]}, source="", body="") if dated else matter
    title, body = _title_and_body(matter, file)
    find = partial(reading.pictures.name_of, file)
    clean = clean_html(body, matter.text("url", "canonical") or reading.base_url, beside=find)
    if not text_of(clean) and "<img" not in clean:
        raise ValueError("there is no text in it; write some, or set `draft: true` until there is")
    return FoundPost(
        guid=matter.text("id") or f"file:{file.relative_to(reading.folder).as_posix()}",
        url=matter.text("url", "canonical"),
        title=title,
        summary=matter.text("summary", "description", "excerpt"),
        body_html=clean,
        authors=_authors_of(matter),
        published=matter.moment(reading.zone, "date", "published") or from_name.moment(reading.zone, "date"),
        updated=matter.moment(reading.zone, "updated", "lastmod", "modified"),
        image=_image_of(matter.facts.get("image"), matter, reading, file),
        tags=matter.texts("tags", "keywords"),
        related=tuple(_story_of(story, matter, reading, file) for story in _list_of(matter, "related")),
        language=matter.text("language", "lang"),
        follows=_follows_of(matter.text("follows"), file, reading),
    )


def _title_and_body(matter: FrontMatter, file: Path) -> tuple[str, str]:
    """The title, and the text as HTML without a heading that repeats the title."""
    body = _rendered(matter.body) if file.suffix.lower() in MARKDOWN else matter.body
    title = matter.text("title")
    heading = _HEADING.search(body)
    if heading and text_of(heading[1]) and (not title or text_of(heading[1]).casefold() == title.casefold()):
        title = title or text_of(heading[1])
        body = body[: heading.start()] + body[heading.end() :]
    named = _DOCUMENT_TITLE.search(matter.body)
    return title or (text_of(named[1]) if named else "") or _title_from_name(file), body


def _rendered(markdown: str) -> str:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).use(footnote_plugin)
    parser.add_render_rule("footnote_anchor", lambda *_: "")  # an arrow back that ends nowhere in a letter
    html: str = parser.render(markdown)
    return html


def _title_from_name(file: Path) -> str:
    words = re.sub(r"[-_\s]+", " ", _DATED_NAME.sub("", file.stem)).strip() or file.stem
    return words[:1].upper() + words[1:]


def _authors_of(matter: FrontMatter) -> tuple[Author, ...]:
    key = "authors" if "authors" in matter.facts else "author"
    return tuple(_author_of(value, key, matter) for value in _list_of(matter, key))


def _author_of(value: object, key: str, matter: FrontMatter) -> Author:
    if isinstance(value, str) and value.strip():
        return Author(key=slug_of(value), name=value.strip())
    facts = value if isinstance(value, dict) else {}
    name = _fact(facts, "name")
    if not name:
        raise matter.wrong(key, "must be names, or tables with a `name`")
    links = facts.get("links")
    return Author(
        key=slug_of(name),
        name=name,
        blurb=_fact(facts, "blurb"),
        bio=_fact(facts, "bio"),
        email=_fact(facts, "email"),
        url=_fact(facts, "url"),
        links=tuple(Link(label=str(label), url=str(url)) for label, url in links.items())
        if isinstance(links, dict)
        else (),
    )


def _story_of(value: object, matter: FrontMatter, reading: Reading, file: Path) -> RelatedStory:
    """A title, an address, or a table."""
    if isinstance(value, str) and value.strip():
        text = value.strip()
        return RelatedStory(title=text, url=text if text.startswith(("http://", "https://")) else "")
    facts = value if isinstance(value, dict) else {}
    title = _fact(facts, "title")
    if not title:
        raise matter.wrong("related", "must be titles, addresses, or tables with a `title`")
    image = _image_of(facts.get("image"), matter, reading, file)
    alt = _fact(facts, "image_alt")
    if alt:
        image = replace(image, alt=alt) if image else Image(url="", alt=alt)
    return RelatedStory(title=title, url=_fact(facts, "url"), summary=_fact(facts, "summary"), image=image)


def _image_of(value: object, matter: FrontMatter, reading: Reading, file: Path) -> Image | None:
    """An address or the name of a file beside the post, as text or as a table with `src`, `alt`, `caption`."""
    facts = value if isinstance(value, dict) else {"src": value}
    src = _fact(facts, "src") or _fact(facts, "url")
    if not src:
        if value:
            raise matter.wrong("image", "must be the name of a file or an address")
        return None
    relative = not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|/", src)
    url = reading.pictures.name_of(file, src) if relative else src
    alt = _fact(facts, "alt") or (matter.text("image_alt") if value is matter.facts.get("image") else "")
    caption = _fact(facts, "caption") or (matter.text("image_caption") if value is matter.facts.get("image") else "")
    return Image(url=url, alt=alt, caption=caption) if url else None


def _follows_of(told: str, file: Path, reading: Reading) -> str:
    """Which post this one follows up: the name of its file from here, or else its id or address.

    The file need not be there yet; a post with an `id` of its own goes by that.
    """
    if ":" in told or not told.endswith(SUFFIXES):
        return told
    here = file.relative_to(reading.folder).as_posix()
    return f"file:{posixpath.normpath(posixpath.join(posixpath.dirname(here), told))}"


def _list_of(matter: FrontMatter, key: str) -> list[object]:
    value = matter.facts.get(key)
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, str | dict):
        return [value]
    raise matter.wrong(key, "must be a list")


def _fact(facts: Mapping[str, Any], key: str) -> str:
    value = facts.get(key)
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
