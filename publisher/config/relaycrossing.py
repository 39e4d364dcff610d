"""What one table about relays says about another: logins, which newsletters go by which relay, destinations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher.config.addresses import CATCHER
from publisher.config.lines import Key
from publisher.config.mistakes import Mistake, shown
from publisher.config.raw import Raw, split, tables

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def _relays(raw: Raw) -> Iterator[Mistake]:
    for name, relay in tables(raw, "relays"):
        key: Key = ("relays", name)
        url = relay.get("url")
        if isinstance(url, str):
            yield from _login(key, relay, url)
        if isinstance(relay.get("oauth"), Mapping):
            yield from _oauth((*key, "oauth"), relay["oauth"])


def _login(key: Key, relay: Raw, url: str) -> Iterator[Mistake]:
    """A user with one thing that proves it, or neither."""
    parts = split(url)
    has_user = parts is not None and parts.username is not None
    has_password = "password" in relay or (parts is not None and parts.password is not None)
    proofs = [name for name in ("password", "oauth") if relay.get(name) is not None]
    if url.strip() == CATCHER and (has_password or proofs):
        yield Mistake(
            key=(*key, *(proofs or ["password"])[:1]), wrong="is of no use to the catcher", cure="take it out"
        )
    elif has_user and not (has_password or proofs):
        cure = 'add `password = { env = "NAME" }`, or take the user out of `url`'
        yield Mistake(key=key, wrong="has a user and no password", cure=cure)
    elif proofs and not has_user:
        what = "password" if proofs == ["password"] else "table"
        cure = f"write the user into `url`, like `smtps://user@host`, or take the {what} out"
        yield Mistake(key=(*key, proofs[0]), wrong="has no user to go with", cure=cure)
    elif len(proofs) > 1:
        yield Mistake(key=(*key, "oauth"), wrong="stands beside a password", cure="take one of them out")


def _oauth(key: Key, oauth: Raw) -> Iterator[Mistake]:
    if oauth.get("client_secret") is None and oauth.get("refresh_token") is None:
        cure = 'add `refresh_token = { env = "NAME" }`, or `client_secret` where the program logs in as itself'
        yield Mistake(key=key, wrong="holds nothing that a token could be got for", cure=cure)
    url = oauth.get("token_url")
    parts = split(url) if isinstance(url, str) else None
    if parts is not None and parts.scheme.lower() == "http" and parts.hostname not in _THIS_MACHINE:
        wrong = "would send secrets unencrypted"
        yield Mistake(key=(*key, "token_url"), wrong=wrong, got=shown(url), cure="write an https:// address")


RELAY_CHECKS = (_relays,)
