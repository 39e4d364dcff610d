"""What was approved is what goes: no other text, no post more, no other design, and nobody else decides about it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from publisher.assemble.assembly import Result
from publisher.assemble.galleys import NotAsSeen, galley_of
from publisher.assemble.looking import look
from publisher.assemble.releasing import UNLIKE, Word, approve, hold_if_unlike
from publisher.model.galley import Galley
from publisher.model.issue import IssueState
from publisher.model.subscriber import Cadence
from publisher.store import audit, edits, held, posts
from publisher.store.database import Store
from tests.assembling import AHEAD, Desk, brief_templates
from tests.conftest import NOW
from tests.writers import take

SLOT = NOW + AHEAD


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    """On both databases: a draft with two posts, each for all readers."""
    return a_desk(store, tmp_path)


@pytest.fixture
def small(sqlite_store: Store, tmp_path: Path) -> Desk:
    """The same on SQLite alone."""
    return a_desk(sqlite_store, tmp_path)


def a_desk(store: Store, tmp_path: Path) -> Desk:
    desk = Desk(store=store, templates=brief_templates(tmp_path / "templates"))
    desk.change(approve=True)
    desk.join("ada")
    desk.publish("harbour", "council")
    desk.draft(at=SLOT)
    return desk


def at_slot(desk: Desk) -> Result:
    desk.now = SLOT
    return desk.assemble(at=SLOT).result


def seen(desk: Desk) -> Galley:
    found = look(desk.store, desk.assembly, 1, now=desk.now, is_told=True)
    return galley_of(desk.assembly, found.issue, found.arranged, found.posts, templates=desk.templates)


def approve_seen(desk: Desk, galley: Galley) -> Result:
    return approve(
        desk.store, desk.assembly, 1, now=desk.now, templates=desk.templates, enqueue=desk._enqueue,
        word=Word(seen=galley),
    ).result  # fmt: skip


def edited(conn: Connection) -> None:
    edits.edit(conn, 1, {"title": "Other words"}, now=NOW)


def told_otherwise(conn: Connection) -> None:
    post = posts.with_seqs(conn, [1])[1]
    posts.save(conn, [take(replace(post, title="Other words", revision=2, revised=NOW))])


def withdrawn(conn: Connection) -> None:
    edits.withdraw_if(conn, 1, now=NOW)


def held_back(conn: Connection) -> None:
    held.hold_if(conn, 1, now=NOW)


@pytest.mark.parametrize(
    ("deed", "why"),
    [
        (edited, "“Other words” was edited after it was approved"),
        (told_otherwise, "“Other words” was edited after it was approved"),
        (withdrawn, "“Post 1” was withdrawn after it was approved"),
        (held_back, "“Post 1” was held back after it was approved"),
    ],
)
def test_an_approved_issue_is_held_in_the_moment_in_which_its_post_is_changed(
    desk: Desk, deed: Callable[[Connection], None], why: str
) -> None:
    desk.approve(1)
    with desk.store.write() as conn:
        deed(conn)
    assert (desk.issue(1).state, desk.issue(1).why) == (IssueState.HELD, why)
    with desk.store.read() as conn:
        row = audit.newest(conn, only=audit.Only(subject="issue:1"), limit=1)[0]
    assert (row.act, row.who, row.before) == ("issue.hold", "the program", "approved")
    assert at_slot(desk) is Result.HELD
    assert desk.got() == {}
    assert desk.approve(1).deliveries == 1


def test_a_draft_and_what_has_gone_are_not_held_for_an_edit(small: Desk) -> None:
    with small.store.write() as conn:
        edited(conn)
    assert small.issue(1).state is IssueState.DRAFT
    small.approve(1)
    assert at_slot(small) is Result.QUEUED
    with small.store.write() as conn:
        edits.edit(conn, 1, {"title": "Again other words"}, now=NOW)
    assert small.issue(1).state is IssueState.QUEUED


def test_an_edit_that_comes_while_it_is_approved_does_not_go_unseen(desk: Desk) -> None:
    galley, said = seen(desk), list[object]()

    def say() -> None:
        try:
            said.append(approve_seen(desk, galley))
        except NotAsSeen as wrong:
            said.append(wrong)

    approving = threading.Thread(target=say)
    with desk.store.write() as conn:
        edited(conn)
        approving.start()
        approving.join(0.5)  # on PostgreSQL it is through then, and has not seen the edit; on SQLite it waits
    approving.join()
    assert isinstance(said[0], NotAsSeen) or said[0] is Result.APPROVED
    assert at_slot(desk) in (Result.HELD, Result.DRAFT)
    assert desk.got() == {}


def test_who_says_go_says_so_of_what_they_saw(desk: Desk) -> None:
    galley = seen(desk)
    with desk.store.write() as conn:
        edited(conn)
    for now in (desk.now, SLOT):  # to go at its time, and at once
        desk.now = now
        with pytest.raises(NotAsSeen):
            approve_seen(desk, galley)
        assert desk.issue(1).state is IssueState.DRAFT
    assert approve_seen(desk, seen(desk)) is Result.QUEUED


def test_what_an_approved_issue_did_not_have_comes_with_the_next_one(small: Desk) -> None:
    with small.store.write() as conn:
        held_back(conn)
    small.approve(1)
    with small.store.write() as conn:
        held.release_if(conn, 1)
    assert at_slot(small) is Result.QUEUED
    assert small.got() == {"ada": [[2]]}
    small.now = SLOT + timedelta(days=1)
    small.assemble()
    small.approve(2)
    assert small.got() == {"ada": [[2], [1]]}


def test_whoever_chooses_other_columns_meanwhile_holds_nothing_and_loses_nothing(small: Desk) -> None:
    small.leave("ada")
    small.join("bo", "council")
    small.publish("harbour", "council")
    small.draft(at=SLOT + timedelta(minutes=1))
    assert small.approve(2).result is Result.APPROVED
    small.prefer("bo", Cadence.DAILY, ())
    small.now = SLOT + timedelta(minutes=1)
    assert small.assemble(at=small.now).result is Result.QUEUED
    assert small.got()["bo"] == [[4, 2]]  # of the council, as it was approved
    small.publish("harbour")
    small.now += timedelta(days=1)
    small.assemble()
    small.approve(3)
    assert small.got()["bo"] == [[4, 2], [5, 3, 1]]


def test_another_subject_or_sender_in_the_config_holds_what_was_approved(small: Desk) -> None:
    small.approve(1)
    newsletter = small.assembly.newsletter
    small.change(newsletter=replace(newsletter, subject="Buy {{ lead.title }}"))
    assert hold_if_unlike(small.store, small.assembly, 1, now=small.now, templates=small.templates) == UNLIKE
    assert small.issue(1).why == UNLIKE
    small.change(newsletter=newsletter)
    small.now += timedelta(minutes=1)
    assert small.approve(1).result is Result.APPROVED
    assert hold_if_unlike(small.store, small.assembly, 1, now=small.now, templates=small.templates) == ""
    small.change(newsletter=replace(newsletter, from_address="other@courier.example"))
    assert at_slot(small) is Result.HELD
    small.change(newsletter=newsletter)
    assert small.approve(1).deliveries == 1


def test_an_approved_issue_whose_config_stays_goes_at_its_slot(desk: Desk) -> None:
    desk.approve(1)
    desk.join("bo")
    assert at_slot(desk) is Result.QUEUED
    assert "ada" in desk.got()
