"""Keys that sign letters: read from what people have, refused where nobody would believe them."""

from __future__ import annotations

from base64 import b64decode, b64encode

import dns.zone
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from publisher.mail.dkimkey import (
    LONGEST_STRING,
    Kind,
    PrivateKey,
    Record,
    bits_of,
    kind_of,
    read_private_key,
    record_of,
    weakness_of,
)
from tests.signed_letters import keys

BY_RSA, BY_ED25519 = (key.private for key in keys())


def rsa_of(bits: int) -> rsa.RSAPrivateKey:
    """A new key; below 1024 bits, which nobody makes any more, one of primes that everybody knows."""
    if bits >= 1024:
        return rsa.generate_private_key(65537, bits)
    p, q = 2**521 - 1, 2**89 - 1  # Mersenne's
    d = pow(65537, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p, q=q, d=d, dmp1=d % (p - 1), dmq1=d % (q - 1), iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(65537, p * q),
    ).private_key()  # fmt: skip


def pem(key: PrivateKey | ec.EllipticCurvePrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode("ascii")


def base64_of(key: PrivateKey, encoding: Encoding, form: PrivateFormat) -> str:
    return b64encode(key.private_bytes(encoding, form, NoEncryption())).decode("ascii")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (BY_RSA, pem(BY_RSA)),
        (BY_RSA, pem(BY_RSA, PrivateFormat.TraditionalOpenSSL)),  # opendkim-genkey
        (BY_RSA, "# the key of autumn\n" + pem(BY_RSA).replace("\n", "\r\n")),
        (BY_RSA, base64_of(BY_RSA, Encoding.DER, PrivateFormat.PKCS8)),
        (BY_ED25519, pem(BY_ED25519)),
        (BY_ED25519, base64_of(BY_ED25519, Encoding.Raw, PrivateFormat.Raw)),  # dknewkey
        (BY_ED25519, base64_of(BY_ED25519, Encoding.DER, PrivateFormat.PKCS8) + "\n"),
    ],
    ids=["PKCS8", "PKCS1", "CRLF", "RSA DER", "Ed25519", "Ed25519 seed", "Ed25519 DER"],
)
def test_a_key_is_read_from_what_people_have(key: PrivateKey, text: str) -> None:
    found = read_private_key(text)
    assert record_of(found, domain="a.example", selector="s") == record_of(key, domain="a.example", selector="s")


SECRET_PEM = BY_RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame")).decode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no private key"),
        ("hello", "no private key"),
        ("é", "no private key"),
        (b64encode(b"x" * 31).decode(), "no private key"),
        (pem(BY_RSA)[:400], "no private key"),
        (pem(BY_RSA).replace("PRIVATE", "PUBLIC"), "no private key"),
        (BY_RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(), "no private key"),
        (SECRET_PEM, "encrypted; write it without a passphrase"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "neither an RSA nor an Ed25519 key"),
        (pem(rsa_of(610)), "has 610 bits; mail servers take 1024 to 4096"),
    ],
)
def test_what_is_no_key_is_told_without_repeating_it(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as raised:
        read_private_key(text)
    assert text == "" or text[30:60] not in str(raised.value) or len(text) < 60


def test_a_key_that_is_short_is_used_and_told() -> None:
    key = read_private_key(pem(rsa_of(1024)))
    assert weakness_of(key) == "this RSA key has 1024 bits, and 2048 are asked for by now (RFC 8301)"
    assert weakness_of(BY_RSA) == weakness_of(BY_ED25519) == ""
    assert (bits_of(key), bits_of(BY_RSA), bits_of(BY_ED25519)) == (1024, 2048, 256)


def test_a_record_holds_the_public_half() -> None:
    record = record_of(BY_RSA, domain="courier.example", selector="autumn")
    assert record.name == "autumn._domainkey.courier.example"
    assert record.value.startswith("v=DKIM1; k=rsa; p=")
    assert load_der_public_key(b64decode(record.value.rpartition("p=")[2])) == BY_RSA.public_key()
    short = record_of(BY_ED25519, domain="courier.example", selector="autumn")
    assert short.value.startswith("v=DKIM1; k=ed25519; p=")
    public = Ed25519PublicKey.from_public_bytes(b64decode(short.value.partition("p=")[2]))
    assert public == BY_ED25519.public_key()
    assert (kind_of(BY_RSA), kind_of(BY_ED25519)) == (Kind.RSA, Kind.ED25519)


@pytest.mark.parametrize("size", [1, LONGEST_STRING, LONGEST_STRING + 1, 800])
def test_a_record_is_parted_into_strings_that_a_zone_file_may_hold(size: int) -> None:
    record = Record(name="s._domainkey.a.example", value="k" * size)
    assert "".join(record.strings) == record.value
    assert all(0 < len(string) <= LONGEST_STRING for string in record.strings)
    quoted = record.zone_entry.split('"')[1::2]
    assert tuple(quoted) == record.strings
    assert record.zone_entry.startswith("s._domainkey.a.example. 3600 IN TXT ")
    assert record.zone_entry.count("(") == record.zone_entry.count(")") == (size > LONGEST_STRING)


def test_a_zone_file_with_our_records_is_read_back() -> None:
    record = record_of(BY_RSA, domain="courier.example", selector="autumn")
    head = "@ 3600 IN SOA ns desk 1 3600 600 86400 600\n@ 3600 IN NS ns\n"
    zone = dns.zone.from_text(f"{head}{record.zone_entry}\n", origin="courier.example.")
    ((found,),) = (zone.find_rdataset("autumn._domainkey", "TXT"),)
    assert b"".join(found.strings).decode() == record.value


def test_a_key_of_ed25519_made_elsewhere_is_read() -> None:
    # RFC 8463 A.2
    key = read_private_key("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    assert isinstance(key, Ed25519PrivateKey)
    record = record_of(key, domain="football.example.com", selector="brisbane")
    assert record.value == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
