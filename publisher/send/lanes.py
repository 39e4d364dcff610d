"""The lanes of Intel's `crypto_mb`: eight signatures side by side, through ctypes.

Why and when is told in `multibuffer.py`. An RSA signature that comes out wrong by a fault of the machine gives away
the key it was made with (Boneh, DeMillo and Lipton, 1997). So each is looked at with the public key before anybody
else sees it, as OpenSSL does. Of Ed25519 a sample is looked at, in each lane; later signatures are believed.

Known weakness: the library is known by the names of its versions up to 13; a newer one is not found.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib import metadata
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from publisher.mail.dkim import SigningKey

LANES = 8
_FEWEST = 2  # letters for which Ed25519's lanes take less time than one after the other
# RFC 8017 §9.2, note 1: a SHA-256 digest as it is signed begins so.
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
# Bits of RSA keys: what the library calls that (`enum MBX_ALGO`), and for how many letters it is quicker. With 3072 it
# never is: OpenSSL has its own way there.
_SIZES = {1024: (0, 3), 2048: (1, 3), 4096: (3, 6)}
_EXPONENT = 65537  # the one that the library checks signatures with
_X25519 = 4  # the same for the curve; it says nothing of Ed25519 by itself
_SAMPLE = b"What a key signs first, in either way, to see that both ways are the same."

# By their names, the newest first; what is used of it has not changed.
_LIBRARIES = ("libcrypto_mb.so.13", "libcrypto_mb.so.12", "libcrypto_mb.so.11")
_RUNTIME = ("libintlc.so.5", "libirng.so", "libimf.so", "libsvml.so")

_Pointers = ctypes.c_void_p * LANES
_Lengths = ctypes.c_uint32 * LANES

log = logging.getLogger(__name__)


class Lanes(Protocol):
    """What signs with one key, as many letters at a time as there are lanes."""

    number: int
    fewest: int  # letters for which that takes less time than one after the other

    def sign(self, data: Sequence[bytes]) -> Sequence[bytes | None]:
        """At most `number`; None for one that could not be signed, or did not come out right."""


class _Rsa:
    """A key's lanes."""

    def __init__(self, library: ctypes.CDLL, private: RSAPrivateKey, *, fewest: int) -> None:
        self.number, self.fewest = LANES, fewest
        numbers = private.private_numbers()
        public = numbers.public_numbers
        self._bits, self._octets = private.key_size, private.key_size // 8
        halves = (numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)
        self._halves = [_Shared(number.to_bytes(self._octets // 2, "little")) for number in halves]
        self._modulus = _Shared(public.n.to_bytes(self._octets, "little"))
        self._private = _function(library, "mbx_rsa_private_crt_mb8")
        self._public = _function(library, "mbx_rsa_public_mb8")

    def sign(self, data: Sequence[bytes]) -> list[bytes | None]:
        """As `Lanes.sign`."""
        size = self._octets
        blocks = [self._block_of(one) for one in data]
        given, made, opened = (_Buffer(LANES * size) for _ in range(3))
        given.octets.raw = b"".join([*blocks, *blocks[:1] * (LANES - len(blocks))])
        self._private(given.each(size), made.each(size), *self._halves, self._bits, None, None)
        self._public(made.each(size), opened.each(size), self._modulus, self._bits, None, None)
        signatures, seen = made.octets.raw, opened.octets.raw
        places = [slice(at, at + size) for at in range(0, len(blocks) * size, size)]
        return [
            signatures[place] if seen[place] == block else None for place, block in zip(places, blocks, strict=True)
        ]

    def _block_of(self, data: bytes) -> bytes:
        """RFC 8017 §9.2: EM = 0x00 || 0x01 || PS || 0x00 || T, with PS all 0xff."""
        info = _DIGEST_INFO + sha256(data).digest()
        return b"\0\1" + b"\xff" * (self._octets - 3 - len(info)) + b"\0" + info


class _Ed25519:
    """A key's lanes. What is signed is the hash (RFC 8463 §3)."""

    number, fewest = LANES, _FEWEST

    def __init__(self, library: ctypes.CDLL, seed: bytes, public: bytes) -> None:
        self._seed, self._public = _Shared(seed), _Shared(public)
        self._lengths = _Lengths(*[32] * LANES)
        self._sign = _function(library, "mbx_ed25519_sign_mb8")

    def sign(self, data: Sequence[bytes]) -> list[bytes | None]:
        """As `Lanes.sign`."""
        given, made = _Buffer(LANES * 32), _Buffer(LANES * 64)
        given.octets.raw = b"".join([sha256(one).digest() for one in data]).ljust(LANES * 32, b"\0")
        firsts, seconds = made.each(64), made.each(64, behind=32)
        status = self._sign(firsts, seconds, given.each(32), self._lengths, self._seed, self._public)
        signatures = made.octets.raw
        return [None if status >> 4 * lane & 15 else signatures[lane * 64 :][:64] for lane in range(len(data))]


class _Buffer:
    """Octets for all lanes, one lane's behind the other's."""

    def __init__(self, octets: int) -> None:
        self.octets = ctypes.create_string_buffer(octets)
        self._at = ctypes.addressof(self.octets)

    def each(self, octets: int, behind: int = 0) -> ctypes.Array[ctypes.c_void_p]:
        """Where each lane's begins; they are so long, and it is so far behind."""
        first = self._at + behind
        return _Pointers(*range(first, first + LANES * octets, octets))


class _Shared:
    """Octets that are the same for all lanes; ctypes takes such a thing for its `_as_parameter_`."""

    def __init__(self, octets: bytes) -> None:
        self._octets = ctypes.create_string_buffer(octets, len(octets))  # here as long as it is pointed to
        self._as_parameter_ = _Pointers(*[ctypes.addressof(self._octets)] * LANES)


def _function(library: ctypes.CDLL, name: str) -> Callable[..., int]:
    """All of them return a status for each lane, four bits of it, 0 where all is well."""
    function: Any = getattr(library, name)
    function.restype = ctypes.c_uint32
    called: Callable[..., int] = function
    return called


def lanes_for(key: SigningKey, library: ctypes.CDLL) -> Lanes | None:
    """None where the library has none for such a key, or does not sign as `cryptography` does."""
    lanes: Lanes | None = None
    with suppress(AttributeError):  # it is older than what we ask for
        private = key.private
        lanes = _rsa(private, library) if isinstance(private, RSAPrivateKey) else _ed25519(private, library)
    if lanes and lanes.sign([_SAMPLE] * LANES) != [key.sign(_SAMPLE)] * LANES:
        log.warning("crypto_mb signs otherwise than cryptography does, and is not used")
        return None
    return lanes


def _rsa(private: RSAPrivateKey, library: ctypes.CDLL) -> _Rsa | None:
    numbers = private.private_numbers()
    halves = {numbers.p.bit_length(), numbers.q.bit_length()}
    usual = numbers.public_numbers.e == _EXPONENT and halves == {private.key_size // 2}
    algorithm, fewest = _SIZES.get(private.key_size, (None, 0))
    can = usual and algorithm is not None and _can(library, algorithm)
    return _Rsa(library, private, fewest=fewest) if can else None


def _ed25519(private: Ed25519PrivateKey, library: ctypes.CDLL) -> _Ed25519 | None:
    public = private.public_key().public_bytes_raw()
    return _Ed25519(library, private.private_bytes_raw(), public) if _can(library, _X25519) else None


def _can(library: ctypes.CDLL, algorithm: int) -> bool:
    asked = library.mbx_get_algo_info
    asked.restype = ctypes.c_uint64
    return bool(asked(algorithm) & LANES)


def opened() -> ctypes.CDLL | None:
    """The library, as pip or the system has it; None where neither has, or it cannot be loaded."""
    for name in _RUNTIME:  # it names these as needed, and is built to do without
        with suppress(OSError):
            ctypes.CDLL(_place_of("intel-cmplr-lib-rt", name))
    for name in _LIBRARIES:
        with suppress(OSError):
            return ctypes.CDLL(_place_of("ipp-crypto", name))
    return None


def _place_of(distribution: str, name: str) -> str:
    """A file that pip has installed with it; where it has not, the name alone, which the system may know."""
    with suppress(metadata.PackageNotFoundError):
        found = metadata.distribution(distribution)
        return next((str(found.locate_file(one)) for one in found.files or () if one.name == name), name)
    return name
