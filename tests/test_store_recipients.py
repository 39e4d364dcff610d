"""Who gets an issue, in pages along indices: all of them once, whatever the filter, however many there are."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

from sqlalchemy import select, update

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.subscriber import Cadence
from publisher.store import candidates, issuelists, recipients, schema
from publisher.store.database import Store
from publisher.store.ledger import counts
from publisher.store.recipients import LOOKED_AT, Asked, Place
from tests.conftest import NOW
from tests.morning import SLOT, day, fill, make
from tests.writers import put_issue_on_its_way

ledger = schema.deliveries
AFAR = "lighthouse.example"
STATES = (
    (DeliveryState.SENT, "", None),
    (DeliveryState.FAILED, "user-unknown", None),
    (DeliveryState.DUE, "", None),
    (DeliveryState.DUE, "", NOW + timedelta(minutes=7)),
    (DeliveryState.FAILED, "mailbox-full", None),
    (DeliveryState.DEFERRED, "rate-limited", NOW + timedelta(minutes=5)),
    (DeliveryState.IN_DOUBT, "", None),
)


def an_issue(store: Store, readers: int = 70) -> int:
    """Of so many letters, in all states in turn; each third reader is at the lighthouse."""
    issue, people = put_issue_on_its_way(store, readers), schema.subscribers
    with store.write() as conn:
        for number in conn.execute(select(ledger.c.id).order_by(ledger.c.id)).scalars().all():
            state, reason, then = STATES[number % len(STATES)]
            changed = update(ledger).where(ledger.c.id == number)
            conn.execute(changed.values(state=state, reason=reason, next_try=then))
        for number, email in conn.execute(select(people.c.id, people.c.email)).all():
            if number % 3 == 0:
                moved = f"{email.partition('@')[0]}@lighthouse.example"
                conn.execute(update(people).where(people.c.id == number).values(email=moved, address_key=moved))
    return issue


def walk(store: Store, issue: int, asked: Asked, *, limit: int = 4) -> list[int]:
    """All pages, one after the other; the letters in the order that they came in."""
    found: list[int] = []
    place: Place = ()
    for _ in range(200):
        with store.read() as conn:
            page = recipients.page(conn, issue, asked, limit=limit, after=place)
        found += [one.id for one in page.recipients]
        place = page.goes_on
        if not place:
            return found
    raise AssertionError("it goes round in a circle")


def test_pages_have_all_that_is_asked_for_once(store: Store) -> None:
    issue = an_issue(store)
    wishes, people = schema.subscriptions, schema.subscribers
    for state, reason, domain in product((None, *DeliveryState), ("", "mailbox-full", "rate-limited"), ("", AFAR)):
        wanted = select(ledger.c.id).join(wishes, wishes.c.id == ledger.c.subscription)
        wanted = wanted.join(people, people.c.id == wishes.c.subscriber).where(ledger.c.issue == issue)
        wanted = wanted if state is None else wanted.where(ledger.c.state == state)
        wanted = wanted.where(ledger.c.reason == reason) if reason else wanted
        wanted = wanted.where(people.c.email.endswith(f"@{domain}")) if domain else wanted
        with store.read() as conn:
            expected = sorted(conn.execute(wanted).scalars())
        found = walk(store, issue, Asked(state=state, reason=reason, domain=domain))
        assert sorted(found) == expected, (state, reason, domain)


def test_no_page_looks_at_more_than_so_many_letters(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, LOOKED_AT + 600)
    people = schema.subscribers
    with sqlite_store.write() as conn:
        last = max(conn.execute(select(people.c.id)).scalars())
        moved = update(people).where(people.c.id == last)
        conn.execute(moved.values(email="zoe@lighthouse.example", address_key="zoe@lighthouse.example"))
    asked = Asked(domain="lighthouse.example")
    with sqlite_store.read() as conn:
        first = recipients.page(conn, issue, asked, limit=50)
        assert (first.recipients, first.is_cut) == ((), True)
        second = recipients.page(conn, issue, asked, limit=50, after=first.goes_on)
    assert [one.email for one in second.recipients] == ["zoe@lighthouse.example"]
    assert (second.goes_on, second.is_cut) == ((), False)


def test_issues_stand_in_parts_and_what_is_over_goes_on_from_any_place(store: Store) -> None:
    fill(store)
    first = make(store).issue
    with store.write() as conn:
        conn.execute(update(schema.subscriptions).values(seen_seq=0, ahead=""))
    second = make(store, slot=day(1)).issue
    morning = ["morning"]
    with store.write() as conn:
        assert [one.id for one in issuelists.standing(conn, issuelists.UNDER_WAY, newsletters=morning)] == [
            first,
            second,
        ]
        conn.execute(update(schema.issues).where(schema.issues.c.id == first).values(state=IssueState.SENT))
        conn.execute(update(ledger).where(ledger.c.issue == first).values(state=DeliveryState.IN_DOUBT))
        assert [one.id for one in issuelists.doubted(conn, newsletters=morning, now=NOW)] == [first]
        assert issuelists.doubted(conn, newsletters=[], now=NOW) == []
        each = {number: counts(conn, number) for number in (first, second)}
        assert issuelists.counts_of(conn, [second, first, first, 99]) == each
        assert issuelists.counts_of(conn, []) == {}
        conn.execute(update(schema.issues).where(schema.issues.c.id == second).values(state=IssueState.CANCELLED))
        assert [one.id for one in issuelists.over(conn, newsletters=morning, limit=9)] == [second, first]
        below = issuelists.over(conn, newsletters=morning, limit=9, before=(day(1).at, second))
        above = issuelists.over(conn, newsletters=morning, limit=9, after=(SLOT.at, first))
        assert ([one.id for one in below], [one.id for one in above]) == ([first], [second])
        sent = issuelists.over(conn, newsletters=morning, limit=9, state=IssueState.SENT)
        assert [one.id for one in sent] == [first]


def test_what_could_be_added_is_what_some_reader_has_not_had(store: Store) -> None:
    fill(store, lead="Der Fluß")
    with store.write() as conn:
        args = ("morning", Cadence.DAILY, ["harbour", "council"])
        assert candidates.news_to_somebody(conn, *args, []) == [2, 1]
        assert candidates.news_to_somebody(conn, *args, ["fluss"]) == [1]
        assert candidates.news_to_somebody(conn, "morning", Cadence.DAILY, ["council"], []) == [2]
        assert candidates.news_to_somebody(conn, "morning", Cadence.WEEKLY, ["council"], []) == []
        conn.execute(update(schema.posts).where(schema.posts.c.seq == 1).values(held=NOW))
        assert candidates.news_to_somebody(conn, *args, []) == [2]
        conn.execute(update(schema.subscriptions).values(seen_seq=2))
        assert candidates.news_to_somebody(conn, *args, []) == []
