"""Addresses in feeds: only those that are safe to follow, and all of them absolute.

Most readers resolve neither relative links nor xml:base, so nothing relative leaves the
house. An address that is not http(s) (`javascript:`, `data:`, a bare word) is none.
"""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import quote, urljoin

import idna

from publisher.feed.characters import legal
from publisher.model import address

_RESERVED = "%-._~:/?#[]@!$&'()*+,;="  # what stays as it is; RFC 3986 §2.2, §2.3
_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\Z")
_PARTS = re.compile(r"(https?://(?:[^/?#@]*@)?)([^/?#:@]+)(.*)\Z", re.IGNORECASE | re.DOTALL)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)

# A start tag as the cleaner writes it: attributes in double quotes. Text between tags is
# never matched, so an article about HTML keeps its words.
_TAG = re.compile(r'<[a-zA-Z][^\s>"]*(?:\s+[^\s=>"]+(?:="[^"]*")?)*\s*/?>')
_LINK = re.compile(r'(\s(?:href|src|poster|cite))="([^"]*)"')
_SRCSET = re.compile(r'(\ssrcset)="([^"]*)"')
_CANDIDATE = re.compile(r"\s*([^\s,]\S*[^\s,]|[^\s,])([^,]*)(?:,|\Z)")  # HTML: address, then its width or density


def web_address(url: str) -> str:
    """The address as a URI; "" where it is not http(s).

    RSS and JSON Feed know URIs only, so one with letters of other scripts is mapped to
    ASCII (RFC 3987 §3.1): every reader takes that, and it leads to the same page.
    """
    iri = address.web_address(legal(url))
    return iri if iri.isascii() else _uri(iri)


def _uri(iri: str) -> str:
    found = _PARTS.match(iri)
    if not found:
        return ""
    start, host, rest = found.groups()
    try:
        host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""  # no such name can be looked up
    return quote(start, safe=_RESERVED) + host + quote(rest, safe=_RESERVED)


def mail_address(written: str) -> str:
    """The address; "" where it is none (RFC 4287 §3.2.3 wants an addr-spec)."""
    text = legal(written).strip()
    return text if _MAIL.match(text) else ""


def absolute_html(html: str, base: str) -> str:
    """Every relative address in cleaned HTML joined to `base`; `media:` names stay."""
    return _TAG.sub(lambda tag: _absolute_tag(tag[0], base), html)


def _absolute_tag(tag: str, base: str) -> str:
    tag = _LINK.sub(lambda found: f'{found[1]}="{_joined(found[2], base)}"', tag)
    return _SRCSET.sub(lambda found: f'{found[1]}="{_joined_all(found[2], base)}"', tag)


def _joined_all(srcset: str, base: str) -> str:
    candidates = (f"{_joined(found[1], base)}{found[2].rstrip()}" for found in _CANDIDATE.finditer(srcset))
    return ", ".join(candidates)


def _joined(written: str, base: str) -> str:
    target = unescape(written).strip()
    if not target:
        return ""
    if _SCHEME.match(target):
        return written
    try:
        return escape(urljoin(base, target))
    except ValueError:  # `//[` is no host
        return "#"
