"""Drafts: made ahead, looked at, held, approved, cancelled; what goes is chosen and composed anew."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from publisher.assemble.assembly import Assembled, Result
from publisher.errors import PublisherError
from publisher.model.issue import IssueEvent, IssueState
from publisher.store import claims, edits, issues, proposals, schema, subscribers
from publisher.store.database import Store
from publisher.store.findings import findings_of
from tests.assembling import AHEAD, GRACE, TEXT, Desk, brief_templates
from tests.conftest import NOW
from tests.writers import SENDER

SLOT = NOW + AHEAD


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    """On both databases: two posts, a reader of all and one of the council."""
    desk = Desk(store=store, templates=brief_templates(tmp_path / "templates"))
    desk.join("ada")
    desk.join("bo", "council")
    desk.publish("harbour", "council")
    return desk


@pytest.fixture
def small(sqlite_store: Store, tmp_path: Path) -> Desk:
    """The same on SQLite alone."""
    desk = Desk(store=sqlite_store, templates=brief_templates(tmp_path / "templates"))
    desk.join("ada")
    desk.join("bo", "council")
    desk.publish("harbour", "council")
    return desk


def at_slot(desk: Desk) -> Assembled:
    desk.now = SLOT
    return desk.assemble(at=SLOT)


def rewrite(desk: Desk, text: str) -> None:
    """Somebody edits the template of the text."""
    own = desk.templates.own
    assert own
    (own / "letter" / "brief.txt").write_text(text, encoding="utf-8")


def test_a_draft_has_letters_and_changes_nothing_for_anybody(desk: Desk) -> None:
    made = desk.draft(at=SLOT)
    assert made == Assembled(result=Result.DRAFT, issue=1, variants=2, subject="Post 1", due=SLOT)
    assert desk.rows("issues", "variants", "letters", "deliveries") == [1, 2, 2, 0]
    assert desk.places() == {"ada": (0, ()), "bo": (0, ())}
    issue = desk.issue(1)
    assert (issue.state, issue.due, issue.through_seq, issue.why) == (IssueState.DRAFT, SLOT, 2, "")
    assert desk.queued == []
    with desk.store.read() as conn:
        assert [one.id for one in proposals.waiting(conn, "morning", issue.cadence)] == [1]


def test_a_draft_goes_at_its_slot(desk: Desk) -> None:
    desk.draft(at=SLOT)
    made = at_slot(desk)
    assert (made.result, made.issue, made.deliveries) == (Result.QUEUED, 1, 2)
    assert desk.got() == {"ada": [[1, 2]], "bo": [[2]]}
    assert desk.places() == {"ada": (2, ()), "bo": (2, ())}
    assert desk.queued == [1]
    issue = desk.issue(1)
    assert (issue.state, issue.created, issue.due) == (IssueState.QUEUED, SLOT, SLOT)
    assert issue.expires == SLOT + desk.assembly.lifetime
    assert at_slot(desk).result is Result.ALREADY
    assert desk.queued == [1]


def test_what_came_after_the_draft_was_not_looked_at_and_comes_with_the_next_issue(desk: Desk) -> None:
    desk.draft(at=SLOT)
    desk.publish("harbour")
    at_slot(desk)
    assert desk.got()["ada"] == [[1, 2]]
    desk.assemble(at=SLOT + timedelta(days=1))
    assert desk.got() == {"ada": [[1, 2], [3]], "bo": [[2]]}


def test_who_joined_left_or_changed_columns_since_is_told_rightly(small: Desk) -> None:
    small.join("cy")
    small.draft(at=SLOT)
    small.join("di", "harbour")
    small.leave("ada")
    with small.store.write() as conn:
        bo = subscribers.find(conn, "bo@readers.example")
        assert bo
        chosen = schema.subscriptions.update().where(schema.subscriptions.c.id == bo.subscriptions[0].id)
        conn.execute(chosen.values(columns=""))  # bo takes the harbour too
    at_slot(small)
    assert small.got() == {"bo": [[1, 2]], "cy": [[1, 2]], "di": [[1]]}


def test_a_correction_since_the_draft_is_in_the_letter_and_a_withdrawn_post_is_not(desk: Desk) -> None:
    desk.draft(at=SLOT)
    with desk.store.write() as conn:
        edits.edit(conn, 1, {"title": "Put right"}, now=NOW)
        edits.withdraw_if(conn, 2, now=NOW)
    made = at_slot(desk)
    assert (made.subject, made.deliveries) == ("Put right", 1)
    with desk.store.read() as conn:
        letter = issues.find_letter(conn, 1)
    assert letter
    assert "Put right" in letter.text
    assert desk.rows("variants") == [1]


def test_a_draft_that_is_news_to_nobody_any_more_ends(desk: Desk) -> None:
    desk.draft(at=SLOT)
    desk.assemble(at=NOW)  # by hand, before its slot
    assert at_slot(desk) == Assembled(result=Result.CANCELLED, issue=1)
    assert desk.issue(1).state is IssueState.CANCELLED
    assert desk.got() == {"ada": [[1, 2]], "bo": [[2]]}


def test_a_cancelled_draft_drops_nothing(desk: Desk) -> None:
    desk.draft(at=SLOT)
    with desk.store.write() as conn:
        assert issues.move_if(conn, 1, IssueEvent.CANCEL, now=NOW)
    assert at_slot(desk).result is Result.ALREADY
    assert desk.got() == {}
    desk.assemble(at=SLOT + timedelta(days=1))
    assert desk.got() == {"ada": [[1, 2]], "bo": [[2]]}


def test_a_held_draft_does_not_go_at_its_slot_and_goes_when_it_is_approved(desk: Desk) -> None:
    desk.draft(at=SLOT)
    with desk.store.write() as conn:
        assert proposals.hold(conn, 1, "by hand", now=NOW)
    assert at_slot(desk) == Assembled(result=Result.HELD, issue=1, why="by hand", due=SLOT)
    assert desk.got() == {}
    desk.now = SLOT + timedelta(days=2)  # however late: somebody's word
    assert desk.approve(1).deliveries == 2
    assert desk.issue(1).state is IssueState.QUEUED
    assert desk.issue(1).why == ""


def test_a_draft_waits_for_approval_also_at_its_slot(desk: Desk) -> None:
    desk.change(approve=True)
    desk.draft(at=SLOT)
    assert at_slot(desk) == Assembled(result=Result.DRAFT, issue=1, due=SLOT)
    assert desk.got() == {}
    assert desk.approve(1).result is Result.QUEUED
    assert desk.got() == {"ada": [[1, 2]], "bo": [[2]]}


def test_approved_before_its_slot_it_goes_at_its_slot(desk: Desk) -> None:
    desk.change(approve=True)
    desk.draft(at=SLOT)
    assert desk.approve(1).result is Result.APPROVED
    assert desk.issue(1).state is IssueState.APPROVED
    assert desk.rows("deliveries") == [0]
    assert at_slot(desk).deliveries == 2


def test_without_a_draft_an_issue_that_needs_approval_is_one_at_its_slot(desk: Desk) -> None:
    desk.change(approve=True)
    assert desk.assemble(at=NOW).result is Result.DRAFT
    assert desk.rows("deliveries") == [0]
    assert desk.approve(1).result is Result.QUEUED


def test_an_approved_issue_whose_slot_was_missed_is_held(desk: Desk) -> None:
    desk.change(approve=True)
    desk.draft(at=SLOT)
    desk.approve(1)
    desk.now = SLOT + GRACE + timedelta(seconds=1)
    made = desk.assemble(at=SLOT)
    assert made.result is Result.HELD
    assert made.why == "it is too late: it was to go Sun 2026-11-22 11:00 CET, and `grace` is 6h"
    assert desk.issue(1).why == made.why
    assert desk.rows("deliveries") == [0]


def test_a_template_that_breaks_after_the_draft_holds_it_and_mended_it_goes(desk: Desk) -> None:
    desk.draft(at=SLOT)
    rewrite(desk, TEXT.replace("newsletter.name", "newsletter.title"))
    made = at_slot(desk)
    assert (made.result, made.faulty) == (Result.HELD, True)
    assert "brief.txt:1: " in made.why
    assert "title" in made.why
    assert desk.issue(1).why == made.why
    assert desk.rows("deliveries") == [0]
    with desk.store.read() as conn:
        assert [finding.problem for finding in findings_of(conn, 1)] == [made.why]
    again = desk.approve(1)
    assert (again.result, again.why) == (Result.HELD, made.why)
    rewrite(desk, TEXT)
    assert desk.approve(1).deliveries == 2
    with desk.store.read() as conn:
        assert made.why not in [finding.problem for finding in findings_of(conn, 1)]


def test_approving_ahead_of_its_slot_tries_the_letters_and_holds_what_has_an_error(small: Desk) -> None:
    small.draft(at=SLOT)
    rewrite(small, TEXT.replace("Leave: {{ slot.unsubscribe_url }}", ""))
    made = small.approve(1)
    assert (made.result, made.faulty) == (Result.HELD, True)
    assert "the text has no link to unsubscribe" in made.why
    assert small.issue(1).state is IssueState.HELD
    rewrite(small, TEXT)
    assert small.approve(1).result is Result.APPROVED
    assert at_slot(small).deliveries == 2


def test_a_draft_with_an_error_is_held_at_once(small: Desk) -> None:
    rewrite(small, "{{ nothing }}")
    assert small.draft(at=SLOT).result is Result.HELD
    assert small.rows("issues", "variants", "letters") == [1, 2, 0]


def test_a_draft_is_made_once_and_not_where_there_is_nothing(small: Desk) -> None:
    small.draft(at=SLOT)
    assert small.draft(at=SLOT) == Assembled(result=Result.ALREADY, issue=1)
    small.assemble(at=NOW)
    small.change(skip_empty=False)
    later = SLOT + timedelta(days=1)
    assert small.draft(at=later).result is Result.NO_NEWS
    assert small.assemble(at=later).subject.startswith("Nothing new")
    assert small.got()["ada"] == [[1, 2], []]


def test_too_little_waits_for_the_next_digest(small: Desk) -> None:
    small.change(minimum=2)
    made = small.assemble(at=NOW)
    assert made.deliveries == 1
    assert small.got() == {"ada": [[1, 2]]}
    assert small.places() == {"ada": (2, ()), "bo": (0, ())}
    assert small.assemble(at=SLOT).result is Result.TOO_FEW
    small.publish("council")
    assert small.assemble(at=SLOT).result is Result.QUEUED
    assert small.got() == {"ada": [[1, 2]], "bo": [[3, 2]]}


def test_what_is_cancelled_while_it_is_composed_does_not_go(small: Desk) -> None:
    small.draft(at=SLOT)

    def cancel() -> None:
        with small.store.write() as conn:
            assert issues.move_if(conn, 1, IssueEvent.CANCEL, now=NOW)

    small.meanwhile(cancel)
    assert at_slot(small).result is Result.ALREADY
    assert small.rows("deliveries") == [0]
    assert small.places() == {"ada": (0, ()), "bo": (0, ())}


def test_what_is_held_while_it_is_composed_does_not_go(small: Desk) -> None:
    small.draft(at=SLOT)

    def hold() -> None:
        with small.store.write() as conn:
            assert proposals.hold(conn, 1, "by hand", now=NOW)

    small.meanwhile(hold)
    made = at_slot(small)
    assert (made.result, made.why) == (Result.HELD, "by hand")
    assert small.rows("deliveries") == [0]


def test_a_post_that_is_put_right_or_withdrawn_while_letters_are_made_does_not_go_as_it_was(small: Desk) -> None:
    def correct() -> None:
        with small.store.write() as conn:
            edits.edit(conn, 1, {"title": "Put right"}, now=NOW)
            edits.withdraw_if(conn, 2, now=NOW)

    small.meanwhile(correct)
    made = small.assemble(at=NOW)
    assert (made.subject, made.deliveries) == ("Put right", 1)
    assert small.got() == {"ada": [[1]]}


def test_where_posts_do_not_rest_nothing_is_sent_and_it_is_said(small: Desk) -> None:
    def correct() -> None:
        with small.store.write() as conn:
            edits.edit(conn, 1, {"title": f"Put right {len(times)}"}, now=NOW)
        times.append(1)

    times: list[int] = []
    small.meanwhile(correct, times=100)
    with pytest.raises(PublisherError, match="newsletter 'morning': posts or readers changed 4 times while"):
        small.assemble(at=NOW)
    assert small.rows("issues") == [0]


def test_deliveries_of_a_released_draft_are_claimed_like_any(small: Desk) -> None:
    small.draft(at=SLOT)
    at_slot(small)
    with small.store.write() as conn:
        assert issues.start_queued(conn, now=SLOT) == [1]
        assert {one.email for one in claims.claim(conn, SENDER, limit=9, now=SLOT).claimed} == {
            "ada@readers.example",
            "bo@readers.example",
        }
