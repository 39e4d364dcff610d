"""JSON Feed 1.1: a channel as bytes. Keys stand in the order in which the specification names them.

Beyond it there is one extension object, `_column` (explained to readers' authors on the
page that its `about` names): what a newsroom has and the format has no place for.

    about       the page that explains it
    blurbs      name, blurb and bio of the authors who have one
    related     title and url of related stories
    follows     id and url of the post that this one follows up
    correction  what was corrected

No archive documents: `next_url` would have readers fetch old posts again as new ones.
Text in, bytes out: no policy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from publisher.feed.channel import Channel
from publisher.feed.entry import Entry
from publisher.model.author import Author
from publisher.model.media import Enclosure

MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"
ABOUT = "about-feeds.html"  # the page that explains the extension, at the top of the site
_COMMENT = (
    "This is a feed: copy its address into a feed reader, and new posts come to you as soon as they are published."
)


def json_bytes(channel: Channel) -> bytes:
    """The document, UTF-8; the same channel gives the same bytes."""
    about = f"{channel.site_url}/{ABOUT}"
    document = {
        "version": VERSION,
        "title": channel.title,
        "home_page_url": channel.html_url,
        "feed_url": channel.json_url,
        "description": channel.subtitle,
        "user_comment": _COMMENT,
        "icon": channel.icon,
        "favicon": channel.icon,
        **_authors(channel.authors),
        "language": channel.language,
        "hubs": [{"type": "WebSub", "url": hub} for hub in channel.hubs],
        "_column": {"about": about, **_blurbs(channel.authors)},
    }
    head = json.dumps(_known(document), ensure_ascii=False, indent=1).removesuffix("\n}")
    # An item a line: the encoder that indents is ten times slower, and deltas cut between lines (`cut.py`).
    items = ",".join("\n  " + json.dumps(_item(entry, about), ensure_ascii=False) for entry in channel.entries)
    return f'{head},\n "items": [{items}\n ]\n}}\n'.encode()


def _item(entry: Entry, about: str) -> dict[str, Any]:
    return _known(
        {
            "id": entry.id,
            "url": entry.link,
            "external_url": entry.link if entry.elsewhere else "",
            "title": entry.title,
            "content_html": entry.content,
            "summary": entry.summary,
            "image": entry.image.url if entry.image else "",
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat() if entry.updated != entry.published else "",
            **_authors(entry.authors),
            "tags": [category.label for category in entry.categories],
            "language": entry.language,
            "attachments": [_attachment(file) for file in entry.enclosures],
            "_column": _ours(entry, about),
        }
    )


def _ours(entry: Entry, about: str) -> dict[str, Any]:
    told = _known(
        {
            **_blurbs(entry.authors),
            "related": [_known({"title": story.title, "url": story.url}) for story in entry.related],
            "follows": {"id": entry.follows.id, "url": entry.follows.link} if entry.follows else {},
            "correction": entry.correction,
        }
    )
    return {"about": about, **told} if told else {}


def _authors(authors: Iterable[Author]) -> dict[str, Any]:
    """`authors`, and version 1.0's `author`: readers of it would show none."""
    people = [_person(author) for author in authors]
    return {"author": people[0], "authors": people} if people else {}


def _person(author: Author) -> dict[str, str]:
    address = author.url or (f"mailto:{author.email}" if author.email else "")
    return _known({"name": author.name, "url": address, "avatar": author.portrait.url if author.portrait else ""})


def _blurbs(authors: Iterable[Author]) -> dict[str, Any]:
    told = [author for author in authors if author.blurb or author.bio]
    return {"blurbs": [_known({"name": one.name, "blurb": one.blurb, "bio": one.bio}) for one in told]} if told else {}


def _attachment(file: Enclosure) -> dict[str, Any]:
    return _known(
        {
            "url": file.url,
            "mime_type": file.type,
            "title": file.title,
            "size_in_bytes": file.length_bytes,
            "duration_in_seconds": file.seconds,
        }
    )


def _known(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact}
