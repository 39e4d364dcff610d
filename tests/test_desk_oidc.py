"""Signing in by an OpenID provider: who comes in, who does not, and what a provider may get wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pyotp
import pytest
from joserfc.jwk import ECKey
from starlette.responses import JSONResponse, PlainTextResponse, Response

from publisher.errors import ConfigError
from publisher.store import schema, users
from publisher.web.desk.doorplan import doors_of
from tests.desk_people import later, log_of, somebody, value_of, visitor, with_phone
from tests.desk_stand import TOP, Stand, desk_stand
from tests.openid_provider import CLIENT, SECRET, Provider, provider_on_loopback


@pytest.fixture(scope="module")
def serving() -> Iterator[Provider]:
    with provider_on_loopback() as opened:
        yield opened


def config_for(folder: Path, issuer: str) -> str:
    (folder / "oidc-secret").write_text(SECRET, "utf-8")
    return (
        (TOP / "config.toml").read_text("utf-8")
        + f"""
[web.oidc]
issuer = "{issuer}"
client_id = "{CLIENT}"
client_secret = {{ file = "oidc-secret" }}
name = "the Courier’s login"
domains = ["courier.example"]
"""
    )


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory, serving: Provider) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("oidc")
    with desk_stand(folder, config_for(folder, serving.url)) as opened:
        yield opened


@pytest.fixture
def provider(serving: Provider, stand: Stand) -> Provider:
    """As it is when nothing is wrong; no test counts the tries of another one."""
    serving.claims, serving.description, serving.answer, serving.further = {}, {}, None, None
    serving.signs_with, serving.is_down, serving.header = None, False, {"alg": "ES256", "kid": "one"}
    with stand.house.store.write() as conn:
        conn.execute(schema.uses.delete())
    return serving


def is_person(provider: Provider, subject: str, email: str = "", **more: Any) -> None:
    provider.person = {"sub": subject, "email": email or f"{subject}@courier.example", "email_verified": True, **more}


def come(client: httpx2.Client, asked: str = "/desk/about") -> httpx2.Response:
    """From the desk to the provider and back again, as a browser goes."""
    away = client.get("/desk/login/oidc", params={"next": asked})
    assert away.status_code == 303, away.text
    with httpx2.Client() as elsewhere:
        back = elsewhere.get(away.headers["location"]).headers["location"]
    client.headers["Sec-Fetch-Site"] = "cross-site"
    return client.get(back)


def test_who_was_invited_comes_in_the_first_time_by_address_and_then_by_subject(
    stand: Stand, provider: Provider
) -> None:
    user = somebody(stand, "ada@courier.example")
    is_person(provider, "ada-1", "Ada@Courier.example")
    with visitor(stand) as client:
        page = client.get("/desk/login?next=/desk/about").text
        assert "Sign in with the Courier’s login" in page
        answer = come(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "../../../desk/about")
        assert client.get("/desk/about").status_code == 200
        assert "desk-away" not in client.cookies
    assert log_of(stand, "user.oidc")[0].after == f"signs in as {provider.url} ada-1"
    is_person(provider, "ada-1", "ada.new@elsewhere.example", email_verified=False)
    with visitor(stand) as client:
        assert come(client).status_code == 303
    with stand.house.store.read() as conn:
        found = users.get(conn, user.id)
    assert (found.email, found.subject) == ("ada@courier.example", f"{provider.url} ada-1")
    assert log_of(stand, "login.done")[0].after == "the Courier’s login"


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "nobody", "email": "nobody@courier.example", "email_verified": True},  # was never invited
        {"sub": "other", "email": "bea@courier.example", "email_verified": True},  # it is another one's
        {"sub": "unverified", "email": "cleo@courier.example", "email_verified": False},
        {"sub": "told", "email": "cleo@courier.example", "email_verified": "true"},
        {"sub": "without"},
        {"sub": "stranger", "email": "dora@elsewhere.example", "email_verified": True},  # no domain of ours
        {"sub": "disabled", "email": "gone@courier.example", "email_verified": True},
    ],
)
def test_who_is_known_elsewhere_alone_stays_out(stand: Stand, provider: Provider, person: dict[str, Any]) -> None:
    with stand.house.store.read() as conn:
        is_new = users.find(conn, "bea@courier.example") is None
    if is_new:
        bea, gone = somebody(stand, "bea@courier.example"), somebody(stand, "gone@courier.example")
        somebody(stand, "cleo@courier.example")
        somebody(stand, "dora@elsewhere.example")
        with stand.house.store.write() as conn:
            users.set_subject(conn, bea.id, f"{provider.url} bea-1")
            users.disable(conn, gone.id, now=stand.clock())
    provider.person = person
    with visitor(stand) as client:
        answer = come(client)
        assert (answer.status_code, "an owner has to invite" in answer.text) == (422, True)
        assert "desk" not in client.cookies
    with stand.house.store.read() as conn:
        assert users.find(conn, "nobody@courier.example") is None


def test_an_address_that_the_token_does_not_tell_is_asked_for(stand: Stand, provider: Provider) -> None:
    somebody(stand, "gil@courier.example")
    provider.person = {"sub": "gil-1"}
    provider.further = {"sub": "gil-1", "email": "Gil@courier.example", "email_verified": True, "nonce": "no"}
    with visitor(stand) as client:
        assert come(client).status_code == 303
        assert client.get("/desk/about").status_code == 200


@pytest.mark.parametrize(
    ("further", "told"),
    [
        ({"sub": "another", "email": "hal@courier.example", "email_verified": True}, "somebody else"),
        ({"email": "hal@courier.example", "email_verified": True}, "somebody else"),
        ({"sub": "hal-1", "email": "hal@courier.example"}, "an owner has to invite"),  # nobody has verified it
        ({"sub": "hal-1"}, "an owner has to invite"),
    ],
)
def test_what_is_told_further_of_somebody_else_counts_for_nothing(
    stand: Stand, provider: Provider, further: dict[str, Any], told: str
) -> None:
    with stand.house.store.read() as conn:
        is_new = users.find(conn, "hal@courier.example") is None
    if is_new:
        somebody(stand, "hal@courier.example")
    provider.person, provider.further = {"sub": "hal-1"}, further
    with visitor(stand) as client:
        answer = come(client)
        assert (answer.status_code, told in answer.text) == (422, True)
        assert "desk" not in client.cookies


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"]},
        {"azp": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
    ],
)
def test_a_token_that_is_not_for_us_and_now_lets_nobody_in(
    stand: Stand, provider: Provider, claims: dict[str, Any]
) -> None:
    is_person(provider, "ada-1")
    provider.claims = claims
    with visitor(stand) as client:
        answer = come(client)
        assert (answer.status_code, "did not work" in answer.text) == (422, True)
        assert "desk" not in client.cookies


def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(stand: Stand, provider: Provider) -> None:
    is_person(provider, "ada-1")
    provider.signs_with = ECKey.generate_key("P-256", {"kid": "one"})
    with visitor(stand) as client:
        assert come(client).status_code == 422


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({"error": "invalid_grant", "error_description": "no"}, status_code=400),
        JSONResponse({"access_token": "x", "token_type": "Bearer"}),
        JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": "a.b.c"}),
        JSONResponse({"access_token": "x", "id_token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEtMSJ9."}),  # alg: none
        JSONResponse([]),
        JSONResponse("a word"),
        PlainTextResponse("<html>", status_code=200),
        PlainTextResponse("busy", status_code=503),
    ],
)
def test_an_answer_that_is_no_token_is_told_kindly(stand: Stand, provider: Provider, answer: Response) -> None:
    is_person(provider, "ada-1")
    provider.answer = answer
    with visitor(stand) as client:
        told = come(client)
        assert (told.status_code, "Begin again" in told.text) == (422, True)


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://evil.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_gone_to(
    stand: Stand, provider: Provider, description: dict[str, Any]
) -> None:
    provider.description = description
    with visitor(stand) as client:
        answer = client.get("/desk/login/oidc")
        assert (answer.status_code, "did not work" in answer.text) == (422, True)
    provider.description, provider.is_down = {}, True
    with visitor(stand) as client:
        assert "answers 503" in client.get("/desk/login/oidc").text


def test_who_did_not_begin_here_does_not_come_in(stand: Stand, provider: Provider) -> None:
    is_person(provider, "ada-1")
    with visitor(stand) as mine, visitor(stand) as other:
        away = mine.get("/desk/login/oidc").headers["location"]
        with httpx2.Client() as elsewhere:
            back = elsewhere.get(away).headers["location"]
        assert other.get(back).status_code == 422  # it has no note of it
        other.get("/desk/login/oidc")
        assert other.get(back).status_code == 422  # its note is of another time
        assert mine.get("/desk/login/oidc/callback?error=access_denied").status_code == 422
        assert mine.get(back).status_code == 422  # the note was taken away
        mine.get("/desk/login/oidc")
        later(stand, minutes=11)
        assert mine.get(back).status_code == 422
        stand.clock.ahead *= 0
        mine.cookies.set("desk-away", "nonsense")
        assert mine.get("/desk/login/oidc/callback?code=x&state=").status_code == 422
        assert "desk" not in mine.cookies


def test_who_has_a_second_factor_here_is_asked_for_it(stand: Stand, provider: Provider) -> None:
    key = with_phone(stand, somebody(stand, "eve@courier.example"))
    is_person(provider, "eve-1", "eve@courier.example")
    with visitor(stand) as client:
        page = come(client)
        assert page.status_code == 200
        assert "desk" not in client.cookies
        client.headers["Sec-Fetch-Site"] = "same-origin"
        fields = {"halfway": value_of(page.text, "halfway"), "code": pyotp.TOTP(key).at(stand.clock())}
        assert client.post("/desk/login/code", data=fields).status_code == 303
        assert client.get("/desk/about").status_code == 200


def test_going_there_is_limited_and_leads_nowhere_else_afterwards(stand: Stand, provider: Provider) -> None:
    somebody(stand, "fay@courier.example")
    is_person(provider, "fay-1", "fay@courier.example")
    with visitor(stand, "192.0.2.61") as client:
        assert come(client, "//evil.example/desk/x").headers["location"] == "../../../desk"
    with visitor(stand, "192.0.2.62") as client:
        found = [client.get("/desk/login/oidc").status_code for _ in range(11)]
    assert found == [303] * 10 + [429]


def test_a_provider_that_is_not_safe_is_refused_at_the_start(tmp_path: Path) -> None:
    config = config_for(tmp_path, "http://login.example")
    with pytest.raises(ConfigError, match="oidc"), desk_stand(tmp_path, config):
        pass


def test_without_a_provider_there_is_no_such_door(tmp_path: Path) -> None:
    with desk_stand(tmp_path) as plain:
        assert not [door for door in doors_of(plain.desk) if "oidc" in door.path]
        with visitor(plain) as client:
            assert client.get("/desk/login/oidc").status_code == 404
            assert "Sign in with" not in client.get("/desk/login").text
