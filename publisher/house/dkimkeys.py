"""New keys that sign letters: made, written into files, and put into the words of config.toml."""

from __future__ import annotations

import itertools
import string
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from publisher.config.load import ConfigFile
from publisher.config.nouns import newsletter_of
from publisher.config.shape import toml_of
from publisher.errors import Unwritable, WrongUse
from publisher.mail import headers
from publisher.mail.dkimkey import GOOD_BITS, Kind, PrivateKey, Record, record_of
from publisher.model.slug import LONGEST, slug_of
from publisher.wholefile import write_new

_EXPONENT = 65537


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that was made, without the key."""

    path: Path
    domain: str
    selector: str
    kind: Kind
    record: Record


def own_domains(file: ConfigFile) -> list[str]:
    """The domains that newsletters have their From at, as A-labels."""
    addresses = (newsletter_of(file.config, slug).from_address for slug in file.config.newsletters)
    return sorted({headers.ascii_domain(address.rpartition("@")[2]).lower() for address in addresses})


def make_keys(
    file: ConfigFile, domain: str, selector: str | None, *, kinds: Sequence[Kind], now: datetime
) -> list[NewKey]:
    """Make a key of each kind and write it into a file. Raises WrongUse, Unwritable."""
    folder = _folder(file, domain)
    for base in [selector] if selector else _usual(now):
        selectors = {kind: f"{base}-{kind}" if len(kinds) > 1 else base for kind in kinds}
        taken = [one for one in selectors.values() if _is_taken(file, folder, domain, one)]
        if not taken:
            return [_make(folder, domain, one, kind) for kind, one in selectors.items()]
    raise WrongUse(f"there was a key {taken[0]} of {domain} already, and none is replaced; choose another --selector")


def _usual(now: datetime) -> list[str]:
    """Selectors that tell the month; of several in one, letters follow."""
    month = f"p{now:%Y%m}"
    return [month, *(f"{month}{letter}" for letter in string.ascii_lowercase[1:])]


def _is_taken(file: ConfigFile, folder: Path, domain: str, selector: str) -> bool:
    in_config = any((one.domain, one.selector) == (domain, selector) for one in file.config.dkim.values())
    return in_config or _path(folder, selector).exists()


def _path(folder: Path, selector: str) -> Path:
    return folder / f"{selector}.pem"


def _folder(file: ConfigFile, domain: str) -> Path:
    """Where keys of the domain are kept; nobody else looks into it."""
    var = file.resolve(file.config.storage.var)
    folder = var / "dkim" / domain
    try:
        for one in (var, folder.parent, folder):
            one.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as wrong:
        raise Unwritable(path=folder, problem=wrong.strerror or str(wrong)) from wrong
    return folder


def _make(folder: Path, domain: str, selector: str, kind: Kind) -> NewKey:
    private: PrivateKey = (
        rsa.generate_private_key(_EXPONENT, GOOD_BITS) if kind is Kind.RSA else ed25519.Ed25519PrivateKey.generate()
    )
    path = _path(folder, selector)
    if not write_new(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())):
        raise WrongUse(f"{path} has just been made by somebody else; choose another --selector")
    record = record_of(private, domain=domain, selector=selector)
    return NewKey(path=path, domain=domain, selector=selector, kind=kind, record=record)


def config_lines(file: ConfigFile, keys: Sequence[NewKey]) -> str:
    """The tables for config.toml, ready to paste: nothing signs with them yet."""
    names: list[str] = []
    for key in keys:
        names.append(_name(key, taken={*file.config.dkim, *names}))
    return "\n\n".join(_table(file, key, name) for key, name in zip(keys, names, strict=True))


def _name(key: NewKey, *, taken: Container[str]) -> str:
    """The selector, where it is free and short enough."""
    name = slug_of(key.selector)
    if name == key.selector and name not in taken:
        return name
    start = slug_of(f"{key.selector} {key.domain}")[: LONGEST - len("-999")].strip("-")
    return next(one for one in (f"{start}-{number}" for number in itertools.count(1)) if one not in taken)


def _table(file: ConfigFile, key: NewKey, name: str) -> str:
    path = key.path.relative_to(file.root) if key.path.is_relative_to(file.root) else key.path
    values = {
        "domain": key.domain,
        "selector": key.selector,
        "key": {"file": path.as_posix()},
        "state": "waiting",
    }
    return "\n".join([f"[dkim.{name}]", *(f"{word} = {toml_of(value)}" for word, value in values.items())])
