"""Domains that block us: many answers, and half of all or more, are a decision about us."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from publisher.model.delivery import DeliveryState
from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason
from publisher.send.blocks import LEAST, MOST_DOMAINS, WINDOW, Blocked, Blocks
from publisher.send.report import Stop
from publisher.send.wellbeing import Limits
from publisher.store import destinations, schema
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.test_send_deliver import relay_of, send, states
from tests.writers import move_readers, put_issue_on_its_way

SENT = Outcome(verdict=Verdict.SENT, code=250)
GONE = Outcome(verdict=Verdict.NEVER, code=550, text="no such user", reason=Reason.USER_UNKNOWN)
BUSY = Outcome(verdict=Verdict.LATER, code=451, text="try again later", reason=Reason.BUSY)
BROKEN = Outcome(verdict=Verdict.LATER, text="the connection broke")
SPAM, NAME, LISTED = (
    Outcome(verdict=Verdict.LATER, code=550, enhanced="5.7.1", text="blocked", reason=reason)
    for reason in (Reason.SPAM, Reason.REPUTATION, Reason.POLICY)
)


def said(blocks: Blocks, *outcomes: Outcome, domain: str = "north.example") -> list[bool]:
    return [blocks.saw(domain, outcome) for outcome in outcomes]


@pytest.mark.parametrize(
    ("outcomes", "pauses"),
    [
        ([SPAM] * (LEAST - 1), False),
        ([SPAM] * LEAST, True),
        ([SPAM, NAME, LISTED] * 4, True),
        ([SENT] * 1000 + [SPAM] * LEAST, True),
        ([SENT, SPAM] * LEAST, True),
        ([GONE, SPAM] * LEAST, True),
        ([SENT, SENT, SPAM] * 100, False),
        ([SPAM] * (LEAST - 1) + [SENT] * WINDOW + [SPAM] * (LEAST - 1), False),
        ([SPAM, BUSY, BROKEN] * (LEAST - 1) + [BUSY] * 50, False),
        ([SPAM, BUSY, BROKEN] * LEAST, True),
        ([BUSY] * 100, False),
        ([GONE] * 100, False),
    ],
    ids=lambda value: None,
)
def test_a_domain_that_blocks_many_letters_and_half_of_all_should_pause(
    outcomes: list[Outcome], *, pauses: bool
) -> None:
    assert any(said(Blocks(), *outcomes)) is pauses


def test_after_that_it_begins_anew() -> None:
    assert said(Blocks(), *[SPAM] * 2 * LEAST) == ([False] * (LEAST - 1) + [True]) * 2


def test_one_domain_is_not_held_against_another() -> None:
    blocks = Blocks()
    for number in range(LEAST - 1):
        assert not any(said(blocks, SPAM, domain=f"d{each}.example")[0] for each in range(3)), number
    assert said(blocks, SPAM, domain="d1.example") == [True]


def test_who_takes_letters_again_is_not_watched_any_more() -> None:
    blocks = Blocks()
    said(blocks, *[SPAM] * 3)
    assert blocks.any
    said(blocks, *[SENT] * WINDOW)
    assert not blocks.any


def test_of_domains_that_are_watched_there_are_not_too_many() -> None:
    blocks = Blocks()
    for number in range(MOST_DOMAINS):
        blocks.saw(f"d{number}.example", SPAM)
    assert not any(said(blocks, *[SPAM] * WINDOW))
    said(blocks, *[SENT] * WINDOW, domain="d0.example")
    assert said(blocks, *[SPAM] * LEAST)[-1]


OUTCOMES = st.lists(st.sampled_from([SENT, GONE, BUSY, BROKEN, SPAM, NAME]), max_size=4 * WINDOW)


@settings(deadline=None)
@given(OUTCOMES)
def test_it_is_said_with_a_block_only_and_never_of_fewer_than_are_many(outcomes: list[Outcome]) -> None:
    since = 0
    for outcome, pauses in zip(outcomes, said(Blocks(), *outcomes), strict=True):
        is_block = outcome in (SPAM, NAME)
        since += is_block
        if pauses:
            assert is_block
            assert since >= LEAST
            since = 0


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_what_a_domain_was_paused_for_is_not_counted_again(letters: int, blocked: int, more: int, new: int) -> None:
    known = Blocked(letters=letters + blocked, blocked=blocked)
    now = Blocked(letters=known.letters + more + new, blocked=blocked + new)
    assert now.without(known) == Blocked(letters=more + new, blocked=new)
    assert not known.without(known).is_a_decision


# With the ledger and a relay.


def blocking(domain: str, until: Callable[[], bool] = lambda: False) -> smtp_servers.Answer:
    def answer(verb: str, argument: str, taken: int) -> bytes | None:
        is_meant = verb == "RCPT" and f"@{domain}>" in argument.lower() and not until()
        return b"550 5.7.1 Our system takes this for spam" if is_meant else None

    return answer


def test_a_domain_that_blocks_us_is_left_alone_the_others_get_their_letters_and_no_reader_has_failed(
    sqlite_store: Store,
) -> None:
    issue = put_issue_on_its_way(sqlite_store, 120)
    with sqlite_store.write() as conn:
        move_readers(conn, "south.example", every=3)
    moment, begun = [NOW], time.monotonic()

    def clock() -> datetime:
        return moment[0] + 20 * timedelta(seconds=time.monotonic() - begun)

    with smtp_servers.Relay(answer=blocking("south.example", lambda: moment[0] > NOW)) as server:
        relay = relay_of(server, connections=2)
        report = send(sqlite_store, relay, limits=Limits(blamed=200), clock=clock)
        (held,) = report.held_up
        assert (held.stop, held.name) == (Stop.PAUSED, "south.example")
        assert "takes this for spam" in held.why
        found = states(sqlite_store, issue)
        assert found[DeliveryState.SENT] == 80
        assert LEAST <= found[DeliveryState.DEFERRED] <= LEAST + 4, "what was on the wire is settled, and no more"
        assert found[DeliveryState.DEFERRED] + found[DeliveryState.DUE] == 40
        assert report.paused == ()
        for minutes in range(10, 90, 10):
            moment[0] = NOW + timedelta(minutes=minutes)
            send(sqlite_store, relay, clock=clock)
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 120}
    assert len(server.recipients()) == len(set(server.recipients())) == 120
    with sqlite_store.read() as conn:
        assert destinations.paused(conn) == {}
        assert not conn.execute(select(schema.standings.c.subscriber)).all()
