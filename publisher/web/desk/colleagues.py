"""Who works here, as a viewer is told: a colleague. Names are for who may edit the newsletter that it is about.

A viewer may be somebody from outside: an agency, an advertiser, a screen on the wall. Whoever edits works
with these people.
"""

from __future__ import annotations

import re

from publisher.model.user import Right
from publisher.store.audit import Change
from publisher.web.desk.visit import Visit

SOMEBODY = "a colleague"
_NAMED = re.compile(r"\A((?:left out )?by )(?!the command line).*?(, \d{4}-\d\d-\d\d \d\d:\d\d UTC)?\Z", re.DOTALL)


def may_name(visit: Visit, newsletter: str) -> bool:
    """Whether they are told who did what about it."""
    return visit.may(Right.EDIT, newsletter)


def who_did(visit: Visit, change: Change) -> str:
    """Whose change it was, as far as the visitor is told; their own are theirs."""
    is_theirs = change.user is not None and change.user == visit.user.id
    return change.who if change.user is None or is_theirs or may_name(visit, change.newsletter) else SOMEBODY


def told_to(visit: Visit, note: str, newsletter: str) -> str:
    """A note that may say who left a date out."""
    return note if may_name(visit, newsletter) else _NAMED.sub(rf"\1{SOMEBODY}\2", note)
