"""By whose hand something is done, for the audit log: of somebody at the desk, or at the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.store import audit

COMMAND_LINE = "command line"
SOMEBODY = "nobody signed in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    who: str
    user: int | None = None  # None: nobody who signed in
    ip: str = ""
    now: datetime

    def note(
        self, conn: Connection, act: str, subject: str, *, before: str = "", after: str = "", newsletter: str = ""
    ) -> None:
        """Write a change down, in the transaction that makes it."""
        audit.add(
            conn,
            act,
            subject,
            who=self.who,
            user=self.user,
            ip=self.ip,
            newsletter=newsletter,
            before=before,
            after=after,
            now=self.now,
        )


def by_command(now: datetime) -> Hand:
    return Hand(who=COMMAND_LINE, now=now)
