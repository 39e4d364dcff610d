"""Fetching over TLS: whom we believe, and what the server hears before it says anything."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.errors import SourceError
from publisher.fetch.hosts import Hosts
from publisher.fetch.web import Limits, fetch
from tests.web_stand import Answer, Stand, web_stand

TLS = Path(__file__).parent / "cases" / "fetch" / "tls"


def limits(*, trusted: bool = True, seconds: float = 5) -> Limits:
    """For a site whose name leads to loopback; `trusted`: its authority is one that we know."""
    hosts = Hosts(tls=ssl.create_default_context(cafile=TLS / "ca.pem")) if trusted else Hosts()
    return Limits(
        max_bytes=10_000,
        timeout=timedelta(seconds=seconds),
        site_url="https://post.example",
        private_hosts=frozenset({"gazette.example"}),
        hosts=hosts,
        resolve=lambda _host, _port: ["127.0.0.1"],
    )


def there(stand: Stand, path: str = "/feed") -> str:
    return f"https://gazette.example:{stand.port}{path}"


def test_the_name_is_what_is_proved_while_the_connection_goes_to_the_checked_address() -> None:
    with web_stand(TLS / "gazette.pem", feed=Answer(b"<rss/>")) as stand:
        fetched = fetch("wire", there(stand), limits())
    assert (fetched.content, fetched.url) == (b"<rss/>", there(stand))
    assert stand.names == ["gazette.example"]
    assert stand.asked[0]["host"] == f"gazette.example:{stand.port}"


def test_a_redirect_to_tls_is_proved_like_any_other_visit() -> None:
    with web_stand(TLS / "elsewhere.pem", feed=Answer(b"x")) as stand, web_stand() as plain:
        plain.answers["/feed"] = Answer(status=301, headers={"Location": there(stand)})
        with pytest.raises(SourceError, match=r"not valid for 'gazette\.example'"):
            fetch("wire", f"http://gazette.example:{plain.port}/feed", limits())
    assert stand.asked == []


@pytest.mark.parametrize(
    ("certificate", "told"),
    [
        ("elsewhere", "certificate is not valid for 'gazette.example'"),
        ("expired", "certificate has expired"),
        ("self-signed", "self-signed certificate"),
    ],
)
def test_a_server_that_cannot_prove_its_name_is_told_nothing(certificate: str, told: str) -> None:
    with web_stand(TLS / f"{certificate}.pem", feed=Answer(b"x")) as stand:
        with pytest.raises(SourceError, match=told) as caught:
            fetch("wire", there(stand), limits())
        assert stand.asked == []
    assert "\n" not in str(caught.value)
    assert there(stand) in str(caught.value)
    assert "does not prove who it is" in str(caught.value)
    assert "_ssl.c" not in str(caught.value)


def test_an_authority_that_nobody_here_knows_is_not_believed() -> None:
    with web_stand(TLS / "gazette.pem", feed=Answer(b"x")) as stand:
        with pytest.raises(SourceError, match="unable to get local issuer certificate"):
            fetch("wire", there(stand), limits(trusted=False))
        assert stand.asked == []


def test_a_server_without_tls_is_no_answer_to_https() -> None:
    with web_stand(feed=Answer(b"x")) as stand:
        with pytest.raises(SourceError, match=r"gazette\.example"):
            fetch("wire", there(stand), limits())
        assert stand.asked == []


def test_a_drip_over_tls_is_cut_when_the_time_is_over() -> None:
    with (
        web_stand(TLS / "gazette.pem", feed=Answer(b"x" * 500, pause_seconds=0.05)) as stand,
        pytest.raises(SourceError, match=r"took longer than 0\.5 s"),
    ):
        fetch("wire", there(stand), limits(seconds=0.5))
