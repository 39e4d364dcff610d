"""What proves that a request is a provider's: names and passwords, tokens, addresses, signatures.

Everything is compared in a time that tells nothing of how much was right.

Standards: RFC 7617 (Basic), RFC 6750 (Bearer), RFC 2104 (HMAC). Pure.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from publisher.bounce.webhooks.event import LARGEST_BYTES, Keys, Request, Turned


def too_large(request: Request) -> Turned | None:
    if len(request.body) > LARGEST_BYTES:
        return Turned(status=413, problem=f"the request has more than {LARGEST_BYTES:,} bytes")
    return None


def authorized(request: Request, keys: Keys) -> Turned | None:
    """By a name and password, or by a bearer's token; one of the secrets is needed."""
    if problem := too_large(request) or _from_elsewhere(request, keys):
        return problem
    if not keys.secrets:
        return Turned(status=403, problem="no secret is set for this webhook; set one, here and at the provider")
    scheme, _, said = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        good = is_one_of(said.strip(), keys.secrets)
    elif scheme.lower() == "basic":
        good = is_one_of(_decoded(said), (f"{keys.user}:{secret}" for secret in keys.secrets))
    else:
        return Turned(status=401, problem="the request has no authorization; set it at the provider")
    return None if good else Turned(status=401, problem="the request has another name or password than is set here")


def signed(signature: str, message: bytes, secrets: Iterable[str]) -> bool:
    """Whether a signature in hexadecimal digits is an HMAC-SHA256 by one of the secrets."""
    macs = [hmac.new(secret.encode(), message, hashlib.sha256).hexdigest() for secret in secrets if secret]
    return is_one_of(signature.strip().lower(), macs)


def is_one_of(said: str, good: Iterable[str]) -> bool:
    """Each is compared, whichever it is."""
    found = [hmac.compare_digest(said.encode("utf-8", "replace"), one.encode()) for one in good]
    return any(found)


def unread() -> Turned:
    return Turned(status=400, problem="the request holds nothing that this provider sends")


def _from_elsewhere(request: Request, keys: Keys) -> Turned | None:
    if not keys.networks:
        return None
    try:
        address = ip_address(request.peer)
        known = any(address in ip_network(network) for network in keys.networks)
    except ValueError:
        known = False
    if known:
        return None
    return Turned(
        status=403, problem=f"the request comes from {request.peer or 'nobody knows where'}, not from `networks`"
    )


def _decoded(said: str) -> str:
    try:
        return base64.b64decode(said, validate=True).decode("utf-8", "replace")
    except ValueError:
        return ""
