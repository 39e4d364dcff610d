"""Logins by access token as config.toml describes them, for whoever logs in somewhere: a relay, a mailbox."""

from __future__ import annotations

from os import environ
from pathlib import Path

from publisher.config.kinds import Secret
from publisher.config.relays import OauthTable
from publisher.config.secret import read_secret
from publisher.errors import ConfigError
from publisher.house.opened import House
from publisher.send.oauth import Grant, Tokens, limits_of
from publisher.send.tls import tls_context, words_of


def tokens_of(house: House, table: OauthTable, *, place: str, kept: Path) -> Tokens:
    """The tokens of the table at `place`; a newer grant is written to `kept`. Raises ConfigError."""
    grant = Grant(
        token_url=table.token_url,
        client_id=table.client_id,
        client_secret=secret_at(house, table.client_secret, f"{place}.client_secret"),
        refresh_token=secret_at(house, table.refresh_token, f"{place}.refresh_token"),
        scope=table.scope,
        kept=kept,
    )
    try:
        tls = tls_context(house.file.resolve(table.ca_file)) if table.ca_file else None
    except OSError as wrong:  # an SSLError is one, too
        cure = "put the certificates there, or take the key out"
        mistake = f"{place}.ca_file: {table.ca_file} cannot be used: {words_of(wrong)}; {cure}"
        raise ConfigError((mistake,)) from None
    return Tokens(grant, limits_of(table.token_url, site_url=house.config.site.url, tls=tls))


def secret_at(house: House, secret: Secret | None, place: str) -> str:
    """A secret of config.toml, "" where there is none. Raises ConfigError where it cannot be read."""
    return read_secret(secret, house.file.root, environ, key=place) if secret else ""
