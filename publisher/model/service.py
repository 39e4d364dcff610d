"""Letters of service: where one stands in its hour, how long its link is good, where that leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from publisher.model.issue import Issue, IssueKind

AN_HOUR = timedelta(hours=1)
TRIED = timedelta(hours=24)  # how long such a letter is tried, from the end of its hour
CONFIRMED_WITHIN = timedelta(days=7)
_FORM = "%Y-%m-%dT%H"


class Welcome(StrEnum):
    """What who has joined gets at once."""

    NONE = "none"
    LETTER = "letter"
    LATEST = "latest"  # a letter, with the latest issue in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the link of a letter of service opens."""

    path: str  # below the site's URL; the token follows
    lasts: timedelta  # from the end of the letter's hour


DOORS: Mapping[IssueKind, Door] = {
    IssueKind.CONFIRM: Door(path="confirm", lasts=CONFIRMED_WITHIN),
    IssueKind.CHANGE: Door(path="confirm", lasts=CONFIRMED_WITHIN),
    IssueKind.LINK: Door(path="you", lasts=timedelta(hours=24)),
}
"""A kind that is not here has no link of its own."""


TO_DECLINE = (IssueKind.CONFIRM, IssueKind.CHANGE)
"""Letters that somebody else may have asked for: their way out is to say so, and ends nothing that is read."""


def slot_of(kind: IssueKind, language: str, *, now: datetime) -> str:
    """`confirm/de/2026-11-23T14`: one issue holds the letters of an hour, by UTC."""
    return f"{kind}/{language}/{now.astimezone(UTC).strftime(_FORM)}"


def language_of(slot: str) -> str:
    """BCP 47."""
    return slot.split("/")[1]


def end_of_hour(slot: str) -> datetime:
    """When the hour of a slot is over."""
    return datetime.strptime(slot.rpartition("/")[2], _FORM).replace(tzinfo=UTC) + AN_HOUR


def good_until(issue: Issue) -> datetime:
    """When the link in the letters of an issue of service ends; the same at each try, so that the letter is."""
    return end_of_hour(issue.slot) + DOORS[issue.kind].lasts
