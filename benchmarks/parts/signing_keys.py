"""Keys for benchmarks, and what bare signatures and dkimpy's take."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from publisher.mail.dkim import OVERSIGNED, SigningKey

DOMAIN = "courier.example"
SIGNED_OCTETS = 2400  # the canonical header of a letter of ours, with the signature field


def keys() -> tuple[SigningKey, SigningKey]:
    """RSA-2048 and Ed25519."""
    return (
        SigningKey(domain=DOMAIN, selector="bench-rsa", private=generate_private_key(65537, 2048)),
        SigningKey(domain=DOMAIN, selector="bench-ed25519", private=Ed25519PrivateKey.generate()),
    )


def bare_signatures(signing: Sequence[SigningKey]) -> Callable[[], object]:
    """Both signatures, over as much as a letter's signed header."""
    by_rsa, by_ed25519 = (key.private for key in signing)
    data, padding, hashing = os.urandom(SIGNED_OCTETS), PKCS1v15(), SHA256()
    digest = sha256(data).digest()
    return lambda: (by_rsa.sign(data, padding, hashing), by_ed25519.sign(digest))


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimpyKey:
    """A key as dkimpy takes it."""

    algorithm: bytes
    selector: bytes
    secret: bytes


def keys_for_dkimpy(signing: Sequence[SigningKey]) -> tuple[DkimpyKey, DkimpyKey]:
    by_rsa, by_ed25519 = signing
    pem = by_rsa.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    raw = by_ed25519.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return (
        DkimpyKey(algorithm=b"rsa-sha256", selector=by_rsa.selector.encode(), secret=pem),
        DkimpyKey(algorithm=b"ed25519-sha256", selector=by_ed25519.selector.encode(), secret=b64encode(raw)),
    )


def signatures_by_dkimpy(message: bytes, key: DkimpyKey) -> bytes:
    """The signature's field, as one has it made: each call signs with one key."""
    field: bytes = dkim.sign(
        message, key.selector, DOMAIN.encode(), key.secret, signature_algorithm=key.algorithm,
        canonicalize=(b"relaxed", b"relaxed"), include_headers=[name.lower().encode() for name in OVERSIGNED],
    )  # fmt: skip
    return field
