"""How people join by themselves, as config.toml says."""

from __future__ import annotations

from publisher.config.nouns import joinable_of
from publisher.config.schema import Config
from publisher.subscribe.bounds import Bounds
from publisher.web.site import SignUp


def signup_of(config: Config) -> SignUp | None:
    """None where nobody joins by himself."""
    slugs, table = joinable_of(config), config.signup
    if not slugs:
        return None
    return SignUp(
        offers={slug: " ".join(config.newsletters[slug].description.split()) for slug in slugs},
        origins=table.origins,
        privacy_url=table.privacy_url or "",
        bounds=Bounds(client=table.per_client, domain=table.per_domain, site=table.per_site),
        work_bits=table.work,
    )


def welcomes_of(config: Config) -> frozenset[str]:
    """Newsletters that welcome who joins with a letter."""
    return frozenset(slug for slug, table in config.newsletters.items() if table.welcome != "none")
