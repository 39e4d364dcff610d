"""Who changes who may do what says their password again, or goes through the provider again."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from publisher.house.configsaving import digest_of, text_now
from publisher.model.user import EVERYTHING, Role, User
from publisher.store import schema, users
from tests.browsing import browser as browser
from tests.browsing import whole
from tests.desk_people import PASSWORD, later, log_of, proof_in, sign_in, somebody, value_of, visitor
from tests.desk_stand import Stand, desk_stand
from tests.openid_provider import Provider, provider_on_loopback
from tests.test_desk_oidc import come, config_for

OWNER = {EVERYTHING: Role.OWNER}


@pytest.fixture(scope="module")
def serving() -> Iterator[Provider]:
    with provider_on_loopback() as opened:
        yield opened


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory, serving: Provider) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("surely")
    with desk_stand(folder, config_for(folder, serving.url)) as opened:
        somebody(opened, "olga@courier.example", OWNER, "Olga")
        yield opened


@pytest.fixture(autouse=True)
def a_new_day(stand: Stand, serving: Provider) -> None:
    serving.claims = {}
    stand.clock.ahead *= 0
    with stand.house.store.write() as conn:
        conn.execute(schema.uses.delete())


@pytest.fixture
def olga(stand: Stand) -> Iterator[httpx2.Client]:
    with visitor(stand) as client:
        assert sign_in(client, "olga@courier.example").status_code == 303
        yield client


def find(stand: Stand, who: str) -> User:
    with stand.house.store.read() as conn:
        user = users.find(conn, f"{who}@courier.example")
    assert user
    return user


def press(client: httpx2.Client, path: str, **fields: str) -> httpx2.Response:
    proof = proof_in(client.get("/desk/about").text)
    return client.post(path, data={"proof": proof, **fields})


def test_within_a_quarter_of_an_hour_nobody_is_asked_and_after_it_everything_typed_stays(
    stand: Stand, olga: httpx2.Client
) -> None:
    path = f"/desk/users/{find(stand, 'editor').id}/roles"
    later(stand, minutes=14)
    assert press(olga, path, **{"role:": "viewer"}).status_code == 303
    later(stand, minutes=2)
    asked = press(olga, path, **{"role:": "editor", "role:morning": "sender"})
    assert asked.status_code == 403
    assert "Is it you?" in asked.text
    assert find(stand, "editor").roles == {EVERYTHING: Role.VIEWER}
    kept = {name: value_of(asked.text, name) for name in ("role:", "role:morning", "proof")}
    wrong = olga.post(path, data=kept | {"password_again": "not that one"})
    assert wrong.status_code == 422
    assert "That is not your password." in wrong.text
    assert value_of(wrong.text, "role:morning") == "sender"
    assert log_of(stand, "login.failed", 1)[0].after == "a wrong password"
    assert olga.post(path, data=kept | {"password_again": PASSWORD}).status_code == 303
    assert find(stand, "editor").roles == {EVERYTHING: Role.EDITOR, "morning": Role.SENDER}
    assert press(olga, path, **{"role:": "editor"}).status_code == 303  # it is sure now


def test_every_button_about_users_asks(stand: Stand, olga: httpx2.Client) -> None:
    number = find(stand, "viewer").id
    later(stand, minutes=16)
    deeds = ("roles", "link", "disable", "enable", "remove", "second-factor/off", "sessions/end")
    for path in ("/desk/users/new", *(f"/desk/users/{number}/{deed}" for deed in deeds)):
        answer = press(olga, path, sure="on", email="new@courier.example", **{"role:": "owner"})
        assert (answer.status_code, "Is it you?" in answer.text) == (403, True), path
    assert find(stand, "viewer").disabled is None


def test_who_types_wrong_passwords_is_asked_to_wait(stand: Stand, olga: httpx2.Client) -> None:
    path = f"/desk/users/{find(stand, 'viewer').id}/roles"
    later(stand, minutes=16)
    answers = [press(olga, path, password_again=f"wrong {number}", **{"role:": "owner"}) for number in range(11)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert Role.OWNER not in find(stand, "viewer").roles.values()


def test_settings_of_the_provider_ask_and_others_do_not(stand: Stand, olga: httpx2.Client) -> None:
    text = text_now(stand.house)
    later(stand, minutes=16)

    def save(new: str) -> httpx2.Response:
        digest = digest_of(text_now(stand.house))
        return press(olga, "/desk/config/text/save", text=new, digest=digest)

    asked = save(text.replace('"courier-desk"', '"another-desk"'))
    assert (asked.status_code, "Is it you?" in asked.text) == (403, True)
    assert text_now(stand.house) == text
    assert save(text.replace("[web.oidc]", "# who lets people in\n[web.oidc]")).status_code == 303


def test_who_signs_in_elsewhere_alone_goes_there_again_and_comes_back(stand: Stand, serving: Provider) -> None:
    user = somebody(stand, "otto@courier.example", OWNER)
    with stand.house.store.write() as conn:
        conn.execute(update(schema.users).where(schema.users.c.id == user.id).values(password=""))
    page = f"/desk/users/{find(stand, 'viewer').id}"
    serving.person = {"sub": "otto", "email": "otto@courier.example", "email_verified": True}
    with visitor(stand) as client:
        assert come(client).status_code == 303
        client.headers["Sec-Fetch-Site"] = "same-origin"
        client.headers["Referer"] = f"http://127.0.0.1:{stand.port}{page}"
        asked = press(client, f"{page}/roles", **{"role:": "editor"})  # the provider did not say since when it knows
        assert asked.status_code == 403
        assert "password_again" not in asked.text
        found = re.search(r'href="[^"]*(/login/oidc\?[^"]+)"', asked.text)
        assert found
        way = found[1].replace("&amp;", "&")
        for claims in ({}, {"auth_time": int(time.time()) - 3600}, {"auth_time": True}, {"auth_time": 1e300}):
            serving.claims = claims
            assert "without asking who you are" in go(client, way).text
        serving.claims = {"auth_time": int(time.time())}
        back = go(client, way)
        assert (back.status_code, back.headers["location"].endswith(page)) == (303, True)
        assert press(client, f"{page}/roles", **{"role:": "editor"}).status_code == 303
    assert find(stand, "viewer").roles == {EVERYTHING: Role.EDITOR}


def go(client: httpx2.Client, way: str) -> httpx2.Response:
    away = client.get(f"/desk{way}").headers["location"]
    assert "prompt=login" in away
    assert "max_age=0" in away
    with httpx2.Client() as elsewhere:
        return client.get(elsewhere.get(away).headers["location"])


def test_who_the_provider_knows_since_this_morning_is_as_sure_as_this_morning(stand: Stand, serving: Provider) -> None:
    somebody(stand, "mia@courier.example", OWNER)
    path = f"/desk/users/{find(stand, 'viewer').id}/sessions/end"
    serving.person = {"sub": "mia", "email": "mia@courier.example", "email_verified": True}
    for minutes, status in ((20, 403), (5, 303)):
        serving.claims = {"auth_time": int(time.time()) - 60 * minutes}
        with visitor(stand) as client:
            come(client)
            client.headers["Sec-Fetch-Site"] = "same-origin"
            assert press(client, path).status_code == status


@pytest.mark.parametrize(("width", "light"), [(390, "dark"), (1280, "light")])
def test_the_page_that_asks_is_whole_at_any_width(stand: Stand, browser: Browser, width: int, light: str) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=light) as context:
        page = context.new_page()
        page.goto(f"{stand.url}/login")
        page.fill("#email", "olga@courier.example")
        page.fill("#password", PASSWORD)
        page.click("button:has-text('Sign in')")
        later(stand, minutes=20)
        page.goto(f"{stand.url}/users/{find(stand, 'sender').id}")
        page.click("button:has-text('Keep these roles')")
        assert page.text_content("h1") == "Is it you?"
        whole(page, width)
        page.fill("#password_again", PASSWORD)
        page.click("button:has-text('Go on')")
        assert "The roles were so already." in (page.text_content("main") or "")
