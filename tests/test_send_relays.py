"""Several relays and several senders: who carries what, who stands in for whom, and limits that hold exactly."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from publisher.model.delivery import DeliveryState
from publisher.model.limit import Limit
from publisher.send.hours import Hours
from publisher.send.presence import present
from publisher.send.relay import Relay, read_relay
from publisher.send.report import SendReport
from publisher.send.route import Destination, Route
from publisher.store import claims, destinations, entries, ledger, relays, schema
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.sending import send_by, senders_of
from tests.smtp_servers import Fault
from tests.test_send_deliver import CONTEXT, states
from tests.writers import put_issue_on_its_way


def relay_at(server: smtp_servers.Relay, name: str, **more: int) -> Relay:
    return read_relay(server.url(), name=name, timeout=timedelta(seconds=5), **more)


def send(store: Store, *routes: Relay | Route, **more: object) -> SendReport:
    return send_by(store, *routes, context=CONTEXT, **more)


def carried(store: Store) -> dict[str, int]:
    """How many letters each relay took, by the ledger."""
    with store.read() as conn:
        names = {state.id: name for name, state in relays.states(conn).items()}
        rows = conn.execute(schema.deliveries.select()).mappings().all()
    return Counter(names[row["relay"]] for row in rows if row["state"] == DeliveryState.SENT)


def test_letters_are_shared_by_weight(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 200)
    with smtp_servers.Relay() as one, smtp_servers.Relay() as other:
        report = send(
            sqlite_store,
            Route(relay=relay_at(one, "one", connections=4), weight=3),
            Route(relay=relay_at(other, "other", connections=4), weight=1),
        )
    assert (report.sent, report.problem) == (200, "")
    assert len(one.letters) + len(other.letters) == 200
    assert carried(sqlite_store) == {"one": len(one.letters), "other": len(other.letters)}
    assert 120 <= len(one.letters) <= 180


def test_when_a_relay_dies_the_other_takes_what_is_left(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 120)

    def die(verb: str, argument: str, taken: int) -> Fault | None:
        return Fault.CUT if taken >= 20 else None

    with smtp_servers.Relay(answer=die) as dying, smtp_servers.Relay() as living:
        routes = [Route(relay=relay_at(dying, "dying")), Route(relay=relay_at(living, "living"))]
        first = send(sqlite_store, *routes)
        again = send(sqlite_store, *routes, clock=lambda: NOW + timedelta(minutes=2))
    assert first.problem == "", "there was a relay for everything"
    assert any("dying" in trouble for trouble in first.troubles)
    got = Counter([*dying.recipients(), *living.recipients()])
    assert set(got.values()) == {1}, "nobody twice"
    assert (
        first.sent + again.sent
        == states(sqlite_store, issue)[DeliveryState.SENT]
        == 120 - len(doubtful(sqlite_store, issue))
    )
    assert len(got) >= 120 - len(doubtful(sqlite_store, issue))


def doubtful(store: Store, issue: int) -> list[entries.Entry]:
    with store.read() as conn:
        return entries.of(conn, issue, [DeliveryState.IN_DOUBT], limit=99)


def test_a_relay_that_refuses_our_login_is_parked_and_the_other_goes_on(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 30)

    def refuse_login(verb: str, argument: str, taken: int) -> bytes | None:
        return b"535 5.7.8 bad credentials" if verb == "AUTH" else None

    with smtp_servers.Relay(answer=refuse_login, offer=("AUTH PLAIN",)) as strict, smtp_servers.Relay() as open_:
        bad = read_relay(strict.url(user="desk"), name="strict", password="wrong")
        routes = [Route(relay=bad, digest="a"), Route(relay=relay_at(open_, "open"))]
        report = send(sqlite_store, *routes)
        with sqlite_store.read() as conn:
            state = relays.states(conn)["strict"]
        assert state.parked_until == NOW + timedelta(minutes=30)
        assert "bad credentials" in state.why
    assert (report.sent, report.problem) == (30, "")
    assert len(open_.letters) == 30


def test_a_parked_relay_is_a_problem_where_letters_need_it_or_none_is_left(sqlite_store: Store) -> None:
    with smtp_servers.Relay() as server:
        routes = [Route(relay=relay_at(server, name)) for name in ("one", "two")]
        for name, problem in (("one", False), ("two", True)):
            with sqlite_store.write() as conn:
                relays.park(conn, name, why="by hand", until=None, now=NOW)
            report = send(sqlite_store, *routes)
            assert bool(report.problem) is problem, "nothing is to be sent"
            assert any(f"relay {name} " in trouble for trouble in report.troubles)


def test_a_parked_relay_alone_keeps_letters_waiting_until_config_says_something_else(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 10)
    with sqlite_store.write() as conn:
        relays.ids_of(conn, ["one"])
    with smtp_servers.Relay() as server:
        route = Route(relay=relay_at(server, "one"), digest="as it was")
        assert send(sqlite_store, route, stop=lambda: True).sent == 0
        with sqlite_store.write() as conn:
            relays.park(conn, "one", why="the account is barred", until=NOW + timedelta(minutes=30), now=NOW)
        waiting = send(sqlite_store, route)
        assert (waiting.sent, states(sqlite_store, issue)) == (0, {DeliveryState.DUE: 10})
        assert "relay one (smtp://" in waiting.problem
        assert "is parked until" in waiting.problem
        assert "the account is barred" in waiting.problem
        assert waiting.next_try == NOW + timedelta(minutes=30)
        assert server.letters == []
        assert send(sqlite_store, replace(route, digest="a new password")).sent == 10


def test_what_nobody_else_can_carry_goes_by_the_relay_that_stands_by(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 40)
    with smtp_servers.Relay() as main, smtp_servers.Relay() as spare:
        limited = Route(relay=relay_at(main, "main"), limits=(Limit(letters=25, seconds=86400),))
        report = send(sqlite_store, limited, Route(relay=relay_at(spare, "spare"), weight=0))
    assert report.sent == 40
    assert (len(main.letters), len(spare.letters)) == (25, 15)


def test_a_relay_carries_the_newsletters_that_it_is_for(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 20)
    with smtp_servers.Relay() as ours, smtp_servers.Relay() as others:
        report = send(
            sqlite_store,
            Route(relay=relay_at(others, "others"), newsletters=frozenset({"evening"})),
            Route(relay=relay_at(ours, "ours"), from_domains=frozenset({"courier.example"})),
        )
    assert (report.sent, len(ours.letters), others.letters) == (20, 20, [])


def test_outside_its_hours_a_relay_is_given_nothing(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 5)
    opens = (NOW + timedelta(hours=2)).astimezone(UTC)
    hours = Hours(opens=opens.time(), closes=(opens + timedelta(hours=1)).time())
    with smtp_servers.Relay() as server:
        route = Route(relay=relay_at(server, "one"), hours=hours)
        early = send(sqlite_store, route)
        assert (early.sent, early.next_try) == (0, opens)
        assert states(sqlite_store, issue) == {DeliveryState.DUE: 5}
        assert server.letters == []
        assert send(sqlite_store, route, clock=lambda: opens + timedelta(minutes=1)).sent == 5


def test_a_domain_that_puts_everything_off_is_left_alone_and_then_tried(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 300)
    asked: list[float] = []
    moment = [NOW]
    begun = time.monotonic()

    def clock() -> datetime:
        return moment[0] + 20 * timedelta(seconds=time.monotonic() - begun)

    def busy(verb: str, argument: str, taken: int) -> bytes | None:
        if verb == "RCPT":
            asked.append(1)
            return b"451 4.7.1 try again later" if clock() < NOW + timedelta(minutes=4) else None
        return None

    with smtp_servers.Relay(answer=busy) as server:
        relay = relay_at(server, "one", connections=2)
        send(sqlite_store, relay, clock=clock)
        assert 20 <= len(asked) <= 20 + 4
        with sqlite_store.read() as conn:
            (paused,) = destinations.paused(conn).values()
        assert (paused.domain, paused.paused_until) == ("readers.example", paused.paused_since + timedelta(minutes=5))
        assert "try again later" in paused.why
        assert states(sqlite_store, issue)[DeliveryState.DUE] >= 270
        for minutes in range(6, 90, 7):
            moment[0] = NOW + timedelta(minutes=minutes)
            send(sqlite_store, relay, clock=clock)
        with sqlite_store.read() as conn:
            assert destinations.paused(conn) == {}
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 300}
    assert set(Counter(server.recipients()).values()) == {1}


@pytest.mark.parametrize("what", ["relay", "destination"])
def test_two_senders_never_exceed_a_limit_in_any_window(sqlite_store: Store, what: str) -> None:
    put_issue_on_its_way(sqlite_store, 60)
    times: list[float] = []
    limit = (Limit(letters=20, seconds=1),)

    def note(verb: str, argument: str, taken: int) -> None:
        if verb == "MAIL":
            times.append(time.monotonic())

    reports: list[SendReport] = []
    with smtp_servers.Relay(answer=note) as server:

        def one_sender() -> None:
            relay = relay_at(server, "one", connections=4)
            route = Route(relay=relay, limits=limit if what == "relay" else ())
            places = [Destination(name="readers.example", domains=frozenset({"readers.example"}), limits=limit)]
            reports.append(
                send(
                    sqlite_store,
                    route,
                    destinations=places if what == "destination" else [],
                    clock=lambda: datetime.now(UTC),
                )
            )

        with sqlite_store.write() as conn:  # its lifetime ended long ago
            conn.execute(schema.issues.update().values(expires=datetime.now(UTC) + timedelta(hours=1)))
        threads = [threading.Thread(target=one_sender) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(report.sent for report in reports) == 60
    assert set(Counter(server.recipients()).values()) == {1}
    times.sort()
    windows = [sum(begin <= other < begin + 1 for other in times) for begin in times]
    assert max(windows) <= 20
    assert times[-1] - times[0] >= 2, "sixty letters at twenty a second"


def test_a_sender_that_died_leaves_its_letters_to_the_one_that_lives(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 12)
    with present(sqlite_store, senders_of(sqlite_store), clock=lambda: NOW) as other:
        with sqlite_store.write() as conn:
            chunk = claims.claim(conn, other.id, limit=8, now=NOW)
            ledger.mark_sending(conn, other.id, [one.id for one in chunk.claimed[:3]], now=NOW)
        with smtp_servers.Relay() as server:
            beside = send(sqlite_store, relay_at(server, "one", connections=4))
            assert (beside.sent, beside.found_in_doubt) == (4, 0), "what another one holds is not touched"
            assert states(sqlite_store, issue)[DeliveryState.CLAIMED] == 5
    with smtp_servers.Relay() as server:
        after = send(sqlite_store, relay_at(server, "one", connections=4))
    assert (after.sent, after.found_in_doubt) == (5, 3)
