"""Over any history of edits, issues, corrections and deaths: pages show what is, letters stay as they were sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, update

from publisher.assemble.amending import amend
from publisher.assemble.correcting import correct_pages
from publisher.model.delivery import DeliveryState
from publisher.model.letter import Letter
from publisher.model.post import Post
from publisher.store import archive, corrections, edits, issues, posts, schema
from publisher.store.database import Store, open_store
from publisher.templating import Templates, open_templates
from tests.assembling import Desk

HTML = """<!doctype html><html lang="en" dir="ltr"><head><title>{{ newsletter.name }}</title></head><body>
<h1>{{ newsletter.name }}</h1>{% for story in stories %}<h2>{{ story.post.title }}</h2>
<p>{{ "taken back" if story.withdrawn else "put right" if story.corrected else "as it was" }}</p>{% endfor %}
<p>{{ postal_address | join(' ') }}</p><p><a href="{{ slot.unsubscribe_url }}">Leave</a></p></body></html>
"""
TEXT = "{{ newsletter.name }}\n{{ postal_address | join(' ') }}\nLeave: {{ slot.unsubscribe_url }}\n"
STORY = re.compile(r"<h2>(.*?)</h2>\s*<p>(.*?)</p>")


class Died(Exception):
    """The process died before the transaction was committed."""


class Deadly(Templates):
    """Whoever renders a letter dies."""

    def render(self, name: str, values: Mapping[str, object]) -> str:
        raise Died


class Editors(RuleBasedStateMachine):
    """What is sent is written into a book of its own as well."""

    def __init__(self, store: Store, folder: Path) -> None:
        super().__init__()
        self.desk = Desk(store=store, templates=open_templates(folder))
        living = self.desk.templates
        self.deadly = Deadly(own=living.own, defaults=living._defaults, catalogs=living._catalogs)
        self.posts: list[int] = []
        self.sent: dict[int, Letter] = {}  # by variant
        self.held: dict[int, dict[int, Post]] = {}  # by variant, its posts as they were when it went
        self.letters_about: dict[int, int] = {}  # by issue, how many corrected it

    @initialize()
    def begin(self) -> None:
        self.desk.join("ada")
        self.desk.join("bo", "council")

    @rule(slugs=st.lists(st.sampled_from(["harbour", "council"]), min_size=1, max_size=3))
    def publish(self, slugs: list[str]) -> None:
        self.posts += self.desk.publish(*slugs)

    @precondition(lambda self: self.posts)
    @rule(data=st.data(), how=st.sampled_from(["edit", "edit", "withdraw", "restore"]))
    def change_a_post(self, data: st.DataObject, how: str) -> None:
        seq = data.draw(st.sampled_from(self.posts))
        self.desk.now += timedelta(minutes=1)
        with self.desk.store.write() as conn:
            if how == "edit":
                edits.edit(conn, seq, {"title": f"As of {self.desk.now:%d %H.%M}"}, now=self.desk.now)
            else:
                (edits.withdraw_if if how == "withdraw" else edits.restore_if)(conn, seq, now=self.desk.now)

    @rule(slugs=st.lists(st.sampled_from(["harbour", "council"]), min_size=1, max_size=3))
    def an_issue_goes(self, slugs: list[str]) -> None:
        self.publish(slugs)
        self.desk.now += timedelta(days=1)
        made = self.desk.assemble()
        if not made.deliveries:
            return
        self.letters_about[made.issue] = 0
        with self.desk.store.write() as conn:
            for variant in corrections.variants_of(conn, made.issue):
                self.sent[variant.id] = issues.get_letter(conn, variant.id)
                self.held[variant.id] = posts.with_seqs(conn, list(variant.revisions))
            _deliver_all(conn)

    @rule()
    def pages_are_put_right(self) -> None:
        assert self._correct() == []
        self._check_pages()

    @rule()
    def who_puts_pages_right_dies(self) -> None:
        try:
            self._correct(self.deadly)
        except Died:
            return
        self._check_pages()  # there was nothing to compose

    @precondition(lambda self: self.letters_about)
    @rule(data=st.data(), dies=st.booleans())
    def a_letter_corrects_an_issue(self, data: st.DataObject, dies: bool) -> None:
        number, places = data.draw(st.sampled_from(sorted(self.letters_about))), self.desk.places()

        def enqueue(_conn: Connection, _issue: int) -> None:
            if dies:
                raise Died

        try:
            amend(
                self.desk.store,
                self.desk.assembly,
                number,
                note=("It was wrong.",),
                now=self.desk.now,
                templates=self.desk.templates,
                enqueue=enqueue,
            )
        except Died:
            return
        self.letters_about[number] += 1
        with self.desk.store.write() as conn:
            _deliver_all(conn)
        assert self.desk.places() == places

    @invariant()
    def what_was_sent_stays_as_it_was_sent_and_no_half_letter_is_there(self) -> None:
        ledger = schema.deliveries
        with self.desk.store.read() as conn:
            for variant, letter in self.sent.items():
                assert issues.get_letter(conn, variant) == letter
            for issue, number in self.letters_about.items():
                made = corrections.letters_about(conn, issue)
                assert [one.slot.rpartition("-")[2] for one in made] == [str(one + 1) for one in range(number)]
                for one in made:
                    assert conn.execute(ledger.select().where(ledger.c.issue == one.id)).first()

    def teardown(self) -> None:
        try:
            assert self._correct() == []
            self._check_pages()
            with self.desk.store.read() as conn:
                assert corrections.touched(conn, 0) == []
        finally:
            self.desk.store.close()

    def _correct(self, templates: Templates | None = None) -> list[str]:
        told = templates or self.desk.templates
        return correct_pages(self.desk.store, ["morning"], lambda _: self.desk.assembly, templates=told)

    def _check_pages(self) -> None:
        """Each story of each page is as it is now, and says so where it was another when it went."""
        with self.desk.store.read() as conn:
            now = posts.with_seqs(conn, self.posts)
            for issue in self.letters_about:
                variants = corrections.variants_of(conn, issue)
                for variant, (key, page) in zip(variants, archive.pages_of(conn, issue), strict=True):
                    assert key == variant.key
                    held = self.held[variant.id]
                    expected = [_shown(held[seq], now[seq]) for seq in variant.revisions]
                    assert STORY.findall(page) == expected


def _shown(then: Post, now: Post) -> tuple[str, str]:
    if now.revision == then.revision:
        return then.title, "as it was"
    if now.withdrawn:
        day = now.withdrawn
        return f"This story was withdrawn on {day.day} {day:%B %Y}.", "taken back"
    return now.title, "put right"


def _deliver_all(conn: Connection) -> None:
    """As if the sender had done its work."""
    conn.execute(update(schema.deliveries).values(state=DeliveryState.SENT))
    now = conn.execute(schema.issues.select()).mappings().first()
    assert now
    issues.start_queued(conn, now=now["created"])
    issues.finish_done(conn, now=now["created"])


def test_over_any_history_pages_show_what_is_and_letters_stay_as_they_were_sent(
    migrated_file: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = tmp_path_factory.mktemp("site")
    (site / "letter").mkdir()
    (site / "letter" / "brief.html").write_text(HTML, encoding="utf-8")
    (site / "letter" / "brief.txt").write_text(TEXT, encoding="utf-8")

    def editors() -> Editors:
        folder = tmp_path_factory.mktemp("history")
        (folder / "publisher.db").write_bytes(migrated_file)
        return Editors(open_store("sqlite:///publisher.db", root=folder), site)

    budget = settings(
        max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    run_state_machine_as_test(editors, settings=budget)
