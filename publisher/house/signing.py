"""The keys of [dkim.NAME]: read from their secrets, and put together to who signs what.

Responsible for what can be wrong with them. Making keys and showing records is `dkim.py`.
Nothing is looked up in the DNS: whether a record stands is seen by who published it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from publisher.config.load import ConfigFile
from publisher.config.mailing import DkimTable
from publisher.config.nouns import newsletter_of
from publisher.config.secret import read_secret
from publisher.errors import ConfigError
from publisher.mail.dkim import Signers, SigningKey
from publisher.mail.dkimkey import Kind, PrivateKey, kind_of, read_private_key, weakness_of

SIGNING = "signing"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOfSite:
    """A table [dkim.NAME] with its key."""

    name: str
    table: DkimTable
    private: PrivateKey = field(repr=False)


class Keyring:
    """The signers of a site, read when they are first asked for, and once."""

    def __init__(self) -> None:
        self._signers: Signers | None = None

    def signers(self, file: ConfigFile) -> Signers:
        """Raises ConfigError with all that is wrong."""
        if self._signers is None:
            self._signers = signers_of(file, os.environ)
        return self._signers


def signers_of(file: ConfigFile, environ: Mapping[str, str]) -> Signers:
    """The keys that sign. Raises ConfigError with all that is wrong about them; others may be anywhere."""
    keys, wrong = _read(file, environ, only_signing=True)
    wrong += _twice(keys)
    if wrong:
        raise ConfigError(tuple(f"config.toml: {one}" for one in wrong))
    return _signers(keys)


def _signers(signing: list[KeyOfSite]) -> Signers:
    by_domain: dict[str, tuple[SigningKey, ...]] = {}
    # Who verifies only the first signature of a letter understands RSA.
    for key in sorted(signing, key=lambda one: kind_of(one.private) is not Kind.RSA):
        one = SigningKey(domain=key.table.domain, selector=key.table.selector, private=key.private)
        by_domain[one.domain] = (*by_domain.get(one.domain, ()), one)
    return Signers(by_domain=by_domain)


def read_key(file: ConfigFile, name: str, environ: Mapping[str, str]) -> KeyOfSite:
    """Raises ConfigError where the key is missing or cannot be used."""
    table = file.config.dkim[name]
    place = f"dkim.{name}.key"
    text = read_secret(table.key, file.root, environ, key=place)
    try:
        return KeyOfSite(name=name, table=table, private=read_private_key(text))
    except ValueError as wrong:
        raise ConfigError((f"config.toml: {place} ({table.key.file or table.key.env}): {wrong}",)) from None


def signing_complaints(file: ConfigFile, environ: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each thing that is wrong, weak or missing, with its key."""
    keys, wrong = _read(file, environ, only_signing=False)
    yield from wrong
    for key in keys:
        weakness = weakness_of(key.private)
        if weakness:
            yield f"dkim.{key.name}.key: {weakness}; make a new one with `publisher dkim new`"
    signing = [key for key in keys if key.table.state == SIGNING]
    yield from _twice(signing)
    yield from _ed25519_alone(signing)
    if not wrong:
        yield from _at_cross_purposes(file, signing)


def _read(file: ConfigFile, environ: Mapping[str, str], *, only_signing: bool) -> tuple[list[KeyOfSite], list[str]]:
    """The keys that could be read, and a sentence for each other."""
    keys, wrong = [], []
    for name, table in file.config.dkim.items():
        if only_signing and table.state != SIGNING:
            continue
        try:
            keys.append(read_key(file, name, environ))
        except ConfigError as error:
            wrong += [mistake.partition(": ")[2] for mistake in error.mistakes]
    return keys, wrong


def _twice(signing: list[KeyOfSite]) -> list[str]:
    """A second key of a kind proves nothing more; one of the two was forgotten at a rotation."""
    first: dict[tuple[str, Kind], str] = {}
    found = []
    for key in signing:
        kind = kind_of(key.private)
        other = first.setdefault((key.table.domain, kind), key.name)
        if other != key.name:
            found.append(
                f"dkim.{key.name}: signs for {key.table.domain} beside dkim.{other}, and both are {kind.name} keys; "
                f'set `state = "retired"` for the old one, or `"waiting"` for the new'
            )
    return found


def _ed25519_alone(signing: list[KeyOfSite]) -> Iterator[str]:
    kinds: dict[str, set[Kind]] = {}
    for key in signing:
        kinds.setdefault(key.table.domain, set()).add(kind_of(key.private))
    for domain, found in kinds.items():
        if found == {Kind.ED25519}:
            yield (
                f"dkim: {domain} signs by Ed25519 alone, which many mail servers cannot verify; "
                "add an RSA key, or see that your relay signs by one"
            )


def _at_cross_purposes(file: ConfigFile, signing: list[KeyOfSite]) -> Iterator[str]:
    """Newsletters that no key signs for though there are keys, and keys that sign for no newsletter."""
    signs = newsletters_by_key(file, signing)
    if signing:
        signed = {slug for slugs in signs.values() for slug in slugs}
        for slug in file.config.newsletters:
            if slug not in signed:
                address = newsletter_of(file.config, slug).from_address
                yield f"newsletters.{slug}: no key of [dkim] signs for its From, {address}; its relay must sign"
    for key in signing:
        if not signs[key.name]:
            yield f"dkim.{key.name}: no newsletter has its From at {key.table.domain} or below it; it signs nothing"


def newsletters_by_key(file: ConfigFile, signing: list[KeyOfSite]) -> dict[str, list[str]]:
    """The newsletters that each key signs for."""
    signers = _signers(signing)
    signs: dict[str, list[str]] = {key.name: [] for key in signing}
    for slug in file.config.newsletters:
        used = {(one.domain, one.selector) for one in signers.keys_for(newsletter_of(file.config, slug).from_address)}
        for key in signing:
            if (key.table.domain, key.table.selector) in used:
                signs[key.name].append(slug)
    return signs
