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

# The cleaner writes every attribute in double quotes, so this is all there is to find;
# in srcset the name may also follow a comma and a blank.
_ATTRIBUTE = re.compile(r'\b(src|href|poster|srcset)="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture with what is needed where it cannot be seen."""

    url: str  # absolute, or `media:NAME`
    alt: str = ""
    caption: str = ""


def resolve_url(url: str, site_url: str) -> str:
    """`media:NAME` as an absolute URL below the site; any other URL as it is."""
    if not url.startswith(SCHEME):
        return url
    return f"{site_url}/{FOLDER}/{url.removeprefix(SCHEME)}"


def resolve_html(html: str, site_url: str) -> str:
    """Every `media:` reference in cleaned HTML made absolute."""
    if SCHEME not in html:
        return html
    base = f"{site_url}/{FOLDER}/"
    return _ATTRIBUTE.sub(
        lambda found: f'{found[1]}="{_resolved(found[2], base)}"',
        html,
    )


def _resolved(value: str, base: str) -> str:
    return re.sub(r"(^|,\s*)media:", lambda found: found[1] + base, value)
