"""A small OpenID provider on loopback: it knows one person at a time, and lets them in without asking.

Its token is made by joserfc, as ours is read by it; what it asks of us (PKCE, the client's secret, the
address to come back to) it checks by itself, by the words of the standards.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from publisher.web.server import serve_in_thread

CLIENT, SECRET = "courier-desk", "a secret of the courier"
ACCESS = "opens what is told further"


@dataclass
class Provider:
    """What it says can be changed by tests."""

    url: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)  # in place of what is right
    description: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "ES256", "kid": "one"})
    answer: Response | None = None  # in place of a token
    further: dict[str, Any] | None = None  # told to who has the access token; None: there is no such place
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    signs_with: ECKey | None = None
    is_down: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def describe(self, _request: Request) -> Response:
        if self.is_down:
            return Response(status_code=503)
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        if self.further is not None:
            told["userinfo_endpoint"] = f"{self.url}/further"
        return JSONResponse(told | self.description)

    def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", status_code=302)

    async def token(self, request: Request) -> Response:
        if self.answer is not None:
            return self.answer
        form = dict(await request.form())
        asked = self.codes.pop(str(form.get("code")), None)
        basic = base64.b64decode(request.headers.get("authorization", "Basic ").partition(" ")[2]).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form.get("code_verifier")).encode()).digest())
        if asked is None or challenge.rstrip(b"=").decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        if basic != f"{CLIENT}:{SECRET}" or form.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        now = int(time.time())
        right = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        said = {name: value for name, value in (right | self.person | self.claims).items() if value is not None}
        signed = jwt.encode(self.header, said, self.signs_with or self.key)
        return JSONResponse({"access_token": ACCESS, "token_type": "Bearer", "id_token": signed})

    def tell_further(self, request: Request) -> Response:
        assert request.headers["authorization"] == f"Bearer {ACCESS}"
        return JSONResponse(self.further)


@contextmanager
def provider_on_loopback() -> Iterator[Provider]:
    provider = Provider()
    routes = [
        Route("/.well-known/openid-configuration", provider.describe),
        Route("/keys", provider.keys),
        Route("/authorize", provider.authorize),
        Route("/token", provider.token, methods=["POST"]),
        Route("/further", provider.tell_further),
    ]
    server = serve_in_thread(Starlette(routes=routes), "127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{server.port}"
    try:
        yield provider
    finally:
        server.stop()
