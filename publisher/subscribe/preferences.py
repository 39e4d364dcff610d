"""What a reader may choose of a newsletter, and what a form says of it. Pure.

A field that is not in the form is no wish: what it is about stays as it was. So a page may
ask for less than there is to choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from publisher.model.subscriber import Cadence, Preference, Subscription

CADENCE, EXTENT, COLUMN = "cadence", "columns", "column"  # names of fields
ALL, SOME = "all", "some"  # values of EXTENT

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What there is to choose."""

    cadences: tuple[Cadence, ...]
    columns: tuple[str, ...]  # slugs

    @property
    def is_choice(self) -> bool:
        return len(self.cadences) > 1 or len(self.columns) > 1


class Unclear(StrEnum):
    """Why a form is no choice."""

    CADENCE = "cadence"  # one that is not offered
    NO_COLUMN = "no column"  # some columns, and none of them is named
    NOTHING = "nothing"  # it is not this form


def read_choice(fields: Fields, had: Subscription, offer: Offer) -> Preference | Unclear:
    """The choice that a form makes."""
    if not fields.keys() & {CADENCE, EXTENT}:
        return Unclear.NOTHING
    cadence = had.cadence
    if told := fields.get(CADENCE):
        if told[-1] not in offer.cadences:
            return Unclear.CADENCE
        cadence = Cadence(told[-1])
    extent = fields.get(EXTENT, [""])[-1]
    if extent not in ("", ALL, SOME):
        return Unclear.NOTHING
    columns = had.columns
    if extent:
        named = set(fields.get(COLUMN, ()))
        columns = tuple(sorted(named & set(offer.columns))) if extent == SOME else ()
        if extent == SOME and not columns:
            return Unclear.NO_COLUMN
    return Preference(cadence=cadence, columns=columns)
