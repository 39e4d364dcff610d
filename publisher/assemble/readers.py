"""Who gets an issue: those of a newsletter's readers who belong to its audience, by their wishes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembly
from publisher.model.issue import Wish
from publisher.model.subscriber import Cadence
from publisher.store import audience, segments


def readers_of(conn: Connection, assembly: Assembly, cadence: Cadence, *, now: datetime) -> dict[Wish, int]:
    """The distinct wishes of those who would get an issue now, and how many readers have each."""
    newsletter = assembly.newsletter
    return audience.wishes(conn, newsletter.slug, cadence, segments.among(conn, newsletter.audience, now=now))
