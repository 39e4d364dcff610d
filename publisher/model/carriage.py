"""Whether a relay may carry a newsletter: by the newsletter's name, and by the domain of its From.

A provider sends for the domains that it knows; others it refuses, or rewrites their From.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cargo:
    """What a relay is for; an empty collection means all."""

    newsletters: Collection[str] = ()
    from_domains: Collection[str] = ()  # each with all that is below it; A-labels in lower case

    def holds(self, newsletter: str, from_domain: str) -> bool:
        return self.holds_newsletter(newsletter) and self.holds_domain(from_domain)

    def holds_newsletter(self, newsletter: str) -> bool:
        return not self.newsletters or newsletter in self.newsletters

    def holds_domain(self, from_domain: str) -> bool:
        domain = from_domain.lower()
        return not self.from_domains or any(domain == one or domain.endswith(f".{one}") for one in self.from_domains)
