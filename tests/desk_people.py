"""People with passwords, for tests of the desk's doors."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Mapping
from datetime import timedelta

import httpx2

from publisher.house import secondfactor
from publisher.house.loginlimits import Try, counted_for, take_room
from publisher.model.user import EVERYTHING, Role, User
from publisher.store import audit, users
from publisher.store.audit import Change, Only
from tests.desk_stand import QUICK, Stand

PASSWORD = "seven lamps at dusk"


@functools.cache
def hashed(password: str = PASSWORD) -> str:
    """As it is kept; made once for all tests."""
    return QUICK.hash(password)


def somebody(stand: Stand, email: str, roles: Mapping[str, Role] | None = None, name: str = "") -> User:
    """An account whose password is PASSWORD."""
    with stand.house.store.write() as conn:
        chosen = roles if roles is not None else {EVERYTHING: Role.EDITOR}
        user = users.add(conn, email, name=name, roles=chosen, now=stand.clock())
        users.set_password(conn, user.id, hashed())
        return users.get(conn, user.id)


def with_phone(stand: Stand, user: User) -> str:
    """Give them a second factor; its key."""
    key = secondfactor.new_key()
    with stand.house.store.write() as conn:
        users.set_second_factor(conn, user.id, secondfactor.seal(stand.house.keys, key), ())
    return key


def visitor(stand: Stand, address: str = "") -> httpx2.Client:
    """A browser of a person who comes from an address, as a proxy on this machine tells."""
    headers = {"Sec-Fetch-Site": "same-origin", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
    if address:
        headers["X-Forwarded-For"] = address
    return httpx2.Client(base_url=f"http://127.0.0.1:{stand.port}", headers=headers)


def sign_in(client: httpx2.Client, email: str, password: str = PASSWORD, **more: str) -> httpx2.Response:
    return client.post("/desk/login", data={"email": email, "password": password, **more})


def proof_in(page: str) -> str:
    found = re.search(r'name="proof" value="([0-9a-f]+)"', page)
    assert found, page
    return found[1]


def value_of(page: str, field: str) -> str:
    found = re.search(rf'name="{field}" value="([^"]*)"', page)
    assert found, page
    return html.unescape(found[1])


def log_of(stand: Stand, act: str, limit: int = 100) -> list[Change]:
    with stand.house.store.read() as conn:
        return audit.newest(conn, only=Only(act=act), limit=limit)


def later(stand: Stand, **length: float) -> None:
    """Let time pass."""
    stand.clock.ahead += timedelta(**length)


def tried(stand: Stand, account: str, client: str, times: int, *, is_known: bool = False) -> None:
    """As if somebody had tried that often, without the time that passwords take."""
    with stand.house.store.write() as conn:
        one = counted_for(stand.house.keys[0], Try(account=account, client=client, is_known=is_known))
        for _ in range(times):
            assert take_room(conn, one, now=stand.clock()) is None
