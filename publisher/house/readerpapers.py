"""What the rows of a list of readers may be added to, by a person's word and by what the list says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from publisher.house.opened import House
from publisher.house.readerwishes import one_newsletter, wanted_of
from publisher.subscribe.cells import Wanted
from publisher.subscribe.listformats import OWN
from publisher.subscribe.survey import Found


def papers_of(
    house: House,
    file_name: str,
    lists: Sequence[Found],
    *,
    newsletter: str | None,
    cadence: str | None,
    columns: tuple[str, ...],
    consent: str | None,
    now: datetime,
) -> Mapping[str, Wanted]:
    """All newsletters, where the list is our own and nothing else is said. Raises WrongUse."""
    formats = {found.layout.format.name: found.layout.format for found in lists if found.layout}
    slugs = list(house.newsletters) if is_own(lists) and newsletter is None else [one_newsletter(house, newsletter)]
    titles = ", ".join(sorted(one.title for one in formats.values() if one.needs))
    source = f"import of {file_name}{f' ({titles})' if titles else ''} on {now.astimezone(house.zone):%Y-%m-%d}"
    return {slug: wanted_of(house, slug, cadence, columns, consent=consent or source) for slug in slugs}


def is_own(lists: Sequence[Found]) -> bool:
    """Whether all of it is an export of this program."""
    return {found.layout.format.name for found in lists if found.layout} == {OWN.name}
