"""The desk of a whole site on a real socket: somebody of each role, a browser's cookies, a clock that can be moved."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from argon2 import PasswordHasher

from publisher.fetch.dns import Resolver
from publisher.house.opened import House, open_house, utc_now
from publisher.house.passwords import Passwords
from publisher.model.user import EVERYTHING, Role
from publisher.store import sessions, users
from publisher.web.app import build_app
from publisher.web.desk.desk import COOKIE, Desk, digest_of
from publisher.web.server import serve_in_thread
from publisher.web.siteof import site_of

TOP = Path(__file__).parent.parent
PEOPLE: Mapping[str, Mapping[str, Role]] = {
    "owner": {EVERYTHING: Role.OWNER},
    "sender": {EVERYTHING: Role.SENDER},
    "editor": {EVERYTHING: Role.EDITOR},
    "viewer": {EVERYTHING: Role.VIEWER},
    "morning-editor": {"morning": Role.EDITOR},  # of one newsletter alone
    "morning-sender": {"morning": Role.SENDER},
}

# Hashing takes a tenth of a second and more on purpose; tests sign in some hundred times.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Stand:
    """The desk as its visitors see it."""

    house: House
    desk: Desk
    port: int
    clock: Any
    tokens: dict[str, str] = field(default_factory=dict)
    proofs: dict[str, str] = field(default_factory=dict)  # by token: the same on each page of a session

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/desk"

    def client(self, who: str = "") -> httpx2.Client:
        """Somebody's browser, without the pictures; "": of nobody who signed in. It does not follow redirects."""
        cookies = {COOKIE: self.tokens[who]} if who else {}
        return httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", cookies=cookies)

    def cookie(self, who: str) -> Any:
        """For `context.add_cookies` of Playwright."""
        return {"name": COOKIE, "value": self.tokens[who], "url": f"http://127.0.0.1:{self.port}", "httpOnly": True}

    def send(self, who: str, path: str, fields: Mapping[str, Any] | None = None) -> httpx2.Response:
        """A form of the desk, filled in and sent as a browser does; `path` below /desk."""
        with self.client(who) as client:
            token = self.tokens[who]
            if token not in self.proofs:
                page = client.get("/desk/about").text
                proof = re.search(r'name="proof" value="([0-9a-f]+)"', page)
                assert proof, page
                self.proofs[token] = proof[1]
            headers = {"Sec-Fetch-Site": "same-origin"}
            return client.post(f"/desk{path}", data={"proof": self.proofs[token], **(fields or {})}, headers=headers)

    def get(self, who: str, path: str = "") -> httpx2.Response:
        with self.client(who) as client:
            return client.get(f"/desk{path}")


class Clock:
    """The time of the desk; tests move it."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def config_on(database_url: str) -> str:
    """The example's config.toml with another database, whose user needs no password."""
    database = database_url.replace("postgres:@", "postgres@")
    return re.sub(r'database = "[^"]*"', f'database = "{database}"', (TOP / "config.toml").read_text("utf-8"))


@contextmanager
def desk_stand(folder: Path, config: str | None = None, *, resolver: Resolver | None = None) -> Iterator[Stand]:
    """The example site in `folder`, or that of another config.toml, with its desk open."""
    path = folder / "config.toml"
    shutil.copytree(TOP / "columns", folder / "columns", dirs_exist_ok=True)
    shutil.copy(TOP / "readers.csv", folder / "readers.csv")
    path.write_text(config if config is not None else (TOP / "config.toml").read_text("utf-8"), "utf-8")
    clock = Clock()
    with open_house(path) as house:
        desk = Desk(house, clock, resolver=resolver, passwords=Passwords(QUICK))
        site = site_of(house)
        app = build_app(site, store=house.store, templates=house.templates, clock=clock, desk=desk)
        server = serve_in_thread(app, "127.0.0.1", 0)
        stand = Stand(house=house, desk=desk, port=server.port, clock=clock)
        try:
            let_in(stand, PEOPLE)
            yield stand
        finally:
            server.stop()


def let_in(stand: Stand, people: Mapping[str, Mapping[str, Role]]) -> None:
    """Give somebody an account and a session each; `stand.tokens` has what their cookies hold."""
    with stand.house.store.write() as conn:
        for who, roles in people.items():
            user = users.add(conn, f"{who}@courier.example", name=who.title(), roles=roles, now=stand.clock())
            stand.tokens[who] = f"token-of-{who}"
            digest = digest_of(stand.tokens[who])
            sessions.begin(conn, digest, user.id, ip="127.0.0.1", agent="tests", now=stand.clock())
