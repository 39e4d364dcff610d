"""What is put right after it was sent: the page says so, the letter stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from publisher.assemble.correcting import THROUGH, correct_pages
from publisher.errors import StorageError
from publisher.model.issue import IssueEvent, IssueState
from publisher.model.letter import Letter
from publisher.store import archive, corrections, edits, issues, marks, posts, schema, threads
from publisher.store.database import Store
from publisher.templating import Templates, open_templates
from tests.conftest import NOW
from tests.morning import ASSEMBLY, COLUMNS, fill, make
from tests.writers import a_post, put_posts, put_readers

LATER = NOW + timedelta(hours=3)  # already the next day in Auckland, where the newsletter is


def correct(store: Store, *, templates: Templates | None = None, whole: bool = False) -> list[str]:
    told = templates or open_templates(None)
    return correct_pages(store, ["morning"], lambda _slug: ASSEMBLY, templates=told, whole=whole)


@pytest.fixture
def sent(sqlite_store: Store) -> Store:
    return sent_by(sqlite_store)


@pytest.fixture
def any_sent(store: Store) -> Store:
    return sent_by(store)


def sent_by(store: Store) -> Store:
    """An issue of two posts in two variants that went out."""
    fill(store)
    make(store)
    with store.write() as conn:
        issues.start_queued(conn, now=NOW)
    assert correct(store) == []
    return store


def edit(store: Store, seq: int, **values: str) -> None:
    with store.write() as conn:
        assert edits.edit(conn, seq, values, now=LATER)


def pages(store: Store) -> dict[str, str]:
    with store.read() as conn:
        return dict(archive.pages_of(conn, 1))


def letters(store: Store) -> list[Letter]:
    with store.read() as conn:
        return [issues.get_letter(conn, row) for row in conn.execute(select(schema.variants.c.id)).scalars().all()]


def mark(store: Store) -> str:
    with store.read() as conn:
        return archive.shown_mark(conn, "morning")


def test_a_corrected_post_is_on_the_page_with_day_and_note_and_the_letter_stays(sent: Store) -> None:
    before, shown, as_sent = pages(sent), mark(sent), letters(sent)
    edit(sent, 1, body="<p>The tide was at four.</p>", note="We wrote five.")
    assert correct(sent) == []
    after = pages(sent)
    assert list(after) == list(before)
    other = next(key for key in after if key != "all")
    assert after[other] == before[other]  # ada's letter has just the other post
    assert "The tide was at four." in after["all"]
    assert "Corrected on 22 November 2026: We wrote five." in after["all"]
    assert "All of post 2." in after["all"]
    assert letters(sent) == as_sent
    assert mark(sent) != shown
    with sent.read() as conn:
        assert archive.shown_issues(conn, "morning")[0].corrected == LATER


def test_a_withdrawn_post_is_gone_from_the_page_but_for_a_line(sent: Store) -> None:
    with sent.write() as conn:
        assert edits.withdraw_if(conn, 2, now=LATER)
    assert correct(sent) == []
    for page in pages(sent).values():
        assert "This story was withdrawn on 22 November 2026." in page
        assert "The vote" not in page
        assert "All of post 2." not in page
    assert "All of post 1." in pages(sent)["all"]


def test_what_was_corrected_first_stays_marked_when_another_is(any_sent: Store) -> None:
    edit(any_sent, 1, title="Low tide")
    correct(any_sent)
    with any_sent.write() as conn:
        assert edits.edit(conn, 2, {"title": "The count"}, now=LATER + timedelta(days=2))
    correct(any_sent)
    page = pages(any_sent)["all"]
    assert "Corrected on 22 November 2026." in page
    assert "Corrected on 24 November 2026." in page
    with any_sent.read() as conn:
        assert archive.shown_issues(conn, "morning")[0].corrected == LATER + timedelta(days=2)


def test_where_nothing_was_put_right_nothing_is_composed(sent: Store, tmp_path: Path) -> None:
    before = mark(sent)
    with sent.write() as conn:
        put_posts(conn, [a_post(3, title="Not in any issue")])
    edit(sent, 3, title="Another name")
    broken = tmp_path / "letter"
    broken.mkdir()
    (broken / "digest.html").write_text("{{ no_such_value }}")
    assert correct(sent, templates=open_templates(tmp_path)) == []
    assert correct(sent, templates=open_templates(tmp_path), whole=True) == []
    assert mark(sent) == before


def test_a_post_that_only_counts_as_changed_was_not_corrected(sent: Store) -> None:
    before = pages(sent)
    with sent.write() as conn:
        threads.touch(conn, [1])
        assert posts.changed_since(conn, [1], 2)
    correct(sent)
    assert pages(sent) == before


def test_what_is_not_released_or_was_cancelled_gets_no_page(sent: Store) -> None:
    with sent.write() as conn:
        assert issues.move_if(conn, 1, IssueEvent.CANCEL, now=NOW)
    edit(sent, 1, title="Low tide")
    with sent.read() as conn:
        assert corrections.touched(conn, 0) == []


def test_a_column_that_config_toml_has_no_more_stays_on_the_page(sent: Store) -> None:
    edit(sent, 1, title="Low tide")
    left = replace(ASSEMBLY, columns={"harbour": COLUMNS["harbour"]})
    assert correct_pages(sent, ["morning"], lambda _slug: left, templates=open_templates(None)) == []
    assert "Council" in pages(sent)["all"]


def test_a_broken_template_leaves_the_page_and_it_is_tried_again(sent: Store, tmp_path: Path) -> None:
    before = pages(sent)
    folder = tmp_path / "letter"
    folder.mkdir()
    (folder / "digest.html").write_text("{{ no_such_value }}")
    edit(sent, 1, title="Low tide")
    for _ in range(2):
        problems = correct(sent, templates=open_templates(tmp_path))
        assert len(problems) == 1
        assert "issue 1" in problems[0]
        assert "no_such_value" in problems[0]
        assert "digest.html" in problems[0]
    assert pages(sent) == before
    assert correct(sent) == []
    assert "Low tide" in pages(sent)["all"]


@pytest.mark.parametrize("table", ["letters", "marks"])
def test_who_is_stopped_half_way_begins_again_and_ends_the_same(sent: Store, table: str) -> None:
    """The database refuses in the transaction that writes an issue's pages, or where it is kept how far all came."""
    edit(sent, 1, title="Low tide")
    before = pages(sent)
    with sent.write() as conn:
        conn.execute(text(f"CREATE TRIGGER stop BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'stopped'); END"))
    with pytest.raises(StorageError, match="stopped"):
        correct(sent)
    assert (pages(sent) == before) == (table == "letters")
    with sent.write() as conn:
        assert int(marks.get(conn, THROUGH)) == 2
        assert issues.get_issue(conn, 1).state is IssueState.SENDING
        conn.execute(text("DROP TRIGGER stop"))
    assert correct(sent) == []
    assert "Low tide" in pages(sent)["all"]
    with sent.read() as conn:
        assert int(marks.get(conn, THROUGH)) == 3


def test_a_draft_that_is_released_after_a_correction_is_no_correction(sqlite_store: Store) -> None:
    """Which revision stands in a letter is that of the moment when it went."""
    with sqlite_store.write() as conn:
        put_posts(conn, [a_post(1, title="High tide")])
        put_readers(conn, 1)
    edit(sqlite_store, 1, title="Low tide")
    make(sqlite_store)
    with sqlite_store.read() as conn:
        assert issues.get_issue(conn, 1).state is IssueState.QUEUED
        assert corrections.touched(conn, 0) == []
    assert correct(sqlite_store) == []
    assert "Corrected on" not in pages(sqlite_store)["all"]
