"""What somebody tries who has no business at the desk, or wants more than is theirs."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from publisher.errors import Crowded
from publisher.house.loginlimits import OF_ACCOUNT
from publisher.house.onetime import digest_of, new_token
from publisher.house.passwords import AT_ONCE, WAITING, Passwords
from publisher.model.user import EVERYTHING, Role
from publisher.store import schema, sessions, users
from publisher.store.sessions import IDLE, LONGEST
from publisher.web.desk.doors import LARGEST_FORM_BYTES
from tests.desk_people import PASSWORD, log_of, proof_in, sign_in, somebody, tried, value_of, visitor
from tests.desk_stand import Stand, desk_stand


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("security")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def a_new_day(stand: Stand) -> None:
    stand.clock.ahead = timedelta(0)
    with stand.house.store.write() as conn:
        conn.execute(schema.uses.delete())


def test_a_session_that_was_put_into_a_browser_is_never_signed_in(stand: Stand) -> None:
    user = somebody(stand, "fixed@courier.example")
    planted = new_token()
    with visitor(stand) as client:
        client.cookies.set("desk", planted)
        answer = sign_in(client, user.email)
        assert answer.status_code == 303
        assert planted not in answer.headers["set-cookie"]
    with visitor(stand) as thief:
        thief.cookies.set("desk", planted)
        assert thief.get("/desk/about").status_code == 303


def test_who_signs_in_as_another_leaves_the_session_before(stand: Stand) -> None:
    somebody(stand, "one@courier.example")
    somebody(stand, "two@courier.example", name="Two")
    with visitor(stand) as client:
        sign_in(client, "one@courier.example")
        first = client.cookies["desk"]
        assert sign_in(client, "two@courier.example").status_code == 303  # an old page, without a proof
        assert "Two" in client.get("/desk/account").text
        client.cookies.set("desk", first, domain="127.0.0.1", path="/")
    with visitor(stand) as client:
        client.cookies.set("desk", first)
        assert client.get("/desk/about").status_code == 303


def test_nobody_is_signed_in_from_another_site(stand: Stand) -> None:
    somebody(stand, "csrf@courier.example")
    with visitor(stand) as client:
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        ):
            client.headers.update(headers)
            assert sign_in(client, "csrf@courier.example").status_code == 403
        assert "desk" not in client.cookies


def test_a_proof_is_that_of_one_session_alone(stand: Stand) -> None:
    user = somebody(stand, "proof@courier.example")
    with visitor(stand) as here, visitor(stand) as there:
        sign_in(here, user.email)
        sign_in(there, user.email)
        proof = proof_in(here.get("/desk/about").text)
        for given in (proof, "", "0" * 64, "é"):
            assert there.post("/desk/account/name", data={"proof": given, "name": "x"}).status_code == 403
        assert here.post("/desk/account/name", data={"proof": proof, "name": "x"}).status_code == 303
        double = f"proof={'0' * 64}&proof={proof}&name=y".encode()  # the last one counts, and it is right
        typed = {"Content-Type": "application/x-www-form-urlencoded"}
        assert here.post("/desk/account/name", content=double, headers=typed).status_code == 303


def test_sessions_end_with_their_user_by_time_and_by_hand(stand: Stand) -> None:
    user = somebody(stand, "ends@courier.example")
    with visitor(stand) as client:
        sign_in(client, user.email)
        assert client.get("/desk/about").status_code == 200
        stand.clock.ahead = IDLE + timedelta(minutes=1)
        assert client.get("/desk/about").status_code == 303
        stand.clock.ahead = timedelta(0)
        assert client.get("/desk/about").status_code == 200
        with stand.house.store.write() as conn:
            sessions.end_others(conn, user.id)
        assert client.get("/desk/about").status_code == 303


def test_a_session_ends_after_ninety_days_however_often_it_is_used(stand: Stand) -> None:
    user = somebody(stand, "long@courier.example")
    with visitor(stand) as client:
        sign_in(client, user.email)
        while stand.clock.ahead < LONGEST - timedelta(days=10):
            assert client.get("/desk/about").status_code == 200
            stand.clock.ahead += timedelta(days=10)
        stand.clock.ahead = LONGEST + timedelta(minutes=1)
        assert client.get("/desk/about").status_code == 303


def test_what_a_form_wants_to_do_after_the_session_ended_is_not_done(stand: Stand) -> None:
    user = somebody(stand, "over@courier.example", name="Before")
    with visitor(stand) as client:
        sign_in(client, user.email)
        proof = proof_in(client.get("/desk/about").text)
        with stand.house.store.write() as conn:
            users.disable(conn, user.id, now=stand.clock())
        answer = client.post("/desk/account/name", data={"proof": proof, "name": "After"})
        assert (answer.status_code, "not signed in any more" in answer.text) == (401, True)
    with stand.house.store.read() as conn:
        assert users.get(conn, user.id).name == "Before"


def test_what_was_typed_before_the_session_ended_is_sent_after_signing_in_again(stand: Stand) -> None:
    user = somebody(stand, "typist@courier.example", name="Before")
    words = 'Kept \u2028 & "safe" <script>alert(1)</script>\n'
    with visitor(stand) as client:
        sign_in(client, user.email)
        proof = proof_in(client.get("/desk/about").text)
        with stand.house.store.write() as conn:
            sessions.end_others(conn, user.id)
        answer = client.post("/desk/account/name", data={"proof": proof, "name": words})
        assert (answer.status_code, value_of(answer.text, "name")) == (401, words)
        assert "<script>alert" not in answer.text
        sign_in(client, user.email)  # in another tab
        answer = client.post("/desk/account/name", data={"proof": "", "name": value_of(answer.text, "name")})
        assert (answer.status_code, value_of(answer.text, "name")) == (403, words)
        assert "Send it again as Before" in answer.text
        again = {name: value_of(answer.text, name) for name in ("proof", "name")}
        assert client.post("/desk/account/name", data=again).status_code == 303
    with stand.house.store.read() as conn:
        assert users.get(conn, user.id).name.startswith("Kept")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": ""}, {"Sec-Fetch-Site": "", "Origin": "null"}])
def test_a_form_that_may_come_from_elsewhere_is_not_handed_back(stand: Stand, headers: dict[str, str]) -> None:
    with visitor(stand) as client:
        client.headers.update(headers)
        typed = {"proof": "0" * 64, "name": "Somebody else's words"}
        answer = client.post("/desk/account/name", data=typed)
        assert (answer.status_code, "Somebody else" in answer.text) == (401, False)
        client.cookies.set("desk", stand.tokens["owner"])
        answer = client.post("/desk/account/name", data=typed)
        assert (answer.status_code, "Somebody else" in answer.text) == (403, False)


def test_no_password_file_or_flood_is_handed_back(stand: Stand) -> None:
    secret = "seven lamps at noon"
    with visitor(stand) as client:
        for path, fields in (
            ("/desk/account/password", {"present": secret, "new": secret}),
            ("/desk/sources/try-ghost", {"ghost": "https://g.example", "file": secret}),
            ("/desk/config/text/save", {"text": secret + "x" * LARGEST_FORM_BYTES}),
        ):
            answer = client.post(path, data=fields)
            assert (answer.status_code, secret in answer.text) == (401, False), path
        answer = client.post("/desk/readers/import", files={"list": ("a.csv", secret.encode())})
        assert (answer.status_code, secret in answer.text) == (401, False)


def test_a_part_of_an_open_page_says_that_the_session_is_over(stand: Stand) -> None:
    with visitor(stand) as client:
        answer = client.get("/desk/about", headers={"HX-Request": "true"})
        assert (answer.status_code, 'href="/desk/login"' in answer.text, "<html" in answer.text) == (401, True, False)


@pytest.mark.parametrize(
    "asked",
    [
        "https://evil.example/",
        "//evil.example/desk/x",
        "/desk//evil.example",
        "/desk/\\evil.example",
        "/desk/x\r\nLocation: https://evil.example",
        "/desk/x\nSet-Cookie: desk=stolen",
        "javascript:alert(1)",
        "/desk/%0d%0aX-Evil: 1",
    ],
)
def test_after_signing_in_nobody_is_led_elsewhere(stand: Stand, asked: str) -> None:
    with stand.house.store.read() as conn:
        known = users.find(conn, "led@courier.example")
    user = known or somebody(stand, "led@courier.example")
    with visitor(stand) as client:
        form = client.get("/desk/login", params={"next": asked})
        assert form.status_code == 200
        assert "<script>alert" not in form.text
        answer = sign_in(client, user.email, next=asked)
        assert answer.headers["location"] in ("../desk", "../desk/%0d%0aX-Evil:%201")
        assert not any("evil" in name.lower() for name in answer.headers)
        assert "stolen" not in str(answer.headers)


def test_what_was_typed_is_shown_as_text(stand: Stand) -> None:
    said = '"><script>alert(1)</script>'
    with visitor(stand) as client:
        page = sign_in(client, said, "x", next=said).text
    assert "<script>alert" not in page
    assert value_of(page, "next") == said


@pytest.mark.parametrize("token", ["x" * 9000, "%00", "a;b", "\u00e9", "' OR 1=1 --", "../../etc"])
def test_a_cookie_that_is_no_token_is_nobodys(stand: Stand, token: str) -> None:
    cookie = f"Cookie: desk={token}; desk-told=x.y"
    request = f"GET /desk/about HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", stand.port), timeout=20) as wire:
        wire.sendall(request.encode("latin-1"))
        status = wire.recv(2000).split(b"\r\n", 1)[0]
    assert status.split()[1] in (b"303", b"400", b"431")


def test_the_database_holds_nothing_by_which_one_could_sign_in(stand: Stand) -> None:
    user = somebody(stand, "kept@courier.example", {EVERYTHING: Role.OWNER})
    with visitor(stand) as client:
        sign_in(client, user.email)
        token = client.cookies["desk"]
    with stand.house.store.read() as conn:
        kept = conn.execute(select(schema.sessions.c.digest)).scalars().all()
        hashes = conn.execute(select(schema.users.c.password)).scalars().all()
    assert token not in kept
    assert digest_of(token) in kept
    assert all(one == "" or one.startswith("$argon2id$") for one in hashes)
    assert not any(PASSWORD in one for one in hashes)


def test_no_log_has_the_token_of_a_link(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    token = "Ab-_" * 10 + "xyz"
    with caplog.at_level(logging.INFO, "publisher"), visitor(stand) as client:
        for kind in ("first", "invite", "reset"):
            assert client.get(f"/desk/{kind}/{token}").status_code == 404
    said = [record.getMessage() for record in caplog.records if record.name.startswith("publisher")]
    ours = [line for line in said if "/desk/about" not in line]  # a line of the test before may come late
    assert ours == [f"GET /desk/{kind}/… 404" for kind in ("first", "invite", "reset")]


class Counting(PasswordHasher):
    """Tells how often it looked at a password."""

    looks = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002  argon2 calls it so
        self.looks += 1
        return bool(super().verify(hash, password))


def test_where_there_is_no_account_a_password_is_looked_at_all_the_same() -> None:
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    passwords = Passwords(hasher)
    known = passwords.hash(PASSWORD)
    assert [passwords.is_right(PASSWORD, one) for one in (known, "", "no hash at all")] == [True, False, False]
    assert passwords.is_right(PASSWORD + "!", known) is False
    assert passwords.is_right("ｓｅｖｅｎ lamps at dusk", known) is True  # the same on another keyboard (NFKC)
    assert hasher.looks == 5


def test_more_who_sign_in_at_once_than_are_good_for_all_are_asked_to_wait() -> None:
    passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1))
    found: list[str] = []

    def come() -> None:
        try:
            found.append(passwords.hash(PASSWORD))
        except Crowded:
            found.append("")

    threads = [threading.Thread(target=come) for _ in range(4 * (AT_ONCE + WAITING))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(threads)
    assert "" in found
    assert sum(bool(one) for one in found) >= AT_ONCE + WAITING
    assert passwords.is_right(PASSWORD, next(filter(None, found)))  # and then there is room again


@pytest.mark.parametrize("typed", [b"%00", b"%ff%fe", b"%ed%a0%80", b"a%0d%0ab", b"%F0%9F%98%80", b"x" * 5000])
def test_whatever_is_typed_is_a_wrong_password_and_no_more(stand: Stand, typed: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with visitor(stand) as client:
        body = b"email=" + typed + b"&password=" + typed + b"&next=" + typed
        assert client.post("/desk/login", content=body, headers=headers).status_code == 422
        body = b"halfway=" + typed + b"&code=" + typed
        assert client.post("/desk/login/code", content=body, headers=headers).status_code == 303
        assert client.get("/desk/first/" + typed.decode()).status_code == 404
    with stand.client("owner") as client:
        for field in (b"subject", b"person", b"kind", b"before"):
            assert client.get(f"/desk/log?{field.decode()}={typed.decode()}").status_code == 200


def test_answers_of_the_desk_are_kept_by_nobody_and_framed_by_nobody(stand: Stand) -> None:
    with visitor(stand) as client:
        for path in ("/desk/login", "/desk/first/none", "/desk/about"):
            headers = client.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["referrer-policy"] in ("same-origin", "no-referrer")
            if path != "/desk/about":
                assert headers["cache-control"] == "no-store"
                assert "script-src 'self'" in headers["content-security-policy"]


def test_a_flood_of_failures_writes_no_more_than_its_limit(stand: Stand) -> None:
    somebody(stand, "flood@courier.example")
    tried(stand, "flood@courier.example", "198.51.100.1", OF_ACCOUNT.letters - 1)
    before = len(log_of(stand, "login.failed", 1000))
    with visitor(stand, "192.0.2.99") as client:
        for number in range(5):
            sign_in(client, "flood@courier.example", f"guess {number}")
    assert len(log_of(stand, "login.failed", 1000)) - before == 1
