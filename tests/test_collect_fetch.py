"""Fetching from a real server on loopback, which has to be allowed first."""

from __future__ import annotations

import socket
from datetime import timedelta
from time import perf_counter

import pytest

from publisher.collect.fetch import Fetched, Limits, fetch, is_public
from publisher.errors import SourceError
from tests.web_stand import Answer, packed, web_stand


def limits(*, hosts: tuple[str, ...] = ("127.0.0.1",), seconds: float = 5, max_bytes: int = 10_000) -> Limits:
    return Limits(
        max_bytes=max_bytes,
        timeout=timedelta(seconds=seconds),
        site_url="https://post.example",
        private_hosts=frozenset(hosts),
    )


def test_what_is_there_is_fetched_by_a_guest_who_says_who_it_is() -> None:
    with web_stand(feed=Answer(b"<rss/>", headers={"Content-Type": "text/xml"})) as stand:
        fetched = fetch("wire", stand.url("/feed"), limits())
    assert fetched == Fetched(url=stand.url("/feed"), content_type="text/xml", content=b"<rss/>")
    assert stand.asked[0]["user-agent"].startswith("publisher/")
    assert "+https://post.example" in stand.asked[0]["user-agent"]
    assert stand.asked[0]["host"] == f"127.0.0.1:{stand.port}"


def test_a_name_is_resolved_once_and_told_to_the_server() -> None:
    with web_stand(feed=Answer(b"x")) as stand:
        fetch("wire", f"http://localhost:{stand.port}/feed", limits(hosts=("localhost",)))
    assert stand.asked[0]["host"] == f"localhost:{stand.port}"


def test_redirects_are_followed_to_where_the_thing_is() -> None:
    moved = Answer(status=301, headers={"Location": "/b"})
    with web_stand(a=moved, b=Answer(status=307, headers={"Location": "c"}), c=Answer(b"here")) as stand:
        fetched = fetch("wire", stand.url("/a"), limits())
    assert (fetched.url, fetched.content) == (stand.url("/c"), b"here")


def test_packed_content_is_unpacked() -> None:
    with web_stand(feed=packed(b"<rss/>")) as stand:
        assert fetch("wire", stand.url("/feed"), limits()).content == b"<rss/>"


def refused(answer: Answer, told: str, allowed: Limits | None = None) -> None:
    with web_stand(x=answer) as stand, pytest.raises(SourceError, match=told) as caught:
        fetch("wire", stand.url("/x"), allowed or limits())
    assert "\n" not in str(caught.value)
    assert "wire" in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(status=404), "404 Not Found: there is nothing at this address"),
        (Answer(status=410), "410 Gone: it is gone for good"),
        (Answer(status=401), "asks for a login"),
        (Answer(status=429), "asked too often"),
        (Answer(status=503), "503 Service Unavailable: try again later"),
        (Answer(b"x" * 10_001), "larger than 10,000 bytes"),
        (packed(b"\0" * 5_000_000), "larger than 10,000 bytes"),
        (Answer(b"no gzip", headers={"Content-Encoding": "gzip"}), "cannot be read"),
        (Answer(b"x", headers={"Content-Encoding": "br"}), "packed as 'br'"),
        (Answer(b"x", lying_length=5), "cannot be read"),
        (Answer(status=302, headers={"Location": "/x"}), "redirects more than 10 times"),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "only http:// and https://"),
        (Answer(status=302, headers={"Location": "http://[::1"}), r"no address"),
        (Answer(status=302, headers={"Location": "http://localhost:1/"}), "private network"),
        (Answer(status=302, headers={"Location": "http://169.254.169.254/latest"}), "private network"),
        (Answer(status=302, headers={"Location": "http://[::ffff:10.0.0.1]/"}), "private network"),
        (Answer(status=302, headers={"Location": "http://2130706433/"}), "in a private network"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_told_in_a_sentence(answer: Answer, told: str) -> None:
    refused(answer, told, limits(seconds=1))


def test_a_server_that_drips_is_left_when_the_time_is_over() -> None:
    start = perf_counter()
    refused(Answer(b"x" * 500, pause_seconds=0.05), "took longer than 0.5 s", limits(seconds=0.5))
    assert perf_counter() - start < 3


def test_loopback_is_refused_unless_it_is_allowed() -> None:
    with web_stand(feed=Answer(b"x")) as stand:
        with pytest.raises(SourceError, match=r"add it to `collect\.private_hosts`"):
            fetch("wire", stand.url("/feed"), limits(hosts=()))
        assert stand.asked == []


def test_nobody_there_is_told() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(SourceError, match="no connection"):
            fetch("wire", f"http://127.0.0.1:{port}/", limits())
    with pytest.raises(SourceError, match="is not found"):
        fetch("wire", "http://no-such-host.invalid/", limits())


def test_a_password_in_an_address_is_in_no_message() -> None:
    with pytest.raises(SourceError) as caught:
        fetch("wire", "http://me:secret@127.0.0.1:1/", limits())
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1",
     "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "255.255.255.255"],
)  # fmt: skip
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "64:ff9b::909:909"])
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)
