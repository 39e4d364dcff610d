"""Questions to the DNS. A name that is not there, or has no such record, is an empty answer and no error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dns.exception
import dns.name
import dns.resolver
import dns.reversename

SECONDS = 4.0  # for one question, however many servers are asked


class Unanswered(Exception):
    """The DNS did not say: no server, no answer in time, or an answer that cannot be read."""


class Resolver:
    """Asks the servers of this machine, or those that are named."""

    def __init__(self, servers: Sequence[str] = (), *, port: int = 53) -> None:
        self._servers = list(servers)
        self._port = port

    def texts(self, name: str) -> tuple[str, ...]:
        """TXT records, each in one piece. Raises Unanswered, like all here."""
        answers = self._ask(name, "TXT")
        return tuple(b"".join(one.strings).decode("utf-8", "replace") for one in answers)

    def exchangers(self, name: str) -> tuple[str, ...]:
        """MX records by preference; `.` is a domain that takes no mail."""
        answers = sorted(self._ask(name, "MX"), key=lambda one: one.preference)
        return tuple(one.exchange.to_text(omit_final_dot=one.exchange != dns.name.root) for one in answers)

    def addresses(self, name: str) -> tuple[str, ...]:
        """A and AAAA records."""
        return tuple(one.address for kind in ("A", "AAAA") for one in self._ask(name, kind))

    def names(self, address: str) -> tuple[str, ...]:
        """PTR records of an address."""
        try:
            asked = dns.reversename.from_address(address).to_text()
        except (dns.exception.SyntaxError, ValueError) as wrong:
            raise Unanswered(f"{address!r} is no address") from wrong
        return tuple(one.target.to_text(omit_final_dot=True).lower() for one in self._ask(asked, "PTR"))

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            resolver = dns.resolver.Resolver(configure=not self._servers)
            if self._servers:
                resolver.nameservers, resolver.port = self._servers, self._port
            return list(resolver.resolve(name, kind, lifetime=SECONDS, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.Timeout as wrong:
            raise Unanswered(f"no answer within {SECONDS:.0f} seconds") from wrong
        except (dns.exception.DNSException, OSError, UnicodeError) as wrong:
            raise Unanswered(str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__) from wrong
