"""Which hub a feed names, and what the feed calls itself: pure reading of links.

First the HTTP header `Link` (RFC 8288 §3), then what stands in the document (WebSub §4);
each for itself, because some servers tell the one there and the other here. A document
that does not say what its own address is, is asked for by the address it was found at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.model.address import joined

MOST_HUBS = 5
LONGEST_ADDRESS = 2000  # characters
_LONGEST_HEADER = 20_000
# Link = #link-value; link-value = "<" URI-Reference ">" *( OWS ";" OWS [ link-param ] ) (RFC 8288 §3)
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*(?:[\w!#$&+\-.^`|~*]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]*))?)?)*)')
_PARAMETER = re.compile(r';\s*([\w!#$&+\-.^`|~*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))')


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a feed names."""

    hubs: tuple[str, ...] = ()
    topic: str = ""


def named_in(headers: Mapping[str, str], *, hubs: Iterable[str], topic: str, url: str) -> Named:
    """What the headers of an answer and the document in it name; `url` is where it was found."""
    told = list(links_in(headers.get("link", ""), url))
    by_header = [address for rel, address in told if rel == "hub"]
    own = [address for rel, address in told if rel == "self"] or [topic, url]
    found = (address for address in by_header or hubs if _is_usable(address))
    return Named(hubs=tuple(dict.fromkeys(found))[:MOST_HUBS], topic=next((one for one in own if _is_usable(one)), ""))


def links_in(header: str, url: str) -> Iterator[tuple[str, str]]:
    """Relation (in lower case) and absolute address of each link in a `Link` header."""
    return ((rel, address) for rel, _, address in typed_links_in(header, url))


def typed_links_in(header: str, url: str) -> Iterator[tuple[str, str, str]]:
    """The same with the media type that is told of what is there, in the middle."""
    for found in _LINK.finditer(header[:_LONGEST_HEADER]):
        parameters: dict[str, str] = {}
        for name, quoted, bare in _PARAMETER.findall(found[2]):
            parameters.setdefault(name.lower(), quoted or bare)  # the first one counts (RFC 8288 §3.3)
        if parameters.get("anchor"):
            continue  # it speaks of something else (RFC 8288 §3.2)
        for rel in parameters.get("rel", "").lower().split():
            yield rel, parameters.get("type", ""), joined(url, found[1].strip())


def links_of(feed: Mapping[str, Any], url: str) -> tuple[tuple[str, ...], str]:
    """The hubs of a feed as feedparser read it, and where there are any, its own address; "": it does not say."""
    links = feed.get("links")
    told = [
        (str(link.get("rel", "")).lower(), joined(url, str(link.get("href", ""))))
        for link in (links if isinstance(links, list) else [])
    ]
    hubs = tuple(address for rel, address in told if rel == "hub" and address)
    own = next((address for rel, address in told if rel == "self"), "")
    return hubs[:MOST_HUBS], own if hubs else ""


def links_of_json(whole: Mapping[str, Any], url: str) -> tuple[tuple[str, ...], str]:
    """The same of a JSON Feed: `hubs` whose type is WebSub, and `feed_url`."""
    listed = whole.get("hubs")
    hubs = [
        joined(url, hub["url"])
        for hub in (listed if isinstance(listed, list) else [])
        if isinstance(hub, dict)
        and isinstance(hub.get("url"), str)
        and str(hub.get("type", "")).lower() in ("websub", "pubsubhubbub")
    ]
    own = whole.get("feed_url")
    topic = joined(url, own) if hubs and isinstance(own, str) and own else ""
    return tuple(filter(None, hubs))[:MOST_HUBS], topic


def _is_usable(address: str) -> bool:
    return address.startswith(("http://", "https://")) and len(address) <= LONGEST_ADDRESS
