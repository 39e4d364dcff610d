"""Another address to sign in with: somebody asks for it, an owner passes the link on to it, and who has that confirms.

The desk sends no mail of its own: it is where one mends mail. So an owner writes to the new address
with the link, and to the old one that it is so; the pages have both letters ready. Roles, second
factor, sessions and what an OpenID provider knows them by stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from publisher.errors import WrongUse
from publisher.house.accounts import LINK_FOR, address
from publisher.house.hands import Hand
from publisher.house.onetime import digest_of, new_token
from publisher.model.user import User
from publisher.store import users, wantedaddresses
from publisher.store.wantedaddresses import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A link that was made, for whoever reads at the new address; it cannot be shown again."""

    email: str
    token: str
    ends: datetime

    @property
    def path(self) -> str:
        return f"/desk/address/{self.token}"


def ask(conn: Connection, hand: Hand, user: User, email: str) -> Wanted:
    """Somebody wants another address for their account. Raises WrongUse."""
    wanted = Wanted(user=user.id, email=address(email), asked=hand.now)
    _refuse(conn, user, wanted.email)
    wantedaddresses.put(conn, wanted)
    hand.note(conn, "user.address-wanted", f"user:{user.id}", before=user.email, after=wanted.email)
    return wanted


def take_back(conn: Connection, hand: Hand, user: User) -> bool:
    """Never mind; False where nothing was asked for."""
    wanted = wantedaddresses.find(conn, user.id)
    if wanted is None or not wantedaddresses.forget(conn, user.id):
        return False
    hand.note(conn, "user.address-wanted", f"user:{user.id}", before=wanted.email, after="")
    return True


def pass_on(conn: Connection, hand: Hand, user: User) -> Passage:
    """The link for the new address; an earlier one is over. Raises WrongUse."""
    wanted = wantedaddresses.find(conn, user.id)
    if wanted is None:
        raise WrongUse(f"{user.called} wants no other address, or has it by now")
    _refuse(conn, user, wanted.email)
    made = Passage(email=wanted.email, token=new_token(), ends=hand.now + LINK_FOR)
    wantedaddresses.put(conn, replace(wanted, digest=digest_of(made.token), ends=made.ends))
    hand.note(conn, "user.address-link", f"user:{user.id}", after=f"a link to confirm {wanted.email}")
    return made


def find(conn: Connection, token: str, *, now: datetime) -> tuple[User, str] | None:
    """Whose link it is, and the address; None where it is over."""
    wanted = wantedaddresses.find_link(conn, digest_of(token), now=now)
    user = users.find_id(conn, wanted.user) if wanted else None
    return (user, wanted.email) if wanted and user and user.disabled is None else None


def confirm(conn: Connection, token: str, *, ip: str, now: datetime) -> User | None:
    """From now on it is their address; the account as it was, None where the link is over. Raises WrongUse."""
    users.take_turn(conn)
    found = find(conn, token, now=now)
    if found is None:
        return None
    user, email = found
    _refuse(conn, user, email)
    users.set_address(conn, user.id, email)
    wantedaddresses.forget(conn, user.id)
    hand = Hand(who=user.called, user=user.id, ip=ip, now=now)
    hand.note(conn, "user.address", f"user:{user.id}", before=user.email, after=email)
    return user


def _refuse(conn: Connection, user: User, email: str) -> None:
    if email == user.email:
        raise WrongUse(f"{email} is the address of this account already")
    if users.find(conn, email) is not None:
        raise WrongUse(f"{email} has an account of its own")
