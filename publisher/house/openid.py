"""Signing in by an OpenID provider: authorization code with PKCE, an ID token that is verified (extra `oidc`).

Steps: (1) the browser is sent to the provider with state, nonce and a challenge; it keeps, sealed,
what these were. (2) It comes back with a code. (3) We ask the provider for the token, at the address
that its own description names, with the verifier of that challenge. (4) The token is signed by a key of
the provider, is for us, of this issuer and this nonce, and has not ended. (5) Where it tells no address, as a provider
that goes by the letter of §5.4 does, we ask for that with the access token that came with it.

Standards: OpenID Connect Core 1.0 §3.1, §5.3, §5.4 and Discovery 1.0 §4, RFC 7636 (PKCE), RFC 6749 §10.12 (state).
Known weakness: description and keys are asked anew each time; that is slow, and never stale.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from publisher.errors import WrongUse
from publisher.house.singlesignon import Client, Known, is_safe

SCOPE = "openid email profile"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")  # signed with the provider's own key
SECONDS = 10.0  # that one answer may take
LEEWAY_SECONDS = 60  # clocks are a little off
LARGEST_BYTES = 256 * 1024

# What goes wrong with answers that are not as they should be; the last three come out of libraries that read them.
_TROUBLES = (httpx2.HTTPError, OAuthError, JoseError, ValueError, TypeError, LookupError, AttributeError)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a browser keeps while it is away, sealed."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


def begin(client: Client, callback: str, *, anew: bool = False) -> tuple[str, Begun]:
    """The address that the browser is sent to. Raises WrongUse where the provider does not answer as it should.

    `anew`: it is to ask once more who that is, also who it knows (§3.1.2.1, `prompt` and `max_age`).
    """
    asks = {"prompt": "login", "max_age": "0"} if anew else {}
    begun = Begun(state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48))
    with _session(client, callback) as session:
        try:
            told = _description(session, client)
            address, _ = session.create_authorization_url(
                _of(told, "authorization_endpoint"),
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
                **asks,
            )
        except _TROUBLES as wrong:
            raise _trouble(client, wrong) from None
    return str(address), begun


def finish(client: Client, callback: str, begun: Begun, code: str, *, now: datetime) -> Known:
    """Who came back. Raises WrongUse for a code or a token that is not right."""
    with _session(client, callback) as session:
        try:
            told = _description(session, client)
            got = session.fetch_token(
                _of(told, "token_endpoint"), grant_type="authorization_code", code=code, code_verifier=begun.verifier
            )
            keys = _asked(session, _of(told, "jwks_uri"))
            claims = _verified(str(got.get("id_token", "")), keys, client=client, nonce=begun.nonce, now=now)
            if "email" not in claims and told.get("userinfo_endpoint"):
                claims |= _more_of(session, _of(told, "userinfo_endpoint"), str(claims["sub"]))
        except _TROUBLES as wrong:
            raise _trouble(client, wrong) from None
    email = str(claims.get("email", "")).lower() if claims.get("email_verified") is True else ""
    return Known(subject=f"{client.issuer} {claims['sub']}", email=email, proved=_proved(claims, now=now))


def is_anew(known: Known, since: datetime) -> bool:
    """Whether they proved it since then; who asked for that gets `auth_time` (§2, §3.1.2.1), or it was not done."""
    return known.proved is not None and known.proved >= since - timedelta(seconds=LEEWAY_SECONDS)


def _proved(claims: Mapping[str, Any], *, now: datetime) -> datetime | None:
    """What `auth_time` says; a clock that is ahead of ours does not make it later than now."""
    told = claims.get("auth_time")
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < 2**40:
        return None
    return min(now, datetime.fromtimestamp(told, tz=UTC))


def _verified(token: str, keys: Mapping[str, Any], *, client: Client, nonce: str, now: datetime) -> dict[str, Any]:
    """What the ID token says (OpenID Connect Core 1.0 §3.1.3.7). Raises one of _TROUBLES."""
    decoded = jwt.decode(token, KeySet.import_key_set({"keys": list(keys.get("keys", ()))}), algorithms=ALGORITHMS)
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": client.issuer},
        aud={"essential": True, "value": client.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    registry.validate(decoded.claims)
    azp, audience = decoded.claims.get("azp"), decoded.claims["aud"]
    if azp not in (None, client.client_id) or (azp is None and isinstance(audience, list) and len(audience) > 1):
        raise ValueError("the token is for somebody else")
    if not decoded.claims["sub"]:
        raise ValueError("the token names nobody")
    return dict(decoded.claims)


def _more_of(session: OAuth2Client, address: str, subject: str) -> dict[str, Any]:
    """The address, and whether it is verified, from where the access token opens it; of nobody else (§5.3.2)."""
    found = _asked(session, address, withhold_token=False)
    if found.get("sub") != subject:
        raise ValueError("it tells of somebody else than the token names")
    return {name: found[name] for name in ("email", "email_verified") if name in found}


def _session(client: Client, callback: str) -> OAuth2Client:
    return OAuth2Client(
        client_id=client.client_id,
        client_secret=client.client_secret or None,
        token_endpoint_auth_method="client_secret_basic" if client.client_secret else "none",
        scope=SCOPE,
        redirect_uri=callback,
        code_challenge_method="S256",
        timeout=SECONDS,
        follow_redirects=False,
    )


def _description(session: OAuth2Client, client: Client) -> dict[str, Any]:
    told = _asked(session, f"{client.issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != client.issuer:
        raise ValueError(f"it calls itself {str(told.get('issuer'))[:200]!r}; write that as `issuer`")
    return told


def _of(told: Mapping[str, Any], name: str) -> str:
    """An address out of the description: of the web, and as safe as the issuer's own."""
    address = str(told.get(name, ""))
    if not is_safe(address):
        raise ValueError(f"it tells no address that can be used as {name}")
    return address


def _asked(session: OAuth2Client, address: str, *, withhold_token: bool = True) -> dict[str, Any]:
    answer = session.request("GET", address, withhold_token=withhold_token, headers={"Accept": "application/json"})
    if answer.status_code != httpx2.codes.OK or len(answer.content) > LARGEST_BYTES:
        raise ValueError(f"{address} answers {answer.status_code}")
    found = json.loads(answer.content)
    if not isinstance(found, dict):
        raise TypeError(f"{address} answers something else than an object")
    return found


def _trouble(client: Client, wrong: Exception) -> WrongUse:
    """In our words alone: what the provider says may hold what nobody should read."""
    told = {
        httpx2.HTTPError: "it cannot be reached",
        OAuthError: "it did not take the code that it gave",
        JoseError: "what it says of you cannot be trusted",
    }
    words = next((words for kind, words in told.items() if isinstance(wrong, kind)), "")
    problem = words or (str(wrong)[:300] if type(wrong) is ValueError else "its answer cannot be understood")
    log.warning("signing in by %s: %s (%s)", client.issuer, problem, type(wrong).__name__)
    return WrongUse(f"signing in by {client.issuer} did not work: {problem}; try again, or tell an owner of this site")
