"""Posts as they happen: one letter each, after their quiet time, in whatever order they are ready."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from publisher.assemble.assembly import Assembled, Result
from publisher.assemble.singles import outlook
from publisher.model.issue import IssueEvent, IssueState
from publisher.model.subscriber import Cadence
from publisher.store import edits, issues, schema, subscribers
from publisher.store.database import Store
from tests.assembling import GRACE, QUIET, Desk, brief_templates
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    """On both databases: a reader of all and one of the council, both as it happens."""
    return opened(store, tmp_path)


@pytest.fixture
def small(sqlite_store: Store, tmp_path: Path) -> Desk:
    """The same on SQLite alone."""
    return opened(sqlite_store, tmp_path)


def opened(store: Store, tmp_path: Path) -> Desk:
    desk = Desk(store=store, templates=brief_templates(tmp_path / "templates"))
    desk.join("ada", cadence=Cadence.AS_IT_HAPPENS)
    desk.join("bo", "council", cadence=Cadence.AS_IT_HAPPENS)
    return desk


def look(desk: Desk, after: timedelta) -> list[Assembled]:
    """So much later somebody looks."""
    desk.now += after
    return desk.singles()


def edit(desk: Desk, seq: int, title: str) -> None:
    with desk.store.write() as conn:
        assert edits.edit(conn, seq, {"title": title}, now=desk.now)


def switch(desk: Desk, name: str, cadence: Cadence) -> None:
    with desk.store.write() as conn:
        person = subscribers.find(conn, f"{name}@readers.example")
        assert person
        table = schema.subscriptions
        conn.execute(table.update().where(table.c.id == person.subscriptions[0].id).values(cadence=cadence))


def test_each_post_goes_alone_once_it_stood_for_its_quiet_time(desk: Desk) -> None:
    desk.publish("harbour", "council")
    assert look(desk, QUIET - MINUTE) == []
    made = look(desk, MINUTE)
    assert [(one.result, one.subject, one.deliveries) for one in made] == [
        (Result.QUEUED, "Post 1", 1),
        (Result.QUEUED, "Post 2", 2),
    ]
    assert desk.got() == {"ada": [[1], [2]], "bo": [[2]]}
    issue = desk.issue(1)
    assert (issue.slot, issue.cadence, issue.due) == ("1", Cadence.AS_IT_HAPPENS, NOW + QUIET)
    assert desk.places() == {"ada": (2, ()), "bo": (2, ())}
    assert look(desk, MINUTE) == []
    assert look(desk, GRACE * 3) == []


def test_a_correction_within_the_quiet_time_is_in_the_letter(desk: Desk) -> None:
    desk.publish("harbour")
    desk.now += QUIET - MINUTE
    edit(desk, 1, "Put right")
    assert look(desk, MINUTE) == []
    assert [one.subject for one in look(desk, QUIET - MINUTE)] == ["Put right"]


def test_a_post_that_rests_is_overtaken_and_comes_later(desk: Desk) -> None:
    desk.publish("council", "council")
    desk.now += QUIET - MINUTE
    edit(desk, 1, "Put right")
    assert len(look(desk, MINUTE)) == 1
    assert desk.got() == {"ada": [[2]], "bo": [[2]]}
    assert desk.places() == {"ada": (0, (2,)), "bo": (0, (2,))}
    assert len(look(desk, QUIET)) == 1
    assert desk.got() == {"ada": [[2], [1]], "bo": [[2], [1]]}
    assert desk.places() == {"ada": (2, ()), "bo": (2, ())}


def test_what_is_edited_after_it_went_does_not_go_again(small: Desk) -> None:
    small.publish("council")
    look(small, QUIET)
    edit(small, 1, "Put right too late")
    assert look(small, QUIET) == []
    assert small.got()["ada"] == [[1]]


def test_a_withdrawn_post_does_not_go(small: Desk) -> None:
    small.publish("council", "council")
    with small.store.write() as conn:
        edits.withdraw_if(conn, 1, now=NOW)
    look(small, QUIET)
    assert small.got() == {"ada": [[2]], "bo": [[2]]}


def test_what_became_ready_while_nothing_ran_and_too_long_ago_is_held(desk: Desk) -> None:
    look(desk, MINUTE)
    desk.publish("harbour")
    desk.now += GRACE
    desk.publish("harbour")
    made = look(desk, QUIET + MINUTE)
    assert [one.result for one in made] == [Result.HELD, Result.QUEUED]
    assert made[0].why.startswith("it is too late: it was to go Sun 2026-11-22 08:11 CET")
    assert desk.got() == {"ada": [[2]]}
    assert desk.places()["ada"] == (0, (2,))
    assert look(desk, MINUTE) == []
    assert desk.approve(1).deliveries == 1
    assert desk.got() == {"ada": [[2], [1]]}
    assert desk.places()["ada"] == (2, ())


def test_with_approval_each_post_waits_for_somebodys_word(desk: Desk) -> None:
    desk.change(approve=True)
    desk.publish("council", "council")
    made = look(desk, QUIET)
    assert [one.result for one in made] == [Result.DRAFT, Result.DRAFT]
    assert look(desk, MINUTE) == []
    assert desk.approve(2).deliveries == 2
    assert desk.got() == {"ada": [[2]], "bo": [[2]]}
    desk.approve(1)
    assert desk.got() == {"ada": [[2], [1]], "bo": [[2], [1]]}


def test_an_error_in_a_letter_holds_that_post_once(small: Desk) -> None:
    small.change(postal_address="")
    small.publish("council")
    (made,) = look(small, QUIET)
    assert (made.result, made.faulty) == (Result.HELD, True)
    assert "there is no postal address" in made.why
    assert look(small, MINUTE) == []
    small.change(postal_address="1 Quay Street")
    assert small.approve(1).deliveries == 2


def test_a_cancelled_post_does_not_go_alone_any_more_and_holds_no_other_back(desk: Desk) -> None:
    desk.change(approve=True)
    desk.publish("council")
    look(desk, QUIET)
    with desk.store.write() as conn:
        assert issues.move_if(conn, 1, IssueEvent.CANCEL, now=desk.now)
    desk.change(approve=False)
    desk.publish("council")
    look(desk, QUIET)
    assert desk.got() == {"ada": [[2]], "bo": [[2]]}
    look(desk, MINUTE)
    assert desk.places() == {"ada": (2, ()), "bo": (2, ())}


def test_who_comes_from_a_digest_gets_what_the_others_had_in_one_letter(desk: Desk) -> None:
    desk.join("cy", cadence=Cadence.DAILY)
    desk.publish("harbour", "council")
    look(desk, QUIET)
    switch(desk, "cy", Cadence.AS_IT_HAPPENS)
    (made,) = look(desk, MINUTE)
    assert (made.result, made.deliveries) == (Result.QUEUED, 1)
    assert desk.got()["cy"] == [[1, 2]]
    assert desk.got()["ada"] == [[1], [2]]
    assert look(desk, MINUTE) == []
    assert desk.places()["cy"] == (2, ())


def test_what_comes_together_is_no_more_than_the_maximum_at_a_time(small: Desk) -> None:
    small.change(maximum=2)
    small.join("cy", cadence=Cadence.DAILY)
    small.publish(*["harbour"] * 5)
    look(small, QUIET)
    switch(small, "cy", Cadence.AS_IT_HAPPENS)
    for _ in range(4):
        look(small, MINUTE)
    assert small.got()["cy"] == [[2, 1], [4, 3], [5]]


def test_what_comes_together_and_is_cancelled_does_not_come_back_each_minute(small: Desk) -> None:
    small.join("cy", cadence=Cadence.DAILY)
    small.publish("harbour")
    look(small, QUIET)
    switch(small, "cy", Cadence.AS_IT_HAPPENS)
    small.change(approve=True)
    (made,) = look(small, MINUTE)
    assert made.result is Result.DRAFT
    with small.store.write() as conn:
        assert issues.move_if(conn, made.issue, IssueEvent.CANCEL, now=small.now)
    assert look(small, MINUTE) == []
    assert "cy" not in small.got()


def test_old_posts_that_nobody_wanted_at_their_time_are_not_held_for_who_comes_later(small: Desk) -> None:
    """All who read as it happens have left; months later somebody comes from the digest with posts not had yet."""
    small.leave("ada")
    small.leave("bo")
    small.join("cy", cadence=Cadence.WEEKLY)
    small.publish("harbour", "harbour")
    for _ in range(10):
        look(small, GRACE / 3)
    switch(small, "cy", Cadence.AS_IT_HAPPENS)
    (made,) = look(small, MINUTE)
    assert (made.result, made.variants, made.deliveries) == (Result.QUEUED, 1, 1)
    assert small.got() == {"cy": [[2, 1]]}


def test_who_goes_to_a_digest_gets_there_what_was_not_had(desk: Desk) -> None:
    desk.publish("council", "council")
    desk.now += QUIET - MINUTE
    edit(desk, 1, "Put right")
    look(desk, MINUTE)
    switch(desk, "bo", Cadence.DAILY)
    desk.publish("council")
    desk.assemble(Cadence.DAILY)
    assert desk.got()["bo"] == [[2], [3, 1]]
    assert desk.places()["bo"] == (3, ())


def test_a_held_post_whose_readers_have_it_from_elsewhere_ends(small: Desk) -> None:
    small.change(approve=True)
    small.publish("council")
    look(small, QUIET)
    for name in ("ada", "bo"):
        switch(small, name, Cadence.DAILY)
    small.change(approve=False)
    small.assemble(Cadence.DAILY)
    assert small.approve(1).result is Result.CANCELLED
    assert small.issue(1).state is IssueState.CANCELLED
    assert small.got() == {"ada": [[1]], "bo": [[1]]}


def test_what_waits_is_told_with_its_time(small: Desk) -> None:
    small.publish("harbour", "council")
    small.now += MINUTE
    edit(small, 2, "Put right")
    with small.store.read() as conn:
        found = outlook(conn, small.assembly, now=small.now)
    assert found.resting == {1: NOW + QUIET, 2: NOW + MINUTE + QUIET}
    assert not found.ready


def test_where_nothing_is_new_a_look_costs_one_question_beside_its_mark(small: Desk) -> None:
    small.publish("harbour")
    look(small, QUIET)
    look(small, MINUTE)
    asked: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(small.store._engine, "before_cursor_execute", note)
    look(small, MINUTE)
    event.remove(small.store._engine, "before_cursor_execute", note)
    questions = [one for one in asked if one.startswith("SELECT")]
    assert len(questions) == 2
    assert len([one for one in asked if one.startswith(("INSERT", "UPDATE"))]) == 0


def test_readers_of_quiet_columns_are_moved_on(small: Desk) -> None:
    """Else each look would go through all that came since their last post."""
    small.publish("harbour", "weather")
    look(small, QUIET)
    assert small.places()["bo"] == (2, ())


def test_times_are_those_of_the_last_edit(small: Desk) -> None:
    small.publish("harbour")
    moment: datetime = small.now
    small.now += MINUTE
    edit(small, 1, "Put right")
    look(small, QUIET)
    assert small.issue(1).due == moment + MINUTE + QUIET


def test_a_letter_that_was_stopped_on_its_way_passes_its_post_for_nobody_else(small: Desk) -> None:
    """Its readers were told; who comes from a digest was not."""
    small.join("cy", cadence=Cadence.DAILY)
    small.publish("council")
    look(small, QUIET)
    with small.store.write() as conn:
        assert issues.move_if(conn, 1, IssueEvent.CANCEL, now=small.now)
    switch(small, "cy", Cadence.AS_IT_HAPPENS)
    assert [one.deliveries for one in look(small, MINUTE)] == [1]
    assert small.got()["cy"] == [[1]]
