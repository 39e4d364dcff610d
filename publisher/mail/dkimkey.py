"""Keys that sign letters: read, judged, and their public half as DNS wants it.

RSA (RFC 6376 §3.3.1) and Ed25519 (RFC 8463). A key is read from what people have: PEM as
OpenSSL and opendkim-genkey write it, DER in base64, or the 32 octets of an Ed25519 key in
base64 as dkimpy writes them. A TXT record consists of strings of at most 255 octets
(RFC 1035 §3.3), which readers of the record join again (RFC 6376 §3.6.2.2).

Every function raises ValueError in words; none of them repeats a secret. Not here: which
key signs what (dkim.py), where secrets are kept.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

# RFC 8301 §3.2: who verifies takes no RSA key below 1024 bits and need not take one above 4096.
SHORTEST_BITS, GOOD_BITS, LONGEST_BITS = 1024, 2048, 4096
LONGEST_STRING = 255
_ED25519_OCTETS = 32
_TTL_SECONDS = 3600


class Kind(StrEnum):
    """The values of `k=` (RFC 6376 §3.6.1, RFC 8463 §4)."""

    RSA = "rsa"
    ED25519 = "ed25519"


def read_private_key(text: str) -> PrivateKey:
    """The key in a text. Raises ValueError for what is none that DKIM can use."""
    try:
        key = load_pem_private_key(text.encode(), None) if "-----BEGIN" in text else _from_base64(text)
    except TypeError:
        raise ValueError(
            "the key is encrypted; write it without a passphrase, in a file that only we can read"
        ) from None
    except (ValueError, UnsupportedAlgorithm, binascii.Error):
        raise ValueError("this is no private key; make one with `publisher dkim new`") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError("this is neither an RSA nor an Ed25519 key, and DKIM knows no others")  # noqa: TRY004  a value from outside
    if isinstance(key, RSAPrivateKey) and not SHORTEST_BITS <= key.key_size <= LONGEST_BITS:
        raise ValueError(
            f"this RSA key has {key.key_size} bits; mail servers take {SHORTEST_BITS} to {LONGEST_BITS} (RFC 8301), "
            f"and {GOOD_BITS} is good"
        )
    return key


def _from_base64(text: str) -> object:
    octets = base64.b64decode("".join(text.split()), validate=True)
    if len(octets) == _ED25519_OCTETS:
        return Ed25519PrivateKey.from_private_bytes(octets)
    return load_der_private_key(octets, None)


def weakness_of(key: PrivateKey) -> str:
    """What is not good about a key that can be used; `""` for nothing."""
    if isinstance(key, RSAPrivateKey) and key.key_size < GOOD_BITS:
        return f"this RSA key has {key.key_size} bits, and {GOOD_BITS} are asked for by now (RFC 8301)"
    return ""


def kind_of(key: PrivateKey) -> Kind:
    return Kind.RSA if isinstance(key, RSAPrivateKey) else Kind.ED25519


def bits_of(key: PrivateKey) -> int:
    return key.key_size if isinstance(key, RSAPrivateKey) else 8 * _ED25519_OCTETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A TXT record with the public half of a key (RFC 6376 §3.6.2)."""

    name: str  # without a dot at its end
    value: str  # in one piece

    @property
    def strings(self) -> tuple[str, ...]:
        size = LONGEST_STRING
        return tuple(self.value[start : start + size] for start in range(0, len(self.value), size))

    @property
    def zone_entry(self) -> str:
        """As it stands in a zone file (RFC 1035 §5.1); ends without a line end."""
        first, *rest = (f'"{string}"' for string in self.strings)
        head = f"{self.name}. {_TTL_SECONDS} IN TXT"
        if not rest:
            return f"{head} {first}"
        return "\n".join([f"{head} (", *(f"    {string}" for string in (first, *rest)), ")"])


def record_of(key: PrivateKey, *, domain: str, selector: str) -> Record:
    """Where the public half is to be published, and what."""
    kind = kind_of(key)
    public = key.public_key()
    if kind is Kind.RSA:
        octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        octets = public.public_bytes(Encoding.Raw, PublicFormat.Raw)  # RFC 8463 §4.2
    value = f"v=DKIM1; k={kind}; p={base64.b64encode(octets).decode('ascii')}"
    return Record(name=f"{selector}._domainkey.{domain}", value=value)
