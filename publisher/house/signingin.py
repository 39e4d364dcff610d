"""Signing in: a password, then a code where there is a second factor, then a session.

Whether an account is there, disabled, without a password, or the password is wrong: all look the
same and take as long. What a try counts for is in `loginlimits.py`; it is counted before anything
is looked at. Between password and code, the browser holds a note of five minutes that says, signed,
whose password was right; a new password voids it.
"""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.house import secondfactor
from publisher.house.hands import SOMEBODY, Hand
from publisher.house.loginlimits import Try, counted_for, take_room
from publisher.house.onetime import digest_of, new_token
from publisher.house.opened import House
from publisher.house.passwords import Passwords
from publisher.model.user import User
from publisher.store import sessions, users
from publisher.store.sessions import Session
from publisher.subscribe.bounds import client_of

HALFWAY = timedelta(minutes=5)
LONGEST_EMAIL = 320

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """From where somebody tries, and when."""

    ip: str
    agent: str = ""
    now: datetime
    is_safe: bool = False  # their browser keeps what nobody else can put there


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    user: User | None = None  # None: that was wrong
    until: datetime | None = None  # too many tries: from when on there is room


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Somebody is in."""

    token: str = field(repr=False)  # for the cookie
    session: int


class Doorman:
    """Says who is who."""

    def __init__(self, house: House, passwords: Passwords) -> None:
        self._house = house
        self.passwords = passwords

    def try_password(self, email: str, password: str, caller: Caller) -> Answer:
        """Count the try; the account where it is that one's password."""
        typed = email.strip().lower()[:LONGEST_EMAIL]
        typed = typed if typed.isprintable() else ""  # what no database takes is nobody's
        self.passwords.make_ready()
        with self._house.store.write() as conn:
            user = users.find(conn, typed)
            until = self._count(conn, typed, user, caller)
            if until:
                return Answer(until=until)
            hashed = users.secrets_of(conn, user.id).password if user and user.disabled is None else ""
        right = self.passwords.is_right(password, hashed)
        if user is None or not right:
            self._write_failure(user, "password", caller)
            return Answer()
        if self.passwords.is_old(hashed):
            renewed = self.passwords.hash(password)
            with self._house.store.write() as conn:
                if users.secrets_of(conn, user.id).password == hashed:
                    users.set_password(conn, user.id, renewed)
        return Answer(user=user)

    def is_own_password(self, user: User, password: str, caller: Caller) -> Answer:
        """Somebody who is signed in says their password again: counted as any other try."""
        return self.try_password(user.email, password, caller)

    def try_code(self, user: User, code: str, caller: Caller) -> Answer:
        """The second factor: a code by time or a recovery code, each good once."""
        with self._house.store.write() as conn:
            until = self._count(conn, f"code of {user.id}", user, caller)
            if until:
                return Answer(until=until)
            good = self._take_code(conn, user, code, now=caller.now)
        if not good:
            self._write_failure(user, "code", caller)
        return Answer(user=user if good else None)

    def halfway(self, user: User, *, now: datetime) -> str:
        """What the browser holds between password and code."""
        with self._house.store.read() as conn:
            hashed = users.secrets_of(conn, user.id).password
        said = f"{user.id}.{int((now + HALFWAY).timestamp())}"
        return f"{said}.{self._mac(self._house.keys[0], said, hashed)}"

    def read_halfway(self, note: str, *, now: datetime) -> User | None:
        """Whose password was right; None: nobody's, or too long ago."""
        said, _, mac = note.rpartition(".")
        number, _, until = said.partition(".")
        if not (number.isascii() and number.isdigit() and until.isascii() and until.isdigit() and len(said) < 40):
            return None
        with self._house.store.read() as conn:
            user = users.find_id(conn, int(number)) if int(number) < 2**63 else None
            hashed = users.secrets_of(conn, user.id).password if user else ""
        good = [hmac.compare_digest(mac.encode(), self._mac(key, said, hashed).encode()) for key in self._house.keys]
        if user is None or user.disabled is not None or not any(good) or int(until) < now.timestamp():
            return None
        return user

    def enter(
        self,
        conn: Connection,
        user: User,
        caller: Caller,
        *,
        instead: Session | None,
        how: str,
        sure: datetime | None = None,
    ) -> Entered:
        """Begin a session, always a new one; `instead`: of that, which ends. `sure`: when they proved it; None: now."""
        token = new_token(safe=caller.is_safe)
        if instead is not None:
            sessions.end(conn, instead.id, user=instead.user)
        ip, agent = caller.ip, caller.agent
        number = sessions.begin(conn, digest_of(token), user.id, ip=ip, agent=agent, now=caller.now, sure=sure)
        _hand(user, caller).note(conn, "login.done", f"user:{user.id}", after=how)
        return Entered(token=token, session=number)

    def leave(self, conn: Connection, user: User, session: Session, caller: Caller) -> None:
        if sessions.end(conn, session.id, user=user.id):
            _hand(user, caller).note(conn, "logout", f"user:{user.id}")

    def _count(self, conn: Connection, account: str, user: User | None, caller: Caller) -> datetime | None:
        seen = sessions.of_user(conn, user.id, now=caller.now) if user else []
        is_known = client_of(caller.ip) in {client_of(session.ip) for session in seen}
        one = Try(account=account, client=caller.ip, is_known=is_known)
        return take_room(conn, counted_for(self._house.keys[0], one), now=caller.now)

    def _take_code(self, conn: Connection, user: User, code: str, *, now: datetime) -> bool:
        kept = users.secrets_of(conn, user.id)
        key = secondfactor.unseal(self._house.keys, kept.totp) if kept.totp else None
        if kept.totp and key is None:
            told = "the second factor of user %d was sealed with a key that site.secret no longer has; take it away"
            log.error(told + " with `publisher users reset --second-factor`", user.id)
        step = secondfactor.step_of(key, code, now=now) if key else None
        if step is not None:
            return users.use_step(conn, user.id, step)
        if not users.use_recovery(conn, user.id, secondfactor.recovery_digest(code)):
            return False
        left = len(kept.recovery) - 1
        _hand(user, Caller(ip="", now=now)).note(
            conn, "login.recovery", f"user:{user.id}", after=f"{left} codes are left"
        )
        return True

    def _write_failure(self, user: User | None, what: str, caller: Caller) -> None:
        """Not what was typed: people type passwords where addresses belong."""
        hand = Hand(who=SOMEBODY, ip=caller.ip, now=caller.now)
        with self._house.store.write() as conn:
            hand.note(conn, "login.failed", f"user:{user.id}" if user else "", after=f"a wrong {what}")

    @staticmethod
    def _mac(key: bytes, said: str, hashed: str) -> str:
        return hmac.digest(key, f"desk: halfway in\0{said}\0{hashed}".encode(), "sha256").hex()


def _hand(user: User, caller: Caller) -> Hand:
    return Hand(who=user.called, user=user.id, ip=caller.ip, now=caller.now)
