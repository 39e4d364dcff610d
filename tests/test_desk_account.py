"""One's own account: name, password, second factor, and where one is signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pyotp
import pytest
from playwright.sync_api import Browser

from publisher.house import secondfactor
from publisher.house.loginlimits import OF_ACCOUNT
from publisher.house.passwordrules import complaint
from publisher.model.user import EVERYTHING, Role
from publisher.store import schema, users
from publisher.web.desk.agents import in_words
from tests.browsing import browser as browser
from tests.browsing import whole
from tests.desk_people import PASSWORD, log_of, proof_in, sign_in, somebody, tried, value_of, visitor, with_phone
from tests.desk_stand import Stand, desk_stand

NEW = "nine kettles before noon"


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("account")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def a_new_day(stand: Stand) -> None:
    with stand.house.store.write() as conn:
        conn.execute(schema.uses.delete())


@contextmanager
def signed_in(stand: Stand, email: str) -> Iterator[httpx2.Client]:
    with visitor(stand) as client:
        assert sign_in(client, email).status_code == 303
        yield client


def send(client: httpx2.Client, path: str, **fields: str) -> httpx2.Response:
    proof = proof_in(client.get("/desk/about").text)
    return client.post(f"/desk{path}", data={"proof": proof, **fields})


def test_a_name_is_changed_and_shown_as_text(stand: Stand) -> None:
    user = somebody(stand, "name@courier.example", {EVERYTHING: Role.OWNER})
    with signed_in(stand, user.email) as client:
        name = "<script>alert(1)</script>\u202e\x07 Mira"
        assert send(client, "/account/name", name=name).status_code == 303
        for page in ("/desk/account", "/desk/users", f"/desk/users/{user.id}", "/desk/log"):
            text = client.get(page).text
            assert "<script>alert" not in text, page
            assert "&lt;script&gt;alert(1)&lt;/script&gt; Mira" in text, page
        assert send(client, "/account/name", name="x" * 101).status_code == 422
    assert log_of(stand, "user.name")[0].after == "<script>alert(1)</script> Mira"


def test_a_new_password_asks_for_the_present_one_and_signs_out_all_others(stand: Stand) -> None:
    user = somebody(stand, "pass@courier.example")
    with signed_in(stand, user.email) as here, signed_in(stand, user.email) as there:
        wrong = send(here, "/account/password", present="not this one", new=NEW)
        assert (wrong.status_code, "That is not your password." in wrong.text) == (422, True)
        weak = send(here, "/account/password", present=PASSWORD, new="Summer2026!")
        assert (weak.status_code, "tried first" in weak.text) == (422, True)
        assert there.get("/desk/about").status_code == 200
        assert send(here, "/account/password", present=PASSWORD, new=NEW).status_code == 303
        assert here.get("/desk/about").status_code == 200
        assert there.get("/desk/about").status_code == 303
    with visitor(stand) as client:
        assert sign_in(client, user.email).status_code == 422
        assert sign_in(client, user.email, NEW).status_code == 303


def test_guessing_the_present_password_is_limited_as_signing_in_is(stand: Stand) -> None:
    user = somebody(stand, "guess@courier.example")
    with signed_in(stand, user.email) as client:
        tried(stand, user.email, "127.0.0.1", OF_ACCOUNT.letters - 1, is_known=True)
        found = [send(client, "/account/password", present="guess", new=NEW).status_code for _ in range(2)]
    assert found == [422, 429]


def test_a_second_factor_is_set_up_used_and_given_up(stand: Stand) -> None:
    user = somebody(stand, "factor@courier.example")
    with signed_in(stand, user.email) as client:
        assert send(client, "/account/second-factor", factor_password="wrong").status_code == 422
        page = send(client, "/account/second-factor", factor_password=PASSWORD).text
        assert 'src="data:image/svg+xml' in page
        shown = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
        assert shown
        key, sealed = shown[1].replace(" ", ""), value_of(page, "sealed")
        assert key not in sealed
        wrong = send(client, "/account/second-factor/confirm", sealed=sealed, code="000000x")
        assert (wrong.status_code, key in wrong.text.replace(" ", "")) == (422, True)
        code = pyotp.TOTP(key).at(stand.clock())
        kept = send(client, "/account/second-factor/confirm", sealed=sealed, code=code)
        codes = re.findall(r"<li><code>([a-z2-7-]{19})</code>", kept.text)
        assert len(set(codes)) == 10
        again = send(client, "/account/second-factor/confirm", sealed=sealed, code=code)
        assert again.status_code == 422  # sent twice by going back
        assert "10 recovery codes are left" in client.get("/desk/account").text
        with visitor(stand) as other:
            halfway = value_of(sign_in(other, user.email).text, "halfway")
            used = other.post("/desk/login/code", data={"halfway": halfway, "code": code})
            assert used.status_code == 422  # that step was used to set it up
            assert other.post("/desk/login/code", data={"halfway": halfway, "code": codes[0]}).status_code == 303
        fresh = send(client, "/account/recovery", factor_password=PASSWORD)
        new_codes = re.findall(r"<li><code>([a-z2-7-]{19})</code>", fresh.text)
        assert not set(codes) & set(new_codes)
        assert send(client, "/account/second-factor/off", factor_password=PASSWORD).status_code == 303
        assert send(client, "/account/recovery", factor_password=PASSWORD).status_code == 422
    with stand.house.store.read() as conn:
        assert not users.get(conn, user.id).has_second_factor
    said = [(row.before, row.after) for row in log_of(stand, "user.second-factor", 3)]
    assert said == [("on", "off"), ("", "new recovery codes"), ("off", "on")]


def test_nobody_takes_over_the_key_of_another_one_or_one_of_their_own(stand: Stand) -> None:
    user = somebody(stand, "foreign@courier.example")
    key = secondfactor.new_key()
    code = pyotp.TOTP(key).at(stand.clock())
    with signed_in(stand, user.email) as client:
        for sealed in ("", "nonsense", secondfactor.seal(stand.house.keys, f"{user.id + 1} {key}")):
            answer = send(client, "/account/second-factor/confirm", sealed=sealed, code=code)
            assert (answer.status_code, "begin again" in answer.text) == (422, True)


def test_what_was_sealed_opens_after_the_key_of_the_site_was_changed() -> None:
    key = secondfactor.new_key()
    sealed = secondfactor.seal((b"an old key of the site",), key)
    assert secondfactor.unseal((b"a new key of the site", b"an old key of the site"), sealed) == key
    assert secondfactor.unseal((b"a new key of the site",), sealed) is None


def test_who_lost_the_key_of_the_site_is_told_in_the_log_and_comes_in_by_a_recovery_code(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    user = somebody(stand, "sealed@courier.example")
    code = secondfactor.new_recovery_codes()[0]
    with stand.house.store.write() as conn:
        sealed = secondfactor.seal((b"a key that is gone",), secondfactor.new_key())
        users.set_second_factor(conn, user.id, sealed, (secondfactor.recovery_digest(code),))
    with visitor(stand) as client:
        halfway = value_of(sign_in(client, user.email).text, "halfway")
        assert client.post("/desk/login/code", data={"halfway": halfway, "code": "123456"}).status_code == 422
        assert "publisher users reset --second-factor" in caplog.text
        assert client.post("/desk/login/code", data={"halfway": halfway, "code": code}).status_code == 303


def test_browsers_are_listed_and_signed_out_one_by_one_or_all(stand: Stand) -> None:
    user = somebody(stand, "places@courier.example")
    stranger = somebody(stand, "stranger@courier.example")
    with (
        signed_in(stand, user.email) as here,
        signed_in(stand, user.email) as there,
        signed_in(stand, user.email) as third,
        signed_in(stand, stranger.email) as foreign,
    ):
        page = here.get("/desk/account").text
        assert page.count("Firefox on Linux") == 3
        ends = re.findall(r'action="[^"]*(/account/sessions/\d+/end)"', page)
        assert len(ends) == 2
        assert send(foreign, ends[0]).status_code == 422
        assert send(here, ends[1]).status_code == 303
        alive = [client.get("/desk/about").status_code for client in (here, there, third, foreign)]
        assert sorted(alive) == [200, 200, 200, 303]
        assert send(here, "/account/sessions/end").status_code == 303
        alive = [client.get("/desk/about").status_code for client in (here, there, third, foreign)]
        assert alive == [200, 303, 303, 200]
    assert log_of(stand, "user.sessions")[0].after == "signed out 1 other browsers"


def test_who_has_no_password_here_cannot_be_asked_for_one(stand: Stand) -> None:
    for path, field in (("/account/password", "present"), ("/account/second-factor", "factor_password")):
        answer = stand.send("viewer", path, {field: "", "new": NEW})
        assert (answer.status_code, "You have no password here" in answer.text) == (422, True)
    with stand.client("viewer") as client:
        assert client.get("/desk/account/recovery").headers["location"] == "../../desk/account"


@pytest.mark.parametrize(
    "password",
    [
        "short one",
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "Password123",
        "P@ssw0rd2026",
        "passwordpassword",
        "aaaaaaaaaaaa",
        "abcabcabcabcabc",
        "iloveyou2026",
        "Welcome2026!",
        "qwerty123456",
        "1q2w3e4r5t6y",
        "letmein!!!!!",
        "newsletter2026",
        "24.12.1999 24",
        "mira.voss@courier",
        "miravoss1234",
        "The-Courier-26",
        "x" * 201,
    ],
)
def test_passwords_that_are_tried_first_are_refused(password: str) -> None:
    assert complaint(password, ("mira.voss@courier.example", "Mira Voss", "The Courier"))


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        NEW,
        "correct horse battery staple",
        "tr0ub4dor&3x",
        "Zwölf Boxkämpfer",
        "密码很长而且没有人猜得到",
        "kq7v-2mzp-x9",
        "mira likes herring and fog",
    ],
)
def test_passwords_that_nobody_guesses_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert complaint(password, ("mira.voss@courier.example", "Mira Voss", "The Courier")) == ""


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("", "a browser"),
        ("<script>", "a browser"),
    ],
)
def test_browsers_are_named_in_words(agent: str, words: str) -> None:
    assert in_words(agent) == words


@pytest.mark.parametrize(("width", "light"), [(390, "dark"), (1280, "light")])
def test_a_person_sets_up_a_phone_in_a_browser(stand: Stand, browser: Browser, width: int, light: str) -> None:
    user = somebody(stand, f"browser{width}@courier.example", name="Mira")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=light)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto(f"{stand.url}/account")
    whole(page, width)  # the login
    page.get_by_label("Email address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your account").wait_for()
    whole(page, width)
    page.locator("#factor_password").fill(PASSWORD)
    page.get_by_role("button", name="Set it up").click()
    page.get_by_alt_text("A QR code").wait_for()
    assert page.evaluate("document.querySelector('.code-picture').naturalWidth") > 0
    whole(page, width)
    key = page.locator("main code").inner_text().replace(" ", "")
    page.get_by_label("The code").fill(pyotp.TOTP(key).at(stand.clock()))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Recovery codes").wait_for()
    whole(page, width)
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("button", name="Turn the second factor off").wait_for()
    whole(page, width)
    assert told == []
    context.close()


def test_a_wrong_login_shows_what_is_wrong_and_keeps_the_address(stand: Stand, browser: Browser) -> None:
    user = somebody(stand, "again@courier.example")
    with_phone(stand, user)
    page = browser.new_page(viewport={"width": 390, "height": 700})
    page.goto(f"{stand.url}/login")
    page.get_by_label("Email address").fill(user.email)
    page.get_by_label("Password").fill("not this one")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("Email address").input_value() == user.email
    whole(page, 390)
    page.keyboard.type(PASSWORD)  # the field has the focus
    page.keyboard.press("Enter")
    page.get_by_label("The code that your phone shows now").wait_for()
    whole(page, 390)
    page.close()
