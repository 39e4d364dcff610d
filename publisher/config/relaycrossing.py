"""What is wrong within tables about relays and destinations: logins, limits, warm-up, domains.

Which newsletters may go by which relay is looked at in `carriers.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from publisher.config import values
from publisher.config.addresses import CATCHER
from publisher.config.lines import Key
from publisher.config.mistakes import Mistake, dotted, shown
from publisher.config.raw import Raw, each_known, split, tables
from publisher.config.refused import Refused
from publisher.config.relays import WarmUpTable

WINDOWS = ("second", "minute", "hour", "day")
FIRST_DAY: int = WarmUpTable.model_fields["first_day"].default
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def _relays(raw: Raw) -> Iterator[Mistake]:
    for name, relay in tables(raw, "relays"):
        key: Key = ("relays", name)
        url = relay.get("url")
        if isinstance(url, str):
            yield from _login(key, relay, url)
        if isinstance(relay.get("oauth"), Mapping):
            yield from oauth_mistakes((*key, "oauth"), relay["oauth"])
        yield from each_known(raw, "newsletters", (*key, "newsletters"), relay.get("newsletters"))
        yield from _limit((*key, "limit"), relay.get("limit"))
        yield from _warm_up(key, relay)


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


def oauth_mistakes(key: Key, oauth: Raw) -> Iterator[Mistake]:
    if oauth.get("client_secret") is None and oauth.get("refresh_token") is None:
        cure = 'add `refresh_token = { env = "NAME" }`, or `client_secret` where the program logs in as itself'
        yield Mistake(key=key, wrong="holds nothing that a token could be got for", cure=cure)
    url = oauth.get("token_url")
    parts = split(url) if isinstance(url, str) else None
    if parts is not None and parts.scheme.lower() == "http" and parts.hostname not in _THIS_MACHINE:
        wrong = "would send secrets unencrypted"
        yield Mistake(key=(*key, "token_url"), wrong=wrong, got=shown(url), cure="write an https:// address")


def _limit(key: Key, limit: object) -> Iterator[Mistake]:
    """A window is of use where a longer one does not allow less."""
    if not isinstance(limit, Mapping):
        return
    if not limit:
        yield Mistake(key=key, wrong="limits nothing", cure=f"add one of {_listed(WINDOWS)}, or take it out")
    letters = {window: limit[window] for window in WINDOWS if type(limit.get(window)) is int}
    for shorter, longer in pairwise(letters):
        if letters[shorter] > letters[longer]:
            cure = f"write {letters[longer]} or less, raise `{longer}`, or take it out"
            wrong = f"is more than `{longer}`, so it never counts"
            yield Mistake(key=(*key, shorter), wrong=wrong, got=shown(letters[shorter]), cure=cure)


def _warm_up(key: Key, relay: Raw) -> Iterator[Mistake]:
    warm_up, limit = relay.get("warm_up"), relay.get("limit")
    if not isinstance(warm_up, Mapping) or not isinstance(limit, Mapping):
        return
    first, most = warm_up.get("first_day", FIRST_DAY), limit.get("day")
    if type(first) is int and type(most) is int and most <= first:
        wrong = f"has no room to grow: its first day has {first} letters, and `limit.day` is {most}"
        cure = "write a smaller `first_day`, raise `limit.day`, or take it out"
        yield Mistake(key=(*key, "warm_up"), wrong=wrong, cure=cure)


def _destinations(raw: Raw) -> Iterator[Mistake]:
    """A domain is counted once; and a table says something."""
    taken: dict[str, str] = {}
    for name, table in tables(raw, "destinations"):
        key: Key = ("destinations", name)
        yield from _limit((*key, "limit"), table.get("limit"))
        others = table.get("also")
        also = [one for one in others if isinstance(one, str)] if isinstance(others, list) else []
        is_part = any(
            isinstance(one, Mapping) for one in table.values()
        )  # of a domain without quotes, or it has a limit
        if not (also or is_part) and table.get("connections") is None:
            yield Mistake(key=key, wrong="limits nothing", cure="add `limit`, `connections` or `also`, or take it out")
        for place, domain in ((key, name), *(((*key, "also", number), one) for number, one in enumerate(also))):
            found = _domain(domain)
            if found in taken:
                wrong = f"stands in `{taken[found]}`, too" if place != key else f"is in `{taken[found]}` already"
                yield Mistake(key=place, wrong=wrong, got=shown(domain), cure="take one of the two out")
            elif found:
                taken[found] = dotted(key)


def _domain(text: str) -> str:
    """A domain in its normal form; "" for what is none, which the schema tells."""
    try:
        return values.domain(text)
    except Refused:
        return ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


RELAY_CHECKS = (_relays, _destinations)
