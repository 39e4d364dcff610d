"""Hubs and rssCloud servers hear what changed, once, and are told again where they did not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from publisher.push.announce import clear_away
from publisher.store import pings
from publisher.store.database import Store
from publisher.store.pings import Ping
from tests.hub_readers import Readers, reader_server
from tests.hub_stage import ATOM, AUDIENCE, JSON, RSS, Stage


@pytest.fixture
def servers() -> Iterator[Readers]:
    with reader_server() as server:
        yield server


@pytest.fixture
def stage(sqlite_store: Store, tmp_path: Path, servers: Readers) -> Stage:
    (tmp_path / "feeds").mkdir()
    audience = replace(
        AUDIENCE,
        own_hub="",
        hubs=(servers.url("/well/hub"), servers.url("/well/second")),
        rsscloud=servers.url("/well/cloud"),
    )
    return Stage(store=sqlite_store, folder=tmp_path / "feeds", audience=audience)


def standing(stage: Stage) -> list[Ping]:
    with stage.store.read() as conn:
        return pings.get_all(conn)


def forms(servers: Readers, path: str) -> list[dict[str, list[str]]]:
    return [parse_qs(got.body.decode()) for got in servers.deliveries(path)]


def test_each_hub_hears_of_each_feed_and_rsscloud_of_rss_alone(stage: Stage, servers: Readers) -> None:
    stage.publish()
    assert stage.ping() == 7
    for path in ("/well/hub", "/well/second"):
        told = forms(servers, path)
        assert sorted(form["hub.url"][0] for form in told) == [ATOM, JSON, RSS]
        assert all(form["hub.mode"] == ["publish"] and form["hub.topic"] == form["hub.url"] for form in told)
    assert forms(servers, "/well/cloud") == [{"url": [RSS]}]
    assert {got.headers["content-type"] for got in servers.deliveries()} == {"application/x-www-form-urlencoded"}
    assert stage.ping() == 0
    assert all(one.next_try is None and not one.problem for one in standing(stage))


def test_only_what_changed_is_told(stage: Stage, servers: Readers) -> None:
    stage.publish()
    stage.ping()
    stage.put("rss.xml", (stage.read("rss.xml") or b"") + b"\n")
    stage.announce()
    assert stage.ping() == 3
    assert {form["hub.url"][0] for form in forms(servers, "/well/hub")[3:]} == {RSS}


def test_many_changes_are_one_ping(stage: Stage, servers: Readers) -> None:
    for _ in range(5):
        stage.publish()
    stage.ping()
    assert len(forms(servers, "/well/hub")) == 3


def test_a_hub_that_is_out_of_order_is_told_again_for_a_day(
    stage: Stage, servers: Readers, caplog: pytest.LogCaptureFixture
) -> None:
    servers.behaviour["/well/hub"] = "broken"
    stage.publish()
    stage.ping()
    waiting = [one for one in standing(stage) if one.next_try]
    assert {(one.hub, one.problem) for one in waiting} == {(servers.url("/well/hub"), "it answers 500: out of order")}
    assert min(one.next_try for one in waiting if one.next_try) == stage.now + timedelta(minutes=10)
    for _ in range(30):
        stage.later(hours=1)
        stage.ping()
    assert not [one for one in standing(stage) if one.next_try]
    assert caplog.text.count("given up") == 3
    servers.behaviour.clear()
    stage.publish()
    stage.ping()
    assert not [one for one in standing(stage) if one.problem]


def test_a_hub_that_refuses_is_asked_again_with_the_next_change(
    stage: Stage, servers: Readers, caplog: pytest.LogCaptureFixture
) -> None:
    servers.behaviour["/well/hub"] = "gone"
    stage.publish()
    stage.ping()
    assert "it answers 410" in caplog.text
    stage.later(hours=2)
    assert stage.ping() == 0
    stage.publish()
    assert stage.ping() == 7


def test_a_change_during_a_ping_is_pinged_too(stage: Stage, servers: Readers) -> None:
    stage = replace(stage, audience=replace(stage.audience, hubs=(servers.url("/well/hub"),), rsscloud=""))
    stage.publish()

    def publish_once_more(_got: object) -> None:
        servers.on_delivery = lambda _got: None
        stage.later(seconds=1)
        stage.publish()

    servers.on_delivery = publish_once_more
    stage.ping()
    stage.ping()
    assert {form["hub.url"][0] for form in forms(servers, "/well/hub")} == {ATOM, JSON, RSS}
    assert len(forms(servers, "/well/hub")) > 3
    assert not [one for one in standing(stage) if one.next_try]


def test_a_hub_that_left_the_config_is_forgotten(stage: Stage, servers: Readers) -> None:
    stage.publish()
    left = replace(stage.audience, hubs=(servers.url("/well/second"),), rsscloud="")
    clear_away(stage.store, left, now=stage.now)
    assert {one.hub for one in standing(stage)} == {servers.url("/well/second")}
