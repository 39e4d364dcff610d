"""Another address to sign in with: asked for, passed on by an owner, confirmed by whoever reads there."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser

from publisher.errors import WrongUse
from publisher.house import readdressing
from publisher.house.hands import by_command
from publisher.model.user import EVERYTHING, Role
from publisher.store import schema, users, wantedaddresses
from publisher.store.database import Store
from tests.browsing import browser as browser
from tests.browsing import whole
from tests.conftest import NOW
from tests.desk_people import later, log_of, proof_in, sign_in, somebody, visitor
from tests.desk_stand import Stand, desk_stand


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("address")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def a_new_day(stand: Stand) -> None:
    stand.clock.ahead *= 0
    with stand.house.store.write() as conn:
        conn.execute(schema.uses.delete())
        conn.execute(schema.marks.delete())


def send(client: httpx2.Client, path: str, **fields: str) -> httpx2.Response:
    return client.post(f"/desk{path}", data={"proof": proof_in(client.get("/desk/about").text), **fields})


def link_in(page: str) -> str:
    found = re.search(r"/desk/address/[\w-]{43}", page)
    assert found, page
    return found[0]


def test_an_address_is_asked_for_passed_on_and_confirmed(stand: Stand) -> None:
    user = somebody(stand, "mira@courier.example", name="Mira")
    with visitor(stand) as mira:
        sign_in(mira, "mira@courier.example")
        assert send(mira, "/account/address", new_email=" Mira.Voss@Courier.example ").status_code == 303
        assert "mira.voss@courier.example" in mira.get("/desk/account").text
        assert "wants another address" in stand.get("owner", "/users").text
        shown = stand.send("owner", f"/users/{user.id}/address").text
        first, shown = link_in(shown), stand.send("owner", f"/users/{user.id}/address").text
        letters = [unquote(one) for one in re.findall(r'href="(mailto:[^"]+)"', shown)]
        assert [urlsplit(one).path for one in letters] == ["mira.voss@courier.example", "mira@courier.example"]
        way = link_in(shown)
        written = re.findall(r'href="(mailto:[^"]+)"', shown)[0].replace("&amp;", "&")
        assert way in parse_qs(urlsplit(written).query)["body"][0]
        with visitor(stand) as reader:
            assert reader.get(first).status_code == 404  # a newer one was made
            assert "Sign in with mira.voss@courier.example?" in reader.get(way).text
            assert sign_in(reader, "mira.voss@courier.example").status_code == 422  # not yet
            assert reader.post(way).status_code == 303
            assert reader.get(way).status_code == 404
            assert reader.post(way).status_code == 404
            assert sign_in(reader, "mira@courier.example").status_code == 422
            assert sign_in(reader, "MIRA.voss@courier.example").status_code == 303
        assert mira.get("/desk/about").status_code == 200  # sessions stay
    row = log_of(stand, "user.address")[0]
    assert (row.who, row.before, row.after) == ("Mira", "mira@courier.example", "mira.voss@courier.example")


def test_an_address_that_is_none_or_somebodys_is_told_at_its_field(stand: Stand) -> None:
    for typed, told in (
        ("EDITOR@courier.example", "has an account of its own"),
        ("Viewer@courier.example", "is the address of this account already"),
        ("not an address", 'aria-invalid="true"'),
    ):
        answer = stand.send("viewer", "/account/address", {"new_email": typed})
        assert answer.status_code == 422
        assert told in answer.text
    with stand.house.store.read() as conn:
        assert wantedaddresses.get_all(conn) == {}


def test_it_asks_for_the_password_and_can_be_taken_back(stand: Stand) -> None:
    later(stand, minutes=20)
    assert "Is it you?" in stand.send("editor", "/account/address", {"new_email": "ed@courier.example"}).text
    stand.clock.ahead *= 0
    assert stand.send("editor", "/account/address", {"new_email": "ed@courier.example"}).status_code == 303
    with stand.house.store.read() as conn:
        editor = users.find(conn, "editor@courier.example")
    assert editor
    way = link_in(stand.send("owner", f"/users/{editor.id}/address").text)
    assert stand.send("editor", "/account/address/stays").status_code == 303
    assert stand.send("owner", f"/users/{editor.id}/address").status_code == 422
    with visitor(stand) as reader:
        assert reader.post(way).status_code == 404


def test_a_link_ends_after_a_week_and_with_the_account(stand: Stand) -> None:
    user = somebody(stand, "gone@courier.example")
    hand = by_command(stand.clock())
    with stand.house.store.write() as conn:
        readdressing.ask(conn, hand, user, "elsewhere@courier.example")
        made = readdressing.pass_on(conn, hand, user)
    with visitor(stand) as reader:
        assert reader.get(made.path).status_code == 200
        later(stand, days=8)
        assert reader.get(made.path).status_code == 404
        stand.clock.ahead *= 0
        with stand.house.store.write() as conn:
            users.disable(conn, user.id, now=stand.clock())
        assert reader.post(made.path).status_code == 404


def test_of_two_who_want_the_same_address_one_has_it(store: Store, tmp_path: Path) -> None:
    hand, links, said = by_command(NOW), list[str](), list[str]()
    with store.write() as conn:
        for name in ("ada", "bo"):
            user = users.add(conn, f"{name}@courier.example", name=name, roles={EVERYTHING: Role.OWNER}, now=NOW)
            readdressing.ask(conn, hand, user, "desk@courier.example")
            links.append(readdressing.pass_on(conn, hand, user).token)

    def confirm(token: str) -> None:
        try:
            with store.write() as conn:
                readdressing.confirm(conn, token, ip="", now=NOW)
            said.append("done")
        except WrongUse as wrong:
            said.append(str(wrong))

    threads = [threading.Thread(target=confirm, args=(token,)) for token in links]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["desk@courier.example has an account of its own", "done"]
    with store.read() as conn:
        assert [user.email for user in users.get_all(conn)].count("desk@courier.example") == 1


@pytest.mark.parametrize(("width", "light"), [(390, "dark"), (1280, "light")])
def test_its_pages_are_whole_at_any_width(stand: Stand, browser: Browser, width: int, light: str) -> None:
    user = somebody(stand, f"a-rather-long-address-of-somebody-{width}@courier.example")
    with stand.house.store.write() as conn:
        readdressing.ask(conn, by_command(stand.clock()), user, f"another-long-one-{width}@courier.example")
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=light) as context:
        context.add_cookies([stand.cookie("owner")])
        page = context.new_page()
        page.goto(f"{stand.url}/users/{user.id}")
        whole(page, width)
        page.click("button:has-text('Make the link')")
        whole(page, width)
        way = page.input_value("#link")
        page.goto(way)
        whole(page, width)
        page.click("button:has-text('from now on')")
        assert "signs in from now on" in (page.text_content("main") or page.content())
