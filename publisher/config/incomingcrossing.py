"""What is wrong within tables about what comes back: logins, places that cannot keep, proofs that are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher.config.addresses import BOUNCES_ON_SERVERS
from publisher.config.lines import Key
from publisher.config.mistakes import Mistake, shown
from publisher.config.raw import Raw, split, tables
from publisher.config.relaycrossing import oauth_mistakes

_BY_PASSWORD = ("postmark", "sparkpost", "brevo")
_WITH_SECRET = (*_BY_PASSWORD, "sendgrid", "mailgun", "generic")


def _bounces(raw: Raw) -> Iterator[Mistake]:
    taken: dict[str, str] = {}
    for name, table in tables(raw, "bounces"):
        key: Key = ("bounces", name)
        url = table.get("url")
        if not isinstance(url, str):
            continue
        if url.strip() in taken:
            wrong = f"is where `bounces.{taken[url.strip()]}` looks, too"
            yield Mistake(key=(*key, "url"), wrong=wrong, got=shown(url), cure="take one of the two out")
        taken.setdefault(url.strip(), name)
        parts = split(url)
        scheme = parts.scheme if parts else ""
        if scheme in BOUNCES_ON_SERVERS:
            yield from _login(key, table, url)
        else:
            yield from _no_server(key, table)
        if isinstance(table.get("oauth"), Mapping):
            yield from oauth_mistakes((*key, "oauth"), table["oauth"])
        if table.get("keep") is True and not scheme.startswith(("imap", "maildir")):
            wrong = "is for IMAP and for a Maildir; this one has no folder to keep messages in"
            yield Mistake(key=(*key, "keep"), wrong=wrong, cure="take it out")


def _login(key: Key, table: Raw, url: str) -> Iterator[Mistake]:
    """A user with one thing that proves it; that a user is named is looked at elsewhere."""
    parts = split(url)
    if parts is None or not parts.username or parts.password is not None:
        return
    proofs = [name for name in ("password", "oauth") if table.get(name) is not None]
    if not proofs:
        cure = 'add `password = { env = "NAME" }`, or a table `oauth`'
        yield Mistake(key=key, wrong="has a user and no password", cure=cure)
    elif len(proofs) > 1:
        yield Mistake(key=(*key, "oauth"), wrong="stands beside a password", cure="take one of them out")


def _no_server(key: Key, table: Raw) -> Iterator[Mistake]:
    for name in ("password", "oauth", "ca_file"):
        if table.get(name) is not None:
            wrong = "is for a mailbox on a server, and this one is on this machine"
            yield Mistake(key=(*key, name), wrong=wrong, cure="take it out")


def _webhooks(raw: Raw) -> Iterator[Mistake]:
    for name, table in tables(raw, "webhooks"):
        key: Key = ("webhooks", name)
        provider = table.get("provider")
        if provider == "ses" and not table.get("topics"):
            cure = 'add `topics = ["arn:aws:sns:…"]`: without it, whoever has an account at Amazon could send bounces'
            yield Mistake(key=key, wrong="names no topic of ours", cure=cure)
        elif provider in _WITH_SECRET and table.get("secret") is None:
            cure = 'add `secret = { env = "NAME" }`, with what is set at the provider'
            yield Mistake(key=key, wrong="has nothing that proves who sends", cure=cure)
        if provider in _WITH_SECRET and table.get("topics"):
            yield Mistake(key=(*key, "topics"), wrong="is for Amazon SES alone", cure="take it out")
        if table.get("user") and provider not in _BY_PASSWORD:
            wrong = f"is for {', '.join(_BY_PASSWORD)}; this one signs"
            yield Mistake(key=(*key, "user"), wrong=wrong, cure="take it out")


INCOMING_CHECKS = (_bounces, _webhooks)
