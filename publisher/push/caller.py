"""Asking strangers whose addresses others gave us: hubs, callbacks. What comes back is a value.

`fetch.asking` guards each connection: the address that is dialled is the one that was
checked, and time is limited in all. Redirects are not followed: WebSub §5.3.1 and §7 take
them for failures. A connection is used once: the next callback at that address may belong
to another name, whose certificate was not checked on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import TracebackType

import httpx2

from publisher.errors import SourceError
from publisher.fetch.asking import Asking, Limits, headers_of
from publisher.fetch.hosts import Hosts
from publisher.fetch.unpack import ENCODINGS, TooLarge, Unpacker
from publisher.push.telling import Answer, asked_pause

MOST_BYTES = 4096  # of an answer that are read: a challenge, or a few words


class _NoQueue(Hosts):
    """Hosts where nobody waits: a crew counts how many it asks at once, and remembers no host for ever."""

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:  # noqa: ARG002  as its caller names it
        yield


class Caller:
    """Makes requests within limits; may be used by many threads at once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = replace(limits, hosts=_NoQueue(tls=limits.hosts.tls()))
        self._client = httpx2.Client(
            trust_env=False,
            follow_redirects=False,
            verify=limits.hosts.tls(),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        )

    def __enter__(self) -> Caller:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, url: str) -> Answer:
        """Ask with all that stands in the address."""
        return self._ask("GET", url, {"Accept": "*/*"}, None)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body."""
        return self._ask("POST", url, {"Accept": "*/*", **headers}, body)

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        seconds = self._limits.timeout.total_seconds()
        asking = Asking(source="push", limits=self._limits, url=url, left_seconds=seconds)
        try:
            with asking.turn():
                return asking.ask(self._client, method, _read, headers=headers, content=body)
        except SourceError as wrong:
            # Its cure is for who collects; what is wrong stands before it.
            return Answer(status=None, problem=wrong.problem.partition("; ")[0])


def _read(response: httpx2.Response) -> Answer:
    """The beginning is enough: who sends more, or in drips, is cut off by the clock of `asking`."""
    headers = headers_of(response)
    encoding = headers.get("content-encoding", "").strip().lower()
    unpacker = Unpacker(encoding if encoding in ENCODINGS else "", max_bytes=MOST_BYTES)
    with suppress(TooLarge, ValueError):  # it was answered, and the status says how
        for piece in response.iter_raw():
            unpacker.take(piece)
    content = bytes(unpacker.content[:MOST_BYTES])
    return Answer(status=response.status_code, content=content, asked_for=asked_pause(headers))
