"""Joining by program: what docs/joining.md promises, for scripts of sites that may ask, and for nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from publisher.subscribe.bounds import Bounds
from publisher.subscribe.tickets import solve
from tests.join_stand import FRIEND, SIGN_UP, Stand, join_stand
from tests.web_site import own_store

PLACE = "/api/subscribe"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("site")
    with own_store(folder) as store, join_stand(store, folder) as stand:
        yield stand


@pytest.fixture
def stand(shared: Stand) -> Stand:
    shared.clock.pass_by(hours=1)
    return shared


def ask(stand: Stand, headers: dict[str, str] | None = None, **wish: Any) -> Any:
    """Get a ticket, do the work, and ask."""
    offer = stand.client.get(PLACE).json()
    told = {"ticket": offer["ticket"], "work": solve(offer["ticket"], offer["bits"])} | wish
    content, kind = json.dumps(told).encode(), {"Content-Type": "application/json"}
    return stand.client.post(PLACE, content=content, headers=kind | (headers or {}))


def problem(got: Any, status: int, code: str) -> dict[str, Any]:
    assert got.status_code == status
    assert got.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = got.json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["title"]
    assert told["detail"]
    return told


def test_it_tells_what_there_is_to_join(stand: Stand) -> None:
    got = stand.client.get(PLACE)
    assert got.headers["cache-control"] == "no-store"
    offer = got.json()
    assert [one["newsletter"] for one in offer["newsletters"]] == ["morning", "briefe", "noon"]
    morning = offer["newsletters"][0]
    assert morning["cadences"] == ["daily", "weekly", "as-it-happens"]
    assert morning["columns"][2] == {"slug": "school", "name": "School <Bell>", "tagline": "Lessons for all"}
    assert (offer["bits"], offer["privacy"]) == (SIGN_UP.work_bits, "https://courier.example/privacy")
    assert offer["promise"].startswith("We will send one letter")
    assert len(offer["ticket"]) == 32


def test_who_asks_gets_a_letter_and_the_program_learns_nothing_else(stand: Stand) -> None:
    wish = {"newsletter": "morning", "cadence": "weekly", "columns": ["school"]}
    got = ask(stand, email="Mira@Readers.example", newsletters=[wish, "noon"])
    assert (got.status_code, got.json()) == (202, {"status": "asked", "newsletters": ["morning", "noon"]})
    assert "set-cookie" not in got.headers
    assert [who for who, _, _ in stand.letters()].count("Mira@readers.example") == 1
    again = ask(stand, email="mira@readers.example", newsletters=["morning", "noon"])
    assert (again.status_code, again.json()) == (got.status_code, got.json())
    page = stand.client.get(stand.link("Mira@readers.example")).text
    assert "The Morning Tide" in page
    done = stand.client.post(
        stand.link("Mira@readers.example"), data={"confirm": "1", "newsletter": ["morning", "noon"]}
    )
    assert done.status_code == 200
    assert {one.newsletter for one in stand.reader("mira@readers.example").subscriptions} == {"morning", "noon"}


def test_without_work_it_is_taken_after_three_seconds(stand: Stand) -> None:
    problem(ask(stand, email="slow@readers.example", newsletters=["noon"], work=""), 409, "ticket")
    ticket = stand.client.get(PLACE).json()["ticket"]
    stand.clock.pass_by(seconds=5)
    got = stand.client.post(PLACE, json={"email": "slow@readers.example", "newsletters": ["noon"], "ticket": ticket})
    assert got.status_code == 202


def test_what_cannot_be_used_is_told_by_field_in_the_language_of_the_newsletter(stand: Stand) -> None:
    told = problem(ask(stand, email="mira", newsletters=["noon"]), 422, "invalid")
    assert told["errors"] == [
        {"field": "email", "detail": "There is no @ in it. A mail address looks like name@example.org."}
    ]
    told = problem(ask(stand, email="", newsletters=["briefe"]), 422, "invalid")
    assert told["errors"] == [{"field": "email", "detail": "Bitte schreiben Sie hier Ihre Mailadresse hin."}]
    told = problem(ask(stand, email="mira@readers.example", newsletters=[]), 422, "invalid")
    assert [one["field"] for one in told["errors"]] == ["newsletter"]
    wish = {"newsletter": "briefe", "cadence": "hourly"}
    told = problem(ask(stand, email="mira@readers.example", newsletters=[wish]), 422, "invalid")
    assert [one["field"] for one in told["errors"]] == ["cadence-briefe"]
    problem(ask(stand, email="mira@readers.example", newsletters=["\ud800"]), 422, "invalid")
    told = problem(ask(stand, email="mira@readers.example", newsletters=["staff"]), 422, "invalid")
    assert "no newsletter 'staff'" in told["errors"][0]["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"text"', b"[" * 10_000, b"\xff\xfe", b'{"email": 5}', b'{"newsletters": "noon"}',
        b'{"newsletters": [5]}', b'{"newsletters": [{"cadence": "daily"}]}', b'{"newsletters": [{"newsletter": []}]}',
        b'{"newsletters": [{"newsletter": "noon", "cadence": {}}]}',
        b'{"newsletters": [{"newsletter": "noon", "columns": "all"}]}',
        b'{"newsletters": [{"newsletter": "\\ud800", "columns": "all"}]}',
        b'{"newsletters": [{"newsletter": "noon", "columns": [[]]}]}',
        json.dumps({"newsletters": ["noon"] * 1000}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_wish_is_refused_in_words(stand: Stand, body: bytes) -> None:
    got = stand.client.post(PLACE, content=body, headers={"Content-Type": "application/json"})
    problem(got, 400, "json")


@pytest.mark.parametrize("wrong", [None, 5, {"a": 1}, "x" * 5000, "\ud800", "\0"])
def test_odd_tickets_and_numbers_are_no_tickets(stand: Stand, wrong: object) -> None:
    body = json.dumps({"email": "odd@readers.example", "newsletters": ["noon"], "ticket": wrong, "work": wrong})
    got = stand.client.post(PLACE, content=body.encode(), headers={"Content-Type": "application/json"})
    problem(got, 409, "ticket")


@pytest.mark.parametrize(
    "wrong", ["mira@readers.example\r\nBcc: x@readers.example", "\ud800@readers.example", "a@b\0.example"]
)
def test_no_odd_address_gets_through(stand: Stand, wrong: str) -> None:
    problem(ask(stand, email=wrong, newsletters=["noon"]), 422, "invalid")


def test_a_form_cannot_speak_json_so_a_stranger_s_page_cannot_ask(stand: Stand) -> None:
    body = json.dumps({"email": "x@readers.example", "newsletters": ["noon"]})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        got = stand.client.post(PLACE, content=body.encode(), headers={"Content-Type": kind})
        problem(got, 415, "type")
    problem(stand.client.put(PLACE), 405, "method")


def test_scripts_of_the_sites_that_are_named_may_ask_and_no_others(stand: Stand) -> None:
    for origin, allowed in ((FRIEND, FRIEND), ("https://stranger.example", None), ("null", None)):
        for got in (
            stand.client.options(PLACE, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}),
            stand.client.get(PLACE, headers={"Origin": origin}),
        ):
            assert got.headers.get("access-control-allow-origin") == allowed
            assert "access-control-allow-credentials" not in got.headers
            assert got.headers["vary"] == "Origin"
    assert got.status_code == 200
    cross = {"Origin": "https://stranger.example", "Sec-Fetch-Site": "cross-site"}
    problem(ask(stand, headers=cross, email="x@readers.example", newsletters=["noon"]), 409, "ticket")
    friend = {"Origin": FRIEND, "Sec-Fetch-Site": "cross-site"}
    got = ask(stand, headers=friend, email="friend@readers.example", newsletters=["noon"])
    assert (got.status_code, got.headers["access-control-allow-origin"]) == (202, FRIEND)


def test_too_many_are_told_for_how_long_to_wait(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("narrow")
    with (
        own_store(folder) as store,
        join_stand(store, folder, signup=replace(SIGN_UP, bounds=Bounds(client=1))) as narrow,
    ):
        assert ask(narrow, email="a@readers.example", newsletters=["noon"]).status_code == 202
        got = ask(narrow, email="b@readers.example", newsletters=["noon"])
        problem(got, 429, "too many")
        assert 3000 < int(got.headers["retry-after"]) <= 3720
