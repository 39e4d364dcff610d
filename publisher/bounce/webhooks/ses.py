"""Amazon SES, by way of SNS: a signed JSON envelope around the notification.

The signature is by a certificate that lies at an address in the envelope, so that address must be
SNS's own. It says that Amazon sent it, for whoever has an account there: so the topic must be ours.

Documentation: "Verifying the signatures of Amazon SNS messages", "Amazon SNS notification contents for
Amazon SES". Versions 1 (SHA-1) and 2 (SHA-256). Pure.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from publisher.bounce.ses import ses_notification
from publisher.bounce.webhooks.document import Object, document_in, object_at, objects_in, text_at, time_of
from publisher.bounce.webhooks.event import Accepted, Answer, Event, Keys, Request, Turned, Wanted, in_window
from publisher.bounce.webhooks.proof import too_large, unread

_BACK = timedelta(days=1)  # SNS tries again for an hour, or longer where its policy says so
_HOST = re.compile(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem")
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}


def read_ses(request: Request, keys: Keys, now: datetime) -> Answer:
    if turned := too_large(request):
        return turned
    envelope = next(objects_in(document_in(request.body)), None)
    if envelope is None or text_at(envelope, "Type") not in _SIGNED:
        return unread()
    if text_at(envelope, "TopicArn") not in keys.topics:
        return Turned(status=403, problem="the topic of SNS is none of ours; write its ARN into `topics`")
    url = text_at(envelope, "SigningCertURL")
    if not _is_of_sns(url, _CERTIFICATE):
        return Turned(status=403, problem="the certificate of the signature does not lie at SNS")
    if url not in keys.certificates:
        return Wanted(url=url)
    if not _is_signed(envelope, keys.certificates[url], now):
        return Turned(status=403, problem="the signature is not that of SNS")
    if not in_window(time_of(text_at(envelope, "Timestamp")), now, back=_BACK):
        return Turned(status=403, problem="the request was signed more than a day ago, or a clock is wrong")
    return _told(envelope)


def _told(envelope: Object) -> Answer:
    if text_at(envelope, "Type") == "SubscriptionConfirmation":
        url = text_at(envelope, "SubscribeURL")
        if not _is_of_sns(url, re.compile("/")):
            return Turned(status=403, problem="the address that confirms the subscription is not at SNS")
        return Accepted(confirm=url)
    message = text_at(envelope, "Message")
    incoming = ses_notification(message)
    if incoming is None:
        return Accepted()  # a test, an opened letter, or a topic that has other things, too
    inner = next(objects_in(document_in(message.encode())), {})
    about = next((object_at(inner, name) for name in ("bounce", "complaint", "deliveryDelay") if name in inner), inner)
    at = time_of(text_at(about, "timestamp")) or time_of(text_at(envelope, "Timestamp"))
    event_id = text_at(about, "feedbackId") or text_at(envelope, "MessageId")
    return Accepted(events=(Event(id=event_id, at=at, incoming=incoming),))


def _is_of_sns(url: str, path: re.Pattern[str]) -> bool:
    try:
        parts = urlsplit(url)
        plain = parts.port in (None, 443) and parts.username is None
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and plain and bool(_HOST.fullmatch(host)) and bool(path.fullmatch(parts.path))


def _is_signed(envelope: Object, certificate: bytes, now: datetime) -> bool:
    """What is signed are names and values, each on a line of its own; a value that is not there is left out."""
    names = _SIGNED[text_at(envelope, "Type")]
    text = "".join(f"{name}\n{text_at(envelope, name)}\n" for name in names if name in envelope)
    version = text_at(envelope, "SignatureVersion")
    if version not in ("1", "2"):
        return False
    try:
        known = x509.load_pem_x509_certificate(certificate)
        key = known.public_key()
        signature = base64.b64decode(text_at(envelope, "Signature"), validate=True)
        if not isinstance(key, RSAPublicKey) or not known.not_valid_before_utc <= now <= known.not_valid_after_utc:
            return False
        key.verify(signature, text.encode(), PKCS1v15(), SHA256() if version == "2" else SHA1())  # noqa: S303  SNS's own
    except (ValueError, InvalidSignature):
        return False
    return True
