"""429 for who fetches again and again and never asks whether it changed, and for nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.store.database import Store
from publisher.web.hammering import Hammering, client_address
from tests.conftest import NOW
from tests.web_site import site_of, visiting


def test_the_last_welcome_fetch_and_the_first_refused_one() -> None:
    hammering = Hammering(3)
    waits = [hammering.seconds_to_wait("192.0.2.1", "poller", "atom.xml", now=NOW) for _ in range(5)]
    assert waits == [0, 0, 0, 3600, 3600]


def test_other_clients_and_other_feeds_are_counted_apart() -> None:
    hammering = Hammering(1)
    for address, agent, path in [("a", "x", "1"), ("b", "x", "1"), ("a", "y", "1"), ("a", "x", "2")]:
        assert hammering.seconds_to_wait(address, agent, path, now=NOW) == 0
    assert hammering.seconds_to_wait("a", "x", "1", now=NOW + timedelta(minutes=50)) == 600


def test_after_an_hour_it_is_welcome_again_and_a_clock_that_went_back_refuses_nobody() -> None:
    hammering = Hammering(1)
    for now in (NOW, NOW + timedelta(hours=1), NOW + timedelta(minutes=30)):
        assert hammering.seconds_to_wait("a", "x", "1", now=now) == 0


def test_no_limit() -> None:
    hammering = Hammering(0)
    assert not any(hammering.seconds_to_wait("a", "x", "1", now=NOW) for _ in range(1000))


def test_memory_is_bounded_whoever_comes() -> None:
    hammering = Hammering(1, clients=100)
    for number in range(1000):
        hammering.seconds_to_wait(f"client {number}", "x" * 10_000, "1", now=NOW)
    assert hammering.remembered == 100
    assert hammering.seconds_to_wait("client 999", "x" * 10_000, "1", now=NOW)
    assert not hammering.seconds_to_wait("client 0", "x" * 10_000, "1", now=NOW)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),  # anybody can write that
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "203.0.113.5, 198.51.100.7", "198.51.100.7"),  # the last one is our proxy's own word
        ("127.0.0.1", "198.51.100.7, 10.1.2.3", "198.51.100.7"),  # through a second proxy of ours
        ("10.1.2.3", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", " , ", "127.0.0.1"),
        ("", "198.51.100.7", ""),
        ("127.0.0.1", "unknown", "unknown"),
    ],
)
def test_what_a_proxy_says_counts_only_from_our_own(peer: str, forwarded: str, address: str) -> None:
    assert client_address(peer, forwarded, [ip_network("10.0.0.0/8")]) == address


@given(st.text(max_size=50), st.text(max_size=50))
def test_no_header_breaks_the_reading(peer: str, forwarded: str) -> None:
    assert isinstance(client_address(peer, forwarded, ()), str)


def test_feeds_are_refused_to_who_hammers_and_to_nobody_else(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    for name in ("atom.xml", "rss.xml", "index.html"):
        (tmp_path / "feeds" / name).write_text(f"<{name}/>")
    site = replace(site_of(tmp_path / "feeds"), unconditional=3)
    with visiting(sqlite_store, tmp_path, site=site) as visit:
        first = visit.client.get("/atom.xml")
        assert [visit.client.get("/atom.xml").status_code for _ in range(4)] == [200, 200, 429, 429]
        refused = visit.client.get("/atom.xml")
        assert refused.headers["retry-after"] == "3600"
        assert refused.headers["cache-control"] == "no-store"
        assert refused.headers["content-type"].startswith("text/plain")
        assert "If-None-Match" in refused.text
        for conditional in (
            {"If-None-Match": first.headers["etag"]},
            {"If-None-Match": '"an old one"'},
            {"If-Modified-Since": first.headers["last-modified"]},
            {"If-Modified-Since": "Sun, 01 Jan 2006 00:00:00 GMT"},
        ):
            assert visit.client.get("/atom.xml", headers=conditional).status_code in (200, 304)
        assert visit.client.get("/atom.xml", headers={"User-Agent": "somebody else"}).status_code == 200
        assert visit.client.get("/atom.xml", headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 200
        assert visit.client.get("/rss.xml").status_code == 200
        assert visit.client.head("/atom.xml").status_code == 200
        assert [visit.client.get("/").status_code for _ in range(9)] == [200] * 9
