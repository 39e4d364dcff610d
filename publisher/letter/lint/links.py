"""Links and pictures: where they lead, and what is said of them to those who do not see them.

A reader stands in a mailbox: only a whole address leads anywhere from there, and none that
was only put there for the time being. `.example` is left alone: this program's own
example and its tests are written with it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from publisher.letter.lint.finding import Finding, few, quoted, warning
from publisher.letter.lint.origin import Origins
from publisher.letter.lint.page import Link, Page, Picture
from publisher.model.letter import OPEN

_LINKED = ("http", "https", "mailto", "tel")
_SHOWN = ("http", "https")
_PLACEHOLDERS = ("example.com", "example.org", "example.net")
_NOBODYS = ("localhost", "test", "invalid")  # no name below these leads anywhere; `.local` may, inside a house


def link_findings(page: Page, origins: Origins, site_url: str) -> Iterator[Finding]:
    own = _hold_up(site_url, _LINKED)
    if own:
        yield warning(f"the site's own address {quoted(site_url)} {own}: readers cannot open it; set `site.url`")
    elif not site_url.startswith("https://"):  # RFC 8058 §3.1
        yield warning(
            f"the site's own address {quoted(site_url)} is not https://, and mail programs show no button to leave for "
            "such; set `site.url`"
        )
    links = [link for link in page.links if not (own and link.address.startswith(site_url))]
    yield from few(_broken(links, page, origins), "links that lead nowhere")
    yield from few(_nameless(page.links), "links without words")


def picture_findings(page: Page, origins: Origins, site_url: str) -> Iterator[Finding]:
    own = _hold_up(site_url, _SHOWN)
    pictures = [picture for picture in page.pictures if not (own and picture.address.startswith(site_url))]
    yield from few(_unseen(pictures, origins), "pictures that cannot be shown")
    yield from few(_undescribed(page.pictures), "pictures without a description")
    yield from few(_wide(page.pictures), "pictures without a width")


def _broken(links: list[Link], page: Page, origins: Origins) -> Iterator[Finding]:
    for link in links:
        address = link.address.strip()
        inside = address.startswith("#") and unquote(address[1:]) in page.anchors
        if address.startswith(OPEN) or inside:
            continue
        named = quoted(" ".join(link.label.split()) or "(no words)")
        if address in ("", "#"):
            problem, cure = f"the link {named}{_in(link.story)} is empty", "give it an address, or take it out"
            yield origins.told(origins.find_by_address(address), problem, f"{cure}, in {origins.html}")
        elif wrong := _hold_up(address, _LINKED):
            problem = f"the link {named}{_in(link.story)} to {quoted(address)} {wrong}"
            yield origins.told(
                origins.find_by_address(address),
                problem,
                f"write its true address in full, with https://, in {origins.html} or in config.toml",
            )


def _nameless(links: list[Link]) -> Iterator[Finding]:
    for link in links:
        if not link.label.strip():
            yield warning(
                f"the link to {quoted(link.address)}{_in(link.story)} has no words, so that nobody hears where it "
                "leads; give it some, or its picture a description (alt)"
            )


def _unseen(pictures: list[Picture], origins: Origins) -> Iterator[Finding]:
    for picture in pictures:
        address = picture.address.strip()
        if not address:
            yield warning(f"a picture{_in(picture.story)} has no address (src); give it one, or take it out")
        elif wrong := _hold_up(address, _SHOWN, "cannot be loaded from a mailbox"):
            problem = f"the picture {quoted(address)}{_in(picture.story)} {wrong}"
            yield origins.told(
                origins.find_by_address(address),
                problem,
                f"write its true address in full, with https://, in {origins.html} or in config.toml",
            )


def _undescribed(pictures: list[Picture]) -> Iterator[Finding]:
    for picture in pictures:
        if picture.alt is None:
            yield warning(
                f"the picture {quoted(picture.address)}{_in(picture.story)} has no description (alt), which stands "
                'where pictures are switched off; write one, or alt="" where it only adorns'
            )


def _wide(pictures: list[Picture]) -> Iterator[Finding]:
    for picture in pictures:
        if not picture.width.strip().removesuffix("%").isdecimal():
            yield warning(
                f"the picture {quoted(picture.address)}{_in(picture.story)} has no width, and Outlook shows it as "
                'large as its file is; write width="…" in pixels'
            )


def _hold_up(address: str, schemes: tuple[str, ...], nowhere: str = "leads nowhere from a mailbox") -> str:
    """Why the address leads no reader anywhere; "" where it does."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return "cannot be read as an address"
    if parts.scheme not in schemes:
        return nowhere
    if parts.scheme == "tel":
        return ""
    if parts.scheme == "mailto":
        host = parts.path.rpartition("@")[2]
    if not host:
        return nowhere
    return "is a placeholder" if _is_placeholder(host.lower().rstrip(".")) else ""


def _is_placeholder(host: str) -> bool:
    labels = host.split(".")
    if ".".join(labels[-2:]) in _PLACEHOLDERS or labels[-1] in _NOBODYS:
        return True
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified or found.is_link_local


def _in(story: str) -> str:
    return f" in the story {story}" if story else ""
