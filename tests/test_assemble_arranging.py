"""Drafts in editors' hands: what they left out, added and moved is so in the letters, and nobody loses a post by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from publisher.assemble.arranging import CHANGED, MENDED, Change, arrange
from publisher.assemble.assembly import Assembled, Result
from publisher.assemble.proposing import Material
from publisher.errors import WrongUse
from publisher.letter.choose import choose
from publisher.model.arrangement import AS_COMPOSED, Arrangement, led_by, moved, with_post, without
from publisher.model.issue import IssueState, Wish
from publisher.model.subscriber import Cadence
from publisher.store import drafts, edits, issues, proposals
from publisher.store.database import Store
from tests.assembling import AHEAD, Desk, brief_templates
from tests.conftest import NOW
from tests.writers import wish

SLOT = NOW + AHEAD
COLUMNS = ("harbour", "council", "weather")


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    """On both databases: four posts in a draft, a reader of all and one of the council."""
    return a_desk(store, tmp_path)


@pytest.fixture
def small(sqlite_store: Store, tmp_path: Path) -> Desk:
    """The same on SQLite alone."""
    return a_desk(sqlite_store, tmp_path)


def a_desk(store: Store, tmp_path: Path) -> Desk:
    desk = Desk(store=store, templates=brief_templates(tmp_path / "templates"))
    desk.join("ada")
    desk.join("bo", "council")
    desk.publish("harbour", "council", "harbour", "council")  # stands as 3 1 4 2
    desk.draft(at=SLOT)
    return desk


def nothing(_conn: Connection, _before: Material, _after: Material) -> None:
    """Where nobody writes down who it was."""


def change(desk: Desk, deed: Change, issue: int = 1) -> Assembled:
    return arrange(desk.store, desk.assembly, issue, deed, now=desk.now, templates=desk.templates, told=nothing)


def doing(deed: Callable[..., Arrangement], seq: int, **how: int) -> Change:
    return lambda arranged, standing: deed(arranged, standing, seq, **how)


def stands(desk: Desk, issue: int = 1) -> Arrangement:
    with desk.store.read() as conn:
        return drafts.find(conn, issue)


def at_slot(desk: Desk, after: timedelta = timedelta(0)) -> Assembled:
    desk.now = SLOT + after
    return desk.assemble(at=SLOT + after)


def test_it_goes_as_editors_arranged_it_and_what_was_left_out_comes_next(desk: Desk) -> None:
    change(desk, doing(led_by, 4))
    change(desk, doing(moved, 1, places=-1))
    change(desk, doing(without, 2))
    assert at_slot(desk).deliveries == 2
    assert desk.got() == {"ada": [[4, 1, 3]], "bo": [[4]]}
    assert stands(desk) == AS_COMPOSED
    assert desk.places() == {"ada": (1, (3, 4)), "bo": (1, (4,))}
    at_slot(desk, timedelta(days=1))
    assert desk.got() == {"ada": [[4, 1, 3], [2]], "bo": [[4], [2]]}


def test_what_came_after_the_draft_can_be_added_and_what_lies_between_comes_next(desk: Desk) -> None:
    desk.publish("harbour", "council")
    change(desk, doing(with_post, 6))
    at_slot(desk)
    assert desk.got() == {"ada": [[3, 1, 4, 2, 6]], "bo": [[4, 2, 6]]}
    assert desk.issue(1).through_seq == 4
    desk.join("cy")
    at_slot(desk, timedelta(days=1))
    assert desk.got() == {"ada": [[3, 1, 4, 2, 6], [5]], "bo": [[4, 2, 6]], "cy": [[5, 6]]}


def test_a_full_letter_gives_way_to_what_was_added(small: Desk) -> None:
    small.publish("harbour", "harbour")
    change(small, doing(with_post, 6))
    change(small, doing(with_post, 5))
    at_slot(small)
    assert small.got()["ada"] == [[3, 1, 2, 6, 5]]  # five at most
    at_slot(small, timedelta(days=1))
    assert small.got()["ada"] == [[3, 1, 2, 6, 5], [4]]


def test_of_two_editors_at_once_the_second_works_on_what_the_first_made(small: Desk) -> None:
    small.meanwhile(lambda: change(small, doing(without, 3)))
    change(small, doing(led_by, 2))
    assert stands(small) == Arrangement(order=(2, 1, 4), out=frozenset({3}))


def test_who_approves_while_it_is_changed_approves_what_it_became(small: Desk) -> None:
    small.now = SLOT + timedelta(hours=1)
    small.meanwhile(lambda: change(small, doing(without, 3)))
    assert small.approve(1).deliveries == 2
    assert small.got() == {"ada": [[1, 4, 2]], "bo": [[4, 2]]}


def test_an_approved_one_is_held_until_somebody_looks_again(small: Desk) -> None:
    small.change(approve=True)
    assert small.approve(1).result is Result.APPROVED
    made = change(small, doing(without, 3))
    assert (made.result, made.why) == (Result.HELD, CHANGED)
    assert at_slot(small).result is Result.HELD
    assert small.approve(1).deliveries == 2


def test_an_error_that_goes_with_its_post_is_told_as_mended(small: Desk) -> None:
    own = small.templates.own
    assert own
    text = own / "letter" / "brief.txt"
    wrong = "{% for story in stories %}{% if story.post.seq == 3 %}{{ oops }}{% endif %}{% endfor %}"
    text.write_text(text.read_text() + wrong)
    made = change(small, doing(led_by, 1))
    assert made.faulty
    assert "`oops` is not known here" in made.why
    made = change(small, doing(without, 3))
    assert (made.result, made.why, made.faulty) == (Result.HELD, MENDED, False)


def test_what_cannot_be_is_refused(small: Desk) -> None:
    for seq in (1, 2, 3):
        change(small, doing(without, seq))
    with pytest.raises(WrongUse, match="cancel the issue instead"):
        change(small, doing(without, 4))
    assert change(small, doing(moved, 99, places=1)).result is Result.ALREADY
    at_slot(small)
    with pytest.raises(WrongUse, match="does not change any more"):
        change(small, doing(led_by, 2))


def test_a_post_that_goes_alone_has_nothing_to_arrange(small: Desk) -> None:
    small.change(approve=True)
    small.join("di", cadence=Cadence.AS_IT_HAPPENS)
    small.publish("harbour")
    small.now += timedelta(hours=1)
    alone = small.singles()[-1].issue
    with pytest.raises(WrongUse, match="is about what it is about"):
        change(small, doing(led_by, 5), alone)


def test_a_withdrawn_post_is_gone_whatever_an_editor_wanted(small: Desk) -> None:
    change(small, doing(led_by, 4))
    with small.store.write() as conn:
        edits.withdraw_if(conn, 4, now=NOW)
    at_slot(small)
    assert small.got() == {"ada": [[3, 1, 2]], "bo": [[2]]}


def test_a_draft_that_was_moved_waits_for_its_time(desk: Desk) -> None:
    then = SLOT + timedelta(hours=5)
    with desk.store.write() as conn:
        drafts.put_moved(conn, 1)
        conn.execute(issues.schema.issues.update().values(due=then))
    desk.now = SLOT
    assert desk.assemble(at=SLOT) == Assembled(result=Result.DRAFT, issue=1, due=then)
    assert desk.got() == {}
    with desk.store.read() as conn:
        assert drafts.moved(conn) == [1]
        assert proposals.posts_of(conn, 1) == {1, 2, 3, 4}
    desk.now = then
    assert desk.assemble(at=SLOT).deliveries == 2
    with desk.store.read() as conn:
        assert drafts.moved(conn) == []
    assert desk.issue(1).state is IssueState.QUEUED


wishes_of = st.lists(
    st.builds(
        lambda seen, columns: wish(*columns, seen=seen),
        st.integers(0, 10),
        st.lists(st.sampled_from(COLUMNS), unique=True, max_size=2),
    ),
    unique=True,
    min_size=1,
    max_size=4,
)


@given(
    st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=14),
    wishes_of,
    st.integers(1, 5),
    st.lists(
        st.tuples(
            st.permutations(range(1, 15)).map(lambda some: tuple(some[:6])),
            st.frozensets(st.integers(1, 14), max_size=5),
            st.frozensets(st.integers(1, 14), max_size=5),
            st.integers(0, 14),
        ),
        max_size=6,
    ),
)
def test_whatever_editors_do_each_reader_gets_each_post_once(
    names: list[str],
    wishes: list[Wish],
    maximum: int,
    rounds: list[tuple[tuple[int, ...], frozenset[int], frozenset[int], int]],
) -> None:
    news = list(enumerate(names, 1))
    last = [((), frozenset(), frozenset(), 14)] * 15
    places, got = {one: one for one in wishes}, {one: Counter[int]() for one in wishes}
    for order, out, added, through in [*rounds, *last]:
        arranged = Arrangement(order=order, out=out, added=added)
        choice = choose(
            list(dict.fromkeys(places.values())), news, columns=COLUMNS, maximum=maximum,
            among=partial(arranged.may_hold, through_seq=through), first=added, order=order,
        )  # fmt: skip
        letter_of = {one: variant.seqs for variant in choice.variants for one in variant.wishes}
        for reader, place in places.items():
            letter = letter_of.get(place, ())
            assert len(letter) <= maximum
            named = [seq for seq in letter if seq in order]
            assert list(letter[: len(named)]) == sorted(named, key=order.index)
            got[reader].update(letter)
            places[reader] = choice.after.get(place, place)
    for reader, letters in got.items():
        chosen = reader.columns or COLUMNS
        unread = [seq for seq, column in news if seq > reader.seen_seq and column in chosen]
        assert letters == Counter(unread)
