"""The page of users, links by which one chooses a password, and the first owner of a new site."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser

from publisher.errors import WrongUse
from publisher.house import accounts
from publisher.house.hands import by_command
from publisher.house.onetime import digest_of, new_token
from publisher.model.user import EVERYTHING, Role, User
from publisher.store import schema, sessions, users
from tests.browsing import browser as browser
from tests.browsing import whole
from tests.desk_people import PASSWORD, hashed, later, log_of, sign_in, somebody, visitor, with_phone
from tests.desk_stand import Stand, desk_stand

NEW = "nine kettles before noon"


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("users")) as opened:
        yield opened


@pytest.fixture(scope="module")
def new_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Nobody has an account here."""
    with desk_stand(tmp_path_factory.mktemp("new")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def a_new_day(stand: Stand) -> None:
    with stand.house.store.write() as conn:
        conn.execute(schema.uses.delete())


def find(stand: Stand, email: str) -> User:
    with stand.house.store.read() as conn:
        user = users.find(conn, email)
    assert user
    return user


def link_in(page: httpx2.Response) -> str:
    found = re.search(r"/desk/(?:invite|reset)/[\w-]{43}", page.text)
    assert found, page.text
    return found[0]


def test_an_owner_invites_and_the_link_lets_in_once(stand: Stand) -> None:
    fields = {"email": "Jon@Courier.example", "name": " Jon  Ansel ", "role:": "viewer", "role:morning": "sender"}
    answer = stand.send("owner", "/users/new", fields)
    link = link_in(answer)
    assert "viewer of everything, editor who may send of morning" in answer.text
    user = find(stand, "jon@courier.example")
    assert (user.name, user.roles) == ("Jon Ansel", {EVERYTHING: Role.VIEWER, "morning": Role.SENDER})
    with visitor(stand) as client:
        for _ in range(2):
            assert client.get(link).status_code == 200  # looking uses nothing up
        answer = client.post(link, data={"name": "Jon", "password": NEW})
        assert (answer.status_code, answer.headers["location"]) == (303, "../../desk")
        assert client.get("/desk/account").status_code == 200
        assert client.get(link).status_code == 404
        assert client.post(link, data={"password": PASSWORD}).status_code == 404
    with visitor(stand) as client:
        assert sign_in(client, "jon@courier.example", NEW).status_code == 303
    assert find(stand, "jon@courier.example").name == "Jon"
    invited = log_of(stand, "user.invite")[0]
    assert (invited.who, invited.subject) == ("Owner", f"user:{user.id}")
    assert "editor who may send of morning" in invited.after


def test_links_end_and_a_new_one_voids_those_before(stand: Stand) -> None:
    first = link_in(stand.send("owner", "/users/new", {"email": "late@courier.example", "role:": "viewer"}))
    user = find(stand, "late@courier.example")
    second = link_in(stand.send("owner", f"/users/{user.id}/link"))
    with visitor(stand) as client:
        assert client.get(first).status_code == 404
        assert client.get(second).status_code == 200
        assert client.get(second.replace("/invite/", "/first/")).status_code == 404
        assert client.get(second.replace("/invite/", "/reset/")).status_code == 404
    later(stand, days=7, minutes=1)
    with visitor(stand) as client:
        assert client.get(second).status_code == 404
    stand.clock.ahead *= 0


def test_a_link_to_reset_signs_out_everywhere_and_still_asks_for_the_second_factor(stand: Stand) -> None:
    user = somebody(stand, "forgot@courier.example")
    with_phone(stand, user)
    with stand.house.store.write() as conn:
        sessions.begin(conn, "a digest", user.id, ip="", agent="", now=stand.clock())
    link = link_in(stand.send("owner", f"/users/{user.id}/link"))
    assert "/reset/" in link
    with visitor(stand) as client:
        answer = client.post(link, data={"password": NEW})
        assert answer.headers["location"] == "../../desk/login"
        assert "desk" not in client.cookies
        assert "code" in sign_in(client, "forgot@courier.example", NEW).text
    with stand.house.store.read() as conn:
        assert sessions.of_user(conn, user.id, now=stand.clock()) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"email": "no address", "role:": "viewer"}, "is not a mail address"),
        ({"email": "owner@courier.example", "role:": "viewer"}, "has an account already"),
        ({"email": "new@courier.example"}, "choose a role"),
        ({"email": "new@courier.example", "role:": "emperor"}, "choose a role"),
        ({"email": "new@courier.example", "role:nothing": "viewer"}, "there is no newsletter"),
        ({"email": "new@courier.example", "role:morning": "owner"}, "an owner owns the whole site"),
        ({"email": "new@courier.example", "role:": "viewer", "name": "x" * 101}, "100 characters at most"),
    ],
)
def test_what_is_wrong_with_an_invitation_stands_at_its_field(stand: Stand, fields: dict[str, str], told: str) -> None:
    answer = stand.send("owner", "/users/new", fields)
    assert answer.status_code == 422
    assert told in answer.text
    assert f'value="{fields["email"]}"' in answer.text
    with stand.house.store.read() as conn:
        assert users.find(conn, "new@courier.example") is None


def test_roles_are_changed_and_what_they_were_stands_in_the_log(stand: Stand) -> None:
    user = somebody(stand, "roles@courier.example")
    stand.send("owner", f"/users/{user.id}/roles", {"role:": "", "role:morning": "viewer"})
    assert find(stand, "roles@courier.example").roles == {"morning": Role.VIEWER}
    change = log_of(stand, "user.roles")[0]
    assert ("may not send of everything" in change.before, "viewer of morning" in change.after) == (True, True)
    assert stand.send("owner", f"/users/{user.id}/roles", {"role:morning": "viewer"}).status_code == 303
    assert len(log_of(stand, "user.roles")) == 1  # nothing was changed
    assert stand.send("owner", f"/users/{user.id}/roles", {}).status_code == 422


def test_who_is_disabled_is_out_at_once_and_comes_back(stand: Stand) -> None:
    user = somebody(stand, "out@courier.example")
    with visitor(stand) as client:
        sign_in(client, "out@courier.example")
        assert client.get("/desk/account").status_code == 200
        stand.send("owner", f"/users/{user.id}/disable")
        assert client.get("/desk/account").status_code == 303
        assert sign_in(client, "out@courier.example").status_code == 422
        assert stand.send("owner", f"/users/{user.id}/link").status_code == 422
        stand.send("owner", f"/users/{user.id}/enable")
        assert sign_in(client, "out@courier.example").status_code == 303
    assert [row.after for row in log_of(stand, "user.enable")] == ["may sign in"]


def test_an_account_is_removed_when_the_box_is_ticked_and_its_doings_stay(stand: Stand) -> None:
    user = somebody(stand, "bye@courier.example")
    with visitor(stand) as client:
        sign_in(client, "bye@courier.example")
    assert stand.send("owner", f"/users/{user.id}/remove").status_code == 422
    assert stand.send("owner", f"/users/{user.id}/remove", {"sure": "on"}).status_code == 303
    assert stand.get("owner", f"/users/{user.id}").status_code == 404
    assert "bye@courier.example" in stand.get("owner", "/log").text


def test_the_last_owner_cannot_go(stand: Stand) -> None:
    owner = find(stand, "owner@courier.example")
    for deed, fields in (("disable", {}), ("remove", {"sure": "on"}), ("roles", {"role:": "sender"})):
        answer = stand.send("owner", f"/users/{owner.id}/{deed}", fields)
        assert answer.status_code == 422, deed
        assert "somebody has to own the site" in answer.text
    assert find(stand, "owner@courier.example").roles == {EVERYTHING: Role.OWNER}
    other = somebody(stand, "second@courier.example", {EVERYTHING: Role.OWNER})
    assert stand.send("owner", f"/users/{other.id}/disable").status_code == 303


def test_an_owner_helps_who_lost_the_phone(stand: Stand) -> None:
    user = somebody(stand, "phoneless@courier.example")
    with_phone(stand, user)
    stand.send("owner", f"/users/{user.id}/second-factor/off")
    with visitor(stand) as client:
        assert sign_in(client, "phoneless@courier.example").status_code == 303
        stand.send("owner", f"/users/{user.id}/sessions/end")
        assert client.get("/desk/about").status_code == 303


def test_the_first_owner_comes_in_by_the_link_of_the_first_start(new_site: Stand) -> None:
    with new_site.house.store.write() as conn:
        conn.execute(schema.users.delete())
        void = accounts.first_offer(conn, now=new_site.clock())
        offer = accounts.first_offer(conn, now=new_site.clock())
    assert offer
    assert void
    with visitor(new_site) as client:
        assert "Nobody has an account here yet" in client.get("/desk/login").text
        assert client.get(void.path).status_code == 404
        assert "Nobody has an account yet" in client.get(offer.path).text
        wrong = client.post(offer.path, data={"email": "mira", "name": "Mira", "password": "mira"})
        assert wrong.status_code == 422
        assert wrong.text.count('class="wrong-field"') == 2
        assert 'value="Mira"' in wrong.text
        answer = client.post(offer.path, data={"email": "mira@courier.example", "name": "Mira", "password": NEW})
        assert answer.status_code == 303
        assert client.get("/desk/users").status_code == 200
        assert client.get(offer.path).status_code == 404
    with new_site.house.store.write() as conn:
        assert accounts.first_offer(conn, now=new_site.clock()) is None
        hand = by_command(new_site.clock())
        with pytest.raises(WrongUse, match="has an owner already"):
            accounts.make_first(conn, hand, email="x@courier.example", name="", hashed=hashed())


def test_a_first_link_is_worth_nothing_once_somebody_has_an_account(stand: Stand) -> None:
    token, now = new_token(), stand.clock()
    with stand.house.store.write() as conn:
        users.put_link(conn, digest_of(token), users.LinkPurpose.FIRST, None, now=now, ends=now + accounts.FIRST_FOR)
    with visitor(stand) as client:
        assert client.get(f"/desk/first/{token}").status_code == 404
        fields = {"email": "thief@courier.example", "name": "", "password": NEW}
        assert client.post(f"/desk/first/{token}", data=fields).status_code == 404


@pytest.mark.parametrize(("width", "light"), [(390, "dark"), (1280, "light")])
def test_pages_of_users_are_whole_at_any_width(stand: Stand, browser: Browser, width: int, light: str) -> None:
    somebody(stand, f"x{width}@courier.example", name='<script>alert("1")</script>')
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=light)
    context.add_cookies([stand.cookie("owner")])
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("dialog", lambda dialog: told.append(dialog.message))
    user = find(stand, f"x{width}@courier.example")
    for path in ("/users", f"/users/{user.id}"):  # with somebody's hostile name
        page.goto(stand.url + path)
        whole(page, width)
    page.goto(f"{stand.url}/users/new")  # looked at in tests/test_desk_tour.py
    page.fill("#email", f"link{width}@courier.example")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("v")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Make the link").click()
    page.get_by_label("The link").wait_for()
    whole(page, width)
    assert "/desk/invite/" in page.get_by_label("The link").input_value()
    assert told == []
    context.close()
