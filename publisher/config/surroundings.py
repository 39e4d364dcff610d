"""What a right config needs around it and does not find: said beforehand, not in the night.

These are no mistakes of config.toml: a folder may be mounted later, a variable set by
whoever starts the service. So they are told and stop nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher.config.kinds import Secret
from publisher.config.load import ConfigFile
from publisher.config.secret import read_secret
from publisher.errors import ConfigError


def what_is_missing(file: ConfigFile, environ: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each thing that is not there, with its key."""
    for name, source in file.config.sources.items():
        if source.path is not None and not file.resolve(source.path).exists():
            yield f"sources.{name}.path: there is no {source.path}; make it, or name another"
    for key, secret in _secrets(file):
        try:
            read_secret(secret, file.root, environ, key=key)
        except ConfigError as wrong:
            yield str(wrong).partition(": ")[2]
    for key, ca_file in _certificates(file):
        if not file.resolve(ca_file).is_file():
            yield f"{key}: there is no {ca_file}; put the certificates there, or take the key out"


def _certificates(file: ConfigFile) -> Iterator[tuple[str, str]]:
    for name, relay in file.config.relays.items():
        if relay.ca_file is not None:
            yield f"relays.{name}.ca_file", relay.ca_file
        if relay.oauth is not None and relay.oauth.ca_file is not None:
            yield f"relays.{name}.oauth.ca_file", relay.oauth.ca_file


def _secrets(file: ConfigFile) -> Iterator[tuple[str, Secret]]:
    if file.config.storage.password is not None:
        yield "storage.password", file.config.storage.password
    for name, relay in file.config.relays.items():
        if relay.password is not None:
            yield f"relays.{name}.password", relay.password
        if relay.oauth is not None and relay.oauth.client_secret is not None:
            yield f"relays.{name}.oauth.client_secret", relay.oauth.client_secret
        if relay.oauth is not None and relay.oauth.refresh_token is not None:
            yield f"relays.{name}.oauth.refresh_token", relay.oauth.refresh_token
    for name, source in file.config.sources.items():
        if source.key is not None:
            yield f"sources.{name}.key", source.key
    if file.config.site.secret.env is not None:  # a file would be made when it is missing
        yield "site.secret", file.config.site.secret
