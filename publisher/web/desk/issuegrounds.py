"""What all pages about issues share: which one is asked for, of which newsletter it is, how it is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from starlette.exceptions import HTTPException

from publisher.config.nouns import zone_of
from publisher.model.issue import Issue, IssueKind
from publisher.store import issues
from publisher.web.desk.desk import Desk
from publisher.web.desk.insteadwords import said_at_the_desk
from publisher.web.desk.standing import BADGES
from publisher.web.desk.visit import Visit

_INSTANT = re.compile(r"(\d{8}T\d{6})\d*Z")  # a slot that is no date


def issue_of(desk: Desk, visit: Visit) -> Issue:
    """The issue that the path names. Raises HTTPException 404."""
    with desk.house.store.read() as conn:
        found = issues.find_issue(conn, visit.number("id"))
    if found is None:
        raise HTTPException(404)
    return found


def about_issue(desk: Desk) -> Callable[[Visit], str]:
    """Which newsletter a door is about: that of the issue that the path names."""
    return lambda visit: issue_of(desk, visit).newsletter


def name_of(desk: Desk, issue: Issue) -> str:
    """The newsletter's, or what config.toml called it once."""
    known = desk.house.newsletters.get(issue.newsletter)
    return known.name if known else issue.newsletter


def named(desk: Desk, issue: Issue) -> dict[str, object]:
    """An issue as templates name it."""
    is_service = issue.kind is not IssueKind.ISSUE
    return {
        "id": issue.id,
        "newsletter": name_of(desk, issue),
        "slug": issue.newsletter,
        "is_known": issue.newsletter in desk.house.newsletters,
        "cadence": f"letters of service: {issue.kind}" if is_service else issue.cadence.value.replace("-", " "),
        "is_service": is_service,
        "slot": _slot_in_words(desk, issue),
        "badge": BADGES[issue.state],
        "state": issue.state.value,
        "why": said_at_the_desk(issue.why),
        "due": desk.moment(issue.due),
        "corrects": issue.corrects,
    }


def _slot_in_words(desk: Desk, issue: Issue) -> str:
    """Its date; of one that was made by hand or for a single post, the time at which that was."""
    found = _INSTANT.fullmatch(issue.slot)
    at = desk.moment(datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)) if found else None
    return f"{at.day}, {at.clock}" if at else issue.slot


def zone_for(desk: Desk, issue: Issue) -> tzinfo:
    """The zone of its newsletter, that times are read and told in."""
    known = issue.newsletter in desk.house.config.newsletters
    return zone_of(desk.house.config, issue.newsletter) if known else desk.house.zone


def read_moment(text: str, zone: tzinfo) -> datetime:
    """What `<input type="datetime-local">` sends, on the clock of a zone. Raises ValueError for people."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("write a date and a time, like 2026-12-24T07:00") from None
    if not 1900 < wall.year < 9999:
        raise ValueError("that is no year of ours: name a time that is soon to come")
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != wall:
        raise ValueError("the clocks jump over that time on this day: name another one")
    return at
