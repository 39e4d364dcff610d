"""A letter that puts another one right: to whom it goes, what it says, and that nobody is told the news by it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text, update

from publisher.assemble.amending import amend
from publisher.assemble.assembly import Assembled, Assembly, Result
from publisher.assemble.correction import draw_up
from publisher.assemble.releasing import approve
from publisher.errors import StorageError, WrongUse
from publisher.model.delivery import DeliveryState
from publisher.model.issue import Issue, IssueEvent, IssueState, Variant
from publisher.model.subscriber import Cadence, SubscriberState
from publisher.store import audience, corrections, edits, issues, proposals, schema, subscribers
from publisher.store.database import Store
from publisher.templating import open_templates
from tests.conftest import NOW
from tests.morning import ASSEMBLY, fill, make, put_reader
from tests.writers import LETTER, a_post, put_posts, put_readers

LATER = NOW + timedelta(hours=3)
NOTE = ("We wrote that the tide was at five. It was at four.",)


@pytest.fixture
def house(sqlite_store: Store) -> Store:
    return sent_by(sqlite_store)


@pytest.fixture
def any_house(store: Store) -> Store:
    return sent_by(store)


def sent_by(store: Store) -> Store:
    """An issue of two posts that went to two readers of both and to ada, who has just the second."""
    fill(store)
    make(store)
    with store.write() as conn:
        settle(conn, 1)
    return store


def settle(conn: Connection, issue: int, state: DeliveryState = DeliveryState.SENT) -> None:
    """As if the sender had done its work."""
    conn.execute(update(schema.deliveries).where(schema.deliveries.c.issue == issue).values(state=state))
    issues.start_queued(conn, now=NOW)
    issues.finish_done(conn, now=NOW)


def correct(
    store: Store,
    *,
    about: set[int] | None = None,
    assembly: Assembly = ASSEMBLY,
    issue: int = 1,
    told: list[int] | None = None,
) -> Assembled:
    def enqueue(_conn: Connection, number: int) -> None:
        (told if told is not None else []).append(number)

    return amend(
        store, assembly, issue, note=NOTE, about=about, now=LATER, templates=open_templates(None), enqueue=enqueue
    )


def recipients(store: Store, issue: int) -> list[str]:
    ledger, wishes, people = schema.deliveries, schema.subscriptions, schema.subscribers
    joined = ledger.join(wishes, wishes.c.id == ledger.c.subscription).join(people, people.c.id == wishes.c.subscriber)
    with store.read() as conn:
        wanted = select(people.c.email).select_from(joined).where(ledger.c.issue == issue).order_by(people.c.email)
        return [email.partition("@")[0] for email in conn.execute(wanted).scalars()]


def places(store: Store) -> list[tuple[int, tuple[int, ...]]]:
    with store.read() as conn:
        return [(wish.seen_seq, wish.ahead) for one in subscribers.get_all(conn) for wish in one.subscriptions]


def test_it_goes_to_who_got_the_story_and_moves_nobody_s_place(house: Store) -> None:
    before, told = places(house), []
    with house.write() as conn:
        assert edits.edit(conn, 1, {"title": "Low tide"}, now=LATER)
    made = correct(house, told=told)
    assert made == Assembled(result=Result.QUEUED, issue=2, deliveries=2, variants=1, subject="Correction: Low tide")
    assert told == [2]
    assert recipients(house, 2) == ["reader0", "reader1"]
    assert places(house) == before
    with house.read() as conn:
        issue = issues.get_issue(conn, 2)
        letter = issues.find_letter(conn, 2)
    assert (issue.corrects, issue.slot, issue.state) == (1, "2026-11-22-correction-1", IssueState.QUEUED)
    assert (issue.created, issue.expires) == (LATER, LATER + timedelta(hours=24))
    assert letter
    page = "https://courier.example/newsletters/morning/daily-2026-11-22"
    for words in (
        "Low tide",
        NOTE[0],
        "We are sorry.",
        "High tide",
        "22 November 2026",
        f"{page}.html",
        "elsewhere.example/1",
    ):
        assert words in letter.html, words
        assert words in letter.text, words
    assert "All of post 1." not in letter.html
    assert f"{page}-correction-1.html" in letter.html


def test_who_had_other_stories_of_it_is_told_of_those(any_house: Store) -> None:
    with any_house.write() as conn:
        assert edits.edit(conn, 1, {"title": "Low tide"}, now=LATER)
        assert edits.withdraw_if(conn, 2, now=LATER)
    made = correct(any_house)
    assert (made.deliveries, made.variants) == (3, 2)
    assert recipients(any_house, 2) == ["ada", "reader0", "reader1"]
    with any_house.read() as conn:
        letters = [issues.get_letter(conn, variant.id) for variant in corrections.variants_of(conn, 2)]
    assert "Low tide" in letters[0].html
    assert "Low tide" not in letters[1].html
    for letter in letters:
        assert "This story was withdrawn on 22 November 2026." in letter.html
        assert "The vote" not in letter.html


def test_where_nothing_was_put_right_it_goes_to_all_who_got_it(house: Store) -> None:
    made = correct(house)
    assert made.subject == "Correction: High tide"  # the letter's own
    assert recipients(house, 2) == ["ada", "reader0", "reader1"]


def test_one_may_say_which_stories_it_is_about(house: Store) -> None:
    assert correct(house, about={2}).subject == "Correction: The vote"
    assert recipients(house, 2) == ["ada", "reader0", "reader1"]
    assert recipients(house, correct(house, about={1}).issue) == ["reader0", "reader1"]
    with pytest.raises(WrongUse, match="post 7 is not in issue 1"):
        correct(house, about={7})


def test_who_left_or_must_get_no_mail_or_never_got_it_gets_none(house: Store) -> None:
    with house.write() as conn:
        put_readers(conn, 1, start=7)  # came later
        subscribers.leave_all(conn, "reader0@readers.example", now=NOW, how="page")
        people = schema.subscribers
        conn.execute(
            update(people).where(people.c.email == "reader1@readers.example").values(state=SubscriberState.SUPPRESSED)
        )
    assert correct(house, about={1}) == Assembled(result=Result.NO_READERS)
    assert correct(house).deliveries == 1
    assert recipients(house, 2) == ["ada"]


@pytest.mark.parametrize(
    ("state", "gets"),
    [
        (DeliveryState.SENT, True),
        (DeliveryState.IN_DOUBT, True),
        (DeliveryState.FAILED, False),
        (DeliveryState.SKIPPED, False),
    ],
)
def test_only_who_got_it_or_may_have_got_it(house: Store, state: DeliveryState, gets: bool) -> None:
    with house.write() as conn:
        settle(conn, 1, state)
    assert bool(correct(house).deliveries) is gets


@pytest.mark.parametrize(
    ("slot_state", "says"),
    [
        (IssueState.QUEUED, "wait until it is sent, or stop it with `publisher issues cancel 2`"),
        (IssueState.PAUSED, "is paused, and would go on with the mistake"),
        (IssueState.DRAFT, "nobody has got it; correct the post"),
        (IssueState.HELD, "nobody has got it; correct the post"),
    ],
)
def test_what_would_still_go_out_with_the_mistake_cannot_be_corrected(
    house: Store, slot_state: IssueState, says: str
) -> None:
    with house.write() as conn:
        one = replace(issues.get_issue(conn, 1), id=0, slot="other", state=slot_state)
        proposals.put(conn, one, [], findings=(), change=0)
    with pytest.raises(WrongUse, match=says.replace("`", ".")):
        correct(house, issue=2)


def test_a_correction_is_corrected_by_correcting_the_issue_again(house: Store) -> None:
    correct(house)
    with pytest.raises(WrongUse, match="issue 2 is a correction itself; correct issue 1 again"):
        correct(house, issue=2)
    with house.read() as conn:
        drawn = draw_up(house, ASSEMBLY, 1, note=NOTE, now=LATER, templates=open_templates(None))
        assert len(corrections.letters_about(conn, 1)) == drawn.earlier == 1
    assert correct(house).issue == 3
    with house.read() as conn:
        assert issues.get_issue(conn, 3).slot == "2026-11-22-correction-2"


def test_of_an_issue_that_was_stopped_no_page_is_named(house: Store) -> None:
    with house.write() as conn:
        conn.execute(update(schema.issues).values(state=IssueState.CANCELLED))
    correct(house)
    with house.read() as conn:
        letter = issues.find_letter(conn, 2)
    assert letter
    assert "daily-2026-11-22.html" not in letter.html


def test_with_approve_it_waits_for_somebody_s_word_and_goes_to_who_is_there_then(any_house: Store) -> None:
    assembly = replace(ASSEMBLY, approve=True)
    before = places(any_house)
    made = correct(any_house, assembly=assembly, about={1})
    assert (made.result, made.deliveries) == (Result.DRAFT, 0)
    assert recipients(any_house, 2) == []
    with any_house.write() as conn:
        subscribers.leave_all(conn, "reader0@readers.example", now=NOW, how="page")
        assert issues.move_if(conn, 2, IssueEvent.HOLD, now=LATER, why="by hand")
        as_drafted = issues.find_letter(conn, 2)
    told: list[int] = []
    much_later = LATER + timedelta(days=2)

    def say_yes() -> Assembled:
        templates = open_templates(None)
        return approve(
            any_house,
            assembly,
            2,
            now=much_later,
            templates=templates,
            enqueue=lambda _conn, number: told.append(number),
        )

    assert say_yes() == Assembled(result=Result.QUEUED, issue=2, deliveries=1, subject="Correction: High tide")
    assert recipients(any_house, 2) == ["reader1"]
    assert say_yes().result is Result.ALREADY
    assert told == [2]
    assert places(any_house) == before
    with any_house.read() as conn:
        issue = issues.get_issue(conn, 2)
        assert issues.find_letter(conn, 2) == as_drafted
    assert (issue.state, issue.expires) == (IssueState.QUEUED, much_later + timedelta(hours=24))


def test_a_draft_that_nobody_would_get_any_more_ends(house: Store) -> None:
    assembly = replace(ASSEMBLY, approve=True)
    correct(house, assembly=assembly)
    with house.write() as conn:
        conn.execute(update(schema.subscriptions).values(state="left"))
    made = approve(house, assembly, 2, now=LATER, templates=open_templates(None), enqueue=lambda *_: None)
    assert made.result is Result.NO_READERS
    with house.read() as conn:
        assert issues.get_issue(conn, 2).state is IssueState.CANCELLED


def test_a_draft_of_a_correction_that_is_cancelled_takes_no_post_from_anybody(house: Store) -> None:
    """Of letters of single posts, a cancelled one is news to nobody any more; a correction never was."""
    correct(house, assembly=replace(ASSEMBLY, approve=True), about={1})
    with house.write() as conn:
        assert proposals.posts_waiting(conn, "morning", Cadence.DAILY, after_seq=0) == set()
        assert issues.move_if(conn, 2, IssueEvent.CANCEL, now=LATER)
        assert proposals.posts_given_up(conn, "morning", Cadence.DAILY, after_seq=0) == set()


@pytest.mark.parametrize("table", ["issues", "variants", "variant_posts", "letters", "deliveries"])
def test_who_is_stopped_half_way_has_written_nothing(sqlite_store: Store, table: str) -> None:
    with sqlite_store.write() as conn:
        put_posts(conn, [a_post(1)])
        put_readers(conn, 2)
    make(sqlite_store)
    with sqlite_store.write() as conn:
        settle(conn, 1)
        conn.execute(text(f"CREATE TRIGGER stop AFTER INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'stopped'); END"))
    with pytest.raises(StorageError, match="stopped"):
        correct(sqlite_store, about={1})
    with sqlite_store.write() as conn:
        assert corrections.letters_about(conn, 1) == []
        conn.execute(text("DROP TRIGGER stop"))
    assert correct(sqlite_store, about={1}).deliveries == 2


def test_a_correction_in_another_language_is_in_it(sqlite_store: Store) -> None:
    with sqlite_store.write() as conn:
        put_posts(conn, [a_post(1)])
        put_readers(conn, 1)
    make(sqlite_store)
    with sqlite_store.write() as conn:
        settle(conn, 1)
    german = replace(ASSEMBLY, newsletter=replace(ASSEMBLY.newsletter, language="de"))
    made = correct(sqlite_store, assembly=german)
    with sqlite_store.read() as conn:
        letter = issues.find_letter(conn, 2)
    assert letter
    assert 'lang="de"' in letter.html
    assert "22. November 2026" in letter.html
    assert not made.subject.startswith("Correction:")


STATES = st.lists(st.sampled_from([*DeliveryState]), min_size=3, max_size=3)


@given(states=STATES, about=st.sets(st.sampled_from([1, 2])), gone=st.sets(st.sampled_from([0, 1, 2])))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_just_those_who_got_the_stories_and_are_there_get_it_once(
    sqlite_store: Store, states: list[DeliveryState], about: set[int], gone: set[int]
) -> None:
    """Against an independent count: ada (the third) has just the second story."""
    with suppress(_Undo), sqlite_store.write() as conn:
        _a_sent_issue(conn, states, gone)
        ids = [row.id for row in conn.execute(select(schema.subscriptions.c.id).order_by(schema.subscriptions.c.id))]
        variants = corrections.variants_of(conn, 1)
        named = about or {1, 2}
        rows = [variant.id for variant in variants if named & variant.revisions.keys() or not about]
        told = corrections.count_readers(conn, rows)
        has = [{1, 2}, {1, 2}, {2}]
        got = (DeliveryState.SENT, DeliveryState.IN_DOUBT)
        expected = [one for one in range(len(ids)) if states[one] in got and one not in gone and (has[one] & named)]
        assert told == len(expected)
        raise _Undo


def _a_sent_issue(conn: Connection, states: list[DeliveryState], gone: set[int]) -> None:
    put_posts(conn, [a_post(1), a_post(2, column="council")])
    put_readers(conn, 2)
    put_reader(conn, "ada", "council")
    wishes = audience.wishes(conn, "morning", Cadence.DAILY)
    both, second = sorted(wishes, key=lambda wish: wish.columns)
    issue = Issue(
        id=0, newsletter="morning", cadence=Cadence.DAILY, slot="x", state=IssueState.QUEUED, created=NOW, due=NOW,
        expires=NOW, through_seq=2,
    )  # fmt: skip
    letters = [
        (Variant(key="all", wishes=(both,), seqs=(1, 2)), LETTER),
        (Variant(key="two", wishes=(second,), seqs=(2,)), LETTER),
    ]
    issues.freeze(conn, issue, letters)
    ledger = schema.deliveries
    rows = conn.execute(select(ledger.c.id).order_by(ledger.c.subscription)).scalars().all()
    for row, state in zip(rows, states, strict=True):
        conn.execute(update(ledger).where(ledger.c.id == row).values(state=state))
    people = conn.execute(select(schema.subscriptions.c.id).order_by(schema.subscriptions.c.id)).scalars().all()
    for one in gone:
        subscribers.leave(conn, people[one], now=NOW, how="page")


class _Undo(Exception):
    pass
