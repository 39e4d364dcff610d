"""Sitemaps (sitemaps.org 0.9): the addresses of our pages, for search engines. Pure.

Which pages stand in which file is the business of `lists`. The protocol wants no more than
MOST addresses in one, and all of them of the host that the file is on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

MOST = 50_000  # addresses in one file
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A page, or a file of the index."""

    url: str
    changed: datetime | None = None  # None: not told


def sitemap(spots: Iterable[Spot]) -> bytes:
    """A file of up to MOST pages; who has more makes more files."""
    return _document("urlset", "url", spots)


def sitemap_index(files: Iterable[Spot]) -> bytes:
    """The file that names the others."""
    return _document("sitemapindex", "sitemap", files)


def _document(root_name: str, item_name: str, spots: Iterable[Spot]) -> bytes:
    root = etree.Element(f"{{{_NAMESPACE}}}{root_name}", nsmap={None: _NAMESPACE})
    for spot in spots:
        item = etree.SubElement(root, f"{{{_NAMESPACE}}}{item_name}")
        etree.SubElement(item, f"{{{_NAMESPACE}}}loc").text = spot.url
        if spot.changed:
            etree.SubElement(item, f"{{{_NAMESPACE}}}lastmod").text = spot.changed.replace(microsecond=0).isoformat()
    etree.indent(root, space="")
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return text + b"\n"
