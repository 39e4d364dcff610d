"""DKIM signatures: those of the RFCs come out, others verify them, and nothing can be changed or added."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from publisher.mail.dkim import OVERSIGNED, Seal, Signers, SigningKey, relaxed_field
from publisher.mail.headers import plain_line
from publisher.mail.splice import Hole, Piece, Splice
from publisher.mail.wire import compile_letter
from publisher.model.letter import Letter, Slot
from tests.signed_letters import (
    DOMAIN,
    Sent,
    keys,
    letters,
    open_dkim,
    records,
    split_signatures,
    verified_by_dkimpy,
    verified_by_mailauth,
    with_one_signature,
)
from tests.test_mail_wire import ANN, HEAD, NAMELESS, NAMES, PIECES, SMALL, TOKEN

BOTH = range(2)
DNS = records(keys())

# ── What the RFCs print ──────────────────────────────────────────────────────────────

# RFC 8463 A.3, signed by the key of A.2
SIXPACK_FIELDS = (
    b"From: Joe SixPack <joe@football.example.com>\r\n",
    b"To: Suzie Q <suzie@shopping.example.net>\r\n",
    b"Subject: Is dinner ready?\r\n",
    b"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n",
    b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n",
)
SIXPACK_BODY = b"Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n"  # relaxed already
SIXPACK_HASH = b"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
SIXPACK_ED25519 = (
    b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;"
    b"\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;"
    b"\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b="
)
SIXPACK_RSA = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;"
    b"\r\n q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n date : message-id : from : subject : date;"
    b"\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b="
)


def signed_data(signature_field: bytes) -> bytes:
    return b"".join(relaxed_field(field) + b"\r\n" for field in SIXPACK_FIELDS) + relaxed_field(signature_field)


def test_our_signature_by_ed25519_is_the_one_that_rfc_8463_prints() -> None:
    seed = b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    key = SigningKey(
        domain="football.example.com", selector="brisbane", private=Ed25519PrivateKey.from_private_bytes(seed)
    )
    assert b64encode(key.sign(signed_data(SIXPACK_ED25519))) == (
        b"/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
    )
    assert b64encode(sha256(SIXPACK_BODY).digest()) == SIXPACK_HASH


def test_the_rsa_signature_that_rfc_8463_prints_is_one_over_what_we_would_sign() -> None:
    public = load_der_public_key(
        b64decode(
            "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCN"
            "b3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
        )
    )
    assert isinstance(public, RSAPublicKey)
    signature = b64decode(
        "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2"
        "JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8="
    )
    public.verify(signature, signed_data(SIXPACK_RSA), PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        public.verify(signature, signed_data(SIXPACK_RSA) + b" ", PKCS1v15(), SHA256())


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        (b"A: X\r\n", b"a:X"),  # RFC 6376 §3.4.5
        (b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z"),
        (b"SUBJect:\r\n  two\t words \r\n", b"subject:two words"),
        (b"To:\r\n", b"to:"),
        ("To: änne@example.org\r\n".encode(), "to:änne@example.org".encode()),
    ],
)
def test_fields_are_made_canonical_as_rfc_6376_says(raw: bytes, canonical: bytes) -> None:
    assert relaxed_field(raw) == canonical


# ── Form ─────────────────────────────────────────────────────────────────────────────


def tags(signature_field: bytes) -> dict[str, str]:
    _, _, value = signature_field.decode("ascii").partition(":")
    pairs = (tag.partition("=") for tag in re.sub(r"\s", "", value).split(";"))
    return {name: text for name, _, text in pairs}


def test_a_signature_says_what_it_has_to_say_and_no_more() -> None:
    message = compile_letter(SMALL, HEAD, keys()).message_for(ANN)
    by_rsa, by_ed25519, _ = split_signatures(message)
    assert set(tags(by_rsa)) == set(tags(by_ed25519)) == {"v", "a", "c", "d", "s", "t", "h", "bh", "b"}
    assert (tags(by_rsa)["a"], tags(by_ed25519)["a"]) == ("rsa-sha256", "ed25519-sha256")
    for found, key in zip((by_rsa, by_ed25519), keys(), strict=True):
        told = tags(found)
        assert (told["v"], told["c"], told["d"], told["s"]) == ("1", "relaxed/relaxed", DOMAIN, key.selector)
        assert told["t"] == str(int(HEAD.date.timestamp()))
        assert all(len(line) <= 78 for line in found.split(b"\r\n"))
    assert tags(by_rsa)["bh"] == tags(by_ed25519)["bh"]


def test_each_field_is_signed_once_more_than_it_occurs() -> None:
    signature, *_, rest = split_signatures(compile_letter(SMALL, HEAD, keys()).message_for(ANN))
    signed = tags(signature)["h"].lower().split(":")
    header = rest.partition(b"\r\n\r\n")[0].decode().lower()
    for name in OVERSIGNED:
        occurs = len(re.findall(rf"^{name.lower()}:", header, re.MULTILINE))
        assert signed.count(name.lower()) == occurs + 1, name
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(signed)  # RFC 8058 §4


def test_a_letter_without_keys_is_as_before() -> None:
    signed = compile_letter(SMALL, HEAD, keys()).message_for(ANN)
    assert split_signatures(signed)[-1] == compile_letter(SMALL, HEAD).message_for(ANN)


def test_a_letter_that_is_made_again_is_the_same_letter() -> None:
    first, second = (compile_letter(SMALL, HEAD, keys()) for _ in BOTH)
    assert first.message_for(ANN) == first.message_for(ANN) == second.message_for(ANN)
    assert first.message_for(ANN) != first.message_for(NAMELESS)


def sealed(seal: Seal, message: bytes, values: Mapping[Hole, bytes]) -> bytes:
    """The message behind its signatures."""
    body = message.partition(b"\r\n\r\n")[2]
    unsigned = seal.unsigned([body[:2], body[2:]], values)
    return b"".join([*seal.fields(unsigned, [key.sign(data) for key, data in unsigned.to_sign]), message])


def test_a_field_that_stands_twice_is_signed_from_the_last() -> None:
    header = b"From: a@fernmoor.example\r\nReply-To: b@fernmoor.example\r\nReply-To: c@fernmoor.example\r\n"
    body = b"\r\nwords\r\n"
    message = sealed(Seal([header], keys(), date=datetime(2026, 1, 1, tzinfo=UTC)), header + body, {})
    assert tags(split_signatures(message)[0])["h"].count("Reply-To") == 3
    assert all(verified_by_dkimpy(message, DNS, at=at) for at in BOTH)


def test_a_hole_within_a_field_is_signed_as_it_was_filled() -> None:
    token = Hole("token")
    pieces: list[Piece] = [b"From: a@b.example\r\nSubject:  two \r\n ", token, b" holes ", token, b" \r\n"]
    values = {token: b"word"}
    seal = Seal(pieces, keys(), date=HEAD.date)
    message = sealed(seal, Splice([*pieces, b"\r\nbody\r\n"]).filled(values), values)
    assert all(verified_by_dkimpy(message, DNS, at=at) for at in BOTH)


# ── Whose keys ───────────────────────────────────────────────────────────────────────


def key_of(domain: str) -> SigningKey:
    return replace(keys()[1], domain=domain)


@pytest.mark.parametrize(
    ("address", "signs"),
    [
        ("desk@courier.example", "courier.example"),
        ("desk@COURIER.example", "courier.example"),
        ("desk@news.courier.example", "news.courier.example"),
        ("desk@a.b.news.courier.example", "news.courier.example"),
        ("desk@other.courier.example", "courier.example"),
        ("desk@bücher.example", "xn--bcher-kva.example"),
        ("desk@notcourier.example", None),
        ("desk@courier.example.org", None),
        ("desk@example", None),
    ],
)
def test_the_domain_of_from_chooses_its_keys_or_those_of_the_nearest_domain_above(
    address: str, signs: str | None
) -> None:
    domains = ("courier.example", "news.courier.example", "xn--bcher-kva.example")
    signers = Signers(by_domain={domain: (key_of(domain),) for domain in domains})
    assert [key.domain for key in signers.keys_for(address)] == ([signs] if signs else [])


def test_a_key_is_shown_to_nobody() -> None:
    assert "PrivateKey" not in repr(keys()[0])


# ── Others verify ────────────────────────────────────────────────────────────────────

LETTERS = 300


@pytest.fixture(scope="module")
def many() -> list[Sent]:
    return list(letters(LETTERS))


def test_dkimpy_verifies_letters_of_all_sorts(many: list[Sent]) -> None:
    wrong = [(sent.reader, at) for sent in many for at in BOTH if not verified_by_dkimpy(sent.message, DNS, at=at)]
    assert wrong == []


@given(PIECES, PIECES, NAMES, NAMES)
@settings(max_examples=50, deadline=None)
def test_dkimpy_verifies_any_letter_to_anybody(text: str, page: str, name: str, list_name: str) -> None:
    letter = Letter(subject=f"To {Slot.NAME.mark}", html=page, text=text)
    head = replace(HEAD, list_name=plain_line(list_name))
    message = compile_letter(letter, head, keys()).message_for(ANN._replace(name=name))
    assert all(verified_by_dkimpy(message, DNS, at=at) for at in BOTH)


def test_opendkim_verifies_letters_of_all_sorts(many: list[Sent], tmp_path: Path) -> None:
    with open_dkim(DNS, tmp_path) as opendkim:
        said = {opendkim.verdict(with_one_signature(sent.message, at=at)) for sent in many for at in BOTH}
        assert said == {"Success"}
        assert opendkim.verdict(many[0].message[:-4] + b"!\r\n") == "Bad signature"


def test_mailauth_verifies_letters_of_all_sorts_and_finds_them_aligned(many: list[Sent]) -> None:
    bounces = f"bounces.{DOMAIN}"
    dns = {**DNS, f"_dmarc.{DOMAIN}": "v=DMARC1; p=reject", bounces: "v=spf1 ip4:192.0.2.25 -all"}
    told = verified_by_mailauth([sent.message for sent in many], dns, sender=f"b+{TOKEN}@{bounces}")
    for one in told:
        assert [(found["algorithm"], found["result"], found["aligned"]) for found in one["signatures"]] == [
            ("rsa-sha256", "pass", DOMAIN),
            ("ed25519-sha256", "pass", DOMAIN),
        ]
        assert (one["dmarc"], one["spf"]) == ("pass", "pass")
    assert len(told) == LETTERS


# ── Nothing can be changed ───────────────────────────────────────────────────────────

SEALED = compile_letter(SMALL, HEAD, keys()).message_for(ANN)
UNSIGNED = ("precedence", "auto-submitted", "x-auto-response-suppress")


def spans(message: bytes) -> list[tuple[int, int]]:
    """Where what is signed stands: the values of fields, and the body."""
    header_end = message.index(b"\r\n\r\n")
    start = len(b"".join(split_signatures(message)[:-1]))
    fields = re.finditer(rb"([!-9;-~]+): (.*(?:\r\n[ \t].*)*)\r\n", message[: header_end + 2])
    signed = [field for field in fields if field.start() >= start and field[1].decode().lower() not in UNSIGNED]
    return [*(field.span(2) for field in signed), (header_end + 4, len(message))]


PLACES = [at for start, end in spans(SEALED) for at in range(start, end) if SEALED[at : at + 1] not in b"\r\n"]


@given(st.sampled_from(PLACES), st.integers(1, 127))
@example(PLACES[0], 1)
@example(PLACES[-1], 1)
@settings(max_examples=100, deadline=None)
def test_no_octet_of_a_signed_field_or_of_the_body_can_be_changed(at: int, by: int) -> None:
    changed = bytes([SEALED[at] ^ by])
    assume(changed not in b" \t\r\n")  # a blank may be as good as none, and lines be others
    forged = SEALED[:at] + changed + SEALED[at + 1 :]
    assert not any(verified_by_dkimpy(forged, DNS, at=which) for which in BOTH)


@pytest.mark.parametrize("name", OVERSIGNED)
@pytest.mark.parametrize("place", [0, -1], ids=["on top", "at the end"])
def test_no_field_that_is_oversigned_can_be_added(name: str, place: int) -> None:
    signatures, rest = SEALED[: -len(split_signatures(SEALED)[-1])], split_signatures(SEALED)[-1]
    added = f"{name}: eve@example.net\r\n".encode()
    header, _, body = rest.partition(b"\r\n\r\n")
    forged = header + b"\r\n" + added + b"\r\n" + body if place else added + rest
    assert not any(verified_by_dkimpy(signatures + forged, DNS, at=at) for at in BOTH)


@pytest.mark.parametrize(
    "change",
    [
        lambda message: message + b"<p>one more</p>\r\n",
        lambda message: message.replace(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        lambda message: message.replace(b"Reply-To: desk@fernmoor.example\r\n", b""),
        lambda message: message.replace(b"t=1795", b"t=1796", 1).replace(b"t=1795", b"t=1796"),
        lambda message: message.replace(f"d={DOMAIN}".encode(), b"d=evil.example"),
    ],
    ids=["a longer body", "no one-click", "no reply-to", "another time", "another domain"],
)
def test_nothing_can_be_taken_out_or_put_behind(change: Callable[[bytes], bytes]) -> None:
    forged = change(SEALED)
    assert forged != SEALED
    dns = {**DNS, **{name.replace(DOMAIN, "evil.example"): value for name, value in DNS.items()}}
    assert not any(verified_by_dkimpy(forged, dns, at=at) for at in BOTH)


@pytest.mark.parametrize(
    "change",
    [
        lambda message: b"Received: from a.example by b.example; Fri, 20 Nov 2026 06:30:01 +0000\r\n" + message,
        lambda message: message + b"\r\n\r\n",
        lambda message: message.replace(b"Precedence: bulk\r\n", b""),
        lambda message: message.replace(b"MIME-Version: 1.0", b"mime-version:\r\n\t1.0"),
    ],
    ids=["received", "blank lines behind", "no precedence", "folded anew"],
)
def test_what_relays_do_leaves_it_valid(change: Callable[[bytes], bytes]) -> None:
    travelled = change(SEALED)
    assert travelled != SEALED
    assert all(verified_by_dkimpy(travelled, DNS, at=at) for at in BOTH)
