"""A withdrawn post that is brought back is news to those who never had it, and to nobody else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from publisher.model.subscriber import Cadence
from publisher.store import comeback, edits, posts
from publisher.store.database import Store
from tests.assembling import COLUMNS, Desk, brief_templates
from tests.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    desk = Desk(store=store, templates=brief_templates(tmp_path / "templates"))
    desk.join("ada")
    desk.join("bo", "council")
    return desk


def withdraw(desk: Desk, seq: int) -> None:
    with desk.store.write() as conn:
        assert edits.withdraw_if(conn, seq, now=desk.now)


def restore(desk: Desk, seq: int) -> int:
    with desk.store.write() as conn:
        since = posts.with_seqs(conn, [seq])[seq].withdrawn
        assert edits.restore_if(conn, seq, now=desk.now)
        newsletters = {"morning": COLUMNS, "evening": ["weather"]}
        return comeback.make_news_again(conn, seq, newsletters, was_news_until=since)


def issue(desk: Desk) -> None:
    desk.now += DAY
    desk.assemble(at=desk.now)


def test_it_goes_out_with_the_next_issue_to_those_who_never_had_it(desk: Desk) -> None:
    desk.publish("harbour", "council", "council")
    withdraw(desk, 1)
    issue(desk)
    desk.join("cy")  # after the post came
    desk.publish("harbour")
    assert restore(desk, 1) == 1
    assert desk.places() == {"ada": (0, (2, 3)), "bo": (3, ()), "cy": (3, ())}
    issue(desk)
    assert desk.got() == {"ada": [[3, 2], [4, 1]], "bo": [[3, 2]], "cy": [[4]]}
    assert desk.places() == {"ada": (4, ()), "bo": (4, ()), "cy": (4, ())}


def test_who_waited_for_it_gets_it_though_it_came_before_they_did(desk: Desk) -> None:
    desk.publish("harbour")
    issue(desk)  # to ada, daily
    desk.join("eve", cadence=Cadence.WEEKLY)
    withdraw(desk, 1)
    desk.publish("council")
    desk.now += DAY
    desk.join("gus", cadence=Cadence.WEEKLY)  # when it was gone
    desk.assemble(Cadence.WEEKLY, at=desk.now)
    assert restore(desk, 1) == 1
    desk.now += DAY
    desk.assemble(Cadence.WEEKLY, at=desk.now)
    assert desk.got() == {"ada": [[1]], "eve": [[2], [1]], "gus": [[2]]}


def test_who_had_it_before_it_was_withdrawn_does_not_get_it_again(desk: Desk) -> None:
    desk.publish("council")
    issue(desk)
    withdraw(desk, 1)
    assert restore(desk, 1) == 0
    issue(desk)
    assert desk.got() == {"ada": [[1]], "bo": [[1]]}


def test_where_nobody_was_told_anything_since_it_is_news_anyway(desk: Desk) -> None:
    desk.publish("council")
    withdraw(desk, 1)
    assert restore(desk, 1) == 0
    issue(desk)
    assert desk.got() == {"ada": [[1]], "bo": [[1]]}


def test_two_that_come_back_one_after_the_other_both_come(desk: Desk) -> None:
    desk.publish("council", "council", "council")
    withdraw(desk, 1)
    withdraw(desk, 2)
    issue(desk)
    assert restore(desk, 2) == 2
    issue(desk)
    assert restore(desk, 1) == 2
    issue(desk)
    assert desk.got() == {"ada": [[3], [2], [1]], "bo": [[3], [2], [1]]}


def test_it_comes_as_a_letter_of_its_own_to_who_reads_as_it_happens(desk: Desk) -> None:
    desk.join("cy", cadence=Cadence.AS_IT_HAPPENS)
    desk.publish("harbour", "harbour")
    withdraw(desk, 1)
    desk.now += timedelta(minutes=11)
    desk.singles()
    assert restore(desk, 1) == 1
    assert desk.singles() == []  # it was just changed
    desk.now += timedelta(minutes=11)
    desk.singles()
    assert desk.got() == {"cy": [[2], [1]]}


def test_after_very_many_other_posts_it_is_no_news_any_more(desk: Desk) -> None:
    desk.change(maximum=500)
    desk.publish("harbour", *["council"] * (comeback.MOST + 1))
    withdraw(desk, 1)
    issue(desk)
    assert restore(desk, 1) == 0
    assert desk.now > NOW
