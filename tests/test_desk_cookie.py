"""The cookie of the desk: over https one that no other host can set; sessions that began before stay."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from publisher.house.onetime import digest_of
from publisher.store import schema, sessions
from publisher.web.desk.desk import COOKIE, SAFE_COOKIE
from tests.desk_people import proof_in, sign_in, somebody, visitor
from tests.desk_stand import TOP, Stand, desk_stand

HTTPS = {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    config = (TOP / "config.toml").read_text("utf-8")
    assert 'url = "https://' in config
    with desk_stand(tmp_path_factory.mktemp("cookie"), config) as opened:
        somebody(opened, "ada@courier.example")
        yield opened


@pytest.fixture(autouse=True)
def a_new_day(stand: Stand) -> None:
    with stand.house.store.write() as conn:
        conn.execute(schema.uses.delete())


def set_by(answer: httpx2.Response) -> dict[str, str]:
    """What each cookie that an answer sets says, by its name."""
    pairs = (one.partition("=") for one in answer.headers.get_list("set-cookie"))
    return {name: rest for name, _, rest in pairs}


def signed_in(stand: Stand, headers: dict[str, str]) -> tuple[httpx2.Response, dict[str, str]]:
    with visitor(stand) as client:
        client.headers.update(headers)
        answer = sign_in(client, "ada@courier.example")
    assert answer.status_code == 303
    return answer, set_by(answer)


def is_in(stand: Stand, cookie: str, headers: dict[str, str] | None = None) -> bool:
    with httpx2.Client(base_url=f"http://127.0.0.1:{stand.port}") as client:
        return client.get("/desk/about", headers={"Cookie": cookie} | (headers or {})).status_code == 200


def test_over_https_the_cookie_is_bound_to_this_host(stand: Stand) -> None:
    _, cookies = signed_in(stand, HTTPS)
    said = cookies[SAFE_COOKIE]
    token = said.partition(";")[0]
    assert {"Secure", "HttpOnly", "Path=/"} <= set(said.split("; "))
    assert "Domain" not in said
    assert "Max-Age=0" in cookies[COOKIE]  # what stood there before goes
    assert is_in(stand, f"{SAFE_COOKIE}={token}", HTTPS)
    assert not is_in(stand, f"{COOKIE}={token}", HTTPS)  # whoever can set cookies cannot hand that on


def test_over_http_it_is_called_as_before(stand: Stand) -> None:
    _, cookies = signed_in(stand, {})
    assert set(cookies) == {COOKIE}
    assert "Secure" not in cookies[COOKIE]
    assert is_in(stand, f"{COOKIE}={cookies[COOKIE].partition(';')[0]}")


def test_a_session_that_began_before_stays_and_gives_way_to_the_safe_one(stand: Stand) -> None:
    user = somebody(stand, "old@courier.example")
    with stand.house.store.write() as conn:
        sessions.begin(conn, digest_of("begun-before"), user.id, ip="", agent="", now=stand.clock())
    assert is_in(stand, f"{COOKIE}=begun-before", HTTPS)
    _, cookies = signed_in(stand, HTTPS)
    safe = cookies[SAFE_COOKIE].partition(";")[0]
    with httpx2.Client(base_url=f"http://127.0.0.1:{stand.port}") as client:
        page = client.get("/desk/account", headers={"Cookie": f"{COOKIE}=begun-before; {SAFE_COOKIE}={safe}"} | HTTPS)
    assert "ada@courier.example" in page.text


def test_who_signs_out_has_neither(stand: Stand) -> None:
    _, cookies = signed_in(stand, HTTPS)
    cookie = f"{SAFE_COOKIE}={cookies[SAFE_COOKIE].partition(';')[0]}"
    with httpx2.Client(base_url=f"http://127.0.0.1:{stand.port}") as client:
        headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"} | HTTPS
        proof = proof_in(client.get("/desk/account", headers=headers).text)
        answer = client.post("/desk/logout", data={"proof": proof}, headers=headers)
    gone = set_by(answer)
    assert "Max-Age=0" in gone[COOKIE]
    assert {"Max-Age=0", "Secure"} <= set(gone[SAFE_COOKIE].split("; "))
    assert not is_in(stand, cookie, HTTPS)
