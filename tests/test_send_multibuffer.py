"""Signatures by the eight: the same as one by one, with the library and without, and a wrong one is never shown."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Sequence
from math import gcd
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateNumbers,
    RSAPublicNumbers,
    generate_private_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.mail.dkim import SigningKey
from publisher.send.batch import one_by_one
from publisher.send.lanes import LANES, opened
from publisher.send.multibuffer import BatchSigner

RSA_2048 = SigningKey(domain="courier.example", selector="r", private=generate_private_key(65537, 2048))
ED25519 = SigningKey(domain="courier.example", selector="e", private=Ed25519PrivateKey.generate())


class Function:
    """One of a library's, as ctypes shows them."""

    def __init__(self, do: Callable[..., int]) -> None:
        self.restype: Any = None
        self._do = do

    def __call__(self, *given: Any) -> int:
        return self._do(*[getattr(one, "_as_parameter_", one) for one in given])


class Slow:
    """What crypto_mb does, by Python's numbers: so that all machines try what few processors can do.

    `wrong`: lanes whose signatures come out with a bit turned over.
    """

    def __init__(self, *, wrong: Sequence[int] = (), can: int = LANES, status: int = 0) -> None:
        self.calls = 0
        self.wrong = wrong
        self._status = status
        self.mbx_get_algo_info = Function(lambda algorithm: can)
        self.mbx_rsa_private_crt_mb8 = Function(self._private)
        self.mbx_rsa_public_mb8 = Function(self._public)
        self.mbx_ed25519_sign_mb8 = Function(self._sign)

    def _private(
        self, data: Any, made: Any, p: Any, q: Any, dp: Any, dq: Any, inverse: Any, bits: int, *_: object
    ) -> int:
        self.calls += 1
        for lane in range(LANES):
            halves = (p, q, dp, dq, inverse)
            first, second, by_first, by_second, of_second = (number_at(one[lane], bits // 16) for one in halves)
            text = int.from_bytes(ctypes.string_at(data[lane], bits // 8), "big")
            one, two = pow(text, by_first, first), pow(text, by_second, second)
            whole = two + second * (of_second * (one - two) % first)
            self._put(made[lane], whole ^ (lane in self.wrong), bits)
        return 0

    def _public(self, data: Any, made: Any, modulus: Any, bits: int, *_: object) -> int:
        for lane in range(LANES):
            text = int.from_bytes(ctypes.string_at(data[lane], bits // 8), "big")
            self._put(made[lane], pow(text, 65537, number_at(modulus[lane], bits // 8)), bits)
        return 0

    def _sign(self, first: Any, second: Any, data: Any, lengths: Any, seed: Any, public: Any) -> int:
        self.calls += 1
        for lane in range(LANES):
            key = Ed25519PrivateKey.from_private_bytes(ctypes.string_at(seed[lane], 32))
            assert ctypes.string_at(public[lane], 32) == key.public_key().public_bytes_raw()
            signature = key.sign(ctypes.string_at(data[lane], lengths[lane]))
            ctypes.memmove(first[lane], signature[:32], 32)
            ctypes.memmove(second[lane], signature[32:] if lane not in self.wrong else bytes(32), 32)
        return self._status

    @staticmethod
    def _put(place: int, number: int, bits: int) -> None:
        ctypes.memmove(place, number.to_bytes(bits // 8, "big"), bits // 8)


def number_at(place: int, octets: int) -> int:
    return int.from_bytes(ctypes.string_at(place, octets), "little")


def signer(library: object) -> BatchSigner:
    batch = BatchSigner()
    vars(batch)["library"] = library  # as `cached_property` would keep the one it found
    return batch


def texts(count: int) -> list[bytes]:
    return [f"letter {number}".encode() * 40 for number in range(count)]


@pytest.mark.parametrize("key", [RSA_2048, ED25519], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("library", ["this machine's", "slow", "none"])
def test_signatures_are_those_that_the_key_makes_one_by_one(key: SigningKey, library: str) -> None:
    sign = BatchSigner() if library == "this machine's" else signer(Slow() if library == "slow" else None)
    for count in (0, 1, 2, 3, 7, 8, 9, 11, 17, 32):
        assert list(sign(key, texts(count))) == one_by_one(key, texts(count))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.binary(max_size=3000), max_size=20))
def test_whatever_is_signed(data: list[bytes]) -> None:
    sign = BatchSigner()
    for key in (RSA_2048, ED25519):
        assert list(sign(key, data)) == one_by_one(key, data)


@pytest.mark.parametrize(("bits", "exponent"), [(1024, 65537), (3072, 65537), (4096, 65537), (2048, 3), (2304, 65537)])
def test_keys_of_other_sizes_and_exponents_sign_as_well(bits: int, exponent: int) -> None:
    key = SigningKey(domain="courier.example", selector="odd", private=generate_private_key(exponent, bits))
    for sign in (BatchSigner(), signer(Slow())):
        assert list(sign(key, texts(9))) == one_by_one(key, texts(9))


def test_fewer_than_pays_are_signed_one_by_one() -> None:
    library = Slow()
    sign = signer(library)
    for count, calls in ((1, 0), (2, 1), (3, 2), (8, 3), (10, 4), (11, 6)):  # the first is the sample's
        assert list(sign(RSA_2048, texts(count))) == one_by_one(RSA_2048, texts(count))
        assert library.calls == calls, count


def with_unlike_primes(bits: int) -> SigningKey:
    """A key of that size, one of whose primes is longer than the other."""
    while True:
        longer, shorter = generate_private_key(65537, bits + 12), generate_private_key(65537, bits - 12)
        p, q = longer.private_numbers().p, shorter.private_numbers().p
        phi = (p - 1) * (q - 1)
        if (p * q).bit_length() == bits and gcd(phi, 65537) == 1:
            d = pow(65537, -1, phi)
            numbers = RSAPrivateNumbers(
                p=p, q=q, d=d, dmp1=d % (p - 1), dmq1=d % (q - 1), iqmp=pow(q, -1, p),
                public_numbers=RSAPublicNumbers(e=65537, n=p * q),
            )  # fmt: skip
            return SigningKey(domain="courier.example", selector="odd", private=numbers.private_key())


def test_a_key_with_primes_of_unlike_length_or_another_exponent_signs_one_by_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = SigningKey(domain="courier.example", selector="three", private=generate_private_key(3, 2048))
    for key in (with_unlike_primes(2048), other):
        library = Slow()
        sign = signer(library)
        assert sign.at_a_time(key) == 1
        assert list(sign(key, texts(9))) == one_by_one(key, texts(9))
        assert library.calls == 0
    assert not caplog.text


def test_a_python_without_ctypes_signs_one_by_one() -> None:
    program = """
        import sys
        sys.modules["_ctypes"] = None
        from publisher.cli import dkim
        from publisher.send import deliver, maker
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from publisher.mail.dkim import SigningKey
        from publisher.send.multibuffer import BatchSigner
        sign = BatchSigner()
        key = SigningKey(domain="a.example", selector="a", private=Ed25519PrivateKey.generate())
        assert list(sign(key, [b"a", b"b", b"c"])) == [key.sign(one) for one in (b"a", b"b", b"c")]
        assert (sign.library, sign.at_a_time(key)) == (None, 1)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, cwd=Path(__file__).parents[1])


def test_a_signature_that_came_out_wrong_is_made_anew_and_never_shown() -> None:
    library = Slow()
    sign = signer(library)
    assert list(sign(RSA_2048, texts(8))) == one_by_one(RSA_2048, texts(8))
    library.wrong = (0, 5, 7)
    assert list(sign(RSA_2048, texts(19))) == one_by_one(RSA_2048, texts(19))
    assert library.calls == 5  # a sample, eight, and nineteen


def test_a_lane_that_says_it_could_not_is_signed_by_the_key() -> None:
    library = Slow(status=0x1000_0000, wrong=[7])
    sign = signer(library)
    assert list(sign(ED25519, texts(8))) == one_by_one(ED25519, texts(8))


@pytest.mark.parametrize("key", [RSA_2048, ED25519], ids=["rsa", "ed25519"])
def test_a_library_that_signs_otherwise_is_not_used(key: SigningKey, caplog: pytest.LogCaptureFixture) -> None:
    library = Slow(wrong=[0])
    sign = signer(library)
    assert list(sign(key, texts(16))) == one_by_one(key, texts(16))
    assert library.calls == 1
    assert "is not used" in caplog.text


def test_it_says_how_many_go_side_by_side() -> None:
    assert [signer(Slow()).at_a_time(key) for key in (RSA_2048, ED25519)] == [LANES, LANES]
    assert [signer(None).at_a_time(key) for key in (RSA_2048, ED25519)] == [1, 1]


@pytest.mark.parametrize("key", [RSA_2048, ED25519], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("library", [Slow(can=0), object()], ids=["another processor", "an old library"])
def test_what_cannot_is_not_asked(key: SigningKey, library: object) -> None:
    assert list(signer(library)(key, texts(16))) == one_by_one(key, texts(16))
    assert getattr(library, "calls", 0) == 0


def test_a_processor_that_can_does() -> None:
    """Where the library is installed: tests install it for the machines that there is one for."""
    facts = Path("/proc/cpuinfo")
    knows_how = facts.exists() and "avx512ifma" in facts.read_text(encoding="ascii", errors="replace")
    sign = BatchSigner()
    sign(RSA_2048, texts(8))
    assert (opened() is not None) or not knows_how
    assert sign.at_a_time(RSA_2048) == LANES or not knows_how


def test_several_threads_sign_with_the_same_keys_at_once() -> None:
    sign = BatchSigner()
    wanted = {key.selector: one_by_one(key, texts(24)) for key in (RSA_2048, ED25519)}
    same: list[bool] = []

    def work() -> None:
        same.extend(list(sign(key, texts(24))) == wanted[key.selector] for key in (RSA_2048, ED25519) * 3)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert same == [True] * 24
