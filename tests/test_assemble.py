"""Assembling with the real templates and a real database: what is frozen, and when nothing is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from publisher.assemble.assembly import Assembled, Result
from publisher.errors import StorageError
from publisher.model.issue import IssueState
from publisher.model.letter import Slot as LetterSlot
from publisher.model.schedule import Slot
from publisher.store import claims, issues, ledger, schema, subscribers
from publisher.store.database import Store
from publisher.store.findings import findings_of
from publisher.templating import Templates, open_templates
from tests.conftest import NOW
from tests.morning import ASSEMBLY, NEWSLETTER, SITE, day, fill, make
from tests.writers import SENDER, a_post, put_posts, put_readers


def frozen_rows(store: Store) -> list[int]:
    tables = (schema.issues, schema.variants, schema.letters, schema.deliveries)
    with store.read() as conn:
        return [len(conn.execute(table.select()).all()) for table in tables]


def seen(store: Store) -> list[int]:
    with store.read() as conn:
        return [wish.seen_seq for person in subscribers.get_all(conn) for wish in person.subscriptions]


@pytest.fixture
def house(sqlite_store: Store) -> Store:
    """Two posts of two columns; two readers of both, one of the second alone."""
    fill(sqlite_store, lead="High tide & low")
    return sqlite_store


def test_an_issue_is_made_with_its_letters_and_deliveries(house: Store) -> None:
    made = make(house)
    assert made == Assembled(result=Result.QUEUED, issue=1, deliveries=3, variants=2, subject="High tide & low")
    assert str(made) == "issue 1: 3 letters, “High tide & low”"
    assert frozen_rows(house) == [1, 2, 2, 3]
    with house.read() as conn:
        issue = issues.get_issue(conn, 1)
        letter = issues.find_letter(conn, 1)
    assert (issue.state, issue.due, issue.created, issue.through_seq) == (IssueState.QUEUED, NOW, NOW, 2)
    assert issue.expires == NOW + timedelta(hours=24)
    assert letter
    for words in ("High tide &amp; low", "The vote", "All of post 1.", "All of post 2.", "1 Quay Street", "Mira Voss"):
        assert words in letter.html
        assert words.replace("&amp;", "&") in letter.text
    for part in (letter.html, letter.text):
        assert LetterSlot.UNSUBSCRIBE_URL.mark in part
        assert f"{SITE}/newsletters/morning/daily-2026-11-22" in part


def test_a_reader_of_one_column_gets_just_that(house: Store) -> None:
    make(house)
    with house.write() as conn:
        issues.start_queued(conn, now=NOW)
        claimed = {one.email: one.variant for one in claims.claim(conn, SENDER, limit=9, now=NOW).claimed}
        ada = issues.get_letter(conn, claimed["ada@readers.example"])
        other = issues.get_letter(conn, claimed["reader0@readers.example"])
    assert claimed["reader0@readers.example"] == claimed["reader1@readers.example"]
    assert ada.subject == "The vote"
    assert "All of post 2." in ada.html
    assert "All of post 1." not in ada.html + ada.text
    assert f"{SITE}/newsletters/morning/daily-2026-11-22/" in ada.text
    assert f"{SITE}/newsletters/morning/daily-2026-11-22/" not in other.text


def test_the_date_of_a_letter_is_the_newsrooms(house: Store) -> None:
    make(house)  # in Auckland it is eight in the evening
    with house.read() as conn:
        letter = issues.find_letter(conn, 1)
    assert letter
    assert "Sunday, 22 November 2026" in letter.text


def test_the_date_is_that_of_the_slot_in_its_zone(house: Store) -> None:
    late = Slot(key="2026-11-23", at=datetime.fromisoformat("2026-11-22T18:00:00+00:00"))
    make(house, slot=late)
    with house.read() as conn:
        letter = issues.find_letter(conn, 1)
    assert letter
    assert "Monday, 23 November 2026" in letter.text


def test_doing_it_twice_does_nothing_the_second_time(house: Store) -> None:
    calls: list[int] = []
    assert make(house, enqueue=lambda _, issue: calls.append(issue)).result is Result.QUEUED
    before = frozen_rows(house)
    again = make(house, enqueue=lambda _, issue: calls.append(issue))
    assert (again.result, again.issue) == (Result.ALREADY, 1)
    assert str(again) == "already made"
    assert frozen_rows(house) == before
    assert calls == [1]


def test_the_next_slot_holds_what_is_new_and_nothing_else(house: Store) -> None:
    make(house)
    assert make(house, slot=day(1)).result is Result.NO_NEWS
    assert frozen_rows(house)[0] == 1
    with house.write() as conn:
        put_posts(conn, [a_post(3, title="A new crane")])
    made = make(house, slot=day(1))
    assert (made.result, made.deliveries, made.subject) == (Result.QUEUED, 2, "A new crane")
    with house.read() as conn:
        letter = issues.find_letter(conn, made.issue)
    assert letter
    assert "All of post 1." not in letter.text
    assert seen(house) == [3, 3, 3]


def test_more_than_the_maximum_comes_over_several_issues(house: Store) -> None:
    with house.write() as conn:
        put_posts(conn, [a_post(number) for number in range(3, 9)])
    texts = []
    for number in range(4):
        made = make(house, slot=day(number))
        if made.issue:
            with house.read() as conn:
                texts.append(issues.find_letter(conn, made.issue).text)
    found = [[post for post in range(1, 9) if f"All of post {post}." in text] for text in texts]
    assert found == [[1, 2, 3], [4, 5, 6], [7, 8]]
    assert seen(house) == [8, 8, 8]


def test_no_news_and_no_readers_make_nothing(sqlite_store: Store) -> None:
    assert make(sqlite_store).result is Result.NO_READERS
    with sqlite_store.write() as conn:
        put_readers(conn, 1)
    assert make(sqlite_store).result is Result.NO_NEWS
    with sqlite_store.write() as conn:
        put_posts(conn, [a_post(1, mailable=False), a_post(2, column="kitchen")])
    assert make(sqlite_store).result is Result.NO_NEWS
    assert frozen_rows(sqlite_store) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("late", "result"),
    [(timedelta(hours=6), Result.QUEUED), (timedelta(hours=6, seconds=1), Result.HELD), (timedelta(0), Result.QUEUED)],
)
def test_an_issue_that_is_too_late_is_held_and_nobody_is_asked_to_send_it(
    house: Store, late: timedelta, result: Result
) -> None:
    calls: list[int] = []
    made = make(house, now=NOW + late, enqueue=lambda _, issue: calls.append(issue))
    assert made.result is result
    assert calls == ([1] if result is Result.QUEUED else [])
    with house.write() as conn:
        assert bool(issues.start_queued(conn, now=NOW)) is (result is Result.QUEUED)


def test_what_is_too_late_is_a_proposal_and_its_posts_are_news_still(house: Store) -> None:
    made = make(house, now=NOW + timedelta(hours=7))
    why = "it is too late: it was to go Sun 2026-11-22 20:00 NZDT, and `grace` is 6h"
    assert (made.result, made.why, made.due, made.faulty) == (Result.HELD, why, NOW, False)
    assert str(made) == f"issue 1: held, {why}"
    assert frozen_rows(house) == [1, 2, 2, 0]
    assert seen(house) == [0, 0, 0]
    assert make(house, now=NOW + timedelta(hours=8)) == Assembled(result=Result.HELD, issue=1, why=why, due=NOW)
    assert make(house, slot=day(1)).deliveries == 3


def broken_templates(tmp_path: Path, file: str, text: str) -> Templates:
    own = tmp_path / "templates"
    (own / "letter").mkdir(parents=True)
    (own / "letter" / file).write_text(text, encoding="utf-8")
    return open_templates(own)


def test_a_broken_template_holds_the_issue_and_names_file_line_and_variable(house: Store, tmp_path: Path) -> None:
    templates = broken_templates(tmp_path, "digest.txt", "{% for story in storys %}{% endfor %}\n")
    made = make(house, templates=templates)
    assert (made.result, made.faulty) == (Result.HELD, True)
    assert "digest.txt:1: `storys` is not known here; known are: stories" in made.why
    assert frozen_rows(house) == [1, 2, 0, 0]  # which posts it would have is known, and no letter
    assert seen(house) == [0, 0, 0]
    with house.read() as conn:
        assert issues.get_issue(conn, 1).why == made.why
        assert [finding.problem for finding in findings_of(conn, 1)] == [made.why]
        assert issues.find_letter(conn, 1) is None


def test_a_broken_subject_is_told_with_its_place_in_config(house: Store) -> None:
    made = make(house, replace(ASSEMBLY, newsletter=replace(NEWSLETTER, subject="{{ leed.title }}")))
    assert made.result is Result.HELD
    assert "newsletters.morning.subject: `leed` is not known here; known are: lead" in made.why


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("digest.txt", "News, and {{ postal_address | join(' ') }}\n", "the text has no link to unsubscribe; write"),
        ("digest.txt", "Leave: {{ slot.unsubscribe_url }}\n", "the text does not show the postal address; print"),
        ("digest.html", "<p>{{ postal_address | join(' ') }}</p>", "the HTML has no link to unsubscribe; write href"),
    ],
)
def test_a_letter_against_the_law_is_held_and_says_what_to_change(
    house: Store, tmp_path: Path, file: str, text: str, says: str
) -> None:
    made = make(house, templates=broken_templates(tmp_path, file, text))
    assert (made.result, made.faulty) == (Result.HELD, True)
    assert says in made.why
    assert frozen_rows(house) == [1, 2, 2, 0]  # its letters can be looked at
    assert seen(house) == [0, 0, 0]


def test_an_empty_subject_is_not_sent(house: Store) -> None:
    made = make(house, replace(ASSEMBLY, newsletter=replace(NEWSLETTER, subject="{{ '' }}")))
    assert "the subject is empty; set `newsletters." in made.why
    assert frozen_rows(house)[3] == 0


def test_the_engine_is_called_in_the_transaction_that_writes_the_issue(house: Store) -> None:
    def look(conn: Connection, issue: int) -> None:
        assert issues.get_issue(conn, issue).state is IssueState.QUEUED
        assert sum(ledger.counts(conn, issue).values()) == 3
        assert frozen_rows(house) == [0, 0, 0, 0]  # for all others it is not there yet

    assert make(house, enqueue=look).result is Result.QUEUED


def test_when_the_engine_refuses_nothing_is_frozen(house: Store) -> None:
    def refuse(conn: Connection, issue: int) -> None:
        raise StorageError("the queue is gone", retry=True)

    with pytest.raises(StorageError, match="the queue is gone"):
        make(house, enqueue=refuse)
    assert frozen_rows(house) == [0, 0, 0, 0]
    assert seen(house) == [0, 0, 0]
    assert make(house).result is Result.QUEUED


class Meanwhile(Templates):
    """The real templates; when the first letter is rendered, something else happens to the house."""

    def __init__(self, then: Callable[[], object]) -> None:
        real = open_templates(None)
        super().__init__(own=real.own, defaults=real._defaults, catalogs=real._catalogs)
        self._then: list[Callable[[], object]] = [then]

    def render(self, name: str, values: object) -> str:
        if self._then:
            self._then.pop()()
        return super().render(name, values)


def leave(store: Store, *names: str) -> None:
    with store.write() as conn:
        for name in names:
            assert subscribers.leave_all(conn, f"{name}@readers.example", now=NOW, how="one-click")


def test_who_leaves_while_it_is_composed_gets_nothing(house: Store) -> None:
    made = make(house, templates=Meanwhile(lambda: leave(house, "reader0", "ada")))
    assert (made.result, made.deliveries) == (Result.QUEUED, 1)
    with house.read() as conn:
        assert sum(ledger.counts(conn, made.issue).values()) == 1


def test_when_all_leave_while_it_is_composed_there_is_no_issue(house: Store) -> None:
    calls: list[int] = []
    made = make(
        house,
        templates=Meanwhile(lambda: leave(house, "reader0", "reader1", "ada")),
        enqueue=lambda _, issue: calls.append(issue),
    )
    assert made.result is Result.NO_READERS
    assert frozen_rows(house) == [0, 0, 0, 0]
    assert calls == []


def test_when_another_was_quicker_the_issue_is_made_once(house: Store) -> None:
    made = make(house, templates=Meanwhile(lambda: make(house)))
    assert (made.result, made.issue) == (Result.ALREADY, 1)
    assert frozen_rows(house) == [1, 2, 2, 3]


def test_when_another_slot_was_quicker_nobody_gets_a_post_twice(house: Store) -> None:
    other = Slot(key="by-hand", at=NOW)
    made = make(house, templates=Meanwhile(lambda: make(house, slot=other)))
    assert made.result is Result.NO_NEWS
    assert frozen_rows(house) == [1, 2, 2, 3]


def test_a_post_that_comes_while_it_is_composed_waits_for_the_next_issue(house: Store) -> None:
    def publish() -> None:
        with house.write() as conn:
            put_posts(conn, [a_post(3, title="Just in")])

    make(house, templates=Meanwhile(publish))
    assert seen(house) == [2, 2, 2]
    assert make(house, slot=day(1)).subject == "Just in"


def test_several_at_once_make_one_issue(store: Store) -> None:
    """On both databases: four threads, one slot."""
    with store.write() as conn:
        put_posts(conn, [a_post(1)])
        put_readers(conn, 5)
    ready = threading.Barrier(4)
    results: list[Result] = []

    def run() -> None:
        ready.wait()
        results.append(make(store).result)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == sorted([Result.QUEUED, Result.ALREADY, Result.ALREADY, Result.ALREADY])
    assert frozen_rows(store) == [1, 1, 1, 5]


def test_pictures_of_a_letter_have_whole_addresses(house: Store) -> None:
    with house.write() as conn:
        body = '<p>A picture.</p><img src="media:0123456789abcdef0123.png" alt="A crane">'
        put_posts(conn, [replace(a_post(3), body=body)])
    make(house)
    with house.read() as conn:
        letter = issues.find_letter(conn, 1)
    assert letter
    assert f"{SITE}/media/0123456789abcdef0123.png" in letter.html
    assert "media:" not in letter.html
