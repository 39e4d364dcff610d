"""One request to a stranger under way: where it goes, how long it may still take, whom to blame.

The name is resolved here, each address is checked (`dial`), and the connection goes to a
checked address; the name goes along for TLS and `Host`. Time is limited in all: when it is
over the connection is cut, whatever the server was doing. At each host we wait for our turn
(`hosts`); that time does not count. What is asked and what an answer means is for `web`
and `post`.

Proxies of the environment are not used: they would resolve the name themselves.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2

from publisher import __version__
from publisher.errors import SourceError
from publisher.fetch.dial import Resolve, allowed_addresses, resolve
from publisher.fetch.hosts import Hosts

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a request may take, and how it says who asks."""

    max_bytes: int  # on the wire, and again unpacked
    timeout: timedelta  # for all of it
    site_url: str  # stands in the User-Agent, so that a server's admin can ask us
    private_hosts: frozenset[str] = frozenset()  # lower case; these may be in private networks
    hosts: Hosts = field(default_factory=Hosts, compare=False)
    resolve: Resolve = resolve


@dataclass(slots=True)
class Asking:
    """A request under way; a redirect changes its `url`."""

    source: str  # who is named in what goes wrong
    limits: Limits
    url: str
    left_seconds: float
    ends: float = 0.0  # by the monotonic clock; while it is our turn
    line: socket.socket | None = None  # what is cut when the time is over

    def wrong(self, problem: str) -> SourceError:
        return SourceError(source=self.source, place=shown(self.url), problem=problem)

    @property
    def host(self) -> str:
        try:
            return (urlsplit(self.url).hostname or "").rstrip(".")
        except ValueError:
            raise self.wrong("this is no address; correct `url`") from None

    def client(self) -> httpx2.Client:
        """Follows nothing by itself, and takes nothing from the environment."""
        return httpx2.Client(trust_env=False, follow_redirects=False, verify=self.limits.hosts.tls())

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

    def ask(
        self,
        client: httpx2.Client,
        method: str,
        read: Callable[[httpx2.Response], _Answer],
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
    ) -> _Answer:
        """What `read` makes of the answer, of the first address that can be reached.

        To be called in a `turn`. Raises SourceError.
        """
        trouble = ""
        for address in self._addresses():
            try:
                return self._ask_at(client, self._request(client, method, address, headers, content=content), read)
            except httpx2.ConnectError as wrong:
                self.seconds_left()
                trouble = _trouble_in(wrong)  # the next address may answer
            except httpx2.TimeoutException:
                self.seconds_left()
                raise self.wrong("it does not answer in time; try again later or raise `collect.timeout`") from None
            except (httpx2.HTTPError, httpx2.InvalidURL) as wrong:
                self.seconds_left()
                raise self.wrong(f"the answer cannot be read ({wrong}); try again later") from wrong
        raise self.wrong(f"no connection ({trouble}); check the address, or try again later")

    def _addresses(self) -> list[str]:
        try:
            parts = urlsplit(self.url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            raise self.wrong("this is no address; correct `url`") from None
        if parts.scheme not in ("http", "https") or not self.host:
            raise self.wrong("only http:// and https:// addresses are fetched; correct `url`")
        try:
            return allowed_addresses(self.host, port, self.limits.resolve, private_hosts=self.limits.private_hosts)
        except ValueError as wrong:
            raise self.wrong(str(wrong)) from wrong

    def _request(
        self, client: httpx2.Client, method: str, address: str, headers: Mapping[str, str], *, content: bytes | None
    ) -> httpx2.Request:
        there = httpx2.URL(self.url)
        return client.build_request(
            method,
            there.copy_with(host=address, fragment=None),
            content=content,
            headers={
                **headers,
                "Host": there.netloc.decode("ascii"),
                "User-Agent": f"publisher/{__version__} (+{self.limits.site_url})",
                "Accept-Encoding": "gzip, deflate",
            },
            timeout=self.seconds_left(),
            extensions={"sni_hostname": there.raw_host.decode("ascii"), "trace": self.note_line},
        )

    def _ask_at(
        self, client: httpx2.Client, request: httpx2.Request, read: Callable[[httpx2.Response], _Answer]
    ) -> _Answer:
        response = client.send(request, stream=True)
        try:
            return read(response)
        finally:
            response.close()


def _trouble_in(wrong: BaseException) -> str:
    """Why there is no connection; of TLS without the numbers of its library."""
    cause: BaseException | None = wrong
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate does not prove who it is: {cause.verify_message.rstrip('.')}"
        cause = cause.__cause__ or cause.__context__
    return str(wrong)


def headers_of(response: httpx2.Response) -> dict[str, str]:
    """Its headers, names in lower case."""
    return {name.lower(): value for name, value in response.headers.items()}


def shown(url: str) -> str:
    """The address as it may stand in a message: without a password."""
    before, at, after = url.partition("@")
    return f"{before.partition('//')[0]}//…@{after}" if at and "/" not in before.partition("//")[2] else url
