"""Letters made ahead of their turn: what that may not change, and that they are few."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from publisher.errors import WrongUse
from publisher.mail.wire import LetterHead
from publisher.model.delivery import Delivery, DeliveryState
from publisher.model.issue import Issue
from publisher.send.books import Books
from publisher.send.commands import Parcel
from publisher.send.gate import Gate
from publisher.send.parcels import Context, Packer
from publisher.send.patience import Patience
from publisher.send.presence import present
from publisher.send.relay import read_relay
from publisher.send.route import Route
from publisher.send.watching import Watch
from publisher.send.wellbeing import Limits
from publisher.send.workshop import BATCH, MOST_THREADS, Made, Workshop
from publisher.store import subscribers
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.sending import send_by, senders_of
from tests.smtp_servers import Fault
from tests.test_send_deliver import CONTEXT, relay_of, send, states
from tests.writers import put_issue_on_its_way


@contextmanager
def books_of(store: Store, context: Context = CONTEXT) -> Iterator[Books]:
    with present(store, senders_of(store), clock=lambda: NOW) as presence, Patience() as patience:
        yield Books(
            store,
            Packer(context),
            gate=Gate([Route(relay=read_relay("smtp://127.0.0.1", name="test"))], [], zone=UTC),
            watch=Watch(Limits()),
            presence=presence,
            patience=patience,
            clock=lambda: NOW,
            jitter=lambda: 0.5,
        )


def test_who_leaves_when_the_letter_is_made_already_gets_nothing(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 12)
    gone: list[int] = []

    def leave(verb: str, argument: str, taken: int) -> None:
        if verb == "RCPT" and not gone:  # all twelve were claimed, and are made or being made
            with sqlite_store.write() as conn:
                gone.append(subscribers.leave(conn, 11, now=NOW, how="a test") is not None)

    with smtp_servers.Relay(answer=leave) as server:
        report = send(sqlite_store, relay_of(server, connections=1))
    assert gone == [True]
    assert (report.sent, report.skipped) == (11, 1)
    assert "reader10@readers.example" not in server.recipients()
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 11, DeliveryState.SKIPPED: 1}


def test_letters_that_are_ready_are_few_whatever_waits(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 400)
    seen: list[int] = []

    async def make_all() -> list[Made]:
        made: list[Made] = []
        wake = asyncio.Event()
        with books_of(sqlite_store) as books:
            await books.open()
            claimed: deque[Delivery] = deque((await books.claim([])).claimed)
            async with Workshop(books, ahead=6, wake=wake) as workshop:
                while claimed or len(workshop):
                    wake.clear()
                    workshop.take(claimed)
                    seen.append(len(workshop))
                    if not workshop.ready:
                        await wake.wait()
                    made += list(workshop.ready)[:5]
                    workshop.hand_out(
                        {one.delivery.id for one in made[-5:]} & {one.delivery.id for one in workshop.ready}
                    )
        return made

    made = asyncio.run(make_all())
    assert len({one.delivery.id for one in made}) == len(made) == 400
    assert all(isinstance(one.letter, Parcel) and one.letter.key == one.delivery.id for one in made)
    assert max(seen) <= 6 + (MOST_THREADS + 1) * BATCH


def test_what_was_taken_and_not_handed_out_is_left_to_be_given_back(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 100)

    async def stop_early() -> tuple[int, int]:
        wake = asyncio.Event()
        with books_of(sqlite_store) as books:
            await books.open()
            claimed: deque[Delivery] = deque((await books.claim([])).claimed)
            async with Workshop(books, ahead=100, wake=wake) as workshop:
                workshop.take(claimed)
                while len(workshop.ready) < 10:
                    wake.clear()
                    await wake.wait()
                workshop.hand_out({made.delivery.id for made in list(workshop.ready)[:10]})
                await workshop.stop()
            return len({one.id for one in workshop.left} | {one.id for one in claimed}), len(claimed)

    assert asyncio.run(stop_early()) == (90, 0)


def test_a_newsletter_that_is_gone_stops_the_run_and_every_letter_is_due_again(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 40)

    def head_of(_: Issue) -> LetterHead:
        raise WrongUse("the newsletter is no longer there")

    context = replace(CONTEXT, head_of=head_of)
    with smtp_servers.Relay() as server:
        relay = relay_of(server)
        with pytest.raises(WrongUse, match="no longer there"):
            send_by(sqlite_store, relay, context=context)
    assert states(sqlite_store, issue) == {DeliveryState.DUE: 40}
    assert server.letters == []


def test_an_answer_is_written_down_soon_though_there_is_nothing_to_mark(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 2)
    found: list[dict[DeliveryState, int]] = []

    def keep_the_second_waiting(verb: str, argument: str, taken: int) -> Fault | None:
        if verb == "END" and taken == 1:
            for _ in range(40):
                found.append(states(sqlite_store, issue))
                if DeliveryState.SENT in found[-1]:
                    break
                time.sleep(0.05)
        return None

    with smtp_servers.Relay(answer=keep_the_second_waiting) as server:
        relay = read_relay(server.url(), name="test", timeout=timedelta(seconds=5), connections=1)
        assert send(sqlite_store, relay).sent == 2
    assert found[-1] == {DeliveryState.SENT: 1, DeliveryState.SENDING: 1}
