"""Letters of service: please confirm, your new address, your own page, welcome.

Each answers one reader, or somebody who wrote down an address that may not be his. They
are composed as issues are, of an `Edition` that has a kind, by `templates/letter/service.*`
in the look of the newsletter. A welcome may carry the latest issue, in the newsletter's own
design below the words of welcome.

None has the newsletter's greeting: it names the reader, and it may wish a good morning at
midnight. Pure. Not here: when such a letter goes, and to whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from publisher.letter.compose import Templating, compose
from publisher.letter.edition import Edition
from publisher.model.column import Column
from publisher.model.issue import IssueKind, Newsletter
from publisher.model.letter import Letter
from publisher.model.subscriber import Cadence

_NO_COLUMNS: Mapping[str, Column] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceEdition:
    """What a letter of service is made of, before it is rendered."""

    site_name: str
    site_url: str
    postal_address: str
    newsletter: Newsletter
    kind: IssueKind  # any but ISSUE
    language: str  # "": that of the newsletter
    date: date  # the newsroom's
    latest: Edition | None = None  # of a welcome: what follows below; one without posts is left out


def compose_service(edition: ServiceEdition, templates: Templating) -> Letter:
    """The letter. Raises TemplateError."""
    return compose(edition_of(edition), templates)


def edition_of(service: ServiceEdition) -> Edition:
    """The same as `compose` and `lint` take it."""
    newsletter = replace(service.newsletter, language=service.language or service.newsletter.language, greeting="")
    latest = service.latest if service.kind is IssueKind.WELCOME else None
    if latest is not None and latest.posts:
        return replace(
            latest,
            site_name=service.site_name,
            site_url=service.site_url,
            postal_address=service.postal_address,
            newsletter=newsletter,
            kind=service.kind,
            view_url="",
        )
    return Edition(
        site_name=service.site_name,
        site_url=service.site_url,
        postal_address=service.postal_address,
        newsletter=newsletter,
        cadence=Cadence.AS_IT_HAPPENS,  # it came when somebody did something
        columns=_NO_COLUMNS,
        posts=(),
        view_url="",
        date=service.date,
        kind=service.kind,
    )
