"""What one table about mail says about another: newsletters, [mail], relays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.config import values
from publisher.config.addresses import CATCHER
from publisher.config.holidays import read_holidays
from publisher.config.lines import Key
from publisher.config.mistakes import Mistake, shown
from publisher.config.raw import Raw, each_known, named, split, tables
from publisher.config.timing import ever_comes, read_timing

_LONGEST_NAME = 253  # of the DNS
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def _newsletters(raw: Raw) -> Iterator[Mistake]:
    for slug, newsletter in tables(raw, "newsletters"):
        yield from each_known(raw, "columns", ("newsletters", slug, "columns"), newsletter.get("columns"))
    if not named(raw, "newsletters"):
        return
    if "mail" not in raw:
        wrong = "need a sender, and there is no table `[mail]`"
        yield Mistake(key=("newsletters",), wrong=wrong, cure='add `[mail]` with `from = "Name <address>"`')
    if not named(raw, "relays"):
        wrong = "need a relay to go through, and there is none"
        cure = 'add `[relays.NAME]` with `url = "smtp+starttls://…"`, or `"catcher://"` to try out'
        yield Mistake(key=("newsletters",), wrong=wrong, cure=cure)


def _cadences(raw: Raw) -> Iterator[Mistake]:
    """A newsletter comes at some time, and its keys are about letters that it has."""
    for slug, newsletter in tables(raw, "newsletters"):
        key: Key = ("newsletters", slug)
        has_digests, has_single = bool(newsletter.get("schedule")), newsletter.get("as_it_happens") is True
        if not has_digests and not has_single:
            cure = 'add `schedule = { daily = "daily 07:00" }`, or `as_it_happens = true`'
            yield Mistake(key=key, wrong="says nowhere when it comes", cure=cure)
        elif not has_single and _says(newsletter, "quiet"):
            wrong = "is for posts that are letters of their own"
            yield Mistake(key=(*key, "quiet"), wrong=wrong, cure="add `as_it_happens = true`, or take it out")
        elif not has_digests:
            for name in ("draft", "minimum", "skip_empty"):
                if _says(newsletter, name):
                    wrong = "is for digests, and this newsletter has none"
                    yield Mistake(key=(*key, name), wrong=wrong, cure="add `schedule`, or take it out")


def _says(newsletter: Raw, name: str) -> bool:
    """Whether a key is there with another value than it has anyway; a config that was shown has them all."""
    return name in newsletter and newsletter[name] != _ANYWAY.get(name)


_ANYWAY = {"quiet": "10m", "minimum": 1, "skip_empty": True}


def _extent(raw: Raw) -> Iterator[Mistake]:
    for slug, newsletter in tables(raw, "newsletters"):
        least, most = newsletter.get("minimum", 1), newsletter.get("maximum", 20)
        if isinstance(least, int) and isinstance(most, int) and least > most:
            wrong, cure = "is more than `maximum`", f"write {most} or less, or raise `maximum`"
            yield Mistake(key=("newsletters", slug, "minimum"), wrong=wrong, got=shown(least), cure=cure)


def _holidays(raw: Raw) -> Iterator[Mistake]:
    """A schedule that its holidays leave no day would wait for ever."""
    for slug, newsletter in tables(raw, "newsletters"):
        times, rests = newsletter.get("schedule"), newsletter.get("holidays")
        if not isinstance(times, Mapping) or not isinstance(rests, list):
            continue
        for cadence, text in times.items():
            if _never_comes(text, rests):
                key: Key = ("newsletters", slug, "schedule", cadence)
                cure = "choose other days, or take some out of `holidays`"
                yield Mistake(key=key, wrong="never comes: all its days are holidays", got=shown(text), cure=cure)


def _never_comes(text: object, rests: list[Any]) -> bool:
    try:
        holidays = read_holidays([values.holiday(one) for one in rests])
        return not ever_comes(read_timing(values.text_of(text)), holidays)
    except ValueError:
        return False  # the schema tells what is wrong


def _mail(raw: Raw) -> Iterator[Mistake]:
    mail = raw.get("mail")
    if not isinstance(mail, Mapping):
        return
    relays = named(raw, "relays")
    if "relay" in mail:
        yield from each_known(raw, "relays", ("mail", "relay"), mail["relay"])
    elif len(relays) > 1:
        names = " or ".join(f"`{name}`" for name in relays)
        wrong = "does not say which relay to send through"
        yield Mistake(key=("mail",), wrong=wrong, cure=f'add `relay = "…"`: {names}')


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


def _dkim(raw: Raw) -> Iterator[Mistake]:
    """A name in the DNS holds one key (RFC 6376 §3.6.2.2) and has 253 octets at most."""
    taken: dict[str, str] = {}
    for name, table in tables(raw, "dkim"):
        domain, selector = table.get("domain"), table.get("selector")
        if not isinstance(domain, str) or not isinstance(selector, str):
            continue
        key: Key = ("dkim", name, "selector")
        record = f"{selector.strip()}._domainkey.{domain.strip().rstrip('.')}".lower()
        if record in taken:
            wrong = f"is that of `dkim.{taken[record]}`, too"
            yield Mistake(key=key, wrong=wrong, got=shown(selector), cure="give each key of a domain its own")
        elif len(record) > _LONGEST_NAME:
            wrong = f"makes a name of more than {_LONGEST_NAME} characters with its domain"
            yield Mistake(key=key, wrong=wrong, got=shown(selector), cure="choose a shorter one")
        taken.setdefault(record, name)


MAIL_CHECKS = (_newsletters, _cadences, _extent, _holidays, _mail, _relays, _dkim)
