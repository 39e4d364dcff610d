"""Sending an issue whole: the ledger on one side, a real relay on the other."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import QueuePool, event, update

from publisher.errors import StorageError
from publisher.mail.wire import LetterHead
from publisher.model.delivery import Delivery, DeliveryState
from publisher.model.issue import Issue, IssueState
from publisher.model.outcome import Outcome
from publisher.model.subscriber import Cadence
from publisher.send.catcher import Catcher
from publisher.send.parcels import Context
from publisher.send.relay import Relay, read_relay
from publisher.send.report import SendReport
from publisher.store import entries, issues, ledger, schema, subscribers
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.sending import send_by
from tests.smtp_servers import Fault
from tests.writers import put_issue_on_its_way, put_readers


def head_of(issue: Issue) -> LetterHead:
    return LetterHead(
        from_name="The Harbour Courier",
        from_address="courier@courier.example",
        list_name="Morning",
        list_id="morning.courier.example",
        date=issue.due,
        mail_domain="courier.example",
    )


CONTEXT = Context(
    keys=(b"k" * 32,), site_url="https://courier.example", bounce_domain="bounce.courier.example", head_of=head_of
)


def relay_of(server: smtp_servers.Relay, **wishes: int) -> Relay:
    return read_relay(server.url(), name="test", timeout=timedelta(seconds=5), **wishes)


def send(store: Store, relay: Relay, stop: Callable[[], bool] = lambda: False, **more: object) -> SendReport:
    return send_by(store, relay, context=CONTEXT, stop=stop, **more)


def states(store: Store, issue: int) -> dict[DeliveryState, int]:
    with store.read() as conn:
        return ledger.counts(conn, issue)


def test_every_reader_gets_one_letter_and_the_issue_is_finished(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 60)
    with smtp_servers.Relay() as server:
        report = send(sqlite_store, relay_of(server))
    assert (report.sent, report.problem, report.finished) == (60, "", (issue,))
    assert Counter(server.recipients()) == Counter(f"reader{number}@readers.example" for number in range(60))
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 60}
    with sqlite_store.read() as conn:
        assert issues.get_issue(conn, issue).state is IssueState.SENT


def test_a_file_is_asked_in_the_event_loop_a_server_never_and_a_run_gives_its_connection_back(store: Store) -> None:
    put_issue_on_its_way(store, 200)
    threads: Counter[str] = Counter()

    def begun(_: object) -> None:
        threads[threading.current_thread().name] += 1

    event.listen(store._engine, "begin", begun)
    try:
        with smtp_servers.Relay() as server:
            assert send(store, relay_of(server)).sent == 200
    finally:
        event.remove(store._engine, "begin", begun)
    assert threads["ledger"]
    assert bool(threads[threading.current_thread().name]) is store.is_file
    assert cast(QueuePool, store._engine.pool).checkedout() == 0


def test_each_letter_names_its_delivery_in_envelope_and_header(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 2)
    with smtp_servers.Relay() as server:
        send(sqlite_store, relay_of(server))
    for letter in server.letters:
        token = letter.mail.partition("b+")[2].partition("@")[0]
        assert f"FROM:<b+{token}@bounce.courier.example>" in letter.mail
        assert f"ENVID={token}" in letter.mail
        assert f"Message-ID: <{token}@courier.example>\r\n".encode() in letter.body
        assert b"List-Unsubscribe: <https://courier.example/unsubscribe/" in letter.body
    assert len({letter.mail for letter in server.letters}) == 2


def test_sending_again_sends_nothing(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 5)
    with smtp_servers.Relay() as server:
        send(sqlite_store, relay_of(server))
        again = send(sqlite_store, relay_of(server))
    assert len(server.letters) == 5
    assert again == SendReport()


@pytest.mark.parametrize("offer", [smtp_servers.OFFER, (), None], ids=["pipelining", "bare EHLO", "HELO"])
def test_relays_old_and_new_get_all_letters(sqlite_store: Store, offer: tuple[str, ...] | None) -> None:
    issue = put_issue_on_its_way(sqlite_store, 25)
    with smtp_servers.Relay(offer=offer) as server:
        assert send(sqlite_store, relay_of(server, connections=2)).sent == 25
    assert len(set(server.recipients())) == 25
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 25}


def refuse(recipient: str, reply: bytes) -> smtp_servers.Answer:
    return lambda verb, argument, taken: reply if verb == "RCPT" and recipient in argument else None


@pytest.mark.parametrize("offer", [smtp_servers.OFFER, ()], ids=["pipelining", "step by step"])
@pytest.mark.parametrize("naive", [True, False], ids=["354 all the same", "554 to DATA"])
def test_a_refused_reader_fails_alone(sqlite_store: Store, offer: tuple[str, ...], naive: bool) -> None:
    issue = put_issue_on_its_way(sqlite_store, 12)
    answer = refuse("reader7@", b"550 5.1.1 no such user")
    with smtp_servers.Relay(answer=answer, offer=offer, naive_data=naive) as server:
        report = send(sqlite_store, relay_of(server, connections=1))
    assert (report.sent, report.failed, report.problem) == (11, 1, "")
    assert "reader7@readers.example" not in server.recipients()
    with sqlite_store.read() as conn:
        (failed,) = entries.of(conn, issue, [DeliveryState.FAILED], limit=9)
    assert (failed.email, failed.code, failed.enhanced) == ("reader7@readers.example", 550, "5.1.1")
    assert failed.reply == "no such user"


def test_a_greylisted_reader_is_tried_again_when_it_is_time(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 3)
    seen: Counter[str] = Counter()

    def greylist(verb: str, argument: str, taken: int) -> bytes | None:
        seen[argument] += verb == "RCPT"
        return b"450 4.2.0 greylisted" if verb == "RCPT" and seen[argument] == 1 else None

    with smtp_servers.Relay(answer=greylist) as server:
        first = send(sqlite_store, relay_of(server))
        assert (first.sent, first.deferred, first.problem) == (0, 3, "")
        assert first.next_try is not None
        assert NOW + timedelta(seconds=30) <= first.next_try <= NOW + timedelta(seconds=60)
        assert send(sqlite_store, relay_of(server)).sent == 0, "not before its time"
        later = send(sqlite_store, relay_of(server), clock=lambda: NOW + timedelta(seconds=61))
        assert (later.sent, later.finished) == (3, (issue,))


def test_a_letter_that_grew_too_old_has_failed_with_the_last_reply(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 1)
    later = NOW + timedelta(hours=23, minutes=59, seconds=50)
    with smtp_servers.Relay(answer=refuse("reader0@", b"450 4.2.1 mailbox busy")) as server:
        assert send(sqlite_store, relay_of(server)).deferred == 1
        send(sqlite_store, relay_of(server), clock=lambda: later)
    with sqlite_store.read() as conn:
        (failed,) = entries.of(conn, issue, [DeliveryState.FAILED], limit=9)
        assert (failed.reply, failed.attempts) == ("mailbox busy", 2)
        assert issues.get_issue(conn, issue).state is IssueState.SENT


def test_an_issue_that_expired_while_nobody_sent_is_not_sent(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 4)
    with smtp_servers.Relay() as server:
        report = send(sqlite_store, relay_of(server), clock=lambda: NOW + timedelta(days=2))
    assert (report.expired, report.sent, server.letters) == (4, 0, [])


def test_who_left_after_the_issue_was_frozen_gets_nothing(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 4)
    with sqlite_store.write() as conn:
        leaver = entries.of(conn, issue, [DeliveryState.DUE], limit=9)[1]
        assert leaver.email == "reader1@readers.example"
        assert subscribers.leave(conn, 2, now=NOW, how="a test")
    with smtp_servers.Relay() as server:
        report = send(sqlite_store, relay_of(server))
    assert (report.sent, report.skipped) == (3, 1)
    assert "reader1@readers.example" not in server.recipients()
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 3, DeliveryState.SKIPPED: 1}


# A relay in trouble.


def nobody_listens() -> Relay:
    with smtp_servers.Relay() as server:
        return relay_of(server)


def test_a_relay_that_is_down_leaves_every_letter_due(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 5)
    report = send(sqlite_store, nobody_listens())
    assert "it cannot be reached" in report.problem
    assert "relay test (smtp://localhost:" in report.problem
    assert report.next_try == NOW + timedelta(minutes=1)
    assert states(sqlite_store, issue) == {DeliveryState.DUE: 5}


def test_a_refused_login_is_tried_once_and_told(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 5)

    def refuse_login(verb: str, argument: str, taken: int) -> bytes | None:
        return b"535 5.7.8 bad credentials" if verb == "AUTH" else None

    with smtp_servers.Relay(answer=refuse_login, offer=("AUTH PLAIN",)) as server:
        relay = read_relay(server.url(user="desk"), name="test", password="wrong-secret")
        report = send(sqlite_store, relay)
    assert "refuses the login of 'desk'" in report.problem
    assert "wrong-secret" not in report.problem
    assert server.connections == 1
    assert states(sqlite_store, issue) == {DeliveryState.DUE: 5}


def test_a_relay_that_refuses_our_return_address_costs_no_reader(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 20)

    def refuse_us(verb: str, argument: str, taken: int) -> bytes | None:
        return b"553 5.7.1 not your address" if verb == "MAIL" else None

    with smtp_servers.Relay(answer=refuse_us) as server:
        report = send(sqlite_store, relay_of(server, connections=2))
    assert "refuses our return address: 553 5.7.1 not your address" in report.problem
    assert set(states(sqlite_store, issue)) <= {DeliveryState.DUE, DeliveryState.DEFERRED}
    assert sum(states(sqlite_store, issue).values()) == 20


def test_a_relay_that_closes_after_every_few_letters_is_no_problem(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 40)

    closed: set[int] = set()

    def close_often(verb: str, argument: str, taken: int) -> bytes | None:
        if verb != "MAIL" or taken % 5 != 4 or taken > 20 or taken in closed:
            return None
        closed.add(taken)
        return b"421 4.7.0 enough for now"

    with smtp_servers.Relay(answer=close_often) as server:
        first = send(sqlite_store, relay_of(server, connections=2))
        report = send(sqlite_store, relay_of(server), clock=lambda: NOW + timedelta(minutes=2))
    assert first.problem == ""
    assert report.problem == ""
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 40}
    assert len(set(server.recipients())) == len(server.recipients()) == 40


def test_a_relay_that_wants_few_connections_gets_few(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 30)
    server = smtp_servers.Relay()

    def only_two(verb: str, argument: str, taken: int) -> bytes | None:
        return b"421 4.7.0 too many connections" if verb == "GREETING" and server.most_open > 2 else None

    server.answer = only_two
    with server:
        report = send(sqlite_store, relay_of(server, connections=6))
    assert (report.sent, report.problem) == (30, "")


def test_connections_are_made_anew_after_so_many_letters(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 30)
    with smtp_servers.Relay() as server:
        assert send(sqlite_store, relay_of(server, connections=2, per_connection=5)).sent == 30
    assert server.connections >= 6
    assert server.commands.count("QUIT") >= 6


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET])
def test_a_cut_after_the_dot_is_in_doubt_and_never_sent_again(sqlite_store: Store, fault: Fault) -> None:
    issue = put_issue_on_its_way(sqlite_store, 20)

    def cut(verb: str, argument: str, taken: int) -> Fault | None:
        return fault if verb == "END" and taken in (3, 9) else None

    with smtp_servers.Relay(answer=cut) as server:
        report = send(sqlite_store, relay_of(server, connections=1))
        assert report.in_doubt == 2
        send(sqlite_store, relay_of(server), clock=lambda: NOW + timedelta(minutes=2))
    after = states(sqlite_store, issue)
    assert after == {DeliveryState.SENT: 18, DeliveryState.IN_DOUBT: 2}
    assert len(server.recipients()) == len(set(server.recipients())) == 20, "taken before the cut, and not sent again"


def test_a_silent_relay_does_not_hold_the_run_for_ever(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 2)

    def silent(verb: str, argument: str, taken: int) -> Fault | None:
        return Fault.SILENCE if verb == "MAIL" else None

    with smtp_servers.Relay(answer=silent) as server:
        relay = read_relay(server.url(), name="test", timeout=timedelta(seconds=0.2), connections=1)
        report = send(sqlite_store, relay)
    assert "it did not answer MAIL in time" in report.problem
    assert states(sqlite_store, issue) == {DeliveryState.DEFERRED: 2}


def test_stopping_drains_the_wire_and_gives_the_rest_back(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 200)
    stop = threading.Event()

    def stop_at_30(verb: str, argument: str, taken: int) -> None:
        if taken >= 30:
            stop.set()

    with smtp_servers.Relay(answer=stop_at_30) as server:
        report = send(sqlite_store, relay_of(server, connections=2), stop.is_set)
        assert report.stopped
        assert report.sent == len(server.letters) < 200
        rest = states(sqlite_store, issue)
        assert set(rest) <= {DeliveryState.SENT, DeliveryState.DUE, DeliveryState.DEFERRED}
        assert rest.get(DeliveryState.DEFERRED, 0) <= 4
        assert send(sqlite_store, relay_of(server), clock=lambda: NOW + timedelta(minutes=2)).finished == (issue,)
    assert len(set(server.recipients())) == len(server.recipients()) == 200


def test_stopping_does_not_wait_for_a_silent_relay(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 6)
    stop = threading.Event()

    def stall(verb: str, argument: str, taken: int) -> Fault | None:
        if verb == "END":
            stop.set()
            return Fault.SILENCE
        return None

    with smtp_servers.Relay(answer=stall) as server:
        report = send(sqlite_store, relay_of(server, connections=1), stop.is_set, drain_seconds=0.3)
    assert report.in_doubt == 1
    after = states(sqlite_store, issue)
    assert after[DeliveryState.IN_DOUBT] == 1
    assert after[DeliveryState.DUE] + after.get(DeliveryState.DEFERRED, 0) == 5


def test_what_is_marked_is_never_more_than_twice_the_connections(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 60)
    most = 0

    def look(verb: str, argument: str, taken: int) -> None:
        nonlocal most
        if verb in ("RCPT", "END"):
            most = max(most, states(sqlite_store, issue).get(DeliveryState.SENDING, 0))

    with smtp_servers.Relay(answer=look) as server:
        assert send(sqlite_store, relay_of(server, connections=3)).sent == 60
    assert 0 < most <= 6


def test_a_letter_is_on_the_wire_only_while_its_row_says_so(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 30)
    strays: list[str] = []

    def look(verb: str, argument: str, taken: int) -> None:
        if verb == "RCPT":
            with sqlite_store.read() as conn:
                marked = {entry.email for entry in entries.of(conn, issue, [DeliveryState.SENDING], limit=99)}
            address = argument.partition("<")[2].partition(">")[0]
            strays.extend({address} - marked)

    with smtp_servers.Relay(answer=look) as server:
        assert send(sqlite_store, relay_of(server, connections=2)).sent == 30
    assert strays == []


def test_progress_is_told_while_it_goes(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 30)
    told: list[int] = []
    with smtp_servers.Relay() as server:
        send(sqlite_store, relay_of(server, connections=1), progress=lambda report: told.append(report.sent))
    assert told == sorted(told)
    assert told[-1] == 30
    assert len(told) > 5


def test_the_catcher_gets_what_readers_would(sqlite_store: Store, tmp_path: Path) -> None:
    issue = put_issue_on_its_way(sqlite_store, 7)
    with Catcher(tmp_path / "outbox") as catcher:
        report = send(sqlite_store, catcher.relay())
    assert (report.sent, report.finished) == (7, (issue,))
    kept = [path.read_text() for path in (tmp_path / "outbox" / "new").iterdir()]
    assert sorted(text.split("Delivered-To: ")[1].split("\n")[0] for text in kept) == sorted(
        f"reader{number}@readers.example" for number in range(7)
    )


def test_a_reader_whose_letter_cannot_be_written_fails_alone(sqlite_store: Store) -> None:
    with sqlite_store.write() as conn:
        put_readers(conn, 0)
        joiner = subscribers.Joiner(email="no address", newsletter="morning", cadence=Cadence.DAILY, consent="a test")
        subscribers.join(conn, joiner, now=NOW)
    issue = put_issue_on_its_way(sqlite_store, 3)
    with smtp_servers.Relay() as server:
        report = send(sqlite_store, relay_of(server))
    assert (report.sent, report.failed, report.problem) == (3, 1, "")
    with sqlite_store.read() as conn:
        (failed,) = entries.of(conn, issue, [DeliveryState.FAILED], limit=9)
    assert "no address" in failed.reply


def test_a_database_that_breaks_in_the_middle_is_told_and_nobody_gets_two(sqlite_store: Store, tmp_path: Path) -> None:
    issue = put_issue_on_its_way(sqlite_store, 40)

    def alter(statement: str) -> None:
        with contextlib.closing(sqlite3.connect(tmp_path / "publisher.db", timeout=10)) as other:
            other.execute(statement)
            other.commit()

    once = threading.Lock()

    def break_it(verb: str, argument: str, taken: int) -> None:
        if verb == "END" and taken >= 10 and once.acquire(blocking=False):
            alter("ALTER TABLE deliveries RENAME TO mislaid")

    with smtp_servers.Relay(answer=break_it) as server:
        with pytest.raises(StorageError, match="deliveries"):
            send(sqlite_store, relay_of(server, connections=2))
        alter("ALTER TABLE mislaid RENAME TO deliveries")
        report = send(sqlite_store, relay_of(server))
    assert 0 < report.found_in_doubt <= 4
    after = states(sqlite_store, issue)
    assert after == {DeliveryState.SENT: 40 - report.found_in_doubt, DeliveryState.IN_DOUBT: report.found_in_doubt}
    assert max(Counter(server.recipients()).values()) == 1


@pytest.mark.parametrize("longer", [False, True])
def test_an_issue_that_is_prolonged_while_it_goes_out_has_its_letters_tried_longer(
    sqlite_store: Store, longer: bool
) -> None:
    issue = put_issue_on_its_way(sqlite_store, 12)
    begins_to_expire(sqlite_store, issue)

    def prolong(_delivery: Delivery, _outcome: Outcome) -> None:
        with sqlite_store.write() as conn:
            issues.prolong(conn, issue, until=NOW + timedelta(hours=5 if longer else 0))

    with smtp_servers.Relay(answer=lambda verb, *_: b"451 4.3.0 later" if verb == "RCPT" else None) as server:
        send(sqlite_store, relay_of(server, connections=1), answered=prolong)
    assert states(sqlite_store, issue) == {DeliveryState.DEFERRED if longer else DeliveryState.FAILED: 12}


def begins_to_expire(store: Store, issue: int) -> None:
    """Its letters can still go out, and no second time."""
    with store.write() as conn:
        conn.execute(
            update(schema.issues).where(schema.issues.c.id == issue).values(expires=NOW + timedelta(seconds=1))
        )
