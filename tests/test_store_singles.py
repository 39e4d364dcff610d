"""What is to be known before a post goes as a letter of its own; and what is new, whatever is stored."""

from __future__ import annotations

from sqlalchemy import Connection, update

from publisher.model.subscriber import Cadence
from publisher.store import posts, schema, singles
from publisher.store.database import Store
from tests.conftest import NOW
from tests.queryplan import steps_of
from tests.writers import a_post, put_posts, put_readers


def read_singly(conn: Connection, *, seen: int) -> None:
    conn.execute(update(schema.subscriptions).values(cadence=Cadence.AS_IT_HAPPENS, seen_seq=seen))


def test_there_may_be_news_where_a_post_of_its_columns_is_newer_than_what_somebody_had(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(1), a_post(2, column="council"), a_post(3, mailable=False)])
        assert not singles.may_be_news(conn, "morning", ["harbour", "council"]), "nobody reads it"
        put_readers(conn, 2)
        assert not singles.may_be_news(conn, "morning", ["harbour", "council"]), "nobody reads it as it happens"
        read_singly(conn, seen=0)
        assert singles.may_be_news(conn, "morning", ["harbour"])
        read_singly(conn, seen=1)
        assert not singles.may_be_news(conn, "morning", ["harbour"]), "3 is archive"
        assert singles.may_be_news(conn, "morning", ["harbour", "council"])
        conn.execute(update(schema.posts).where(schema.posts.c.seq == 2).values(withdrawn=NOW))
        assert not singles.may_be_news(conn, "morning", ["harbour", "council"])


def test_what_is_new_is_found_from_the_end_and_not_through_columns(sqlite_store: Store) -> None:
    columns = [f"column-{at}" for at in range(40)]
    with sqlite_store.read() as conn:
        plans = [
            steps_of(conn, lambda: posts.news(conn, columns=columns, after_seq=7)),
            steps_of(conn, lambda: posts.news(conn, columns=columns[:1], after_seq=7)),
            steps_of(conn, lambda: singles.may_be_news(conn, "morning", columns[:1])),
        ]
    for steps in plans:
        (of_posts,) = [step for step in steps if "posts" in step]
        assert of_posts in (
            "SEARCH posts USING INDEX ix_posts_news (seq>?)",
            "SEARCH posts USING INTEGER PRIMARY KEY (rowid>?)",
        )
        assert not [step for step in steps if "TEMP B-TREE" in step], "nothing is sorted"
