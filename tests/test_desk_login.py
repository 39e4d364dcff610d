"""Signing in and out: who is who, how often one may try, and what the second factor asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pyotp
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from publisher.house import secondfactor
from publisher.house.loginlimits import OF_ACCOUNT, OF_CLIENT
from publisher.house.passwords import Passwords
from publisher.model.user import EVERYTHING, Role
from publisher.store import audit, schema, sessions, tries, users
from publisher.store.audit import Only
from publisher.web.desk.wayback import way_back
from tests.desk_people import PASSWORD, later, log_of, sign_in, somebody, tried, value_of, visitor, with_phone
from tests.desk_stand import Stand, desk_stand
from tests.desk_things import CONFIG


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("login")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def a_new_day(stand: Stand) -> None:
    """No test counts the tries of another one."""
    with stand.house.store.write() as conn:
        conn.execute(schema.uses.delete())


def test_who_signs_in_comes_to_the_page_that_was_asked_for(stand: Stand) -> None:
    somebody(stand, "mira@courier.example", name="Mira Voss")
    with visitor(stand) as client:
        asked = client.get("/desk/about?part=1")
        form = client.get(asked.headers["location"])
        assert value_of(form.text, "next") == "/desk/about?part=1"
        answer = sign_in(client, "Mira@Courier.example", next=value_of(form.text, "next"))
        assert (answer.status_code, answer.headers["location"]) == (303, "../desk/about?part=1")
        assert client.get("/desk/about").status_code == 200
    newest = log_of(stand, "login.done")[0]
    assert (newest.who, newest.after) == ("Mira Voss", "password")


def test_the_cookie_is_for_this_site_alone_and_for_no_script(stand: Stand) -> None:
    somebody(stand, "cookie@courier.example")
    with visitor(stand) as client:
        plain = sign_in(client, "cookie@courier.example").headers["set-cookie"]
        client.headers["X-Forwarded-Proto"] = "https"
        secure = sign_in(client, "cookie@courier.example").headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    assert "Path=/;" in plain
    assert "Secure" not in plain
    assert "Secure" in secure


def test_a_wrong_password_an_unknown_address_and_a_disabled_account_look_the_same(stand: Stand) -> None:
    somebody(stand, "known@courier.example")
    gone = somebody(stand, "gone@courier.example")
    with stand.house.store.write() as conn:
        users.disable(conn, gone.id, now=stand.clock())
    pages = []
    for email, password in (
        ("known@courier.example", "not this one"),
        ("nobody@courier.example", PASSWORD),
        ("gone@courier.example", PASSWORD),
        ("owner@courier.example", ""),  # has none yet
    ):
        with visitor(stand) as client:
            answer = sign_in(client, email, password)
            assert answer.status_code == 422
            assert "desk=" not in answer.headers.get("set-cookie", "")
            pages.append(answer.text.replace(email, "…"))
    assert len(set(pages)) == 1


def test_a_failure_is_written_down_without_what_was_typed(stand: Stand) -> None:
    user = somebody(stand, "typo@courier.example")
    with visitor(stand, "192.0.2.77") as client:
        sign_in(client, "typo@courier.example", "hunter2hunter2")
        sign_in(client, "my secret password", "typo@courier.example")
    rows = log_of(stand, "login.failed", 2)
    assert [(row.subject, row.ip) for row in rows] == [("", "192.0.2.77"), (f"user:{user.id}", "192.0.2.77")]
    assert not any(said in str(rows) for said in ("hunter2", "my secret", "typo@"))


def test_signing_out_ends_the_session(stand: Stand) -> None:
    somebody(stand, "leaving@courier.example")
    with visitor(stand) as client:
        sign_in(client, "leaving@courier.example")
        kept = client.cookies["desk"]
        about = client.get("/desk/about").text
        answer = client.post("/desk/logout", data={"proof": value_of(about, "proof")})
        assert answer.headers["location"] == "../desk/login"
        assert "desk" not in client.cookies
        client.cookies.set("desk", kept)
        assert client.get("/desk/about").status_code == 303
    assert log_of(stand, "logout")[0].who == "leaving@courier.example"


def test_old_hashes_are_made_anew_when_their_owner_signs_in(stand: Stand) -> None:
    user = somebody(stand, "old@courier.example")
    weak = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    with stand.house.store.write() as conn:
        users.set_password(conn, user.id, weak)
    with visitor(stand) as client:
        assert sign_in(client, "old@courier.example").status_code == 303
    with stand.house.store.read() as conn:
        hashed = users.secrets_of(conn, user.id).password
    assert "m=8,t=1" in hashed  # as this stand makes them
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in Passwords().hash(PASSWORD)  # RFC 9106 §4, the second recommended
    with visitor(stand) as client:
        assert sign_in(client, "old@courier.example").status_code == 303


def test_who_has_a_second_factor_is_asked_for_a_code(stand: Stand) -> None:
    user = somebody(stand, "phone@courier.example")
    key = with_phone(stand, user)
    with visitor(stand) as client:
        first = sign_in(client, "phone@courier.example", next="/desk/about")
        assert first.status_code == 200
        assert "desk" not in client.cookies
        halfway = value_of(first.text, "halfway")
        code = pyotp.TOTP(key).at(stand.clock())
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        answer = client.post("/desk/login/code", data={"halfway": halfway, "code": wrong, "next": "/desk/about"})
        assert answer.status_code == 422
        fields = {"halfway": value_of(answer.text, "halfway"), "code": f"{code[:3]} {code[3:]}", "next": "/desk/about"}
        answer = client.post("/desk/login/code", data=fields)
        assert answer.headers["location"] == "../../desk/about"
        assert client.get("/desk/about").status_code == 200
    with visitor(stand) as client:  # somebody looked over a shoulder
        first = sign_in(client, "phone@courier.example")
        answer = client.post("/desk/login/code", data={"halfway": value_of(first.text, "halfway"), "code": code})
        assert answer.status_code == 422
    assert log_of(stand, "login.failed")[0].after == "a wrong code"


def test_a_recovery_code_lets_in_once(stand: Stand) -> None:
    user = somebody(stand, "lost@courier.example")
    codes = secondfactor.new_recovery_codes()
    with stand.house.store.write() as conn:
        sealed = secondfactor.seal(stand.house.keys, secondfactor.new_key())
        users.set_second_factor(conn, user.id, sealed, tuple(secondfactor.recovery_digest(code) for code in codes))
    for expected in (303, 422):
        with visitor(stand) as client:
            halfway = value_of(sign_in(client, "lost@courier.example").text, "halfway")
            said = codes[3].upper().replace("-", " ")
            answer = client.post("/desk/login/code", data={"halfway": halfway, "code": said})
            assert answer.status_code == expected
    assert log_of(stand, "login.recovery")[0].after == "9 codes are left"


def test_the_way_between_password_and_code_is_five_minutes_long_and_not_forged(stand: Stand) -> None:
    user = somebody(stand, "slow@courier.example")
    key = with_phone(stand, user)
    with visitor(stand) as client:
        halfway = value_of(sign_in(client, "slow@courier.example").text, "halfway")
        number, until, mac = halfway.split(".")
        other = str(user.id - 1)
        for said in (
            "",
            "..",
            f"{other}.{until}.{mac}",
            f"{number}.{int(until) + 9}.{mac}",
            f"{'9' * 30}.1.x",
            "é.é.é",
        ):
            fields = {"halfway": said, "code": pyotp.TOTP(key).at(stand.clock())}
            assert client.post("/desk/login/code", data=fields).headers["location"] == "../../desk/login"
        later(stand, minutes=6)
        fields = {"halfway": halfway, "code": pyotp.TOTP(key).at(stand.clock())}
        assert client.post("/desk/login/code", data=fields).headers["location"] == "../../desk/login"
        assert "desk" not in client.cookies


def test_a_new_password_voids_the_way_from_the_old_one(stand: Stand) -> None:
    user = somebody(stand, "changed@courier.example")
    key = with_phone(stand, user)
    with visitor(stand) as client:
        halfway = value_of(sign_in(client, "changed@courier.example").text, "halfway")
        with stand.house.store.write() as conn:
            users.set_password(conn, user.id, "another")
        fields = {"halfway": halfway, "code": pyotp.TOTP(key).at(stand.clock())}
        assert client.post("/desk/login/code", data=fields).headers["location"] == "../../desk/login"


def test_an_account_takes_ten_tries_from_strangers_and_success_counts_too(stand: Stand) -> None:
    user = somebody(stand, "tried@courier.example")
    for number in range(OF_ACCOUNT.letters - 2):
        tried(stand, user.email, f"198.51.100.{number}", 1)
    with visitor(stand, "203.0.113.1") as client:
        assert sign_in(client, user.email).status_code == 303
    with stand.house.store.write() as conn:
        sessions.end_others(conn, user.id)  # so that its address is no longer known
    with visitor(stand, "203.0.113.2") as client:
        assert sign_in(client, user.email, "guess number one").status_code == 422
        answer = sign_in(client, user.email)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 16 * 60
        assert "Please try again in" in answer.text
        later(stand, minutes=16)
        assert sign_in(client, user.email).status_code == 303


def test_strangers_do_not_shut_out_who_comes_from_a_known_address(stand: Stand) -> None:
    somebody(stand, "home@courier.example")
    with visitor(stand, "192.0.2.10") as client:
        sign_in(client, "home@courier.example")
    tried(stand, "home@courier.example", "198.51.100.7", OF_ACCOUNT.letters - 1)
    with visitor(stand, "198.51.100.99") as client:
        assert sign_in(client, "home@courier.example").status_code == 429
    with visitor(stand, "192.0.2.10") as client:
        assert sign_in(client, "home@courier.example").status_code == 303


def test_a_client_takes_thirty_tries_and_of_ipv6_a_network_is_one(stand: Stand) -> None:
    for number in range(OF_CLIENT.letters - 1):
        tried(stand, f"nobody{number}@courier.example", f"2001:db8:1:2::{number:x}", 1)
    assert _try_from(stand, "2001:db8:1:2:ffff::1", "nobody@courier.example") == 422
    assert _try_from(stand, "2001:db8:1:2:ffff::2", "another@courier.example") == 429
    assert _try_from(stand, "2001:db8:1:3::1", "nobody@courier.example") == 422


def _try_from(stand: Stand, address: str, email: str) -> int:
    with visitor(stand, address) as client:
        return sign_in(client, email, "guess number one").status_code


def test_codes_are_limited_too(stand: Stand) -> None:
    user = somebody(stand, "codes@courier.example")
    key = with_phone(stand, user)
    with visitor(stand, "192.0.2.20") as client:
        halfway = value_of(sign_in(client, "codes@courier.example").text, "halfway")
        answers = [
            client.post("/desk/login/code", data={"halfway": halfway, "code": "none"}).status_code for _ in range(10)
        ]
        fields = {"halfway": halfway, "code": pyotp.TOTP(key).at(stand.clock())}
        assert client.post("/desk/login/code", data=fields).status_code == 429
    assert set(answers) == {422}


def test_what_was_counted_holds_no_address_and_is_forgotten(stand: Stand) -> None:
    with visitor(stand, "192.0.2.30") as client:
        sign_in(client, "quiet@courier.example", "guess number one")
    with stand.house.store.read() as conn:
        keys = list(conn.execute(schema.uses.select()).scalars())
    assert len(keys) == 3
    assert not any("quiet" in key or "192.0" in key for key in keys)
    later(stand, hours=1)
    with stand.house.store.write() as conn:
        assert tries.forget_old(conn, now=stand.clock()) == 3


def test_who_is_signed_in_needs_no_form(stand: Stand) -> None:
    with stand.client("viewer") as client:
        answer = client.get("/desk/login?next=/desk/about")
        assert (answer.status_code, answer.headers["location"]) == (303, "../desk/about")
    with visitor(stand) as client:
        assert client.get("/desk/login/code").headers["location"] == "../../desk/login"


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("/desk/issues/12?page=2&q=a%20b", "/issues/12?page=2&q=a%20b"),
        ("/news/desk/about", "/about"),
        ("/desk", ""),
        ("", ""),
        ("https://evil.example/desk/about", ""),
        ("//evil.example/desk/about", ""),
        ("/\\evil.example/desk/about", ""),
        ("/desk//evil.example", ""),
        ("/desk/../../evil", ""),
        ("/desk/a\r\nSet-Cookie: x=y", ""),
        ("/desk\\@evil.example", ""),
        ("/desk@evil.example/", ""),
        ("/desktop/x", ""),
        ("/desk/logout", ""),
        ("/desk/first/abc", ""),
        ("javascript:alert(1)//desk/", ""),
        ("/desk/" + "x" * 600, ""),
    ],
)
def test_the_way_back_leads_to_our_own_pages_alone(asked: str, path: str) -> None:
    assert way_back(asked) == path


@given(st.one_of(st.text(), st.text("/.\\\\desk?&=%@:x\r\n").map(lambda text: f"/desk{text}")))
def test_no_way_back_leads_out_of_the_desk(asked: str) -> None:
    path = way_back(asked)
    led = urlsplit(urljoin("https://courier.example/news/desk/login", f"../desk{path}"))
    assert (led.scheme, led.netloc) == ("https", "courier.example")
    assert led.path == "/news/desk" or led.path.startswith("/news/desk/")
    assert path.isprintable()


def test_a_desk_below_a_path_leads_to_itself(tmp_path: Path) -> None:
    config = CONFIG.replace('url = "https://courier.example"', 'url = "https://courier.example/news"')
    with desk_stand(tmp_path, config) as below, visitor(below) as client:
        user = somebody(below, "below@courier.example", {EVERYTHING: Role.OWNER})
        asked = client.get("/news/desk/users")
        assert asked.status_code == 303
        form = client.get(str(asked.url.join(asked.headers["location"])))
        answer = client.post("/news/desk/login", data={
            "email": user.email, "password": PASSWORD, "next": value_of(form.text, "next"),
        })  # fmt: skip
        led = answer.url.join(answer.headers["location"])
        assert led.path == "/news/desk/users"
        page = client.get(str(led)).text
        fields = {"proof": value_of(page, "proof"), "email": "new@courier.example", "role:": "viewer"}
        assert "/news/desk/invite/" in client.post("/news/desk/users/new", data=fields).text


def test_every_kind_of_act_is_found_by_looking_a_few_times(stand: Stand) -> None:
    with stand.house.store.write() as conn:
        for act in ("issue.pause", "issue.resume", "issues.all", "logout", "config.save"):
            audit.add(conn, act, "", who="x", now=stand.clock())
        found = audit.kinds(conn)
        assert {"issue", "issues", "logout", "config"} <= set(found)
        assert len(found) == len(set(found))
        assert {row.act for row in audit.newest(conn, only=Only(act="issue"), limit=9)} == {
            "issue.pause",
            "issue.resume",
        }
