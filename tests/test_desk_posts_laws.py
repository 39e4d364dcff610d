"""A post is held and let go at any time: it is in no letter meanwhile, and then every reader has it once.

The newsroom of `test_assemble_laws` lives on, with two hands more.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from sqlalchemy import select

from publisher.model.subscriber import Cadence
from publisher.store import comeback, edits, held, schema
from publisher.store.database import Store, open_store
from publisher.templating import Templates
from tests.assembling import COLUMNS, Desk, brief_templates
from tests.test_assemble_laws import Newsroom, live

DAY = timedelta(days=1)


class HoldingNewsroom(Newsroom):
    """Where editors keep posts out of letters for a while."""

    def __init__(self, store: Store, templates: Templates) -> None:
        super().__init__(store, templates)
        self.kept: dict[int, str] = {}  # held, by column
        self.had_then: dict[int, dict[str, set[int]]] = {}  # what each reader had when it was held

    @precondition(lambda self: self.column_of)
    @rule(data=st.data())
    def hold(self, data: st.DataObject) -> None:
        seq = data.draw(st.sampled_from(sorted(self.column_of)))
        with self.desk.store.write() as conn:
            assert held.hold_if(conn, seq, now=self.desk.now)
        self.kept[seq] = self.column_of.pop(seq)
        self.had_then[seq] = got = self._got()
        for name, reader in self.readers.items():
            if seq in reader.owed - got[name]:
                reader.owed.discard(seq)
                reader.taken_back.add(seq)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        self._let_go(data.draw(st.sampled_from(sorted(self.kept))))

    def _let_go(self, seq: int) -> None:
        with self.desk.store.write() as conn:
            assert held.release_if(conn, seq)
            comeback.make_news_again(conn, seq, {"morning": COLUMNS})
        self.column_of[seq] = self.kept.pop(seq)
        for name, reader in self.readers.items():
            unread = self._unread(name)
            if reader.there and seq not in self.passed:
                assert seq not in reader.taken_back or seq in unread, f"{seq} is let go and no news to {name}"
            reader.owe({seq} & unread)

    @invariant()
    def what_is_held_comes_to_nobody(self) -> None:
        got = self._got()
        for seq in self.kept:
            late = [name for name, had in got.items() if seq in had and seq not in self.had_then[seq].get(name, set())]
            assert not late, f"{late} got {seq} while it was held"

    def _come_to_rest(self) -> None:
        for seq in sorted(self.kept):
            self._let_go(seq)
        super()._come_to_rest()


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return brief_templates(tmp_path_factory.mktemp("site") / "templates")


def test_over_any_history_what_is_held_waits_and_then_comes_once(
    migrated_file: bytes, tmp_path_factory: pytest.TempPathFactory, templates: Templates
) -> None:
    def newsroom() -> Newsroom:
        folder = tmp_path_factory.mktemp("held")
        (folder / "publisher.db").write_bytes(migrated_file)
        return HoldingNewsroom(open_store("sqlite:///publisher.db", root=folder), templates)

    live(newsroom, histories=15, steps=25)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    desk = Desk(store=store, templates=brief_templates(tmp_path / "templates"))
    desk.join("ada")
    desk.join("bo", cadence=Cadence.WEEKLY)
    return desk


def keep(desk: Desk, seq: int) -> bool:
    with desk.store.write() as conn:
        return held.hold_if(conn, seq, now=desk.now)


def let_go(desk: Desk, seq: int) -> int:
    with desk.store.write() as conn:
        assert held.release_if(conn, seq)
        return comeback.make_news_again(conn, seq, {"morning": COLUMNS})


def issue(desk: Desk, cadence: Cadence = Cadence.DAILY) -> None:
    desk.now += DAY
    desk.assemble(cadence, at=desk.now)


def test_who_joined_while_it_was_held_gets_it_like_any_news(desk: Desk) -> None:
    desk.publish("harbour", "council")
    assert keep(desk, 1)
    assert not keep(desk, 1)
    issue(desk)
    desk.join("cy")
    let_go(desk, 1)
    issue(desk)
    assert desk.got() == {"ada": [[2], [1]], "cy": [[1]]}


def test_of_one_that_some_have_had_those_who_joined_later_hear_nothing(desk: Desk) -> None:
    desk.publish("harbour")
    issue(desk)
    keep(desk, 1)
    desk.join("cy")
    desk.publish("council")
    issue(desk)
    issue(desk, Cadence.WEEKLY)
    let_go(desk, 1)
    issue(desk)
    issue(desk, Cadence.WEEKLY)
    assert desk.got() == {"ada": [[1], [2]], "bo": [[2], [1]], "cy": [[2]]}


def test_who_joined_before_the_first_letter_of_their_cadence_waits_for_it_though_others_had_it(desk: Desk) -> None:
    desk.publish("harbour")
    issue(desk)  # to ada, daily
    desk.join("eve", cadence=Cadence.WEEKLY)
    keep(desk, 1)
    desk.publish("council")
    issue(desk, Cadence.WEEKLY)
    assert let_go(desk, 1) == 2  # bo, and eve
    issue(desk)
    issue(desk, Cadence.WEEKLY)
    assert desk.got() == {"ada": [[1], [2]], "bo": [[2], [1]], "eve": [[2], [1]]}


def test_a_draft_with_it_goes_without_it(desk: Desk) -> None:
    desk.publish("harbour", "council")
    at = desk.now + DAY
    draft = desk.draft(at=at)
    assert draft.issue
    keep(desk, 2)
    desk.now = at
    desk.assemble(at=at)
    assert desk.got() == {"ada": [[1]]}


def test_it_is_kept_out_though_it_is_held_while_its_letter_is_composed(desk: Desk) -> None:
    desk.publish("harbour", "council")
    desk.meanwhile(lambda: keep(desk, 2))
    issue(desk)
    assert desk.got() == {"ada": [[1]]}


def test_a_letter_of_its_own_waits_and_goes_however_long_it_was_held(desk: Desk) -> None:
    desk.join("eve", cadence=Cadence.AS_IT_HAPPENS)
    desk.publish("harbour")
    keep(desk, 1)
    for _ in range(4):
        desk.now += DAY
        assert desk.singles() == []
    let_go(desk, 1)
    desk.now += timedelta(minutes=1)
    desk.singles()
    desk.singles()
    assert desk.got() == {"eve": [[1]]}


def test_nothing_else_of_the_post_changes(desk: Desk) -> None:
    desk.publish("harbour")
    posts = schema.posts

    def row() -> dict[str, object]:
        with desk.store.read() as conn:
            return dict(conn.execute(select(posts).where(posts.c.seq == 1)).mappings().one())

    before = row()
    keep(desk, 1)
    assert row() == before | {"held": desk.now}
    let_go(desk, 1)
    assert row() == before


def test_two_that_are_let_go_one_after_the_other_both_come(desk: Desk) -> None:
    desk.publish("harbour", "council", "harbour")
    keep(desk, 1)
    keep(desk, 2)
    issue(desk)
    let_go(desk, 2)
    issue(desk)
    let_go(desk, 1)
    issue(desk)
    assert desk.got() == {"ada": [[3], [2], [1]]}


def test_who_had_one_that_was_held_later_does_not_get_it_again_when_an_older_one_is_let_go(desk: Desk) -> None:
    desk.publish("harbour")
    keep(desk, 1)
    desk.publish("council")
    issue(desk)
    keep(desk, 2)
    desk.publish("council")
    issue(desk)
    issue(desk, Cadence.WEEKLY)
    assert let_go(desk, 1) == 2
    assert let_go(desk, 2) == 0
    issue(desk)
    issue(desk, Cadence.WEEKLY)
    assert desk.got() == {"ada": [[2], [3], [1]], "bo": [[3], [1, 2]]}


def test_one_that_is_withdrawn_meanwhile_is_no_news_when_it_is_let_go(desk: Desk) -> None:
    desk.publish("harbour", "council")
    keep(desk, 1)
    issue(desk)
    with desk.store.write() as conn:
        assert edits.withdraw_if(conn, 1, now=desk.now)
        assert held.among(conn, [1, 2]) == {1}
        assert held.count(conn) == 1
        assert held.release_if(conn, 1)
    issue(desk)
    assert desk.got() == {"ada": [[2]]}
