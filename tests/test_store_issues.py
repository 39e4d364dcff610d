"""Issues: frozen whole or not at all, one letter a reader, the news told on."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select

from publisher.errors import StorageError
from publisher.model.issue import IssueEvent, IssueState, Variant, Wish
from publisher.model.letter import Letter
from publisher.model.subscriber import Cadence
from publisher.store import archive, audience, issues, proposals, schema, subscribers
from publisher.store.database import Store
from publisher.store.subscribers import Joiner
from tests.conftest import NOW
from tests.writers import LETTER, a_post, an_issue, freeze_for_all, put_columns, put_posts, put_readers, wish

POSTS = [a_post(number, column="council" if number % 2 else "harbour") for number in range(1, 11)]


@pytest.fixture(autouse=True)
def house(store: Store) -> None:
    """Ten posts in two columns, and the newsletter without a reader."""
    with store.write() as conn:
        put_posts(conn, POSTS)
        put_readers(conn, 0)


def put_reader(
    conn: Connection, name: str, *columns: str, seen: int = 0, ahead: str = "", cadence: Cadence = Cadence.DAILY
) -> int:
    """A reader of some columns who was told the news up to `seen`; the subscription."""
    email = f"{name}@readers.example"
    joiner = Joiner(email=email, newsletter="morning", cadence=cadence, columns=columns, consent="a test")
    subscribers.join(conn, joiner, now=NOW)
    reader = subscribers.find(conn, email)
    assert reader
    held = reader.subscriptions[0].id
    wishes = schema.subscriptions
    conn.execute(wishes.update().where(wishes.c.id == held).values(seen_seq=seen, ahead=ahead))
    return held


def variant(key: str, wishes: Sequence[Wish], *seqs: int) -> Variant:
    return Variant(key=key, wishes=tuple(wishes), seqs=seqs)


def then_at(seen: int, *wishes: Wish) -> dict[Wish, Wish]:
    """How readers with these wishes stand when they were told the news up to `seen`."""
    return {one: replace(one, seen_seq=seen) for one in wishes}


def letter(subject: str) -> Letter:
    return replace(LETTER, subject=subject)


def seen(conn: Connection) -> dict[str, int]:
    """How far each reader has been told the news, by the name in the address."""
    return {person.email.partition("@")[0]: person.subscriptions[0].seen_seq for person in subscribers.get_all(conn)}


def places(conn: Connection) -> dict[str, tuple[int, tuple[int, ...]]]:
    """Where each reader stands in the news, by the name in the address."""
    return {
        person.email.partition("@")[0]: (person.subscriptions[0].seen_seq, person.subscriptions[0].ahead)
        for person in subscribers.get_all(conn)
    }


def got(conn: Connection, issue: int) -> dict[str, str]:
    """The key of the variant that each reader gets."""
    ledger, variants, wishes, people = schema.deliveries, schema.variants, schema.subscriptions, schema.subscribers
    wanted = (
        select(people.c.email, variants.c.key)
        .select_from(ledger)
        .join(variants, variants.c.id == ledger.c.variant)
        .join(wishes, wishes.c.id == ledger.c.subscription)
        .join(people, people.c.id == wishes.c.subscriber)
        .where(ledger.c.issue == issue)
    )
    rows = conn.execute(wanted).all()
    assert len({row.email for row in rows}) == len(rows)
    return {row.email.partition("@")[0]: row.key for row in rows}


def rows_in(conn: Connection, *tables: str) -> list[int]:
    return [
        conn.execute(select(func.count()).select_from(schema.metadata.tables[name])).scalar_one() for name in tables
    ]


FROZEN = ("issues", "variants", "variant_posts", "letters", "deliveries")


def test_each_reader_gets_the_letter_of_his_wish(store: Store) -> None:
    with store.write() as conn:
        for name, columns in (("ada", ()), ("bo", ("harbour",)), ("cy", ("council", "harbour")), ("di", ("kitchen",))):
            put_reader(conn, name, *columns)
        put_reader(conn, "eve", cadence=Cadence.WEEKLY)
        frozen = issues.freeze(
            conn,
            an_issue(through_seq=10),
            [
                (variant("all", [wish(), wish("council", "harbour")], 1, 2, 3), letter("All of it")),
                (variant("abc", [wish("harbour")], 2), letter("The harbour")),
            ],
            after=then_at(3, wish(), wish("council", "harbour"))
            | then_at(2, wish("harbour"))
            | then_at(10, wish("kitchen")),
        )
        assert frozen.deliveries == 3
        assert got(conn, frozen.issue) == {"ada": "all", "bo": "abc", "cy": "all"}
        assert seen(conn) == {"ada": 3, "bo": 2, "cy": 3, "di": 10, "eve": 0}
        assert rows_in(conn, *FROZEN) == [1, 2, 4, 2, 3]


def test_deliveries_are_due_and_untried(store: Store) -> None:
    with store.write() as conn:
        held = put_reader(conn, "ada")
        issue = freeze_for_all(conn)
        (row,) = conn.execute(schema.deliveries.select()).mappings()
    assert (row["issue"], row["subscription"], row["state"], row["attempts"]) == (issue, held, "due", 0)
    assert (row["next_try"], row["changed"], row["code"], row["reply"]) == (None, NOW, 0, "")


def test_who_left_or_is_suppressed_or_pending_gets_nothing(store: Store) -> None:
    with store.write() as conn:
        put_reader(conn, "ada")
        subscribers.leave(conn, put_reader(conn, "bo"), now=NOW, how="one-click")
        for name, state in (("cy", "suppressed"), ("di", "pending")):
            put_reader(conn, name)
            people = schema.subscribers
            conn.execute(people.update().where(people.c.email.like(f"{name}@%")).values(state=state))
        assert audience.wishes(conn, "morning", Cadence.DAILY) == {wish(): 1}
        assert got(conn, freeze_for_all(conn)) == {"ada": "all"}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_who_is_told_more_does_not_fall_in_with_those_who_knew_more(store: Store, order: tuple[int, ...]) -> None:
    """One group is moved up to where another one stood: each is moved once."""
    with store.write() as conn:
        put_reader(conn, "ada", seen=0)
        put_reader(conn, "bo", seen=3)
        put_reader(conn, "cy", seen=6)
        groups = [
            (variant("one", [wish(seen=0)], 1, 2, 3), LETTER),
            (variant("two", [wish(seen=3)], 4, 5, 6), LETTER),
            (variant("three", [wish(seen=6)], 7, 8, 9), LETTER),
        ]
        after = then_at(3, wish(seen=0)) | then_at(6, wish(seen=3)) | then_at(10, wish(seen=6))
        frozen = issues.freeze(conn, an_issue(through_seq=10), [groups[place] for place in order], after=after)
        assert got(conn, frozen.issue) == {"ada": "one", "bo": "two", "cy": "three"}
        assert seen(conn) == {"ada": 3, "bo": 6, "cy": 10}


def test_who_is_told_of_posts_ahead_does_not_fall_in_with_those_who_had_more(store: Store) -> None:
    with store.write() as conn:
        put_reader(conn, "ada", seen=3)
        put_reader(conn, "bo", seen=3, ahead="5")
        put_reader(conn, "cy", seen=3, ahead="5 7")
        wishes = [wish(seen=3), wish(seen=3, ahead=(5,)), wish(seen=3, ahead=(5, 7))]
        assert audience.wishes(conn, "morning", Cadence.DAILY) == dict.fromkeys(wishes, 1)
        after = {wishes[0]: wishes[1], wishes[1]: wishes[2], wishes[2]: wish(seen=9)}
        groups = [(variant(f"key{at}", [one], 9), LETTER) for at, one in enumerate(wishes)]
        frozen = issues.freeze(conn, an_issue(through_seq=9), groups, after=after)
        assert got(conn, frozen.issue) == {"ada": "key0", "bo": "key1", "cy": "key2"}
        assert places(conn) == {"ada": (3, (5,)), "bo": (3, (5, 7)), "cy": (9, ())}


def test_a_group_without_a_letter_is_moved_on_too(store: Store) -> None:
    with store.write() as conn:
        put_reader(conn, "ada", seen=2)
        put_reader(conn, "bo", "kitchen", seen=3)
        put_reader(conn, "cy", "council", seen=9)
        after = then_at(5, wish(seen=2), wish("kitchen", seen=3))
        issues.freeze(conn, an_issue(through_seq=5), [(variant("all", [wish(seen=2)], 4, 5), LETTER)], after=after)
        assert seen(conn) == {"ada": 5, "bo": 5, "cy": 9}


def test_another_cadence_and_another_newsletter_are_not_touched(store: Store) -> None:
    with store.write() as conn:
        put_reader(conn, "ada")
        put_reader(conn, "bo", cadence=Cadence.WEEKLY)
        put_readers(conn, 1, newsletter="weekend")
        assert got(conn, freeze_for_all(conn)) == {"ada": "all"}
        assert seen(conn) == {"ada": 1, "bo": 0, "reader0": 0}


def test_who_joins_with_the_same_wish_before_it_is_frozen_gets_it_too(store: Store) -> None:
    with store.write() as conn:
        put_reader(conn, "ada")
        wishes = tuple(audience.wishes(conn, "morning", Cadence.DAILY))
    with store.write() as conn:
        put_reader(conn, "bo")
        put_reader(conn, "cy", "harbour")
        frozen = issues.freeze(conn, an_issue(), [(variant("all", wishes, 1), LETTER)])
        assert got(conn, frozen.issue) == {"ada": "all", "bo": "all"}
        assert seen(conn)["cy"] == 0


def test_a_failure_in_the_middle_leaves_nothing(store: Store) -> None:
    with store.write() as conn:
        put_reader(conn, "ada")
    groups = [
        (variant("all", [wish()], 1, 2), LETTER),
        (variant("abc", [wish("harbour")], 4711), LETTER),  # there is no such post
    ]

    def freeze() -> None:
        with store.write() as conn:
            issues.freeze(conn, an_issue(through_seq=2), groups)

    with pytest.raises(StorageError):
        freeze()
    with store.read() as conn:
        assert rows_in(conn, *FROZEN) == [0, 0, 0, 0, 0]
        assert seen(conn) == {"ada": 0}


def test_a_failure_after_it_was_frozen_leaves_nothing(store: Store) -> None:
    def freeze() -> None:
        with store.write() as conn:
            put_reader(conn, "ada")
            freeze_for_all(conn)
            raise ConnectionError("the engine is gone")

    with pytest.raises(ConnectionError):
        freeze()
    with store.read() as conn:
        assert rows_in(conn, *FROZEN) == [0, 0, 0, 0, 0]


def test_a_slot_has_one_issue(store: Store) -> None:
    with store.write() as conn:
        put_reader(conn, "ada")
        first = freeze_for_all(conn)

    def freeze() -> None:
        with store.write() as conn:
            freeze_for_all(conn, seqs=(2,))

    with pytest.raises(StorageError):
        freeze()
    with store.read() as conn:
        found = issues.find_by_slot(conn, "morning", "daily", "2026-11-22")
        assert found
        assert found.id == first
        assert issues.find_by_slot(conn, "morning", "weekly", "2026-11-22") is None
        assert rows_in(conn, "issues", "deliveries") == [1, 1]


def test_of_two_who_freeze_at_once_one_finds_the_news_told_already(store: Store) -> None:
    """A schedule and a person's hand at the same moment: two slots, and one letter a reader."""
    with store.write() as conn:
        put_readers(conn, 20)
    ready = threading.Barrier(3)
    frozen: list[int] = []

    def freeze(slot: str) -> None:
        ready.wait()
        with store.write() as conn:
            groups = [(variant("all", [wish()], 1), LETTER)]
            made = issues.freeze(conn, an_issue(slot=slot), groups, after=then_at(1, wish()))
            frozen.append(made.deliveries)

    threads = [threading.Thread(target=freeze, args=[slot]) for slot in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(frozen) == [0, 0, 20]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_readers_may_come_while_an_issue_is_frozen(store: Store) -> None:
    """On PostgreSQL nobody waits for the end of the freezing; SQLite has one writer at a time."""
    with store.write() as conn:
        put_reader(conn, "ada")
    with store.write() as freezing:
        freeze_for_all(freezing)
        with store.write() as conn:
            assert put_reader(conn, "bo")


def test_an_issue_comes_back_as_it_was(store: Store) -> None:
    with store.write() as conn:
        put_reader(conn, "ada")
        issue = freeze_for_all(conn, seqs=(1, 2))
        assert issues.get_issue(conn, issue) == replace(an_issue(through_seq=2), id=issue)
        assert issues.find_issue(conn, issue) == issues.get_issue(conn, issue)
        assert issues.find_issue(conn, 4711) is None


def test_letters_are_found_by_their_key(store: Store) -> None:
    with store.write() as conn:
        put_reader(conn, "ada")
        groups = [
            (variant("all", [wish()], 2, 1), letter("All")),
            (variant("abc", [wish("harbour")], 2), letter("Harbour")),
        ]
        issue = issues.freeze(conn, an_issue(), groups).issue
        assert issues.find_letter(conn, issue) == letter("All")
        assert issues.find_letter(conn, issue, "abc") == letter("Harbour")
        assert issues.find_letter(conn, issue, "no such key") is None
        assert issues.find_letter(conn, 4711) is None
        assert archive.subjects(conn, [issue, 4711]) == {issue: "All"}
        assert archive.subjects(conn, []) == {}


def test_a_letter_keeps_every_character(store: Store) -> None:
    hard = Letter(subject="⚓ \ue000name\ue001 שלום", html="<p>𝔉 & \u202b'\"</p>" * 2000, text="a\n\n b\t\u2028ø\n")
    with store.write() as conn:
        issue = issues.freeze(conn, an_issue(), [(variant("all", [wish()], 1), hard)]).issue
        assert issues.find_letter(conn, issue) == hard


def test_the_archive_shows_what_readers_got_newest_first(store: Store) -> None:
    events = {
        "2026-11-20": [],
        "2026-11-22": [IssueEvent.START],
        "2026-11-23": [IssueEvent.CANCEL],
        "2026-11-24": [IssueEvent.PAUSE],
        "2026-11-25": [IssueEvent.START, IssueEvent.FINISH],
    }
    with store.write() as conn:
        for days, (slot, moves) in enumerate(events.items()):
            due = NOW + timedelta(days=days)
            made = issues.freeze(conn, an_issue(slot=slot, now=due), [(variant("all", [], 1), LETTER)])
            for event in moves:
                assert issues.move_if(conn, made.issue, event, now=NOW)
        before = archive.shown_mark(conn, "morning")
        shown = archive.shown_issues(conn, "morning")
        assert [one.issue.slot for one in shown] == ["2026-11-25", "2026-11-24", "2026-11-22", "2026-11-20"]
        assert archive.shown_issues(conn, "weekend") == []
        assert issues.move_if(conn, shown[2].issue.id, IssueEvent.CANCEL, now=NOW)
        assert archive.shown_mark(conn, "morning") != before
        for state in proposals.PROPOSED:
            issue = replace(an_issue(slot=state), state=state)
            proposals.put(conn, issue, [(variant("all", [], 1), LETTER)], findings=(), change=0)
        assert len(archive.shown_issues(conn, "morning")) == 3
        assert len(issues.recent(conn, limit=9)) == 8
        assert [issue.slot for issue in issues.recent(conn, limit=5)][3:] == ["2026-11-25", "2026-11-24"]
        assert issues.recent(conn, limit=9, newsletter="weekend") == []


def test_an_issue_moves_as_its_table_says(store: Store) -> None:
    with store.write() as conn:
        put_reader(conn, "ada")
        issue = freeze_for_all(conn)
        assert not issues.move_if(conn, issue, IssueEvent.RESUME, now=NOW)
        assert not issues.move_if(conn, 4711, IssueEvent.CANCEL, now=NOW)
        assert not issues.move_if(conn, issue, IssueEvent.HOLD, now=NOW)
        assert issues.move_if(conn, issue, IssueEvent.PAUSE, now=NOW)
        assert issues.start_queued(conn, now=NOW) == []
        assert issues.move_if(conn, issue, IssueEvent.RESUME, now=NOW)
        assert issues.start_queued(conn, now=NOW) == [issue]
        assert issues.start_queued(conn, now=NOW) == []
        assert issues.finish_done(conn, now=NOW) == []  # a delivery is still due
        assert issues.get_issue(conn, issue).state is IssueState.SENDING


def test_an_issue_of_a_newsletter_that_is_not_there_is_refused(store: Store) -> None:
    def freeze() -> None:
        with store.write() as conn:
            put_columns(conn, "harbour")
            issues.freeze(conn, replace(an_issue(), newsletter="nowhere"), [(variant("all", [wish()], 1), LETTER)])

    with pytest.raises(StorageError):
        freeze()
