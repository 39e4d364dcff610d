"""A request as the pages of the desk see it: who asks, what the form says, from where and when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from publisher.model.user import EVERYTHING, Right, User
from publisher.store.sessions import Session

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    user: User
    session: Session
    proof: str  # stands in each form, so that no other site can send it


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Everything a handler is told."""

    request: Request
    signed_in: SignedIn | None  # None: only at doors that ask for no right
    ip: str
    now: datetime
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)  # of the form
    files: Mapping[str, UploadFile] = field(default_factory=dict)  # that it brought

    @property
    def user(self) -> User:
        """Who asks. Raises HTTPException 401 where nobody signed in."""
        if self.signed_in is None:
            raise HTTPException(401)
        return self.signed_in.user

    def may(self, right: Right, newsletter: str = EVERYTHING) -> bool:
        return self.signed_in is not None and self.user.may(right, newsletter)

    def part(self, name: str) -> str:
        """What the path has in a place, e.g. `{slug}`."""
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        """The same where the path has a number, `{id:int}`. Raises HTTPException 404 beyond what a row can have."""
        value = int(self.request.path_params[name])
        if value >= 2**63:
            raise HTTPException(404)
        return value

    def asked(self, name: str, default: str = "") -> str:
        """What the query says."""
        return as_text(self.request.query_params.get(name, default)).strip()

    def asked_all(self, name: str) -> tuple[str, ...]:
        """The same where it is said several times."""
        return tuple(map(as_text, self.request.query_params.getlist(name)))

    def text(self, name: str, default: str = "") -> str:
        """What stands in a field, without blanks around it; the last one where there are several."""
        return (self.fields.get(name) or (default,))[-1].strip()

    def texts(self, name: str) -> tuple[str, ...]:
        """What stands in all fields of that name, e.g. ticked boxes."""
        return tuple(self.fields.get(name, ()))

    def has(self, name: str) -> bool:
        """Whether there is such a field: a box that is ticked, a button that was pressed."""
        return name in self.fields


def is_text(value: str) -> bool:
    """Whether every database keeps it: no U+0000, and no half of a character, which some codings can say."""
    return _NO_TEXT.search(value) is None


def as_text(value: str) -> str:
    """With a sign in place of each character that is none: what is only looked for is found nowhere then."""
    return _NO_TEXT.sub("\ufffd", value)
