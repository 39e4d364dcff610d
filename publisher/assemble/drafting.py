"""A draft: the issue of a slot, made ahead of it, to be looked at.

It is a proposal: no delivery, and nobody's place in the news changes. Where nobody has
news there is nothing to look at, and the slot makes its issue itself when it has come.
"""

from __future__ import annotations

from datetime import datetime

from publisher.assemble.assembly import Assembled, Assembly, Result
from publisher.assemble.proposing import gather, issue_of
from publisher.assemble.readers import readers_of
from publisher.assemble.settling import Also, composed, keep, nothing_else, nothing_in
from publisher.model.issue import IssueState
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import issues
from publisher.store.database import Store
from publisher.templating import Templates


def draft(
    store: Store,
    assembly: Assembly,
    *,
    cadence: Cadence,
    slot: Slot,
    now: datetime,
    templates: Templates,
    also: Also = nothing_else,
) -> Assembled:
    """Make the draft of a slot that is still to come; held where its letters have an error."""
    slug = assembly.newsletter.slug
    with store.read() as conn:
        made = issues.find_by_slot(conn, slug, cadence, slot.key)
        material = gather(conn, assembly, cadence, {} if made else readers_of(conn, assembly, cadence, now=now))
    if made:
        return Assembled(result=Result.ALREADY, issue=made.id)
    if nothing := nothing_in(material):
        return Assembled(result=nothing)
    if not any(variant.seqs for variant in material.choice.variants):
        return Assembled(result=Result.NO_NEWS)  # that nothing is new is said when it is so, not hours before
    issue = issue_of(assembly, cadence, slot, material.choice, now=now)
    proposal, wrong = composed(assembly, issue, material, templates)
    return keep(store, proposal, IssueState.HELD if wrong else IssueState.DRAFT, why=wrong, now=now, also=also)
