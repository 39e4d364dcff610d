"""The second factor: codes by time (TOTP, RFC 6238) from a program on one's phone, and recovery codes.

A key is sealed with one derived from `site.secret`, so that who reads the database alone has no
codes. Where `site.secret` has several lines, the first seals and all open. A recovery code has 80
random bits, so that its plain hash is enough.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from publisher.house.onetime import digest_of

CODES = 10
STEP_SECONDS = 30
_EITHER_SIDE = 1  # clocks of phones are a little off (RFC 6238 §5.2)
_CODE_OCTETS = 10
_GROUP = 4


def new_key() -> str:
    """160 bits (RFC 4226 §4), as base32."""
    return pyotp.random_base32()


def address_of(key: str, *, email: str, site: str) -> str:
    """What a QR code tells the phone."""
    return pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=site)


def in_groups(key: str) -> str:
    """A key as people copy it."""
    return " ".join(key[at : at + _GROUP] for at in range(0, len(key), _GROUP))


def step_of(key: str, code: str, *, now: datetime) -> int | None:
    """The step of time that a code belongs to; None: to none that counts now."""
    clean = re.sub(r"\s", "", code)
    here = int(now.timestamp()) // STEP_SECONDS
    codes = pyotp.TOTP(key)
    found = None
    for step in range(here - _EITHER_SIDE, here + _EITHER_SIDE + 1):
        if hmac.compare_digest(codes.generate_otp(step).encode(), clean.encode()):
            found = step
    return found


def new_recovery_codes() -> tuple[str, ...]:
    """To be shown once."""
    return tuple(_written(secrets.token_bytes(_CODE_OCTETS)) for _ in range(CODES))


def recovery_digest(code: str) -> str:
    """What is kept of one, however it was typed."""
    return digest_of(re.sub(r"[\s-]", "", code).lower())


def seal(keys: tuple[bytes, ...], key: str) -> str:
    return _sealer(keys).encrypt(key.encode()).decode()


def unseal(keys: tuple[bytes, ...], sealed: str) -> str | None:
    """None: it was sealed with a key that is not in `site.secret` any more, or by nobody of us."""
    try:
        return _sealer(keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _sealer(keys: tuple[bytes, ...]) -> MultiFernet:
    return MultiFernet([Fernet(derived(key, b"publisher: second factor")) for key in keys])


def derived(key: bytes, purpose: bytes) -> bytes:
    """A key for one purpose alone, as Fernet takes it (RFC 5869)."""
    return base64.urlsafe_b64encode(HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key))


def _written(octets: bytes) -> str:
    text = base64.b32encode(octets).decode().lower()
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
