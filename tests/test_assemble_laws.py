"""Over any history: no post twice to a reader, and none of his dropped, whatever he and the newsroom do.

The real functions on a real database; beside it a book in plain Python of what each reader
is owed, which knows nothing of places in the news. A post is owed to a reader from the
moment at which it is news to him: seen by us after he joined, or young enough when he
did, of a column that he has chosen. What his columns are decides when he gets it; a column
he gives up takes with it what he did not get of it, and a column he takes brings what is
above his place in the news. The book reads that place from the database just where a
reader himself changes something, and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from sqlalchemy import Connection

from publisher.model.issue import IssueEvent
from publisher.model.subscriber import Cadence
from publisher.store import edits, issues, posts, proposals
from publisher.store.comeback import make_news_again
from publisher.store.database import Store, open_store
from publisher.templating import Templates
from tests.assembling import AHEAD, COLUMNS, GRACE, Desk, brief_templates
from tests.conftest import database_at

if TYPE_CHECKING:
    from psycopg import Connection as Postgres

DIGESTS = (Cadence.DAILY, Cadence.WEEKLY)
CADENCES = (*DIGESTS, Cadence.AS_IT_HAPPENS)
NAMES = ("ada", "bo", "cy", "di", "eve", "fay", "gus")

column_sets = st.sampled_from([(), ("harbour",), ("council",), ("council", "harbour")])
cadences = st.sampled_from([Cadence.DAILY, *CADENCES])
some_news = st.lists(st.sampled_from(COLUMNS[:2]), min_size=1, max_size=3)
spans = st.sampled_from([timedelta(minutes=1), timedelta(minutes=9), timedelta(hours=2), timedelta(hours=7)])


class Killed(Exception):
    """The process died before the transaction was committed."""


@dataclass
class Reader:
    """What the book knows of a reader."""

    cadence: Cadence
    columns: tuple[str, ...]
    there: bool = True
    owed: set[int] = field(default_factory=set)
    ever_owed: set[int] = field(default_factory=set)
    taken_back: set[int] = field(default_factory=set)  # owed, when it was withdrawn

    def owe(self, seqs: Iterable[int]) -> None:
        self.owed.update(seqs)
        self.ever_owed.update(self.owed)


class Newsroom(RuleBasedStateMachine):
    """Posts, readers, drafts, slots, hands and deaths in any order."""

    def __init__(self, store: Store, templates: Templates) -> None:
        super().__init__()
        self.desk = Desk(store=store, templates=templates)
        self.column_of: dict[int, str] = {}  # of what stands
        self.withdrawn: dict[int, str] = {}
        self.readers: dict[str, Reader] = {}
        self.coming: list[tuple[Cadence, datetime]] = []  # slots that have a draft, or may have one
        self.passed: set[int] = set()  # cancelled as letters of their own
        self.dies = False

    @initialize(readers=st.lists(st.tuples(column_sets, cadences), min_size=3, max_size=5), minimum=st.integers(1, 2))
    def begin(self, readers: list[tuple[tuple[str, ...], Cadence]], minimum: int) -> None:
        self.desk.change(minimum=minimum, maximum=2)
        for columns, cadence in readers:
            self.join(columns, cadence)

    # What happens in the world.

    @rule(slugs=some_news)
    def publish(self, slugs: list[str]) -> None:
        for seq, slug in zip(self.desk.publish(*slugs), slugs, strict=True):
            self.column_of[seq] = slug
            for reader in self.readers.values():
                if reader.there and slug in (reader.columns or COLUMNS):
                    reader.owe([seq])

    @precondition(lambda self: self.column_of)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        seq = data.draw(st.sampled_from(sorted(self.column_of)))
        with self.desk.store.write() as conn:
            edits.withdraw_if(conn, seq, now=self.desk.now)
        self.withdrawn[seq] = self.column_of.pop(seq)
        got = self._got()
        for name, reader in self.readers.items():
            if seq in reader.owed - got[name]:
                reader.owed.discard(seq)
                reader.taken_back.add(seq)

    @precondition(lambda self: self.withdrawn)
    @rule(data=st.data())
    def bring_back(self, data: st.DataObject) -> None:
        seq = data.draw(st.sampled_from(sorted(self.withdrawn)))
        with self.desk.store.write() as conn:
            since = posts.with_seqs(conn, [seq])[seq].withdrawn
            assert edits.restore_if(conn, seq, now=self.desk.now)
            make_news_again(conn, seq, {"morning": COLUMNS}, was_news_until=since)
        self.column_of[seq] = self.withdrawn.pop(seq)
        for name, reader in self.readers.items():
            unread = self._unread(name)
            if reader.there and seq not in self.passed:
                assert seq not in reader.taken_back or seq in unread, f"{seq} is back and no news to {name}"
            reader.owe({seq} & unread)

    @precondition(lambda self: self.column_of)
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        seq = data.draw(st.sampled_from(sorted(self.column_of)))
        with self.desk.store.write() as conn:
            edits.edit(conn, seq, {"title": f"As of {self.desk.now}"}, now=self.desk.now)

    @rule(span=spans)
    def time_passes(self, span: timedelta) -> None:
        self.desk.now += span

    # What readers do.

    @precondition(lambda self: len(self.readers) < len(NAMES))
    @rule(columns=column_sets, cadence=cadences)
    def somebody_joins(self, columns: tuple[str, ...], cadence: Cadence) -> None:
        self.join(columns, cadence)

    def join(self, columns: tuple[str, ...], cadence: Cadence) -> None:
        name = NAMES[len(self.readers)]
        self.desk.join(name, *columns, cadence=cadence)
        self.readers[name] = Reader(cadence=cadence, columns=columns)
        self.readers[name].owe(self._unread(name))

    @precondition(lambda self: self.readers)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.readers)))
        self.desk.leave(name)
        self.readers[name].there = False

    @precondition(lambda self: self.readers)
    @rule(data=st.data(), columns=st.none() | column_sets, cadence=cadences)
    def choose_anew(self, data: st.DataObject, columns: tuple[str, ...] | None, cadence: Cadence) -> None:
        name = data.draw(st.sampled_from(sorted(self.readers)))
        reader = self.readers[name]
        before = set(reader.columns or COLUMNS)
        if not self.desk.prefer(name, cadence, reader.columns if columns is None else columns):
            return
        reader.cadence, reader.columns = cadence, reader.columns if columns is None else columns
        kept = before & set(reader.columns or COLUMNS)
        got, unread = self._got()[name], self._unread(name)
        waiting = {seq for seq in reader.owed - got if self.column_of.get(seq) in kept} - self.passed
        assert waiting <= unread, f"what {name} waited for is no news any more"
        reader.owed = set(got)
        reader.taken_back.clear()  # what he chose then is not what he chooses now
        reader.owe(unread)

    # What the newsroom does.

    @rule(
        maximum=st.integers(1, 4),
        minimum=st.sampled_from([1, 2, 2]),
        approve=st.sampled_from([False, False, True]),
        skip_empty=st.booleans(),
    )
    def configure(self, maximum: int, minimum: int, approve: bool, skip_empty: bool) -> None:
        facts = {"maximum": maximum, "minimum": min(minimum, maximum), "approve": approve, "skip_empty": skip_empty}
        self.desk.change(**facts)

    @rule(cadence=st.sampled_from(DIGESTS))
    def draft(self, cadence: Cadence) -> None:
        at = self.desk.now + AHEAD
        self.coming.append((cadence, at))
        self.desk.draft(cadence, at=at)

    @rule(slugs=some_news, cadence=st.sampled_from([Cadence.DAILY, *DIGESTS]))
    def news_and_a_slot_without_a_draft(self, slugs: list[str], cadence: Cadence) -> None:
        self.publish(slugs)
        self.desk.now += timedelta(minutes=1)
        self._alive(lambda: self.desk.assemble(cadence, at=self.desk.now))

    @precondition(lambda self: self.coming)
    @rule(late=spans)
    def a_slot_with_a_draft(self, late: timedelta) -> None:
        cadence, at = self.coming[0]
        self.desk.now = max(self.desk.now, at + (late if late > GRACE else timedelta(0)))
        if self._alive(lambda: self.desk.assemble(cadence, at=at)):
            self.coming.pop(0)

    @rule(span=spans)
    def look_at_single_posts(self, span: timedelta) -> None:
        self.desk.now += span
        self._alive(self.desk.singles)

    @rule(data=st.data(), hand=st.sampled_from(["hold", "approve", "approve", "cancel"]))
    def a_hand(self, data: st.DataObject, hand: str) -> None:
        waiting = self._proposals()
        if not waiting:
            return
        issue = data.draw(st.sampled_from(waiting))
        if hand == "approve":
            self._alive(lambda: self.desk.approve(issue))
            return
        with self.desk.store.write() as conn:
            if hand == "hold":
                proposals.hold(conn, issue, "by hand", now=self.desk.now)
            else:
                self._cancel(conn, issue)

    @rule()
    def the_next_thing_is_killed(self) -> None:
        self.dies = True

    def _cancel(self, conn: Connection, issue: int) -> None:
        if issues.get_issue(conn, issue).cadence is Cadence.AS_IT_HAPPENS:
            self.passed |= proposals.posts_of(conn, issue)
        assert issues.move_if(conn, issue, IssueEvent.CANCEL, now=self.desk.now)

    def _alive(self, act: Callable[[], object]) -> bool:
        """Do it; False where the process is killed just before it commits."""
        dies, self.dies = self.dies, False
        self.desk.at_release = _die if dies else None
        try:
            act()
        except Killed:
            return False
        finally:
            self.desk.at_release = None
        return True

    # What must be so.

    @invariant()
    def no_post_comes_twice(self) -> None:
        for name, letters in self.desk.got().items():
            twice = [seq for seq, times in Counter(seq for letter in letters for seq in letter).items() if times > 1]
            assert not twice, f"{name} got {twice} twice"

    @invariant()
    def nobody_gets_what_is_not_owed(self) -> None:
        for name, got in self._got().items():
            assert got <= self.readers[name].ever_owed, f"{name} got {got - self.readers[name].ever_owed}"

    def teardown(self) -> None:
        try:
            self._come_to_rest()
            got = self._got()
            for name, reader in self.readers.items():
                if reader.there:
                    lost = reader.owed - got[name] - self.passed
                    assert not lost, f"{name} never got {lost}"
            self.no_post_comes_twice()
            self.nobody_gets_what_is_not_owed()
        finally:
            self.desk.store.close()

    def _come_to_rest(self) -> None:
        """All is approved, and there is time enough for everything."""
        self.desk.change(approve=False, minimum=1, maximum=4)
        for issue in self._proposals():
            self.desk.approve(issue)
        self.desk.now += GRACE
        for _ in range(len(self.column_of) + 2):
            self.desk.now += timedelta(days=1)
            for cadence in DIGESTS:
                self.desk.assemble(cadence, at=self.desk.now)
            self.desk.singles()
            for issue in self._proposals():
                self.desk.approve(issue)

    def _proposals(self) -> list[int]:
        with self.desk.store.read() as conn:
            return [issue.id for cadence in CADENCES for issue in proposals.waiting(conn, "morning", cadence)]

    def _got(self) -> dict[str, set[int]]:
        got = self.desk.got()
        return {name: {seq for letter in got.get(name, []) for seq in letter} for name in self.readers}

    def _unread(self, name: str) -> set[int]:
        """What is news to a reader by his place in the news, of what stands."""
        seen, ahead = self.desk.places()[name]
        chosen = self.readers[name].columns or COLUMNS
        return {seq for seq, slug in self.column_of.items() if slug in chosen and seq > seen and seq not in ahead}


def _die() -> None:
    raise Killed


def live(newsroom: Callable[[], Newsroom], *, histories: int, steps: int) -> None:
    budget = settings(
        max_examples=histories, stateful_step_count=steps, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    run_state_machine_as_test(newsroom, settings=budget)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return brief_templates(tmp_path_factory.mktemp("site") / "templates")


def test_over_any_history_nothing_comes_twice_and_nothing_is_dropped(
    migrated_file: bytes, tmp_path_factory: pytest.TempPathFactory, templates: Templates
) -> None:
    def newsroom() -> Newsroom:
        folder = tmp_path_factory.mktemp("history")
        (folder / "publisher.db").write_bytes(migrated_file)
        return Newsroom(open_store("sqlite:///publisher.db", root=folder), templates)

    live(newsroom, histories=12, steps=25)


def test_it_is_so_on_postgresql(
    postgres_url: str, migrated_postgres: Postgres[Any], tmp_path: Path, templates: Templates
) -> None:
    numbers = count()

    def newsroom() -> Newsroom:
        name = f"history_{next(numbers)}"
        migrated_postgres.execute(f"CREATE DATABASE {name} TEMPLATE migrated".encode())
        return Newsroom(open_store(database_at(postgres_url, name), root=tmp_path), templates)

    live(newsroom, histories=4, steps=20)
    for number in range(next(numbers)):
        migrated_postgres.execute(f"DROP DATABASE history_{number} WITH (FORCE)".encode())
