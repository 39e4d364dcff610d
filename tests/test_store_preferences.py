"""A changed choice: nobody gets a post twice, nothing that waits is lost, nobody gets an archive."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from publisher.model.post import Post
from publisher.model.subscriber import Cadence, Preference
from publisher.store import schema, subscribers
from publisher.store.database import Store, open_store
from publisher.store.issues import take_turn
from publisher.store.preferences import Preferred, prefer
from tests.conftest import NOW
from tests.writers import a_post, put_posts, put_readers

COLUMNS = ("council", "harbour", "school")
LONG_AGO = NOW - timedelta(days=90)


def of(column: str, number: int, *, days_ago: float) -> Post:
    return replace(a_post(number, column=column), first_seen=NOW - timedelta(days=days_ago))


def the_reader(conn: Connection, *, cadence: Cadence, columns: str, seen: int, ahead: str = "") -> int:
    """One reader who stands there; the row of his subscription."""
    put_readers(conn, 1)
    table = schema.subscriptions
    conn.execute(update(table).values(cadence=cadence, columns=columns, seen_seq=seen, ahead=ahead))
    return conn.execute(select(table.c.id)).scalar_one()


def place(conn: Connection, subscription: int) -> tuple[str, str, int, str]:
    table = schema.subscriptions
    row = conn.execute(select(table).where(table.c.id == subscription)).one()
    return row.cadence, row.columns, row.seen_seq, row.ahead


def test_another_cadence_moves_nobody_s_place(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [of("harbour", number, days_ago=30 - number) for number in range(1, 6)])
        reader = the_reader(conn, cadence=Cadence.DAILY, columns="", seen=2, ahead="4")
        chosen = Preference(cadence=Cadence.WEEKLY)
        assert prefer(conn, reader, chosen, columns=COLUMNS, now=NOW) is Preferred.SAVED
        assert place(conn, reader) == ("weekly", "", 2, "4")
        assert prefer(conn, reader, chosen, columns=COLUMNS, now=NOW) is Preferred.SAME


def test_fewer_columns_move_nobody_s_place(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [of("harbour", 1, days_ago=60), of("council", 2, days_ago=60)])
        reader = the_reader(conn, cadence=Cadence.DAILY, columns="", seen=0)
        prefer(conn, reader, Preference(cadence=Cadence.DAILY, columns=("harbour",)), columns=COLUMNS, now=NOW)
        assert place(conn, reader) == ("daily", "harbour", 0, "")


def test_a_new_column_brings_what_one_issue_covers_and_no_archive(store: Store) -> None:
    """The reader had one column in which nothing came for months; so the place is far back."""
    with store.write() as conn:
        put_posts(conn, [of("council", 1, days_ago=80), of("council", 2, days_ago=8), of("council", 3, days_ago=6)])
        reader = the_reader(conn, cadence=Cadence.WEEKLY, columns="harbour", seen=0)
        chosen = Preference(cadence=Cadence.WEEKLY, columns=("council", "harbour"))
        prefer(conn, reader, chosen, columns=COLUMNS, now=NOW)
        assert place(conn, reader) == ("weekly", "council harbour", 2, "")


def test_what_waits_of_the_old_columns_still_comes_when_a_column_is_added(store: Store) -> None:
    with store.write() as conn:
        put_posts(
            conn,
            [
                of("harbour", 1, days_ago=50),  # had
                of("council", 2, days_ago=40),  # archive of the new column
                of("harbour", 3, days_ago=30),  # waits, because it was over the maximum
                of("council", 4, days_ago=20),  # archive
                of("harbour", 5, days_ago=10),  # overtook the one that waits
                of("council", 6, days_ago=0.5),  # news
            ],
        )
        reader = the_reader(conn, cadence=Cadence.DAILY, columns="harbour", seen=1, ahead="5")
        prefer(conn, reader, Preference(cadence=Cadence.DAILY), columns=COLUMNS, now=NOW)
        assert place(conn, reader) == ("daily", "", 2, "4 5")


def test_back_and_forth_brings_nothing_twice(store: Store) -> None:
    """Of a column that was left and chosen again nothing comes that was had."""
    with store.write() as conn:
        put_posts(conn, [of("council", 1, days_ago=3), of("harbour", 2, days_ago=2), of("council", 3, days_ago=1)])
        reader = the_reader(conn, cadence=Cadence.WEEKLY, columns="", seen=1, ahead="3")
        for columns in (("harbour",), (), ("council",), ("council", "harbour"), ()):
            prefer(conn, reader, Preference(cadence=Cadence.WEEKLY, columns=columns), columns=COLUMNS, now=NOW)
        assert place(conn, reader) == ("weekly", "", 1, "3")


def test_who_has_left_or_never_was_chooses_nothing(store: Store) -> None:
    with store.write() as conn:
        reader = the_reader(conn, cadence=Cadence.DAILY, columns="", seen=0)
        subscribers.leave(conn, reader, now=NOW, how="page")
        weekly = Preference(cadence=Cadence.WEEKLY)
        assert prefer(conn, reader, weekly, columns=COLUMNS, now=NOW) is Preferred.LEFT
        assert prefer(conn, 999, weekly, columns=COLUMNS, now=NOW) is Preferred.UNKNOWN
        assert place(conn, reader)[0] == "daily"


def test_a_choice_that_is_rolled_back_leaves_all_as_it_was(sqlite_store: Store) -> None:
    with sqlite_store.write() as conn:
        put_posts(conn, [of("council", 1, days_ago=80)])
        reader = the_reader(conn, cadence=Cadence.DAILY, columns="harbour", seen=0)
    with suppress(_Undo), sqlite_store.write() as conn:
        prefer(conn, reader, Preference(cadence=Cadence.WEEKLY), columns=COLUMNS, now=NOW)
        raise _Undo
    with sqlite_store.read() as conn:
        assert place(conn, reader) == ("daily", "harbour", 0, "")


def test_a_choice_waits_for_the_issue_that_is_being_released(postgres_database: str, tmp_path: Path) -> None:
    """Else its reader could be delivered to under the old choice and not be told so: the post would come twice."""
    store = open_store(postgres_database, root=tmp_path)
    chosen = threading.Event()

    def choose() -> None:
        with store.write() as conn:
            prefer(conn, reader, Preference(cadence=Cadence.WEEKLY), columns=COLUMNS, now=NOW)
        chosen.set()

    with store.write() as conn:
        put_posts(conn, [of("harbour", 1, days_ago=2)])
        reader = the_reader(conn, cadence=Cadence.DAILY, columns="", seen=0)
    with store.write() as conn:
        take_turn(conn, "morning")
        thread = threading.Thread(target=choose)
        thread.start()
        assert not chosen.wait(0.3)
        conn.execute(update(schema.subscriptions).values(seen_seq=1))
    thread.join()
    with store.read() as conn:
        assert place(conn, reader) == ("weekly", "", 1, "")
    store.close()


SOME = st.sets(st.sampled_from(COLUMNS)).map(lambda chosen: tuple(sorted(chosen)))
PAST = st.lists(
    st.tuples(st.sampled_from(COLUMNS), st.integers(0, 60).map(lambda days: days + 0.5), st.booleans()),
    min_size=1,
    max_size=12,
)


@given(past=PAST, before=SOME, after=SOME, cadence=st.sampled_from(Cadence))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_laws_of_a_changed_choice(
    sqlite_store: Store,
    past: list[tuple[str, float, bool]],
    before: tuple[str, ...],
    after: tuple[str, ...],
    cadence: Cadence,
) -> None:
    """Had stays had; what waits of a column that stays waits on; a new one brings what is young, all of it."""
    past = sorted(past, key=lambda one: -one[1])
    old, new = set(before or COLUMNS), set(after or COLUMNS)
    had = {seq for seq, (column, _, was_had) in enumerate(past, 1) if was_had and column in old}
    with suppress(_Undo), sqlite_store.write() as conn:
        posts = [of(column, seq, days_ago=age) for seq, (column, age, _) in enumerate(past, 1)]
        put_posts(conn, posts)
        waits = [seq for seq, (column, _, _) in enumerate(past, 1) if column in old and seq not in had]
        seen = waits[0] - 1 if waits else max(had, default=0)
        ahead = " ".join(str(seq) for seq in sorted(had) if seq > seen)
        reader = the_reader(conn, cadence=Cadence.DAILY, columns=" ".join(before), seen=seen, ahead=ahead)
        prefer(conn, reader, Preference(cadence=cadence, columns=after), columns=COLUMNS, now=NOW)
        _, _, seen_after, told = place(conn, reader)
        has = {int(seq) for seq in told.split()}
        raise _Undo  # so that each example begins with an empty database
    news = {seq for seq, post in enumerate(posts, 1) if seq > seen_after and seq not in has and post.column in new}
    assert not news & had
    assert {seq for seq in waits if posts[seq - 1].column in new} <= news
    limit = {Cadence.AS_IT_HAPPENS: 0, Cadence.DAILY: 1, Cadence.WEEKLY: 7, Cadence.MONTHLY: 31}[cadence]
    added = [seq for seq, post in enumerate(posts, 1) if post.column in new - old and seq > seen]
    for seq in added:
        age = past[seq - 1][1]
        assert (seq in news) == (age <= limit), (seq, age)


class _Undo(Exception):
    pass
