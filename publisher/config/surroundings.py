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
    for name, relay in file.config.relays.items():
        if relay.ca_file is not None and not file.resolve(relay.ca_file).is_file():
            yield f"relays.{name}.ca_file: there is no {relay.ca_file}; put the certificates there, or take the key out"


def _secrets(file: ConfigFile) -> Iterator[tuple[str, Secret]]:
    if file.config.storage.password is not None:
        yield "storage.password", file.config.storage.password
    for name, relay in file.config.relays.items():
        if relay.password is not None:
            yield f"relays.{name}.password", relay.password
    for name, source in file.config.sources.items():
        if source.key is not None:
            yield f"sources.{name}.key", source.key
    if file.config.site.secret.env is not None:  # a file would be made when it is missing
        yield "site.secret", file.config.site.secret
