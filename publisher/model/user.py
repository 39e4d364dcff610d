"""Who works at the desk, and what each may do there.

A role holds for one newsletter, or for all of them and the site itself. What is asked for is
always a right, never a role: `RIGHTS` is the one place that says who has which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

EVERYTHING = ""
"""In place of a newsletter's slug: all newsletters, and the site."""


class Role(StrEnum):
    OWNER = "owner"
    SENDER = "sender"  # an editor who may send
    EDITOR = "editor"  # an editor who may not
    VIEWER = "viewer"


class Right(StrEnum):
    """What a page or a button asks for."""

    LOOK = "look"  # see how things stand; no reader's address
    EDIT = "edit"  # change columns, posts, drafts and times; preview; see readers
    SEND = "send"  # let letters go, stop them, decide about them; change who gets mail
    OWN = "own"  # users, relays, the whole of config.toml


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.SENDER: frozenset({Right.LOOK, Right.EDIT, Right.SEND}),
    Role.EDITOR: frozenset({Right.LOOK, Right.EDIT}),
    Role.VIEWER: frozenset({Right.LOOK}),
}

IN_WORDS: Mapping[Role, str] = {
    Role.OWNER: "owner",
    Role.SENDER: "editor who may send",
    Role.EDITOR: "editor who may not send",
    Role.VIEWER: "viewer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in, or could."""

    id: int
    email: str  # in lower case
    name: str  # "": none was given
    roles: Mapping[str, Role]  # by newsletter's slug; EVERYTHING: all, and the site
    has_password: bool = True
    has_second_factor: bool = False
    subject: str = ""  # of OpenID Connect; "": does not sign in by it
    created: datetime
    disabled: datetime | None = None  # None: may sign in

    @property
    def called(self) -> str:
        return self.name or self.email

    def may(self, right: Right, newsletter: str = EVERYTHING) -> bool:
        """Whether they have a right for a newsletter; without one: for the site, which a role for all gives alone."""
        if self.disabled is not None:
            return False
        mine = (self.roles.get(EVERYTHING), self.roles.get(newsletter))
        return any(role is not None and right in RIGHTS[role] for role in mine)

    def may_somewhere(self, right: Right) -> bool:
        """Whether there is anything that they have a right for."""
        return self.disabled is None and any(right in RIGHTS[role] for role in self.roles.values())

    def newsletters(self, right: Right, among: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `among` that they have a right for, in that order."""
        return tuple(slug for slug in among if self.may(right, slug))
