"""What comes back is kept before anything is made of it, and acted on once, where its token is ours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text

from publisher.bounce.intake import TakenIn, act_on_unread, take_in, take_in_told
from publisher.bounce.webhooks.event import Told, incoming_of
from publisher.errors import StorageError
from publisher.mail.leaving import leave_address
from publisher.model.delivery import DeliveryState
from publisher.model.incoming import Kind
from publisher.model.issue import IssueEvent
from publisher.model.keptmessage import Acted
from publisher.model.standing import State
from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.model.suppression import Grounds
from publisher.store import claims, columns, issues, ledger, messages, schema, standings, subscribers, suppressions
from publisher.store.database import Store
from publisher.store.erasing import erase
from publisher.store.joining import Joined, Joiner
from publisher.tokens import Purpose, token_for
from tests.conftest import NOW
from tests.dying_store import Dies
from tests.returned_mail import (
    DOMAIN,
    KEYS,
    address_of,
    bounce_of,
    complaint_of,
    leaving_of,
    reader,
    send_all,
    sent_letters,
)
from tests.writers import SENDER, a_post, freeze_for_all, put_issue_on_its_way, put_posts

LATER = NOW + timedelta(hours=1)
READER = "reader0@readers.example"
JOINER = Joiner(email="Reader0@readers.example", newsletter="evening", cadence=Cadence.DAILY, consent="by hand")


def taken(store: Store, octets: bytes, came_to: tuple[str, ...] = ()) -> Acted:
    return take_in(store, octets, came_by="pipe", came_to=came_to, keys=KEYS, now=LATER).acted


def test_an_address_that_nobody_has_is_suppressed_and_never_joined_again(store: Store) -> None:
    first, _ = sent_letters(store, 2)
    found = take_in(store, bounce_of(first, READER), came_by="imap", keys=KEYS, now=LATER)
    assert (found.kind, found.acted) == ("bounce", Acted.SUPPRESSED)
    assert reader(store).state is SubscriberState.SUPPRESSED
    with store.write() as conn:
        (known,) = suppressions.newest(conn, limit=0)
        assert (known.why, known.since, known.delivery, known.message) == (Grounds.GONE, LATER, first, found.message)
        assert "550 5.1.1 no such user" in known.detail
        kept = messages.find(conn, found.message)
        assert kept
        assert (kept.reason, kept.address, kept.subscriber) == ("user-unknown", READER, reader(store).id)
        assert ledger.counts(conn, found.issue or 0) == {DeliveryState.SENT: 2}  # the ledger keeps what it saw
        columns.put_newsletters(conn, [("evening", "Evening")], now=NOW)
        assert subscribers.join(conn, JOINER, now=LATER) is Joined.SUPPRESSED
        conn.execute(delete(schema.deliveries))
        conn.execute(delete(schema.subscriptions))
        conn.execute(delete(schema.subscribers).where(schema.subscribers.c.address_key == READER))  # erased
        assert subscribers.join(conn, JOINER, now=LATER) is Joined.SUPPRESSED
        assert subscribers.find(conn, READER) is None


@pytest.mark.parametrize("kind", ["bounce", "complaint", "leaving"])
def test_what_comes_back_of_letters_to_who_was_erased_changes_nothing_and_its_words_are_not_kept(
    store: Store, kind: str
) -> None:
    (first,) = sent_letters(store, 1)
    octets = {
        "bounce": bounce_of(first, READER),
        "complaint": complaint_of(f"Return-Path: <{address_of(first)}>\nTo: {READER}"),
        "leaving": leaving_of(reader(store).subscriptions[0].id).replace(
            b"somebody@elsewhere.example", READER.encode()
        ),
    }[kind]
    with store.write() as conn:
        assert erase(conn, reader(store).id, now=NOW)
    found = take_in(store, octets, came_by="imap", came_to=(READER,), keys=KEYS, now=LATER)
    assert found.acted is Acted.UNKNOWN_LETTER
    with store.read() as conn:
        (known,) = suppressions.newest(conn, limit=0)
        assert (known.why, known.email, known.detail) == (Grounds.ERASED, "", "")
        kept = messages.find(conn, found.message)
        assert kept
        assert (kept.kind in (kind, "unsubscribe"), kept.raw, kept.address, kept.detail) == (True, None, "", "")
        everything = [str(conn.execute(select(table)).all()) for table in schema.metadata.sorted_tables]
    assert "reader0" not in " ".join(everything).lower()


def test_the_same_message_twice_is_one(store: Store) -> None:
    (first,) = sent_letters(store, 1)
    octets = bounce_of(first, READER, "552 5.2.2 mailbox full")
    assert taken(store, octets) is Acted.COUNTED
    assert taken(store, octets.replace(b"\n", b"\r\n")) is Acted.COUNTED
    with store.read() as conn:
        assert len(messages.newest(conn, limit=0)) == 1
        standing = standings.find(conn, reader(store).id)
    assert standing
    assert (standing.state, standing.points) == (State.WELL, 1.0)


def test_a_reader_who_got_letters_lately_rests_before_the_address_is_given_up(store: Store) -> None:
    (first,) = sent_letters(store, 1)
    with store.write() as conn:
        week_ago = NOW - timedelta(days=7)
        conn.execute(schema.deliveries.update().values(changed=week_ago))
        conn.execute(text("UPDATE issues SET state = 'sent', slot = 'before'"))
    (second,) = sent_again(store)
    assert taken(store, bounce_of(second, READER)) is Acted.RESTED
    with store.read() as conn:
        standing = standings.find(conn, reader(store).id)
        assert standing
        assert (standing.state, standing.until) == (State.RESTING, LATER + timedelta(days=3))
        assert standing.last_arrived == NOW - timedelta(days=7)
    assert first != second


def sent_again(store: Store) -> list[int]:
    with store.write() as conn:
        put_posts(conn, [a_post(2)])
        issue = freeze_for_all(conn, slot="again", seqs=(2,))
        assert issues.move_if(conn, issue, IssueEvent.START, now=NOW)
    return send_all(store, now=NOW)


@pytest.mark.parametrize("trace", ["return path", "Message-ID", "link to leave"])
def test_a_complaint_leaves_everything_for_good(store: Store, trace: str) -> None:
    first, _ = sent_letters(store, 2)
    wish = reader(store).subscriptions[0].id
    link = token_for(KEYS, Purpose.UNSUBSCRIBE, wish)
    fields = {
        "return path": f"Return-Path: <{address_of(first)}>",
        "Message-ID": f"Message-ID: <{token_for(KEYS, Purpose.DELIVERY, first)}@courier.example>",
        "link to leave": f"List-Unsubscribe: <https://courier.example/u/{link}>",
    }
    assert taken(store, complaint_of(fields[trace])) is Acted.SUPPRESSED
    person = reader(store)
    assert person.state is SubscriberState.SUPPRESSED
    assert [wish.state for wish in person.subscriptions] == [SubscriptionState.LEFT]
    assert reader(store, 1).subscriptions[0].state is SubscriptionState.ACTIVE
    with store.read() as conn:
        (known,) = suppressions.newest(conn, limit=0)
    assert (known.why, known.email) == (Grounds.COMPLAINT, READER)


def test_who_leaves_by_mail_leaves_that_newsletter(store: Store) -> None:
    sent_letters(store, 1)
    wish = reader(store).subscriptions[0].id
    assert taken(store, leaving_of(wish)) is Acted.LEFT
    assert taken(store, leaving_of(wish) + b"once more") is Acted.NOTHING
    person = reader(store)
    assert (person.state, person.subscriptions[0].state) == (SubscriberState.CONFIRMED, SubscriptionState.LEFT)
    with store.read() as conn:
        assert conn.execute(text("SELECT left_how FROM subscriptions")).scalar_one() == "mail"


def test_who_leaves_by_mail_is_not_sent_the_letter_that_was_claimed_before(store: Store) -> None:
    put_issue_on_its_way(store, 2)
    with store.write() as conn:
        ids = sorted(one.id for one in claims.claim(conn, SENDER, limit=9, now=NOW).claimed)
    assert len(ids) == 2
    assert taken(store, leaving_of(reader(store).subscriptions[0].id)) is Acted.LEFT
    with store.write() as conn:
        assert ledger.mark_sending(conn, SENDER, ids, now=LATER) == {ids[1]}
        assert ledger.counts(conn, 1) == {DeliveryState.SKIPPED: 1, DeliveryState.SENDING: 1}


def test_whoever_forges_an_address_to_leave_by_or_answers_there_by_a_machine_takes_nobody_out(store: Store) -> None:
    sent_letters(store, 1)
    wish = reader(store).subscriptions[0].id
    good = leaving_of(wish)
    address = leave_address(token_for(KEYS, Purpose.UNSUBSCRIBE, wish), DOMAIN).encode()
    forged = leave_address(token_for((b"x" * 32,), Purpose.UNSUBSCRIBE, wish), DOMAIN).encode()
    tried = leave_address(token_for(KEYS, Purpose.TEST, wish), DOMAIN).encode()
    chosen = leave_address(token_for(KEYS, Purpose.PREFERENCES, wish), DOMAIN).encode()
    assert taken(store, good.replace(address, forged)) is Acted.NOT_OURS
    assert taken(store, good.replace(address, chosen)) is Acted.NOT_OURS
    assert taken(store, good.replace(address, tried)) is Acted.TEST
    assert taken(store, b"Auto-Submitted: auto-replied\n" + good) is Acted.NOTHING
    assert taken(store, good.replace(b": unsubscribe", b": Out of office: Tides")) is Acted.NOTHING
    assert taken(store, good.replace(address, b"desk@x.example"), came_to=(address.decode(),)) is Acted.LEFT
    assert reader(store).subscriptions[0].state is SubscriptionState.LEFT


def test_what_names_no_letter_of_ours_is_kept_and_never_acted_on(store: Store) -> None:
    first, _ = sent_letters(store, 2)
    forged = address_of(first, keys=(b"x" * 32,))
    unasked = b"From: ada@readers.example\nTo: desk@courier.example\nSubject: Tides\n\nWhen is high water?\n"
    away = f"From: {READER}\nTo: {address_of(first)}\nAuto-Submitted: auto-replied\nSubject: Away\n\nBack soon\n"
    late = address_of(first).replace("b+", "c+")
    assert taken(store, bounce_of(first, READER, to=forged)) is Acted.NOT_OURS
    assert taken(store, bounce_of(first, READER, to="desk@courier.example")) is Acted.NOT_OURS
    assert taken(store, complaint_of("Message-ID: <x@y.example>")) is Acted.NOT_OURS
    assert taken(store, bounce_of(999, READER)) is Acted.UNKNOWN_LETTER
    assert taken(store, unasked) is Acted.NOTHING
    assert taken(store, away.encode()) is Acted.NOTHING
    assert taken(store, bounce_of(first, READER, to="x@y.example"), came_to=(late,)) is Acted.SUPPRESSED
    assert reader(store, 1).state is SubscriberState.CONFIRMED
    with store.read() as conn:
        kinds = [one.kind for one in reversed(messages.newest(conn, limit=0))]
        assert kinds == ["bounce", "bounce", "complaint", "bounce", "message", "auto-reply", "bounce"]
        assert standings.find(conn, reader(store, 1).id) is None


@pytest.mark.parametrize("at", [1, 2])
def test_whoever_is_killed_keeps_the_message_or_gets_it_again(store: Store, at: int) -> None:
    (first,) = sent_letters(store, 1)
    octets = bounce_of(first, READER, "552 5.2.2 mailbox full")
    with pytest.raises(StorageError):
        taken(Dies(store, at), octets)
    with store.read() as conn:
        assert len(messages.unread(conn, after=0, limit=9)) == at - 1
        assert standings.find(conn, reader(store).id) is None
    done = act_on_unread(store, keys=KEYS, now=LATER)
    assert [one.acted for one in done] == [Acted.COUNTED] * (at - 1)
    assert taken(store, octets) is Acted.COUNTED
    with store.read() as conn:
        standing = standings.find(conn, reader(store).id)
    assert standing
    assert standing.points == 1.0


def test_what_a_provider_tells_again_counts_once_and_a_kill_loses_nothing(store: Store) -> None:
    (first,) = sent_letters(store, 1)
    own = token_for(KEYS, Purpose.DELIVERY, first)
    told = Told(kind=Kind.BOUNCE, address=READER, text="552 5.2.2 mailbox full", status="5.2.2", own=own)

    def tell(store: Store) -> TakenIn:
        what = incoming_of(told)
        return take_in_told(store, what, told_as="e-1", octets=b"{}", came_by="postmark", keys=KEYS, now=LATER)

    with pytest.raises(StorageError):
        tell(Dies(store, 1))
    done = tell(store)
    assert (done.kind, done.acted) == ("bounce", Acted.COUNTED)
    again = tell(store)
    assert (again.message, again.acted) == (done.message, Acted.COUNTED)
    with store.read() as conn:
        standing = standings.find(conn, reader(store).id)
        (kept,) = messages.newest(conn, limit=0)
    assert standing
    assert standing.points == 1.0
    assert (kept.came_by, kept.reason, kept.delivery) == ("postmark", "mailbox-full", first)
