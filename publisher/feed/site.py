"""Site: what of the site stands in every feed, and where each document of a feed lies.

A feed has a folder below the top of the site, and in it one document a format. What is
older than these hold stands in archive documents (RFC 5005 §4), a folder each:

    harbour-notes/atom.xml                    the one to subscribe to
    harbour-notes/archive/2026-11/atom.xml    what was filed in November
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

ARCHIVE = "archive"
STYLESHEET = "feed.css"  # at the top of the site


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Where an rssCloud server takes up who wants to hear of changes (RSS 2.0, `cloud`)."""

    domain: str
    port: int
    path: str


def cloud_at(ping_url: str) -> Cloud | None:
    """The server whose pings go to `…/ping`: all of them are registered with at `…/pleaseNotify` beside it."""
    parts = urlsplit(ping_url)
    folder, _, last = parts.path.rpartition("/")
    if last.lower() != "ping" or not parts.hostname:
        return None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Cloud(domain=parts.hostname, port=port, path=f"{folder}/pleaseNotify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The site as feeds know it."""

    name: str
    url: str  # without a slash at its end
    language: str
    hubs: tuple[str, ...] = ()  # WebSub hubs that are told of every change
    cloud: Cloud | None = None
    rights: str = ""  # plain
    icon: str = ""  # absolute; square
    logo: str = ""  # absolute; twice as wide as high


class Format(StrEnum):
    """What a document of a feed is called."""

    ATOM = "atom.xml"
    RSS = "rss.xml"
    JSON = "feed.json"


def document_path(folder: str, format_: Format, page: str = "") -> str:
    """Below the top of the site; `page` names an archive document, "" the one to subscribe to."""
    steps = [folder, ARCHIVE if page else "", page, format_]
    return "/".join(step for step in steps if step)


def stylesheet_of(folder: str, page: str = "") -> str:
    """From a document's own folder: it must come from the host that the feed is read from."""
    return "../" * document_path(folder, Format.ATOM, page).count("/") + STYLESHEET
