"""Relays that refuse, from outside: one clear message, no letter lost, none sent twice."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import smtp_servers
from tests.lives import Site, a_site, assert_clear, copy_of
from tests.test_life_serve import serving

READERS = 3


@pytest.fixture(scope="module")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with an issue that waits to be sent."""
    site = a_site(tmp_path_factory.mktemp("life") / "assembled")
    for command in (("subscribers", "import", "readers.csv"), ("collect",), ("assemble",)):
        site.prepare(*command)
    return site


@pytest.fixture
def site(assembled: Site, tmp_path: Path) -> Site:
    return copy_of(assembled, tmp_path / "site")


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port that is taken and where nobody listens."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def name_relay(site: Site, url: str) -> None:
    before = site.config.read_text()
    line = next(line for line in before.splitlines() if line.startswith("url = ") and "gazette.example" not in line)
    site.edit(line, f'url = "{url}"')


def as_told(verb: str, reply: bytes) -> smtp_servers.Answer:
    """Every such command gets this reply."""
    return lambda asked, argument, taken: reply if asked == verb else None


def time_passes(site: Site) -> None:
    """Letters that are to be tried again later are ripe now."""
    site.change("UPDATE deliveries SET next_try = 0 WHERE state = 'deferred'")


def test_a_relay_that_cannot_be_reached_leaves_every_letter_due(site: Site, nobody: int) -> None:
    name_relay(site, f"smtp://127.0.0.1:{nobody}")
    done = site.run("send")
    assert_clear(done, code=1, saying=(f"relay out (smtp://127.0.0.1:{nobody})", "Connection refused", "check its url"))
    assert len(done.err.splitlines()) == 1
    assert "they wait" in done.out
    assert site.states() == {"due": READERS}
    with smtp_servers.Relay() as relay:
        name_relay(site, relay.url())
        site.prepare("send")
        assert len(set(relay.recipients())) == len(relay.recipients()) == READERS


def test_letters_that_wait_for_a_dead_relay_do_not_hold_up_a_stop(site: Site, nobody: int) -> None:
    name_relay(site, f"smtp://127.0.0.1:{nobody}")
    with serving(site) as up:
        up.stop()
    assert site.states() == {"due": READERS}


def test_a_refused_login_is_tried_once_and_no_secret_is_told(site: Site) -> None:
    with smtp_servers.Relay(
        answer=as_told("AUTH", b"535 5.7.8 who are you?"), offer=(*smtp_servers.OFFER, "AUTH PLAIN LOGIN")
    ) as relay:
        name_relay(site, relay.url(user="desk"))
        site.edit("connections = 3", 'connections = 3\npassword = { env = "RELAY_PASSWORD" }')
        missing = site.typed("send")
        assert_clear(missing, code=2, saying=("relays.out.password", "RELAY_PASSWORD is not set"))
        done = site.run("send", RELAY_PASSWORD="the-ninth-lamp")
        assert_clear(done, code=1, saying=(f"localhost:{relay.port}", "535", "who are you?"))
        assert len(done.err.splitlines()) == 1
        assert "the-ninth-lamp" not in done.err + done.out
        assert len([line for line in relay.commands if line.startswith("AUTH")]) == 1, "a refused login locks accounts"
    assert site.states() == {"due": READERS}


def test_where_every_address_is_refused_the_reason_is_told_and_they_can_be_tried_again(site: Site) -> None:
    with smtp_servers.Relay(answer=as_told("RCPT", b"550 5.1.0 we do not know you")) as relay:
        name_relay(site, relay.url())
        done = site.typed("send")
    assert_clear(done, code=1, saying=("3 letters failed", "550 5.1.0", "we do not know you", "issues retry-failed 1"))
    assert len(done.err.splitlines()) == 1
    assert site.states() == {"failed": READERS}
    with smtp_servers.Relay() as relay:
        name_relay(site, relay.url())
        site.prepare("issues", "retry-failed", "1")
        site.prepare("send")
        assert len(relay.letters) == READERS
    assert site.states() == {"sent": READERS}


def test_letters_that_are_put_off_are_sent_later_and_once(site: Site) -> None:
    with smtp_servers.Relay(answer=as_told("RCPT", b"451 4.7.1 come back in a while")) as relay:
        name_relay(site, relay.url())
        done = site.typed("send")
        assert_clear(done, code=0, saying=("3 letters to be tried again", "451 4.7.1", "come back in a while"))
        assert len(done.err.splitlines()) == 1
        assert "next try:" in done.out
        assert site.states() == {"deferred": READERS}
        assert "nothing to send" in site.typed("send").out, "not before its time"
    time_passes(site)
    with smtp_servers.Relay() as relay:
        name_relay(site, relay.url())
        site.prepare("send")
        assert len(relay.letters) == READERS
    assert site.states() == {"sent": READERS}
