"""Who a person is that a provider knows: the account of that subject, or, the first time, of that verified address.

Nobody gets an account by being known elsewhere: an owner invites first. An account that belongs to
one subject is never given to another, whatever address that one has. How the provider is asked is
in `openid.py`, which needs the extra `oidc`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from publisher.config.outlets import OidcTable
from publisher.errors import ConfigError
from publisher.house.grants import secret_at
from publisher.house.hands import Hand
from publisher.house.opened import House
from publisher.model.user import User
from publisher.store import users

ON_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What we are to the provider."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)  # "": PKCE alone proves us


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whom the provider says it is."""

    subject: str  # the issuer and its name for them
    email: str  # in lower case; "": the provider tells none that it has verified
    proved: datetime | None = None  # when they proved to it who they are; None: it does not tell


def client_of(house: House, table: OidcTable) -> Client:
    """What we are to the provider. Raises ConfigError."""
    if not is_safe(table.issuer):
        cure = "secrets go there, so its address has to begin with `https://`"
        raise ConfigError((f"config.toml: web.oidc.issuer: {table.issuer} is not safe; {cure}",))
    secret = secret_at(house, table.client_secret, "web.oidc.client_secret")
    return Client(issuer=table.issuer, client_id=table.client_id, client_secret=secret)


def is_safe(address: str) -> bool:
    """Whether secrets may go there: by TLS, or on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ON_THIS_MACHINE)


def account_of(conn: Connection, known: Known, *, domains: Collection[str], hand: Hand) -> User | None:
    """The account; None where nobody invited them, or it may not sign in. The first time it is theirs from then on."""
    user = users.find_by_subject(conn, known.subject)
    if user is None and known.email and _is_welcome(known.email, domains):
        invited = users.find(conn, known.email)
        if invited is not None and not invited.subject and invited.disabled is None:
            users.set_subject(conn, invited.id, known.subject)
            hand.note(conn, "user.oidc", f"user:{invited.id}", after=f"signs in as {known.subject}")
            user = users.get(conn, invited.id)
    return user if user is not None and user.disabled is None else None


def _is_welcome(email: str, domains: Collection[str]) -> bool:
    return not domains or email.rpartition("@")[2] in domains
