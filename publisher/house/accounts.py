"""Accounts of the desk: what the page of users and `publisher users` do, once for both. Each is in the audit log.

Nothing is sent by mail: an invitation is a link that its owner passes on, and who has it chooses
the password.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.config.addresses import mail_address
from publisher.config.refused import Refused
from publisher.errors import WrongUse
from publisher.house.hands import Hand
from publisher.house.onetime import digest_of, new_token
from publisher.model.user import EVERYTHING, IN_WORDS, Role, User
from publisher.store import sessions, users, wantedaddresses
from publisher.store.users import LinkPurpose

FIRST_FOR = timedelta(hours=24)
LINK_FOR = timedelta(days=7)
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A link that was made, to be passed on; it cannot be shown again."""

    purpose: LinkPurpose
    token: str
    ends: datetime

    @property
    def path(self) -> str:
        return f"/desk/{self.purpose}/{self.token}"


def address(given: str) -> str:
    """An address that one signs in with. Raises WrongUse."""
    try:
        return mail_address(given.strip()).lower()
    except Refused as wrong:
        raise WrongUse(f"{given.strip() or 'the address'} {wrong}") from None


def personal_name(given: str) -> str:
    """A name as it is shown. Raises WrongUse."""
    name = " ".join("".join(char if char.isprintable() else " " for char in given).split())
    if len(name) > LONGEST_NAME:
        raise WrongUse(f"a name has {LONGEST_NAME} characters at most")
    return name


def by_address(conn: Connection, email: str) -> User:
    """Raises WrongUse where nobody has it."""
    user = users.find(conn, email.strip())
    if user is None:
        raise WrongUse(f"{email} has no account; `publisher users list` shows who has")
    return user


def first_offer(conn: Connection, *, now: datetime) -> Offer | None:
    """The link by which the first owner comes in, a new one each time; None where somebody has an account."""
    return None if users.is_anybody(conn) else _offer(conn, LinkPurpose.FIRST, None, now=now, lasts=FIRST_FOR)


def make_first(conn: Connection, hand: Hand, *, email: str, name: str, hashed: str) -> User:
    """The first owner. Raises WrongUse where somebody else was first."""
    if users.is_anybody(conn):
        raise WrongUse("this site has an owner already, who can invite you")
    user = users.add(conn, address(email), name=personal_name(name), roles={EVERYTHING: Role.OWNER}, now=hand.now)
    users.set_password(conn, user.id, hashed)
    hand.note(conn, "user.first", _of(user), after=described(user))
    return users.get(conn, user.id)


def invite(
    conn: Connection, hand: Hand, *, email: str, name: str, roles: Mapping[str, Role], known: Collection[str]
) -> tuple[User, Offer]:
    """A new account, with the link to pass on. Raises WrongUse."""
    check_roles(roles, known)
    if not users.is_anybody(conn) and roles.get(EVERYTHING) is not Role.OWNER:
        raise WrongUse("the first account has to be an owner of everything")
    user = users.add(conn, address(email), name=personal_name(name), roles=roles, now=hand.now)
    hand.note(conn, "user.invite", _of(user), after=described(user))
    return user, _offer(conn, LinkPurpose.INVITE, user.id, now=hand.now, lasts=LINK_FOR)


def offer_again(conn: Connection, hand: Hand, user: User) -> Offer:
    """A link by which they choose a password; earlier ones are over. Raises WrongUse for who may not sign in."""
    if user.disabled is not None:
        raise WrongUse(f"{user.email} may not sign in; enable the account first")
    purpose = LinkPurpose.RESET if user.has_password else LinkPurpose.INVITE
    hand.note(conn, "user.link", _of(user), after=f"a link to choose a password ({purpose})")
    return _offer(conn, purpose, user.id, now=hand.now, lasts=LINK_FOR)


def change_roles(
    conn: Connection, hand: Hand, user: User, *, roles: Mapping[str, Role], known: Collection[str]
) -> bool:
    """Give exactly these; False where they are so already. Raises WrongUse, also for the last owner."""
    check_roles(roles, {*known, *user.roles})
    if dict(roles) == dict(user.roles):
        return False
    users.set_roles(conn, user.id, roles)
    hand.note(conn, "user.roles", _of(user), before=described(user), after=described(users.get(conn, user.id)))
    return True


def disable(conn: Connection, hand: Hand, user: User) -> bool:
    """No signing in any more, at once. Raises WrongUse for the last owner."""
    if user.disabled is not None:
        return False
    users.disable(conn, user.id, now=hand.now)
    hand.note(conn, "user.disable", _of(user), before="may sign in", after="may not sign in")
    return True


def enable(conn: Connection, hand: Hand, user: User) -> bool:
    if user.disabled is None:
        return False
    users.enable(conn, user.id)
    hand.note(conn, "user.enable", _of(user), before="may not sign in", after="may sign in")
    return True


def remove(conn: Connection, hand: Hand, user: User) -> None:
    """The account goes; what they did stays in the log. Raises WrongUse for the last owner."""
    users.remove(conn, user.id)
    wantedaddresses.forget(conn, user.id)  # its number may be another one's some day
    hand.note(conn, "user.remove", _of(user), before=described(user))


def drop_second_factor(conn: Connection, hand: Hand, user: User) -> bool:
    """For who lost it. It is set up anew on the account's own page."""
    if not user.has_second_factor:
        return False
    users.set_second_factor(conn, user.id, "", ())
    hand.note(conn, "user.second-factor", _of(user), before="on", after="off")
    return True


def sign_out_everywhere(conn: Connection, hand: Hand, user: User) -> int:
    """How many sessions were ended."""
    ended = sessions.end_others(conn, user.id)
    if ended:
        hand.note(conn, "user.sessions", _of(user), before=f"{ended} sessions", after="signed out everywhere")
    return ended


def choose_password(conn: Connection, hand: Hand, user: User, hashed: str, *, but: int | None = None) -> None:
    """A new password: all sessions end, but one where it is said which, and no link is good any more."""
    users.set_password(conn, user.id, hashed)
    sessions.end_others(conn, user.id, but=but)
    hand.note(conn, "user.password", _of(user), after="a new password")


def in_words(roles: Mapping[str, Role]) -> str:
    """E.g. `owner of everything`, `viewer of everything, editor who may send of morning`."""
    parts = [f"{IN_WORDS[role]} of {slug or 'everything'}" for slug, role in sorted(roles.items())]
    return ", ".join(parts) or "no role"


def described(user: User) -> str:
    """An account as it stands in the log."""
    return f"{user.email}\n{user.name}\n" + "\n".join(
        in_words({slug: role}) for slug, role in sorted(user.roles.items())
    )


def check_roles(roles: Mapping[str, Role], known: Collection[str]) -> None:
    """Raises WrongUse for roles that nobody can have."""
    if not roles:
        raise WrongUse("choose a role, for everything or for a newsletter; who shall do nothing here can be disabled")
    for slug, role in roles.items():
        if slug and slug not in known:
            raise WrongUse(
                f"there is no newsletter {slug!r}; there are: {', '.join(sorted(filter(None, known))) or 'none'}"
            )
        if slug and role is Role.OWNER:
            raise WrongUse(
                f"an owner owns the whole site, not {slug} alone; for a newsletter there are sender, editor, viewer"
            )


def _offer(conn: Connection, purpose: LinkPurpose, user: int | None, *, now: datetime, lasts: timedelta) -> Offer:
    offer = Offer(purpose=purpose, token=new_token(), ends=now + lasts)
    users.put_link(conn, digest_of(offer.token), purpose, user, now=now, ends=offer.ends)
    return offer


def _of(user: User) -> str:
    return f"user:{user.id}"
