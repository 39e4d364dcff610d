"""Who works at the desk: accounts, their roles, and the links by which somebody chooses a password.

An address is one account, whatever its case. There is always an owner of everything who may sign
in: a change that would leave none is refused. Passwords and second factors come hashed or sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from publisher.errors import WrongUse
from publisher.model.user import EVERYTHING, Role, User
from publisher.store import schema

_users, _roles, _links = schema.users, schema.roles, schema.user_links


class LinkPurpose(StrEnum):
    FIRST = "first"  # the first owner of a new site
    INVITE = "invite"
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What is kept to know somebody by; never shown."""

    password: str  # hash; "": cannot be used
    totp: str  # sealed; "": no second factor
    totp_step: int
    recovery: tuple[str, ...]  # hashes


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    purpose: LinkPurpose
    user: int | None  # None: the first owner


def add(conn: Connection, email: str, *, name: str, roles: Mapping[str, Role], now: datetime) -> User:
    """A new account, which cannot sign in yet. Raises WrongUse where the address has one."""
    if find(conn, email) is not None:
        raise WrongUse(f"{email} has an account already")
    row = {"email": email.lower(), "name": name, "password": "", "totp": "", "totp_step": 0, "recovery": []}
    made = insert(_users).values(row | {"subject": "", "created": now}).returning(_users.c.id)
    user: int = conn.execute(made).scalar_one()
    _write_roles(conn, user, roles)
    return get(conn, user)


def find(conn: Connection, email: str) -> User | None:
    """By address, whatever its case."""
    return _one(conn, _users.c.email == email.lower())


def find_by_subject(conn: Connection, subject: str) -> User | None:
    """By what an OpenID provider calls them."""
    return _one(conn, _users.c.subject == subject) if subject else None


def find_id(conn: Connection, user: int) -> User | None:
    return _one(conn, _users.c.id == user)


def get(conn: Connection, user: int) -> User:
    """By number. Raises WrongUse where there is none."""
    found = find_id(conn, user)
    if found is None:
        raise WrongUse(f"there is no user {user}")
    return found


def get_all(conn: Connection) -> list[User]:
    """Everybody, by address."""
    rows = conn.execute(select(_users).order_by(_users.c.email)).mappings().all()
    return [_user_of(conn, row) for row in rows]


def is_anybody(conn: Connection) -> bool:
    """Whether there is an account at all."""
    return conn.execute(select(_users.c.id).limit(1)).first() is not None


def secrets_of(conn: Connection, user: int) -> Secrets:
    names = ("password", "totp", "totp_step", "recovery")
    row = conn.execute(select(*(_users.c[name] for name in names)).where(_users.c.id == user)).mappings().one()
    return Secrets(**dict(row) | {"recovery": tuple(row["recovery"])})


def rename(conn: Connection, user: int, *, name: str) -> None:
    _set(conn, user, name=name)


def set_address(conn: Connection, user: int, email: str) -> None:
    """One that nobody else has; links by which a password could be chosen are over."""
    _set(conn, user, email=email.lower())
    conn.execute(delete(_links).where(_links.c.user == user))


def set_password(conn: Connection, user: int, hashed: str) -> None:
    """A new one; links by which it could have been chosen are over."""
    _set(conn, user, password=hashed)
    conn.execute(delete(_links).where(_links.c.user == user))


def set_second_factor(conn: Connection, user: int, sealed: str, recovery: tuple[str, ...]) -> None:
    """A key, sealed, with hashes of its recovery codes; "" takes it away."""
    _set(conn, user, totp=sealed, totp_step=0, recovery=list(recovery))


def use_step(conn: Connection, user: int, step: int) -> bool:
    """Take a step of the second factor; False where it or a later one was used (RFC 6238 §5.2)."""
    later = update(_users).where(_users.c.id == user, _users.c.totp_step < step)
    return bool(conn.execute(later.values(totp_step=step)).rowcount)


def use_recovery(conn: Connection, user: int, hashed: str) -> bool:
    """Take a recovery code; False where there is none like it, or it was used."""
    conn.execute(update(_users).where(_users.c.id == user).values(name=_users.c.name))  # locks the row
    left = secrets_of(conn, user).recovery
    if hashed not in left:
        return False
    _set(conn, user, recovery=[one for one in left if one != hashed])
    return True


def set_subject(conn: Connection, user: int, subject: str) -> None:
    _set(conn, user, subject=subject)


def set_roles(conn: Connection, user: int, roles: Mapping[str, Role]) -> None:
    """Exactly these. Raises WrongUse where nobody would own the site any more."""
    take_turn(conn)
    _write_roles(conn, user, roles)
    _an_owner_stays(conn)


def disable(conn: Connection, user: int, *, now: datetime) -> None:
    """No signing in any more, and no session. Raises WrongUse for the last owner."""
    take_turn(conn)
    _set(conn, user, disabled=now)
    conn.execute(delete(schema.sessions).where(schema.sessions.c.user == user))
    conn.execute(delete(_links).where(_links.c.user == user))
    _an_owner_stays(conn)


def enable(conn: Connection, user: int) -> None:
    _set(conn, user, disabled=None)


def remove(conn: Connection, user: int) -> None:
    """With roles, links and sessions; what they did stays in the audit log. Raises WrongUse for the last owner."""
    take_turn(conn)
    conn.execute(delete(_users).where(_users.c.id == user))
    _an_owner_stays(conn)


def put_link(
    conn: Connection, digest: str, purpose: LinkPurpose, user: int | None, *, now: datetime, ends: datetime
) -> None:
    """A new link; earlier ones of the same person are over."""
    same = _links.c.user.is_(None) if user is None else _links.c.user == user
    conn.execute(delete(_links).where(same))
    conn.execute(insert(_links).values(digest=digest, purpose=purpose, user=user, created=now, ends=ends))


def find_link(conn: Connection, digest: str, *, now: datetime) -> Link | None:
    """None: there is none, it was used, or its time is over."""
    wanted = select(_links).where(_links.c.digest == digest, _links.c.ends > now)
    row = conn.execute(wanted).mappings().one_or_none()
    return Link(purpose=LinkPurpose(row["purpose"]), user=row["user"]) if row else None


def use_link(conn: Connection, digest: str, *, now: datetime) -> Link | None:
    """Take it: whoever comes with it again finds nothing."""
    link = find_link(conn, digest, now=now)
    taken = conn.execute(delete(_links).where(_links.c.digest == digest)).rowcount
    return link if taken else None


def _write_roles(conn: Connection, user: int, roles: Mapping[str, Role]) -> None:
    conn.execute(delete(_roles).where(_roles.c.user == user))
    rows = [{"user": user, "newsletter": slug, "role": role.value} for slug, role in roles.items()]
    if rows:
        conn.execute(insert(_roles), rows)


def take_turn(conn: Connection) -> None:
    """Two owners who take the role from each other wait here, before either has changed anything."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(_users.c.id).order_by(_users.c.id).with_for_update())


def _an_owner_stays(conn: Connection) -> None:
    """Checked after the change, whose transaction ends with this error."""
    owners = (
        select(func.count())
        .select_from(_roles.join(_users, _users.c.id == _roles.c.user))
        .where(_roles.c.newsletter == EVERYTHING, _roles.c.role == Role.OWNER, _users.c.disabled.is_(None))
    )
    if not conn.execute(owners).scalar_one():
        raise WrongUse("somebody has to own the site: make another user owner of everything first")


def _set(conn: Connection, user: int, **values: Any) -> None:
    conn.execute(update(_users).where(_users.c.id == user).values(**values))


def _one(conn: Connection, condition: Any) -> User | None:
    row = conn.execute(select(_users).where(condition)).mappings().one_or_none()
    return _user_of(conn, row) if row else None


def _user_of(conn: Connection, row: RowMapping) -> User:
    roles = conn.execute(select(_roles.c.newsletter, _roles.c.role).where(_roles.c.user == row["id"]))
    return User(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        roles={slug: Role(role) for slug, role in roles},
        has_password=bool(row["password"]),
        has_second_factor=bool(row["totp"]),
        subject=row["subject"],
        created=row["created"],
        disabled=row["disabled"],
    )
