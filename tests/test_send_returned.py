"""Relays that end connections early: what came behind another letter goes by the next one, in the same run."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from publisher.store.database import Store
from tests import smtp_servers
from tests.smtp_servers import Answer, Fault
from tests.test_send_relays import relay_at, send
from tests.writers import put_issue_on_its_way

LETTERS = 30
CLOSING = b"421 4.7.0 that is enough for one connection"
CHUNKS = ("PIPELINING", "CHUNKING")


def ending_after(letters: int, how: Fault | bytes) -> Answer:
    """At the MAIL after so many letters of a connection; each has a thread of its own."""
    here = threading.local()

    def answer(verb: str, argument: str, taken: int) -> Fault | bytes | None:
        if verb == "GREETING":
            here.letters = 0
        if verb in ("END", "BDAT"):
            here.letters += 1
        return how if verb == "MAIL" and here.letters >= letters else None

    return answer


@pytest.mark.parametrize("letters", [1, 4])
@pytest.mark.parametrize(
    ("offer", "how"),
    [
        (("PIPELINING",), Fault.CUT),
        (("PIPELINING",), CLOSING),
        ((), Fault.CUT),
        ((), CLOSING),
        (CHUNKS, CLOSING),
    ],
    ids=["cut", "421", "step by step, cut", "step by step, 421", "by chunks, 421"],
)
def test_a_relay_that_ends_each_connection_early_gets_all_letters_at_its_pace(
    sqlite_store: Store, offer: tuple[str, ...], how: Fault | bytes, letters: int
) -> None:
    put_issue_on_its_way(sqlite_store, LETTERS)
    with smtp_servers.Relay(answer=ending_after(letters, how), offer=offer) as server:
        report = send(sqlite_store, relay_at(server, "short", connections=3))
    assert (report.sent, report.deferred, report.in_doubt, report.problem) == (LETTERS, 0, 0, "")
    assert max(Counter(server.recipients()).values()) == 1


def test_what_a_second_connection_does_not_take_either_waits_as_after_any_failure(sqlite_store: Store) -> None:
    """A letter that ends every connection is tried by two of them, and the others all go."""
    put_issue_on_its_way(sqlite_store, LETTERS)
    seen: list[str] = []

    def answer(verb: str, argument: str, taken: int) -> Fault | None:
        if verb != "RCPT" or "reader7@" not in argument:
            return None
        seen.append(argument)
        return Fault.CUT

    with smtp_servers.Relay(answer=answer) as server:
        report = send(sqlite_store, relay_at(server, "fragile", connections=1))
    assert (report.sent, report.deferred) == (LETTERS - 1, 1)
    assert 1 <= len(seen) <= 2


def test_a_run_that_is_stopped_meanwhile_gives_them_back(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, LETTERS)
    with smtp_servers.Relay(answer=ending_after(1, CLOSING)) as server:
        relay = relay_at(server, "short", connections=2)
        first = send(sqlite_store, relay, stop=lambda: len(server.letters) >= 10)
        assert first.deferred == 0
        assert first.stopped
        assert send(sqlite_store, relay).sent == LETTERS - first.sent
    assert max(Counter(server.recipients()).values()) == 1
