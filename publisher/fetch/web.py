"""Fetching one URL, as a polite and careful guest.

The name is resolved here, each address is checked (`dial`), and the connection goes to a
checked address; the name goes along for TLS and `Host`. Every redirect is checked again.
Size is limited on the wire and unpacked (`unpack`), time in all: when it is over the
connection is cut, whatever the server was doing. At each host we wait for our turn
(`hosts`); that time does not count.

Proxies of the environment are not used: they would resolve the name themselves.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urldefrag, urlsplit

import httpx2

from publisher import __version__
from publisher.errors import Refused, SourceError
from publisher.fetch.dial import Resolve, allowed_addresses, resolve
from publisher.fetch.hosts import Hosts
from publisher.fetch.unpack import ENCODINGS, TooLarge, Unpacker
from publisher.model.address import joined

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
class Limits:
    """What a fetch may take, and how it says who asks."""

    max_bytes: int  # on the wire, and again unpacked
    timeout: timedelta  # for all of it
    site_url: str  # stands in the User-Agent, so that a server's admin can ask us
    private_hosts: frozenset[str] = frozenset()  # lower case; these may be in private networks
    hosts: Hosts = field(default_factory=Hosts, compare=False)
    resolve: Resolve = resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came back."""

    url: str  # where it was found in the end
    content_type: str
    content: bytes
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)  # names in lower case
    moved_to: str = ""  # where permanent redirects led before any other; "": there were none


@dataclass(slots=True)
class _Visit:
    """One fetch under way: whom to blame, where it stands, and how much time is left."""

    source: str
    limits: Limits
    url: str
    headers: dict[str, str]
    accepts: frozenset[int]
    left_seconds: float
    ends: float = 0.0  # by the monotonic clock; while it is our turn
    redirects: int = 0
    moved_to: str = ""
    only_permanent: bool = True
    line: socket.socket | None = None  # what is cut when the time is over

    def wrong(self, problem: str) -> SourceError:
        return SourceError(source=self.source, place=_shown(self.url), problem=problem)

    @property
    def host(self) -> str:
        try:
            return (urlsplit(self.url).hostname or "").rstrip(".")
        except ValueError:
            raise self.wrong("this is no address; correct `url`") from None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Our turn at the host; only now does time count, and when it is over the line is cut."""
        with self.limits.hosts.turn(self.host):
            self.ends = time.monotonic() + self.left_seconds
            timer = threading.Timer(self.left_seconds, self.cut)
            timer.daemon = True
            timer.start()
            try:
                yield
            finally:
                timer.cancel()
                self.left_seconds = max(self.ends - time.monotonic(), 0.001)

    def cut(self) -> None:
        """Wake up who waits for bytes."""
        line = self.line
        if line is not None:
            with suppress(OSError):  # it has ended by itself
                # Not the method of an SSLSocket, which would take TLS away from under who reads.
                socket.socket.shutdown(line, socket.SHUT_RDWR)

    def note_line(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpx tells while it works: which socket it uses."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self.line = info["return_value"].get_extra_info("socket")

    def seconds_left(self) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            seconds = self.limits.timeout.total_seconds()
            raise self.wrong(f"it took longer than {seconds:g} s; try again later or raise `collect.timeout`")
        return left

    def follow(self, status: int, location: str) -> None:
        """Go where a redirect points."""
        target = urldefrag(joined(self.url, location)).url
        if not target:
            raise self.wrong(f"it redirects to {location[:80]!r}, which is no address; correct `url`")
        self.redirects += 1
        if self.redirects > MOST_REDIRECTS:
            raise self.wrong(f"it redirects more than {MOST_REDIRECTS} times; correct `url`")
        self.only_permanent = self.only_permanent and status in _PERMANENT
        if self.only_permanent:
            self.moved_to = target
        before, self.url = self.host, target
        if self.host != before:
            self.headers = {name: value for name, value in self.headers.items() if name.lower() not in _FOR_ONE_HOST}


def fetch(
    source: str, url: str, limits: Limits, *, headers: Mapping[str, str] | None = None, accepts: Collection[int] = ()
) -> Fetched:
    """What stands at `url`. Raises SourceError, in one sentence, where it cannot be had.

    `headers` go with the request, before our own. Statuses in `accepts` are handed over like
    200; others raise Refused.
    """
    visit = _Visit(
        source=source,
        limits=limits,
        url=url,
        headers=dict(headers or {}),
        accepts=frozenset(accepts) | {HTTPStatus.OK},
        left_seconds=limits.timeout.total_seconds(),
    )
    with httpx2.Client(trust_env=False, follow_redirects=False, verify=limits.hosts.tls()) as client:
        while True:
            fetched = _at_one_host(client, visit)
            if fetched:
                return fetched


def _at_one_host(client: httpx2.Client, visit: _Visit) -> Fetched | None:
    """What came, or None where it is to be found at another host."""
    host = visit.host
    with visit.turn():
        while visit.host == host:
            fetched = _ask(client, visit)
            if fetched:
                return fetched
    return None


def _ask(client: httpx2.Client, visit: _Visit) -> Fetched | None:
    """The answer; None where it was a redirect, which `visit` has followed."""
    trouble = ""
    for address in _addresses_of(visit):
        try:
            return _ask_at(client, visit, address)
        except httpx2.ConnectError as wrong:
            visit.seconds_left()
            trouble = str(wrong)  # the next address may answer
        except httpx2.TimeoutException:
            visit.seconds_left()
            raise visit.wrong("it does not answer in time; try again later or raise `collect.timeout`") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as wrong:
            visit.seconds_left()
            raise visit.wrong(f"the answer cannot be read ({wrong}); try again later") from wrong
    raise visit.wrong(f"no connection ({trouble}); check the address, or try again later")


def _addresses_of(visit: _Visit) -> list[str]:
    try:
        parts = urlsplit(visit.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise visit.wrong("this is no address; correct `url`") from None
    if parts.scheme not in ("http", "https") or not visit.host:
        raise visit.wrong("only http:// and https:// addresses are fetched; correct `url`")
    try:
        return allowed_addresses(visit.host, port, visit.limits.resolve, private_hosts=visit.limits.private_hosts)
    except ValueError as wrong:
        raise visit.wrong(str(wrong)) from wrong


def _ask_at(client: httpx2.Client, visit: _Visit, address: str) -> Fetched | None:
    there = httpx2.URL(visit.url)
    request = client.build_request(
        "GET",
        there.copy_with(host=address, fragment=None),
        headers={
            "Accept": _ACCEPT,
            **visit.headers,
            "Host": there.netloc.decode("ascii"),
            "User-Agent": f"publisher/{__version__} (+{visit.limits.site_url})",
            "Accept-Encoding": "gzip, deflate",
        },
        timeout=visit.seconds_left(),
        extensions={"sni_hostname": there.raw_host.decode("ascii"), "trace": visit.note_line},
    )
    response = client.send(request, stream=True)
    try:
        return _read(response, visit)
    finally:
        response.close()


def _read(response: httpx2.Response, visit: _Visit) -> Fetched | None:
    status, location = response.status_code, response.headers.get("location")
    headers = {name.lower(): value for name, value in response.headers.items()}
    if status in _REDIRECTS and location:
        visit.follow(status, location)
        return None
    if status not in visit.accepts:
        told = f"the server answers {status} {response.reason_phrase}".rstrip()
        problem = f"{told}: {_CURES.get(status, 'try again later')}"
        raise Refused(source=visit.source, place=_shown(visit.url), problem=problem, status=status, headers=headers)
    return Fetched(
        url=visit.url,
        content_type=headers.get("content-type", ""),
        content=_content_of(response, visit),
        status=status,
        headers=headers,
        moved_to=visit.moved_to,
    )


def _content_of(response: httpx2.Response, visit: _Visit) -> bytes:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ENCODINGS:
        raise visit.wrong(f"it is packed as {encoding[:40]!r}, which was not asked for")
    unpacker = Unpacker(encoding, max_bytes=visit.limits.max_bytes)
    try:
        for piece in response.iter_raw():
            unpacker.take(piece)
            visit.seconds_left()
    except TooLarge:
        raise visit.wrong(f"it is larger than {visit.limits.max_bytes:,} bytes; raise `collect.max_bytes`") from None
    except ValueError as wrong:
        raise visit.wrong(f"the answer cannot be read ({wrong}); try again later") from wrong
    return bytes(unpacker.content)


def _shown(url: str) -> str:
    """The address as it may stand in a message: without a password."""
    before, at, after = url.partition("@")
    return f"{before.partition('//')[0]}//…@{after}" if at and "/" not in before.partition("//")[2] else url
