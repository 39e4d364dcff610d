"""What providers tell by HTTP: who proves to be the provider is understood, and nobody else is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from publisher.bounce.webhooks.event import Accepted, Event, Keys, Request, Turned, Wanted
from publisher.bounce.webhooks.table import PROVIDERS
from publisher.model.incoming import Kind
from publisher.model.reason import Reason
from publisher.tokens import LENGTH

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
TOKEN = ("0123456789abcdefghijklmnopqrstuv" * 3)[:LENGTH]
READER = "ida@mail.example"
SECRET = "a secret of seventeen"
MESSAGE_ID = f"<{TOKEN}@courier.example>"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"

EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(ends: datetime = NOW + timedelta(days=300)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(RSA_KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(NOW - timedelta(days=65)).not_valid_after(ends)
    return builder.sign(RSA_KEY, SHA256()).public_bytes(Encoding.PEM)


PUBLIC_KEY = base64.b64encode(
    EC_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
KEYS = {
    "ses": Keys(topics=(TOPIC,), certificates={CERTIFICATE_URL: certificate()}),
    "sendgrid": Keys(secrets=("bm8ga2V5", PUBLIC_KEY)),
    "mailgun": Keys(secrets=("an older one of ours", SECRET)),
    "generic": Keys(secrets=(SECRET,)),
}
BASIC = Keys(secrets=("an older one of ours", SECRET), user="hooks")


def keys_of(provider: str) -> Keys:
    return KEYS.get(provider, BASIC)


def hex_mac(message: bytes) -> str:
    return hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()


def basic(document: object, at: datetime) -> Request:
    word = base64.b64encode(f"hooks:{SECRET}".encode()).decode()
    return Request(headers={"authorization": f"Basic {word}"}, body=json.dumps(document).encode(), peer="1.179.112.9")


def by_sendgrid(document: object, at: datetime) -> Request:
    body, timestamp = json.dumps(document).encode(), str(int(at.timestamp()))
    signature = base64.b64encode(EC_KEY.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))).decode()
    name = "x-twilio-email-event-webhook"
    return Request(headers={f"{name}-signature": signature, f"{name}-timestamp": timestamp}, body=body)


def by_mailgun(document: object, at: datetime) -> Request:
    timestamp, token = str(int(at.timestamp())), "c3f1" * 12
    signature = {"timestamp": timestamp, "token": token, "signature": hex_mac(f"{timestamp}{token}".encode())}
    return Request(headers={}, body=json.dumps({"signature": signature, "event-data": document}).encode())


def by_generic(document: object, at: datetime) -> Request:
    body, timestamp = json.dumps(document).encode(), str(int(at.timestamp()))
    signature = f"sha256={hex_mac(timestamp.encode() + b'.' + body)}"
    return Request(headers={"x-publisher-timestamp": timestamp, "x-publisher-signature": signature}, body=body)


def by_ses(document: object, at: datetime, version: str = "2", **more: str) -> Request:
    envelope = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": json.dumps(document),
        "Timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
    } | more
    names = ("Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type")
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)
    signature = RSA_KEY.sign(text.encode(), padding.PKCS1v15(), SHA256() if version == "2" else SHA1())
    envelope["Signature"] = base64.b64encode(signature).decode()
    return Request(headers={}, body=json.dumps(envelope).encode())


SIGNERS: dict[str, Callable[[object, datetime], Request]] = {
    "ses": by_ses,
    "postmark": basic,
    "sendgrid": by_sendgrid,
    "mailgun": by_mailgun,
    "sparkpost": basic,
    "brevo": basic,
    "generic": by_generic,
}


@dataclass(frozen=True)
class Case:
    """What a provider sends, and what it means."""

    provider: str
    document: object
    kind: Kind
    reason: Reason | None = None
    token: bool = True


def ses_of(kind: str, name: str, inner: object) -> object:
    mail = {"messageId": "m1", "source": f"b+{TOKEN}@bounces.courier.example", "destination": [READER]}
    return {"notificationType": kind, name: inner, "mail": mail}


def sparkpost_of(**event: object) -> object:
    return [{"msys": {"message_event": {"event_id": "9268", "timestamp": "1795442300", "rcpt_to": READER} | event}}]


UNKNOWN = "550 5.1.1 <ida@mail.example>: Recipient address rejected: User unknown"
FULL = "552 5.2.2 the mailbox is full"
CASES = [
    Case(
        "ses",
        ses_of(
            "Bounce",
            "bounce",
            {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "feedbackId": "0101",
                "timestamp": "2026-11-23T13:58:00.000Z",
                "bouncedRecipients": [
                    {"emailAddress": READER, "status": "5.1.1", "diagnosticCode": f"smtp; {UNKNOWN}"}
                ],
            },
        ),
        Kind.BOUNCE,
        Reason.USER_UNKNOWN,
    ),
    Case(
        "ses",
        ses_of(
            "Complaint",
            "complaint",
            {
                "feedbackId": "0102",
                "complainedRecipients": [{"emailAddress": READER}],
                "complaintFeedbackType": "abuse",
            },
        ),
        Kind.COMPLAINT,
    ),
    Case(
        "postmark",
        {
            "RecordType": "Bounce",
            "ID": 42,
            "Type": "HardBounce",
            "TypeCode": 1,
            "Email": READER,
            "Details": f"smtp;{UNKNOWN}",
            "BouncedAt": "2026-11-23T13:58:10.2735393-00:00",
            "Metadata": {"letter": TOKEN},
        },
        Kind.BOUNCE,
        Reason.USER_UNKNOWN,
    ),
    Case(
        "postmark",
        {"RecordType": "Bounce", "ID": 43, "Type": "BadEmailAddress", "Email": READER, "Details": ""},
        Kind.BOUNCE,
        Reason.BAD_ADDRESS,
        token=False,
    ),
    Case(
        "postmark",
        {"RecordType": "SpamComplaint", "ID": 44, "Type": "SpamComplaint", "Email": READER},
        Kind.COMPLAINT,
        token=False,
    ),
    Case(
        "postmark",
        {
            "RecordType": "SubscriptionChange",
            "MessageID": "m4",
            "ChangedAt": "2026-11-23T13:00:00Z",
            "Recipient": READER,
            "Origin": "Recipient",
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
        },
        Kind.UNSUBSCRIBE,
        token=False,
    ),
    Case(
        "sendgrid",
        [
            {
                "email": READER,
                "event": "bounce",
                "type": "bounce",
                "reason": FULL,
                "status": "5.2.2",
                "smtp-id": MESSAGE_ID,
                "sg_event_id": "e1",
                "timestamp": 1795442300,
            }
        ],
        Kind.BOUNCE,
        Reason.MAILBOX_FULL,
    ),
    Case(
        "sendgrid",
        [
            {
                "email": READER,
                "event": "bounce",
                "type": "blocked",
                "reason": "no more from you",
                "letter": TOKEN,
                "sg_event_id": "e2",
                "timestamp": 1795442300,
            }
        ],
        Kind.BOUNCE,
        Reason.REPUTATION,
    ),
    Case(
        "sendgrid",
        [{"email": READER, "event": "dropped", "reason": "Bounced Address", "sg_event_id": "e3", "letter": TOKEN}],
        Kind.BOUNCE,
        Reason.USER_UNKNOWN,
    ),
    Case(
        "sendgrid",
        [{"email": READER, "event": "spamreport", "sg_event_id": "e4", "smtp-id": MESSAGE_ID}],
        Kind.COMPLAINT,
    ),
    Case(
        "mailgun",
        {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "recipient": READER,
            "timestamp": 1795442300.12,
            "delivery-status": {
                "code": 550,
                "message": "5.1.1 The email account does not exist",
                "enhanced-code": "5.1.1",
            },
            "message": {"headers": {"message-id": MESSAGE_ID.strip("<>"), "to": READER}},
        },
        Kind.BOUNCE,
        Reason.USER_UNKNOWN,
    ),
    Case(
        "mailgun",
        {
            "event": "failed",
            "severity": "temporary",
            "recipient": READER,
            "user-variables": {"letter": TOKEN},
            "delivery-status": {"code": 452, "message": FULL},
        },
        Kind.DELAY,
        Reason.MAILBOX_FULL,
    ),
    Case("mailgun", {"event": "complained", "recipient": READER, "user-variables": {"letter": TOKEN}}, Kind.COMPLAINT),
    Case(
        "mailgun",
        {
            "event": "failed",
            "severity": "permanent",
            "reason": "suppress-unsubscribe",
            "recipient": READER,
            "user-variables": {"letter": TOKEN},
        },
        Kind.UNSUBSCRIBE,
    ),
    Case(
        "sparkpost",
        sparkpost_of(type="bounce", bounce_class="10", raw_reason=UNKNOWN, rcpt_meta={"letter": TOKEN}),
        Kind.BOUNCE,
        Reason.USER_UNKNOWN,
    ),
    Case(
        "sparkpost",
        sparkpost_of(
            type="out_of_band", bounce_class="51", raw_reason="", msg_from=f"b+{TOKEN}@bounces.courier.example"
        ),
        Kind.BOUNCE,
        Reason.REPUTATION,
    ),
    Case("sparkpost", sparkpost_of(type="bounce", bounce_class="60", rcpt_meta={"letter": TOKEN}), Kind.AUTO_REPLY),
    Case("sparkpost", sparkpost_of(type="spam_complaint", fbtype="abuse", rcpt_meta={"l": TOKEN}), Kind.COMPLAINT),
    Case(
        "brevo",
        {
            "event": "hard_bounce",
            "email": READER,
            "id": 26224,
            "message-id": MESSAGE_ID,
            "ts_event": 1795442300,
            "reason": UNKNOWN,
        },
        Kind.BOUNCE,
        Reason.USER_UNKNOWN,
    ),
    Case("brevo", [{"event": "spam", "email": READER, "message-id": MESSAGE_ID, "ts": 1795442300}], Kind.COMPLAINT),
    Case("brevo", {"event": "unsubscribed", "email": READER, "X-Mailin-custom": f"letter:{TOKEN}"}, Kind.UNSUBSCRIBE),
    Case(
        "generic",
        [
            {
                "id": "e1",
                "event": "bounce",
                "recipient": READER,
                "text": UNKNOWN,
                "status": "5.1.1",
                "token": TOKEN,
                "time": 1795442300,
            }
        ],
        Kind.BOUNCE,
        Reason.USER_UNKNOWN,
    ),
    Case("generic", {"id": "e2", "event": "complaint", "recipient": READER, "message_id": MESSAGE_ID}, Kind.COMPLAINT),
]


def event_of(case: Case) -> Event:
    answer = PROVIDERS[case.provider](SIGNERS[case.provider](case.document, NOW), keys_of(case.provider), NOW)
    assert isinstance(answer, Accepted), answer
    assert len(answer.events) == 1
    return answer.events[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.provider}-{case.kind}")
def test_what_a_provider_tells_is_what_a_bounce_by_mail_would_say(case: Case) -> None:
    event = event_of(case)
    incoming = event.incoming
    assert event.id
    assert incoming.kind is case.kind
    if case.reason:
        assert [(one.address, one.reason) for one in incoming.failures] == [(READER, case.reason)]
        assert incoming.failures[0].lasting == (case.kind is Kind.BOUNCE)
    if case.kind is Kind.COMPLAINT:
        assert incoming.complainers == (READER,)
    if case.kind is Kind.UNSUBSCRIBE:
        assert incoming.sender == READER
    assert [trace.token for trace in incoming.traces] == ([TOKEN] if case.token else [])
    assert event.at is None or abs(event.at - NOW) < timedelta(hours=2)


def one_of_each() -> list[Case]:
    return list({case.provider: case for case in reversed(CASES)}.values())


@pytest.mark.parametrize("case", one_of_each(), ids=lambda case: case.provider)
def test_a_request_with_another_secret_is_turned_away(case: Case) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(other.public_key())
    builder = builder.serial_number(1).not_valid_before(NOW - timedelta(1)).not_valid_after(NOW + timedelta(1))
    foreign = builder.sign(other, SHA256()).public_bytes(Encoding.PEM)
    request = SIGNERS[case.provider](case.document, NOW)
    for keys in (
        replace(keys_of(case.provider), secrets=("guessed",), certificates={CERTIFICATE_URL: foreign}),
        replace(keys_of(case.provider), secrets=("",), certificates={CERTIFICATE_URL: b"no certificate"}),
        replace(keys_of(case.provider), secrets=(), certificates={CERTIFICATE_URL: b""}),
    ):
        answer = PROVIDERS[case.provider](request, keys, NOW)
        assert isinstance(answer, Turned)
        assert answer.status in (401, 403)
        assert SECRET not in answer.problem


@pytest.mark.parametrize("provider", ["ses", "sendgrid", "generic"])
def test_a_body_that_was_changed_is_turned_away(provider: str) -> None:
    case = next(case for case in CASES if case.provider == provider)
    request = SIGNERS[provider](case.document, NOW)
    changed = replace(request, body=request.body.replace(b"ida@", b"eva@"))
    assert changed.body != request.body
    assert isinstance(PROVIDERS[provider](changed, keys_of(provider), NOW), Turned)


@pytest.mark.parametrize("provider", ["ses", "sendgrid", "mailgun", "generic"])
@pytest.mark.parametrize("at", [NOW - timedelta(days=2), NOW + timedelta(hours=1)], ids=["old", "of tomorrow"])
def test_a_request_that_was_signed_at_another_time_is_turned_away(provider: str, at: datetime) -> None:
    case = next(case for case in CASES if case.provider == provider)
    answer = PROVIDERS[provider](SIGNERS[provider](case.document, at), keys_of(provider), NOW)
    assert isinstance(answer, Turned)
    assert "clock" in answer.problem


@pytest.mark.parametrize("case", one_of_each(), ids=lambda case: case.provider)
def test_what_is_told_twice_has_the_same_id(case: Case) -> None:
    assert event_of(case) == event_of(case)


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_request_without_any_proof_or_too_large_is_turned_away(provider: str) -> None:
    for request in (Request(headers={}, body=b"[]"), Request(headers={"authorization": "Basic !"}, body=b"{}")):
        assert isinstance(PROVIDERS[provider](request, keys_of(provider), NOW), Turned)
    large = PROVIDERS[provider](Request(headers={}, body=b" " * (6 * 2**20)), keys_of(provider), NOW)
    assert isinstance(large, Turned)
    assert large.status == 413


def test_a_bearers_token_is_as_good_as_a_password() -> None:
    case = next(case for case in CASES if case.provider == "brevo")
    body = json.dumps(case.document).encode()
    request = Request(headers={"authorization": f"Bearer {SECRET}"}, body=body, peer="1.179.112.9")
    assert isinstance(PROVIDERS["brevo"](request, BASIC, NOW), Accepted)
    inside = replace(BASIC, networks=("10.0.0.0/8", "1.179.112.0/20"))
    assert isinstance(PROVIDERS["brevo"](request, inside, NOW), Accepted)
    for peer in ("10.1.2", "11.0.0.1", "", "::1"):
        answer = PROVIDERS["brevo"](replace(request, peer=peer), inside, NOW)
        assert isinstance(answer, Turned)
        assert answer.status == 403


def test_both_versions_of_amazons_signature_are_understood() -> None:
    case = CASES[0]
    for version in ("1", "2"):
        assert isinstance(PROVIDERS["ses"](by_ses(case.document, NOW, version), keys_of("ses"), NOW), Accepted)
    assert isinstance(PROVIDERS["ses"](by_ses(case.document, NOW, "3"), keys_of("ses"), NOW), Turned)


def test_amazons_certificate_is_wanted_before_anything_is_believed() -> None:
    answer = PROVIDERS["ses"](by_ses(CASES[0].document, NOW), Keys(topics=(TOPIC,)), NOW)
    assert answer == Wanted(url=CERTIFICATE_URL)


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0a.pem",
        "https://evil.s3.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/other.pem",
        "https://[::1/SimpleNotificationService-0a.pem",
        "",
    ],
)
def test_a_certificate_from_anywhere_else_is_not_even_fetched(url: str) -> None:
    answer = PROVIDERS["ses"](by_ses(CASES[0].document, NOW, SigningCertURL=url), Keys(topics=(TOPIC,)), NOW)
    assert isinstance(answer, Turned)


def test_amazons_signature_for_somebody_elses_topic_proves_nothing() -> None:
    request = by_ses(CASES[0].document, NOW, TopicArn="arn:aws:sns:eu-west-1:999999999999:mine")
    answer = PROVIDERS["ses"](request, keys_of("ses"), NOW)
    assert isinstance(answer, Turned)
    assert "topic" in answer.problem


def test_an_ended_certificate_of_amazon_proves_nothing() -> None:
    keys = Keys(topics=(TOPIC,), certificates={CERTIFICATE_URL: certificate(ends=NOW - timedelta(hours=1))})
    assert isinstance(PROVIDERS["ses"](by_ses(CASES[0].document, NOW), keys, NOW), Turned)


def test_a_subscription_to_our_topic_is_confirmed_at_amazon_alone() -> None:
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37"
    more = {"Type": "SubscriptionConfirmation", "Token": "2336412f37", "SubscribeURL": url}
    assert PROVIDERS["ses"](by_ses("hello", NOW, **more), keys_of("ses"), NOW) == Accepted(confirm=url)
    more["SubscribeURL"] = "https://evil.example/"
    assert isinstance(PROVIDERS["ses"](by_ses("hello", NOW, **more), keys_of("ses"), NOW), Turned)


@pytest.mark.parametrize(
    ("provider", "document"),
    [
        ("ses", {"notificationType": "Open"}),
        ("postmark", {"RecordType": "Open", "Email": READER}),
        ("postmark", {"RecordType": "SubscriptionChange", "SuppressSending": False, "Recipient": READER}),
        ("sendgrid", [{"event": "click", "email": READER}, {"event": "dropped", "reason": "something new"}, 5]),
        ("mailgun", {"event": "opened", "recipient": READER}),
        ("sparkpost", [{"msys": {}}, {"msys": {"track_event": {"type": "click"}}}, None]),
        ("brevo", {"event": "opened", "email": READER}),
    ],
)
def test_what_says_nothing_of_a_bounce_is_taken_and_left_out(provider: str, document: object) -> None:
    assert PROVIDERS[provider](SIGNERS[provider](document, NOW), keys_of(provider), NOW) == Accepted()


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "no event"),
        ("bounce", "no event"),
        ([{"event": "exploded"}], "event 1 has no `event`"),
        ([{"event": "bounce", "id": "e1"}], "event 1 has no `recipient`"),
        ([{"event": "bounce", "recipient": READER}], "event 1 has no `id`"),
    ],
)
def test_our_own_form_says_what_is_wrong_with_it(document: object, problem: str) -> None:
    answer = PROVIDERS["generic"](by_generic(document, NOW), keys_of("generic"), NOW)
    assert isinstance(answer, Turned)
    assert (answer.status, problem in answer.problem) == (400, True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "event",
                    "Type",
                    "RecordType",
                    "msys",
                    "timestamp",
                    "reason",
                    "status",
                    "email",
                    "recipient",
                    "id",
                    "delivery-status",
                    "message",
                    "headers",
                    "Message",
                    "bounce",
                    "tags",
                    "ts",
                    "BouncedAt",
                    "type",
                ]
            ),
            inner | st.sampled_from(["bounce", "Bounce", "failed", "hard_bounce", "HardBounce", "dropped"]),
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(document=JSON, provider=st.sampled_from(sorted(PROVIDERS)))
def test_no_document_breaks_a_reader(document: object, provider: str) -> None:
    answer = PROVIDERS[provider](SIGNERS[provider](document, NOW), keys_of(provider), NOW)
    assert isinstance(answer, Accepted | Turned)


@given(body=st.binary(max_size=200), provider=st.sampled_from(sorted(PROVIDERS)))
def test_no_octets_break_a_reader(body: bytes, provider: str) -> None:
    request = replace(SIGNERS[provider]({}, NOW), body=body)
    assert isinstance(PROVIDERS[provider](request, keys_of(provider), NOW), Accepted | Turned)


def test_json_nested_without_end_is_nothing() -> None:
    request = replace(basic({}, NOW), body=b"[" * 200_000)
    assert isinstance(PROVIDERS["brevo"](request, BASIC, NOW), Turned)
