"""Fetching one URL, as a polite and careful guest.

How a stranger is reached safely, and in time, is `asking`'s. Every redirect is checked
again. Size is limited on the wire and unpacked (`unpack`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from urllib.parse import urldefrag

import httpx2

from publisher.errors import Refused
from publisher.fetch.asking import Asking, Limits, headers_of, shown
from publisher.fetch.unpack import ENCODINGS, TooLarge, Unpacker
from publisher.model.address import joined

__all__ = ["Fetched", "Limits", "fetch"]

MOST_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_FOR_ONE_HOST = frozenset({"authorization", "cookie"})
_CURES = {
    304: "it was not asked whether it changed; try again later",
    401: "it asks for a login; ask its owner for an open address",
    403: "it does not let us in; ask its owner",
    404: "there is nothing at this address; correct `url`",
    410: "it is gone for good; remove the source",
    429: "it is asked too often; it is left alone for a while",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came back."""

    url: str  # where it was found in the end
    content_type: str
    content: bytes
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)  # names in lower case
    moved_to: str = ""  # where permanent redirects led before any other; "": there were none


@dataclass(slots=True, kw_only=True)
class _Visit:
    """One fetch under way, through all its redirects."""

    asking: Asking
    headers: dict[str, str]
    accepts: frozenset[int]
    redirects: int = 0
    moved_to: str = ""
    only_permanent: bool = True

    def follow(self, status: int, location: str) -> None:
        """Go where a redirect points."""
        asking = self.asking
        target = urldefrag(joined(asking.url, location)).url
        if not target:
            raise asking.wrong(f"it redirects to {location[:80]!r}, which is no address; correct `url`")
        self.redirects += 1
        if self.redirects > MOST_REDIRECTS:
            raise asking.wrong(f"it redirects more than {MOST_REDIRECTS} times; correct `url`")
        self.only_permanent = self.only_permanent and status in _PERMANENT
        if self.only_permanent:
            self.moved_to = target
        before, asking.url = asking.host, target
        if asking.host != before:
            self.headers = {name: value for name, value in self.headers.items() if name.lower() not in _FOR_ONE_HOST}


def fetch(
    source: str, url: str, limits: Limits, *, headers: Mapping[str, str] | None = None, accepts: Collection[int] = ()
) -> Fetched:
    """What stands at `url`. Raises SourceError, in one sentence, where it cannot be had.

    `headers` go with the request, before our own. Statuses in `accepts` are handed over like
    200; others raise Refused.
    """
    visit = _Visit(
        asking=Asking(source=source, limits=limits, url=url, left_seconds=limits.timeout.total_seconds()),
        headers=dict(headers or {}),
        accepts=frozenset(accepts) | {HTTPStatus.OK},
    )
    with visit.asking.client() as client:
        while True:
            fetched = _at_one_host(client, visit)
            if fetched:
                return fetched


def _at_one_host(client: httpx2.Client, visit: _Visit) -> Fetched | None:
    """What came, or None where it is to be found at another host."""
    asking = visit.asking
    host = asking.host
    with asking.turn():
        while asking.host == host:
            headers = {"Accept": _ACCEPT, **visit.headers}
            fetched = asking.ask(client, "GET", partial(_read, visit=visit), headers=headers)
            if fetched:
                return fetched
    return None


def _read(response: httpx2.Response, visit: _Visit) -> Fetched | None:
    """The answer; None where it was a redirect, which `visit` has followed."""
    status, location, asking = response.status_code, response.headers.get("location"), visit.asking
    headers = headers_of(response)
    if status in _REDIRECTS and location:
        visit.follow(status, location)
        return None
    if status not in visit.accepts:
        told = f"the server answers {status} {response.reason_phrase}".rstrip()
        problem = f"{told}: {_CURES.get(status, 'try again later')}"
        raise Refused(source=asking.source, place=shown(asking.url), problem=problem, status=status, headers=headers)
    return Fetched(
        url=asking.url,
        content_type=headers.get("content-type", ""),
        content=_content_of(response, asking),
        status=status,
        headers=headers,
        moved_to=visit.moved_to,
    )


def _content_of(response: httpx2.Response, asking: Asking) -> bytes:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ENCODINGS:
        raise asking.wrong(
            f"it is packed as {encoding[:40]!r}, which was not asked for; ask its owner to send it plain"
        )
    unpacker = Unpacker(encoding, max_bytes=asking.limits.max_bytes)
    try:
        for piece in response.iter_raw():
            unpacker.take(piece)
            asking.seconds_left()
    except TooLarge:
        raise asking.wrong(f"it is larger than {asking.limits.max_bytes:,} bytes; raise `collect.max_bytes`") from None
    except ValueError as wrong:
        raise asking.wrong(f"the answer cannot be read ({wrong}); try again later") from wrong
    return bytes(unpacker.content)
