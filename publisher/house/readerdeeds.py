"""What a person's hand does with a reader: the same from the command line and from the desk.

Each is done in the caller's transaction, so that who asked for it can be noted beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from sqlalchemy import Connection

from publisher.config.addresses import mail_address
from publisher.config.nouns import cadences_of
from publisher.config.refused import Refused
from publisher.errors import WrongUse
from publisher.house.opened import House
from publisher.model.subscriber import Cadence, Preference, Subscriber
from publisher.model.suppression import Grounds
from publisher.store import preferences, subscribers, suppressions, tags
from publisher.store.preferences import Preferred

LONGEST_TAG = 100  # characters
LONGEST_PAUSE = timedelta(days=366)
BY_HAND = "removed by hand"  # how somebody left


def form_of(address: str) -> str:
    """Its one form; an address that none can have is looked for as it is: an old one may stand there."""
    try:
        return mail_address(address.strip())
    except Refused:
        return address.strip()


def remove(conn: Connection, address: str, *, now: datetime) -> int | None:
    """Let a reader leave every newsletter, for good; how many those were, None: nobody reads with it."""
    return subscribers.leave_all(conn, address, now=now, how=BY_HAND)


def suppress(conn: Connection, address: str, *, why: str, now: datetime) -> bool:
    """Let no mail go to a valid address any more, reader or not; False: it was so before, and stays as it was."""
    return suppressions.put(conn, address, why=Grounds.BY_HAND, detail=why, now=now)


def lift(conn: Connection, address: str, *, why: str, zone: tzinfo, now: datetime) -> bool:
    """Say that mail may go there again; it brings nobody back by itself. False: the address was not suppressed."""
    told = f"by a person's word on {now.astimezone(zone):%Y-%m-%d}: {why}"
    return suppressions.lift(conn, address, why=told, now=now)


def put_tags(conn: Connection, subscriber: int, words: Sequence[str]) -> tuple[str, ...]:
    """Give a reader tags; those that are new. Raises WrongUse for what cannot be one."""
    for word in words:
        check_tag(word)
    return tags.put(conn, subscriber, words)


def check_tag(word: str) -> None:
    """Raises WrongUse for what cannot be a tag."""
    if not tags.tidy(word) or len(word) > LONGEST_TAG:
        limit = f"{LONGEST_TAG} characters at most"
        raise WrongUse(f"{word!r} cannot be a tag: write a word, or some in quotes, of {limit}")


def prefer(
    conn: Connection,
    house: House,
    reader: Subscriber,
    slug: str,
    *,
    cadence: str,
    columns: Sequence[str],
    now: datetime,
) -> Preferred:
    """Change how often a newsletter comes, and what of it; () are all its columns. Raises WrongUse."""
    wish = next((wish for wish in reader.subscriptions if wish.newsletter == slug), None)
    if wish is None:
        return Preferred.UNKNOWN
    offered = dict.fromkeys((*cadences_of(house.config, slug), wish.cadence))  # what was had may stay
    if cadence not in offered:
        raise WrongUse(f"newsletter {slug!r} has no cadence {cadence!r}; it offers: {', '.join(offered)}")
    there = house.newsletters[slug].columns
    strangers = [column for column in columns if column not in there]
    if strangers:
        raise WrongUse(f"newsletter {slug!r} has no column {strangers[0]!r}; it has: {', '.join(there)}")
    chosen = () if set(columns) == set(there) else tuple(sorted(columns))
    return preferences.prefer(
        conn, wish.id, Preference(cadence=Cadence(cadence), columns=chosen), columns=there, now=now
    )


def first_moment_of(day: str, zone: tzinfo, *, now: datetime) -> datetime:
    """When a day begins in the newsroom's zone: until then a reader may be paused. Raises WrongUse."""
    try:
        until = datetime.combine(date.fromisoformat(day), time(), zone)
        length = until - now
    except (ValueError, OverflowError):
        raise WrongUse(f"{day[:40]!r} is no day; write one like 2026-12-24") from None
    if not timedelta(0) < length <= LONGEST_PAUSE:
        raise WrongUse("a pause ends on a day to come, within a year; who wants no letters for longer leaves")
    return until


def valid(address: str) -> str:
    """Its one form. Raises WrongUse for what can be none."""
    try:
        return mail_address(address.strip())
    except Refused as wrong:
        raise WrongUse(f"{address[:320]!r} {wrong}") from None
