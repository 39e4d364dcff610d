"""Sending to a real server on loopback, which has to be allowed first."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep

import pytest

from publisher.errors import SourceError
from publisher.fetch.hosts import Hosts
from publisher.fetch.post import FORM, LARGEST_ANSWER, post
from publisher.fetch.web import Limits


@dataclass
class Receiver:
    """A server that takes what is posted, and answers by what it was told to say."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    pause_seconds: float = 0.0  # before it answers
    port: int = 0
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def receiver(**says: object) -> Iterator[Receiver]:
    stand = Receiver(**says)
    counting = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with counting:
                stand.at_once += 1
                stand.most_at_once = max(stand.most_at_once, stand.at_once)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stand.came.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            sleep(stand.pause_seconds)
            with counting:
                stand.at_once -= 1
            try:
                self.send_response(stand.status)
                for name, value in {"Content-Length": str(len(stand.content)), **stand.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(stand.content)
            except OSError:
                self.close_connection = True  # the guest has left

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stand.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield stand
        finally:
            server.shutdown()
            thread.join()


def limits(*, hosts: tuple[str, ...] = ("127.0.0.1",), seconds: float = 5) -> Limits:
    return Limits(
        max_bytes=10_000,
        timeout=timedelta(seconds=seconds),
        site_url="https://post.example",
        private_hosts=frozenset(hosts),
    )


def test_a_form_is_posted_by_a_guest_who_says_who_it_is() -> None:
    with receiver(status=202, content=b"we will see") as there:
        posted = post("wire", there.url, limits(), body=b"hub.mode=subscribe")
    assert (posted.status, posted.is_success, posted.content) == (202, True, b"we will see")
    ((path, headers, body),) = there.came
    assert (path, headers["content-type"], body) == ("/hook", FORM, b"hub.mode=subscribe")
    assert headers["user-agent"].startswith("publisher/")
    assert headers["host"] == f"127.0.0.1:{there.port}"


def test_a_document_goes_under_its_own_type_and_an_empty_one_has_a_length() -> None:
    with receiver() as there:
        post("wire", there.url, limits(), body=b"<feed/>", headers={"Content-Type": "application/atom+xml"})
        post("wire", there.url, limits(), body=b"")
    assert [headers["content-type"] for _, headers, _ in there.came] == ["application/atom+xml", FORM]
    assert there.came[1][1]["content-length"] == "0"


@pytest.mark.parametrize("status", [301, 307, 400, 404, 410, 429, 500, 503])
def test_every_status_is_an_answer_and_no_redirect_is_followed(status: int) -> None:
    with receiver(status=status, headers={"Location": "/elsewhere", "Retry-After": "60"}) as there:
        posted = post("wire", there.url, limits(), body=b"x")
    assert (posted.status, posted.is_success) == (status, False)
    assert (posted.headers["location"], posted.headers["retry-after"]) == ("/elsewhere", "60")
    assert len(there.came) == 1


def test_of_a_long_answer_the_beginning_is_kept() -> None:
    with receiver(content=b"a" * (LARGEST_ANSWER * 4)) as there:
        assert post("wire", there.url, limits(), body=b"x").content == b"a" * LARGEST_ANSWER


def test_a_packed_answer_is_unpacked_and_a_bomb_does_not_go_off() -> None:
    with receiver(content=gzip.compress(b"no such topic"), headers={"Content-Encoding": "gzip"}) as there:
        assert post("wire", there.url, limits(), body=b"x").content == b"no such topic"
        there.content = gzip.compress(bytes(50_000_000))
        assert len(post("wire", there.url, limits(), body=b"x").content) <= LARGEST_ANSWER
        there.content = b"not packed at all"
        assert post("wire", there.url, limits(), body=b"x").status == 200


def test_who_does_not_answer_in_time_is_left() -> None:
    with receiver(pause_seconds=2) as there:
        with pytest.raises(SourceError, match=r"took longer than 0\.3 s|in time"):
            post("wire", there.url, limits(seconds=0.3), body=b"x")
        assert there.at_once == 1, "it has not answered yet"


def test_loopback_and_names_that_lead_to_it_are_refused_before_a_byte_is_sent() -> None:
    with receiver() as there:
        with pytest.raises(SourceError, match="in a private network"):
            post("wire", there.url, limits(hosts=()), body=b"x")
        lying = replace(limits(hosts=()), resolve=lambda _host, _port: ["127.0.0.1"])
        with pytest.raises(SourceError, match="in a private network"):
            post("wire", f"http://innocent.example:{there.port}/hook", lying, body=b"x")
    assert there.came == []


def test_a_name_that_resolves_differently_the_second_time_changes_nothing() -> None:
    told = iter([["127.0.0.1"], ["10.0.0.1"]])
    with receiver() as there:
        changing = replace(limits(hosts=("changing.example",)), resolve=lambda _host, _port: next(told))
        assert post("wire", f"http://changing.example:{there.port}/hook", changing, body=b"x").is_success
    assert next(told) == ["10.0.0.1"]
    assert there.came[0][1]["host"] == f"changing.example:{there.port}"


@pytest.mark.parametrize("url", ["ftp://post.example/", "http://", "http://[::1", "http://post.example:99999/", "/hub"])
def test_what_is_no_address_of_the_web_is_told(url: str) -> None:
    with pytest.raises(SourceError, match=r"no address|only http://"):
        post("wire", url, limits(), body=b"x")


@pytest.mark.parametrize(("at_once", "most"), [(1, 1), (3, 3)])
def test_a_host_is_asked_as_many_things_at_once_as_was_said(at_once: int, most: int) -> None:
    with receiver(pause_seconds=0.1) as there:
        shared = replace(limits(), hosts=Hosts(at_once=at_once))
        threads = [
            threading.Thread(target=post, args=("wire", there.url, shared), kwargs={"body": b"x"}) for _ in "123456"
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(there.came) == 6
    assert there.most_at_once <= most
    assert at_once == 1 or there.most_at_once > 1
