"""Hearing a provider out: a request that came to `/hooks/NAME`, with what has to be fetched for it.

Responsible for the two visits that Amazon SNS asks for: its certificate, which is kept, and the address
that confirms a subscription. What a request means stands in `webhooks/`; what becomes of its events is
for who calls. A visit that fails is answered 503, and the provider tells again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from publisher.bounce.webhooks.event import Accepted, Answer, Keys, Request, Turned, Wanted
from publisher.bounce.webhooks.table import PROVIDERS
from publisher.errors import SourceError
from publisher.fetch.web import Limits, fetch

MOST_CERTIFICATES = 8  # Amazon has one for a region at a time
_LARGEST_BYTES = 64 * 1024
_LONGEST_WAIT = timedelta(seconds=8)

Visitor = Callable[[str], bytes]
"""What stands at an address. Raises SourceError."""


def visitor(site_url: str, *, private_hosts: frozenset[str] = frozenset()) -> Visitor:
    """Visits addresses of providers; a redirect to anywhere else is not followed to its end."""
    limits = Limits(max_bytes=_LARGEST_BYTES, timeout=_LONGEST_WAIT, site_url=site_url, private_hosts=private_hosts)

    def visit(url: str) -> bytes:
        found = fetch("webhook", url, limits)
        if found.url != url:
            raise SourceError(
                source="webhook", place=url, problem=f"it redirects to {found.url}, which is not believed"
            )
        return found.content

    return visit


@dataclass(slots=True, kw_only=True)
class Hearing:
    """One table `[webhooks.NAME]`. May be asked by several threads at once."""

    provider: str
    keys: Keys = field(repr=False)
    visit: Visitor
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def hear(self, request: Request, now: datetime) -> Accepted | Turned:
        """Events that are proved to be the provider's, or why there are none."""
        try:
            answer = self._read(request, now)
            if isinstance(answer, Wanted):
                self._fetch(answer.url)
                answer = self._read(request, now)
            if isinstance(answer, Accepted) and answer.confirm:
                self.visit(answer.confirm)
        except SourceError as wrong:
            return Turned(status=503, problem=f"what has to be fetched for it cannot be: {wrong.problem}")
        if isinstance(answer, Wanted):
            return Turned(status=503, problem="a certificate was fetched and is wanted again")
        return answer

    def _read(self, request: Request, now: datetime) -> Answer:
        return PROVIDERS[self.provider](request, self.keys, now)

    def _fetch(self, url: str) -> None:
        """One thread fetches, the others wait for it."""
        with self._lock:
            known = dict(self.keys.certificates)
            if url in known:
                return
            known[url] = self.visit(url)
            while len(known) > MOST_CERTIFICATES:
                known.pop(next(iter(known)))
            self.keys = replace(self.keys, certificates=known)
