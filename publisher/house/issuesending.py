"""A proposal on its way: to how many it would go, and somebody's word that it goes, now or at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembled
from publisher.assemble.correction import groups_of
from publisher.assemble.releasing import look_at
from publisher.assemble.settling import Also
from publisher.errors import PublisherError
from publisher.house.issuedeeds import get_proposal
from publisher.house.issuedrafts import go_now, move_to
from publisher.house.making import approve_issue, assembly_of
from publisher.house.opened import House
from publisher.house.press import publish
from publisher.model.issue import Issue
from publisher.store import corrections, drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When a proposal is to go: at its time, where neither is said."""

    now: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What came of it."""

    made: Assembled
    trouble: str = ""  # its pages could not be published; the letters go all the same


def readers_of_proposal(conn: Connection, house: House, issue: Issue, *, now: datetime) -> int:
    """How many would get it, if it went now."""
    if issue.corrects is not None:
        return _who_got_it(conn, issue.id, issue.corrects)
    material = look_at(conn, assembly_of(house, issue.newsletter), issue, drafts.find(conn, issue.id), now=now)
    return sum(material.readers[wish] for variant in material.choice.variants for wish in variant.wishes)


def _who_got_it(conn: Connection, correction: int, corrected: int) -> int:
    made = corrections.variants_of(conn, correction)
    named = {seq for variant in made for seq in variant.revisions}
    groups = groups_of(corrections.variants_of(conn, corrected), named)
    return sum(corrections.count_readers(conn, groups.get(tuple(sorted(variant.revisions)), [])) for variant in made)


def let_go(house: House, issue_id: int, when: When, *, now: datetime, also: Also) -> Gone:
    """Somebody's word that a proposal goes; `also` is done in the transaction that writes it. Raises WrongUse."""
    if when.now or when.at:
        with house.store.write() as conn:
            if when.at:
                move_to(conn, house, issue_id, when.at, now=now)
            else:
                go_now(conn, house, issue_id, now=now)
    with house.store.read() as conn:
        issue = get_proposal(conn, house, issue_id)
    made = approve_issue(house, issue, also=also)
    if made.deliveries:
        try:
            publish(house)  # letters lead to their pages
        except PublisherError as wrong:
            return Gone(made=made, trouble=f"its page is not published yet: {wrong}")
    return Gone(made=made)
