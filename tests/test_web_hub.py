"""The hub's address: everybody may ask, is answered at once and in words, and is written down first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest

from publisher.push.reception import Bounds
from publisher.store import files, hubrequests
from publisher.store.database import Store
from publisher.store.files import StoredFile
from publisher.web.hub import MOST_AN_HOUR
from tests.conftest import NOW
from tests.web_site import own_store, site_of, visiting

ATOM = "https://courier.example/harbour/atom.xml"


@dataclass(frozen=True)
class Desk:
    client: httpx2.Client
    store: Store

    def ask(self, **changes: str) -> httpx2.Response:
        fields = {"mode": "subscribe", "topic": ATOM, "callback": "https://reader.example/hook"} | changes
        return self.client.post("/hub", data={f"hub.{name}": value for name, value in fields.items()})

    def waiting(self) -> list[str]:
        with self.store.read() as conn:
            return [f"{one.mode} {one.callback}" for one in hubrequests.ripe(conn, now=NOW, after=0, most=100)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("site")
    facts = replace(site_of(folder / "feeds"), hub=Bounds(subscriptions=10, per_host=2))
    with own_store(folder) as store, visiting(store, folder, site=facts) as visit:
        with store.write() as conn:
            files.put(conn, {"harbour/atom.xml": StoredFile(digest="d")}, now=NOW)
        yield Desk(client=visit.client, store=store)


@pytest.fixture
def desk(site: Desk) -> Desk:
    with site.store.write() as conn:
        for one in hubrequests.ripe(conn, now=NOW, after=0, most=100):
            hubrequests.drop(conn, one)
    return site


def test_a_request_is_accepted_and_stands_in_the_store(desk: Desk) -> None:
    answer = desk.ask()
    assert (answer.status_code, answer.text) == (202, "accepted; your callback is asked next\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert desk.waiting() == ["subscribe https://reader.example/hook"]
    assert desk.ask(mode="unsubscribe").status_code == 202
    assert desk.waiting() == ["unsubscribe https://reader.example/hook"]


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"topic": "https://courier.example/nothing/atom.xml"}, 404, "hub.topic is no feed of this site"),
        ({"callback": "ftp://reader.example/"}, 400, "hub.callback is not an http or https address"),
        ({"mode": ""}, 400, "hub.mode is missing"),
        ({"lease_seconds": "long"}, 400, "hub.lease_seconds is not"),
        ({"secret": "x" * 200}, 400, "hub.secret is longer"),
    ],
)
def test_what_is_wrong_is_said_in_plain_text(desk: Desk, changes: dict[str, str], status: int, reason: str) -> None:
    answer = desk.ask(**changes)
    assert answer.status_code == status
    assert answer.text.startswith(reason)
    assert desk.waiting() == []


def test_there_is_an_end_to_room_at_one_host(desk: Desk) -> None:
    for number in range(2):
        assert desk.ask(callback=f"https://reader.example/{number}").status_code == 202
    answer = desk.ask(callback="https://reader.example/2")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")


def test_who_looks_at_it_with_a_browser_is_told_what_it_is(desk: Desk) -> None:
    assert "WebSub" in desk.client.get("/hub").text
    refused = desk.client.put("/hub")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")


def test_other_bodies_and_large_ones_are_refused(desk: Desk) -> None:
    assert desk.client.post("/hub", json={"hub.mode": "subscribe"}).status_code == 415
    assert desk.client.post("/hub", content=b"x" * 20_000).status_code == 413


def test_a_site_without_a_hub_has_no_such_page(tmp_path: Path) -> None:
    with own_store(tmp_path) as store, visiting(store, tmp_path) as visit:
        assert visit.client.post("/hub").status_code in (404, 405)


def test_an_address_asks_only_so_often(tmp_path: Path) -> None:
    facts = replace(site_of(tmp_path / "feeds"), hub=Bounds(subscriptions=10, per_host=2))
    with own_store(tmp_path) as store, visiting(store, tmp_path, site=facts) as visit:
        headers = {"X-Forwarded-For": "192.0.2.7"}  # by a proxy of this machine
        for _ in range(MOST_AN_HOUR):
            assert visit.client.post("/hub", headers=headers).status_code == 415
        refused = visit.client.post("/hub", headers=headers)
        assert (refused.status_code, refused.text) == (429, "this address asks too often\n")
        assert int(refused.headers["retry-after"]) <= 3600
        assert visit.client.post("/hub", headers={"X-Forwarded-For": "192.0.2.8"}).status_code == 415
