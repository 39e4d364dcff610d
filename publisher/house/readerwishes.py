"""What readers who come by an admin's hand are added to: which newsletter, how often, which columns."""

from __future__ import annotations

from publisher.config.nouns import cadences_of
from publisher.errors import WrongUse
from publisher.house.opened import House
from publisher.model.subscriber import Cadence
from publisher.subscribe.candidates import Wanted


def wanted_of(house: House, slug: str, cadence: str | None, columns: tuple[str, ...], *, consent: str) -> Wanted:
    """Raises WrongUse for what the newsletter does not offer."""
    offered = cadences_of(house.config, slug)
    if cadence is not None and cadence not in offered:
        raise WrongUse(f"newsletter {slug!r} has no cadence {cadence!r}; it offers: {', '.join(offered)}")
    newsletter = house.newsletters[slug]
    strangers = [column for column in columns if column not in newsletter.columns]
    if strangers:
        there = ", ".join(newsletter.columns)
        raise WrongUse(f"newsletter {slug!r} has no column {strangers[0]!r}; it has: {there}")
    tables = house.config.columns
    names = {str(tables[one].name).casefold(): one for one in newsletter.columns if one in tables and tables[one].name}
    return Wanted(
        newsletter=slug,
        newsletter_name=newsletter.name,
        cadence=Cadence(cadence) if cadence else offered[0],
        consent=consent,
        columns=columns,
        # What is said on the command line goes before what a list says.
        offered=() if cadence else offered,
        known_columns={} if columns else names | {one.casefold(): one for one in newsletter.columns},
    )


def one_newsletter(house: House, named: str | None) -> str:
    """The newsletter that is meant. Raises WrongUse where that is not clear."""
    known = ", ".join(house.newsletters) or "none"
    if named is None and len(house.newsletters) == 1:
        return next(iter(house.newsletters))
    if named is None:
        raise WrongUse(f"say which newsletter with --newsletter SLUG; there are: {known}")
    if named not in house.newsletters:
        raise WrongUse(f"there is no newsletter {named!r}; there are: {known}")
    return named
