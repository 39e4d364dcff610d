"""Pictures and other files that posts show.

A file found beside a post is kept by us under the name of its content and written in a
post's HTML as `media:NAME`, never as an absolute URL: a site that moves to another host
changes no stored post. Whoever renders a post resolves those names first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SCHEME = "media:"
FOLDER = "media"  # below the site's URL and below feeds/

# The cleaner writes every attribute in double quotes and a text's `<` as an entity: so
# these match tags and never the words of a post that is about HTML.
_TAG = re.compile(r'<[a-z][a-z0-9]*(?:\s+[\w:-]+="[^"]*")+')
_ATTRIBUTE = re.compile(r'([\w:-]+)="([^"]*)"')
_HOLDS_ONE = frozenset({"src", "href", "poster"})
_CANDIDATE = re.compile(r"(^|,)(\s*)media:")  # the cleaner writes a comma inside a candidate as %2C


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture with what is needed where it cannot be seen."""

    url: str  # absolute, or `media:NAME`
    alt: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that goes with a post: a recording, a film, a document (RSS 2.0 `enclosure`, RFC 4287 §4.2.7.2)."""

    url: str  # absolute
    type: str = ""  # media type; "" where the source does not say
    length_bytes: int = 0  # 0: not known
    title: str = ""
    seconds: int = 0  # how long it plays; 0: not known


def resolve_url(url: str, site_url: str) -> str:
    """`media:NAME` as an absolute URL below the site; any other URL as it is."""
    if not url.startswith(SCHEME):
        return url
    return f"{site_url}/{FOLDER}/{url.removeprefix(SCHEME)}"


def resolve_html(html: str, site_url: str) -> str:
    """Every `media:` reference in cleaned HTML made absolute; all else stays as it is."""
    if SCHEME not in html:
        return html
    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(lambda found: _resolved(found, site_url), tag[0]), html)


def _resolved(found: re.Match[str], site_url: str) -> str:
    name, value = found[1], found[2]
    if name in _HOLDS_ONE:
        value = resolve_url(value, site_url)
    elif name == "srcset":
        value = _CANDIDATE.sub(lambda one: f"{one[1]}{one[2]}{resolve_url(SCHEME, site_url)}", value)
    return f'{name}="{value}"'
