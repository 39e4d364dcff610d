"""When a relay that refuses us is parked, and when an answer is about its reader alone."""

from __future__ import annotations

import pytest

from publisher.model.delivery import DeliveryState
from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason
from publisher.send.refusals import IN_A_ROW, Refusals
from publisher.store import relays, troubles
from publisher.store.database import Store
from tests import smtp_servers
from tests.test_send_deliver import relay_of, send, states
from tests.writers import put_issue_on_its_way

TAKEN = Outcome(verdict=Verdict.SENT, code=250)
GREY = Outcome(verdict=Verdict.LATER, code=450, reason=Reason.GREYLISTED)
DENIED = Outcome(verdict=Verdict.LATER, code=550, reason=Reason.RELAY_DENIED)
QUOTA = Outcome(verdict=Verdict.LATER, code=550, reason=Reason.QUOTA)


def parked(*answers: tuple[str, Outcome]) -> list[bool]:
    refusals = Refusals()
    return [refusals.saw("post", destination, outcome) for destination, outcome in answers]


@pytest.mark.parametrize(
    ("answers", "parks"),
    [
        ([("a", QUOTA)] * 3, True),
        ([("a", QUOTA)] * 2, False),
        ([("a", QUOTA), ("a", TAKEN), ("a", QUOTA), ("a", QUOTA)], False),
        ([("a", QUOTA), ("b", GREY), ("a", QUOTA), ("b", GREY), ("a", QUOTA)], True),
        ([("a", DENIED)] * 20, False),
        ([("a", DENIED), ("b", DENIED), ("a", DENIED), ("c", DENIED)], True),
        ([("a", DENIED), ("b", DENIED), ("c", QUOTA)], True),
        ([("a", GREY)] * 20, False),
    ],
    ids=lambda value: None,
)
def test_a_relay_is_parked_when_it_is_surely_us(answers: list[tuple[str, Outcome]], *, parks: bool) -> None:
    assert parked(*answers) == [False] * (len(answers) - 1) + [parks]


def test_relays_are_counted_apart_and_from_the_beginning_when_one_is_parked() -> None:
    refusals = Refusals()
    assert not refusals.any
    said = [refusals.saw(relay, "a", QUOTA) for relay in ("one", "two", "one", "two", "one")]
    assert said == [False] * 4 + [True]
    assert refusals.any, "two of the other"
    assert [refusals.saw("one", "a", QUOTA) for _ in range(IN_A_ROW)] == [False, False, True]


def test_one_reader_whose_domain_is_not_served_does_not_park_the_relay(store: Store) -> None:
    issue = put_issue_on_its_way(store, 30)

    def answer(verb: str, argument: str, taken: int) -> bytes | None:
        return b"550 relay not permitted" if verb == "RCPT" and "reader7@" in argument else None

    with smtp_servers.Relay(answer=answer) as server:
        send(store, relay_of(server, connections=1))
    assert states(store, issue) == {DeliveryState.SENT: 29, DeliveryState.DEFERRED: 1}
    with store.read() as conn:
        assert troubles.by_reason(conn, issue) == {DeliveryState.DEFERRED: {"relay-denied": 1}}
        (state,) = relays.states(conn).values()
    assert state.parked_since is None


def test_a_relay_whose_quota_is_used_up_is_parked_and_its_letters_wait(store: Store) -> None:
    issue = put_issue_on_its_way(store, 60)

    def answer(verb: str, argument: str, taken: int) -> bytes | None:
        return b"550 5.4.5 Daily user sending limit exceeded" if verb == "RCPT" and taken >= 20 else None

    with smtp_servers.Relay(answer=answer) as server:
        send(store, relay_of(server, connections=1))
    found = states(store, issue)
    assert (found[DeliveryState.SENT], DeliveryState.FAILED in found) == (20, False)
    assert IN_A_ROW <= found[DeliveryState.DEFERRED] < 20, "all others are due"
    with store.read() as conn:
        (state,) = relays.states(conn).values()
    assert "sending limit exceeded" in state.why
