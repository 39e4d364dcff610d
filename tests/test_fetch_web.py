"""Fetching from a real server on loopback, which has to be allowed first."""

from __future__ import annotations

import gzip
import socket
import threading
import tracemalloc
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import Refused, SourceError
from publisher.fetch.dial import is_public
from publisher.fetch.unpack import TooLarge, Unpacker
from publisher.fetch.web import Fetched, Limits, fetch
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


RAW = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", gzip.compress(b"<rss/>")),
        ("GZIP", gzip.compress(b"<rs") + gzip.compress(b"s/>")),
        ("x-gzip", gzip.compress(b"<rss/>") + b"\0" * 512),
        ("deflate", zlib.compress(b"<rss/>")),
        ("deflate", RAW.compress(b"<rss/>") + RAW.flush()),
        ("identity", b"<rss/>"),
    ],
    # The bytes of gzip, which tell the second they were made in, are no names.
    ids=["gzip", "in two parts", "padded", "zlib", "raw", "not at all"],
)
def test_packed_content_is_unpacked(encoding: str, content: bytes) -> None:
    with web_stand(feed=Answer(content, headers={"Content-Encoding": encoding})) as stand:
        assert fetch("wire", stand.url("/feed"), limits()).content == b"<rss/>"


@given(st.binary(max_size=3000), st.integers(1, 400), st.integers(1, 4000))
def test_unpacking_in_any_pieces_gives_the_whole_or_says_that_it_is_too_large(
    content: bytes, size: int, most: int
) -> None:
    wire = gzip.compress(content)
    unpacker = Unpacker("gzip", max_bytes=most)
    try:
        for start in range(0, len(wire), size):
            unpacker.take(wire[start : start + size])
    except TooLarge:
        assert max(len(content), len(wire)) > most
    else:
        assert unpacker.content == content


def test_a_bomb_takes_no_more_memory_than_was_allowed() -> None:
    bomb = gzip.compress(bytes(100 * 2**20))
    tracemalloc.start()
    with pytest.raises(TooLarge):
        Unpacker("gzip", max_bytes=2**20).take(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 2**20


def test_permanent_redirects_before_any_other_say_where_it_moved() -> None:
    def to(status: int, where: str) -> Answer:
        return Answer(status=status, headers={"Location": where})

    answers = {"a": to(301, "/b"), "b": to(308, "/c#top"), "c": to(302, "/d"), "d": to(301, "/e"), "e": Answer(b"x")}
    with web_stand(**answers) as stand:
        assert fetch("wire", stand.url("/a"), limits()).moved_to == stand.url("/c")
        assert fetch("wire", stand.url("/c"), limits()).moved_to == ""


def test_headers_go_along_and_a_status_that_was_asked_for_is_no_error() -> None:
    with web_stand(feed=Answer(status=304, headers={"ETag": '"b"', "Content-Length": "0"})) as stand:
        fetched = fetch("wire", stand.url("/feed"), limits(), headers={"If-None-Match": '"a"'}, accepts={304})
    assert (fetched.status, fetched.headers["etag"], fetched.content) == (304, '"b"', b"")
    assert stand.asked[0]["if-none-match"] == '"a"'


def test_a_refusal_says_its_status_and_headers() -> None:
    with web_stand(feed=Answer(status=429, headers={"Retry-After": "60"})) as stand, pytest.raises(Refused) as caught:
        fetch("wire", stand.url("/feed"), limits())
    assert (caught.value.status, caught.value.headers["retry-after"]) == (429, "60")


def test_a_name_that_resolves_differently_the_second_time_changes_nothing() -> None:
    """The connection goes to the address that was checked; the resolver is asked once."""
    told = iter([["127.0.0.1"], ["10.0.0.1"]])
    with web_stand(feed=Answer(b"x")) as stand:
        changing = replace(limits(hosts=("changing.example",)), resolve=lambda _host, _port: next(told))
        assert fetch("wire", f"http://changing.example:{stand.port}/feed", changing).content == b"x"
    assert next(told) == ["10.0.0.1"]
    assert stand.asked[0]["host"] == f"changing.example:{stand.port}"


def test_a_name_that_resolves_to_us_is_refused() -> None:
    with web_stand(feed=Answer(b"x")) as stand:
        lying = replace(limits(hosts=()), resolve=lambda _host, _port: ["127.0.0.1"])
        with pytest.raises(SourceError, match="in a private network"):
            fetch("wire", f"http://innocent.example:{stand.port}/feed", lying)
        assert stand.asked == []


def test_a_server_that_drips_its_headers_is_left_when_the_time_is_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def drip() -> None:
            line, _ = server.accept()
            with line, suppress(OSError):
                line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not done.wait(0.05):
                    line.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(SourceError, match=r"took longer than 0\.5 s"):
            fetch("wire", f"http://127.0.0.1:{server.getsockname()[1]}/", limits(seconds=0.5))
        done.set()
        thread.join()


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
    refused(Answer(b"x" * 10_000, pause_seconds=0.05), "took longer than 0.5 s", limits(seconds=0.5))


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
