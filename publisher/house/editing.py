"""What an editor wants changed in a post: from options, from a file with a new text, or from a whole document.

The document is what an editor's program shows: facts in front matter, then the text as HTML.
Only what differs from the post as it is counts as a change, so that nothing is held by hand
that no hand touched. Every text is cleaned like that of any source.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from publisher.collect.capturesource import decode
from publisher.collect.clean import clean_text
from publisher.collect.files import read_file
from publisher.collect.foldersource import read_folder
from publisher.collect.found import FoundMedia, FoundPost
from publisher.collect.frontmatter import split_front_matter
from publisher.collect.tidy import tidy
from publisher.errors import SourceError, WrongUse
from publisher.house.opened import House
from publisher.model.post import Post
from publisher.model.slug import slug_of
from publisher.wholefile import write_if_changed

Values = dict[str, Any]

_FACTS = ("title", "summary", "tags", "note")
_ADVICE = """\
# What you change here is held by hand: the post's source does not change it any more.
# `note` tells readers what was corrected. Leave without saving and nothing is changed.
"""


def document_of(post: Post) -> str:
    """The post as an editor's program shows it."""
    facts = {"title": post.title, "summary": post.summary, "tags": list(post.tags), "note": post.note}
    told = yaml.safe_dump(facts, allow_unicode=True, sort_keys=False, width=100, default_flow_style=None)
    return f"---\n{_ADVICE}{told}---\n{post.body}\n"


def changes_in(document: str, post: Post, *, base_url: str) -> Values:
    """What of the post a document changes. Raises ValueError that tells the line."""
    matter = split_front_matter(document.replace("\r\n", "\n"))
    strange = sorted(set(matter.facts) - set(_FACTS))
    if strange:
        raise matter.wrong(strange[0], f"cannot be changed here; there are: {', '.join(_FACTS)}")
    told: Values = {}
    for name in ("title", "summary", "note"):
        if name in matter.facts:
            told[name] = matter.text(name) if matter.facts[name] is not None else ""
    if "tags" in matter.facts:
        told["tags"] = list(matter.texts("tags"))
    if matter.body.strip() != post.body.strip():
        told["body"] = clean_body(matter.body, post, base_url)
    return {name: value for name, value in cleaned(told).items() if value != _value_of(post, name)}


def cleaned(told: Mapping[str, Any]) -> Values:
    """Texts on one line, without what no feed may hold. Raises ValueError where a title or text is empty."""
    values = dict(told)
    for name in ("title", "summary", "note"):
        if name in values:
            values[name] = clean_text(values[name])
    if "tags" in values:
        values["tags"] = list(dict.fromkeys(filter(None, map(clean_text, values["tags"]))))
    for name in ("title", "body"):
        if values.get(name) == "":
            raise ValueError(f"the {name} is empty; a post that is to go is withdrawn: publisher posts withdraw")
    return values


def body_from(path: Path, post: Post, house: House) -> tuple[str, str]:
    """The text in a Markdown or HTML file, and a heading on top of it that is not the post's title, or "".

    Pictures beside the file are kept as those of any folder. Raises WrongUse.
    """
    try:
        found = read_folder(
            "posts edit",
            path,
            zone=house.zone,
            base_url=base_url_of(post, house),
            max_bytes=house.config.collect.max_bytes,
        )
        for media in found.media:
            _keep(media, house.media)
    except SourceError as wrong:
        raise WrongUse(f"{wrong.place}: {wrong.problem}") from wrong
    if found.problems or not found.posts:
        raise WrongUse(found.problems[0] if found.problems else f"{path} is a draft; take `draft: true` out of it")
    one = found.posts[0]
    slug = slug_of(one.title)
    has_heading = slug != slug_of(post.title) and not slug_of(path.stem).endswith(slug)
    return clean_body(one.body_html, post, base_url_of(post, house)), one.title if has_heading else ""


def read_document(path: Path, house: House) -> str:
    """A document as text. Raises WrongUse."""
    try:
        return decode(read_file("posts edit", path, max_bytes=house.config.collect.max_bytes))
    except SourceError as wrong:
        raise WrongUse(f"{wrong.place}: {wrong.problem}") from wrong
    except ValueError as wrong:
        raise WrongUse(f"{path}: {wrong}") from wrong


def _keep(media: FoundMedia, folder: Path) -> None:
    target = folder / media.name
    if not target.is_file():  # its name is the hash of its bytes
        write_if_changed(target, media.path.read_bytes())


def clean_body(html: str, post: Post, base_url: str) -> str:
    """A text as it may be stored: sanitised HTML, its addresses absolute."""
    return tidy(FoundPost(title=post.title, url=post.url, body_html=html), base_url).body_html


def base_url_of(post: Post, house: House) -> str:
    """What relative addresses in a post are relative to."""
    return f"{house.config.site.url}/{post.column}/"


def _value_of(post: Post, name: str) -> Any:
    value = getattr(post, name)
    return list(value) if isinstance(value, tuple) else value
