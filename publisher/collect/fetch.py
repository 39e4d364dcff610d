"""Fetching one URL, as a polite and careful guest.

The name is resolved here, each address is checked, and the connection goes to a checked
address (the name goes along for TLS and `Host`), so a name that resolves differently the
second time changes nothing. Every redirect is checked again. Private, loopback,
link-local and other special addresses are refused unless the admin lists the host in
`collect.private_hosts`. Size is limited on the wire and unpacked, time in all.

Proxies of the environment are not used: they would resolve the name themselves.
Known weakness: the resolver of the system has its own time limit, not ours.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx2

from publisher import __version__
from publisher.collect.clean import joined
from publisher.errors import SourceError

MOST_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
# 64:ff9b::/96 carries an IPv4 address through NAT64 (RFC 6052 §2.1)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_CURES = {
    401: "it asks for a login; ask its owner for an open address",
    403: "it does not let us in; ask its owner",
    404: "there is nothing at this address; correct `url`",
    410: "it is gone for good; remove the source",
    429: "it is asked too often; raise `collect.every`",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a fetch may take, and how it says who asks."""

    max_bytes: int  # on the wire, and again unpacked
    timeout: timedelta  # for all of it
    site_url: str  # stands in the User-Agent, so that a server's admin can ask us
    private_hosts: frozenset[str] = frozenset()  # lower case; these may be in private networks


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came back."""

    url: str  # where it was found in the end
    content_type: str
    content: bytes
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)  # names in lower case


@dataclass(slots=True)
class _Visit:
    """One fetch under way: whom to blame, and when it must be over."""

    source: str
    limits: Limits
    url: str
    headers: Mapping[str, str]  # more to ask with
    accepts: frozenset[int]  # statuses besides 200 whose answer is wanted
    ends: float = field(init=False)

    def __post_init__(self) -> None:
        self.ends = time.monotonic() + self.limits.timeout.total_seconds()

    def wrong(self, problem: str) -> SourceError:
        return SourceError(source=self.source, place=_shown(self.url), problem=problem)

    def seconds_left(self) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            seconds = self.limits.timeout.total_seconds()
            raise self.wrong(f"it took longer than {seconds:g} s; try again later or raise `collect.timeout`")
        return left


def fetch(
    source: str,
    url: str,
    limits: Limits,
    *,
    headers: Mapping[str, str] | None = None,
    accepts: frozenset[int] = frozenset(),
) -> Fetched:
    """What stands at `url`. Raises SourceError, in one sentence, where it cannot be had.

    `headers` go along with the request. An answer of a status in `accepts` is returned, too:
    an API says with it what is wrong.
    """
    visit = _Visit(source, limits, url, headers or {}, accepts)
    with httpx2.Client(trust_env=False, follow_redirects=False) as client:
        for _ in range(MOST_REDIRECTS + 1):
            answer = _ask(client, visit)
            if isinstance(answer, Fetched):
                return answer
            visit.url = answer
    raise visit.wrong(f"it redirects more than {MOST_REDIRECTS} times; correct `url`")


def _ask(client: httpx2.Client, visit: _Visit) -> Fetched | str:
    """The answer, or the address it redirects to."""
    trouble = ""
    for address in _addresses_of(visit):
        try:
            return _ask_at(client, visit, address)
        except httpx2.ConnectError as wrong:
            trouble = str(wrong)  # the next address may answer
        except httpx2.TimeoutException:
            visit.seconds_left()
            raise visit.wrong("it does not answer in time; try again later or raise `collect.timeout`") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as wrong:
            raise visit.wrong(f"the answer cannot be read ({wrong}); try again later") from wrong
    raise visit.wrong(f"no connection ({trouble}); check the address, or try again later")


def _ask_at(client: httpx2.Client, visit: _Visit, address: str) -> Fetched | str:
    there = httpx2.URL(visit.url)
    request = client.build_request(
        "GET",
        there.copy_with(host=address, fragment=None),
        headers={
            "Host": there.netloc.decode("ascii"),
            "User-Agent": f"publisher/{__version__} (+{visit.limits.site_url})",
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip, deflate",
            **visit.headers,
        },
        timeout=visit.seconds_left(),
        extensions={"sni_hostname": there.raw_host.decode("ascii")},
    )
    response = client.send(request, stream=True)
    try:
        return _read(response, visit)
    finally:
        response.close()


def _read(response: httpx2.Response, visit: _Visit) -> Fetched | str:
    location = response.headers.get("location")
    if response.status_code in _REDIRECTS and location:
        target = joined(visit.url, location)
        if not target:
            raise visit.wrong(f"it redirects to {location[:80]!r}, which is no address; correct `url`")
        return target
    if response.status_code != HTTPStatus.OK and response.status_code not in visit.accepts:
        cure = _CURES.get(response.status_code, "try again later")
        raise visit.wrong(f"the server answers {response.status_code} {response.reason_phrase}".rstrip() + f": {cure}")
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise visit.wrong(f"it is packed as {encoding[:40]!r}, which was not asked for")
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if max(len(content), response.num_bytes_downloaded) > visit.limits.max_bytes:
            raise visit.wrong(f"it is larger than {visit.limits.max_bytes:,} bytes; raise `collect.max_bytes`")
        visit.seconds_left()
    return Fetched(
        url=visit.url,
        content_type=response.headers.get("content-type", ""),
        content=bytes(content),
        status=response.status_code,
        headers=dict(response.headers),
    )


def _addresses_of(visit: _Visit) -> list[str]:
    """The addresses of the host that may be connected to."""
    try:
        parts = urlsplit(visit.url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise visit.wrong("this is no address; correct `url`") from None
    if parts.scheme not in ("http", "https") or not host:
        raise visit.wrong("only http:// and https:// addresses are fetched; correct `url`")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as wrong:
        told = wrong.strerror if isinstance(wrong, OSError) else "not a host name"
        raise visit.wrong(f"the host {host!r} is not found ({told}); check the address") from wrong
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    allowed = [address for address in addresses if host.lower() in visit.limits.private_hosts or is_public(address)]
    if not allowed:
        raise visit.wrong(
            f"{host} is in a private network ({addresses[0]}); if it is meant to be fetched, add it to "
            "`collect.private_hosts`"
        )
    return allowed


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also inside of an IPv6 address."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ipaddress.IPv4Address(found.packed[12:])
        if inner:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def _shown(url: str) -> str:
    """The address as it may stand in a message: without a password."""
    before, at, after = url.partition("@")
    return f"{before.partition('//')[0]}//…@{after}" if at and "/" not in before.partition("//")[2] else url
