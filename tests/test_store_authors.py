"""Authors: config has the last word, posts tell the rest."""

from __future__ import annotations

import threading
from dataclasses import replace

from publisher.model.author import Author, Link
from publisher.model.media import Image
from publisher.store import authors
from publisher.store.counters import CHANGES, last_of
from publisher.store.database import Store
from tests.writers import MIRA

BO = Author(
    key="bo-lund",
    name="Bo Lund",
    blurb="Bo Lund cooks what the boats bring.",
    bio="Bo was a ship's cook.\n\nHe still wakes at four.",
    email="bo@courier.example",
    url="https://bo.example",
    links=(Link(label="@bo", url="https://social.example/@bo"), Link(label="Soup", url="https://soup.example")),
    portrait=Image(url="media:bo.png", alt="A man with a ladle", caption="Bo, at four"),
)


def known(store: Store, *keys: str) -> dict[str, Author]:
    with store.read() as conn:
        return authors.find(conn, keys)


def test_an_author_comes_back_as_he_was(store: Store) -> None:
    with store.write() as conn:
        authors.learn(conn, [BO, MIRA])
    assert known(store, "bo-lund", "mira-voss", "nobody") == {"bo-lund": BO, "mira-voss": MIRA}


def test_what_a_post_leaves_out_stays(store: Store) -> None:
    with store.write() as conn:
        authors.learn(conn, [BO])
        authors.learn(conn, [Author(key="bo-lund", name="Bo Lund", blurb="A new blurb.")])
    assert known(store, "bo-lund")["bo-lund"] == replace(BO, blurb="A new blurb.")


def test_of_two_words_in_one_go_the_last_one_counts(store: Store) -> None:
    with store.write() as conn:
        authors.learn(conn, [replace(MIRA, blurb="First."), replace(MIRA, blurb="Last.")])
    assert known(store, "mira-voss")["mira-voss"].blurb == "Last."


def test_what_config_says_goes_first_and_posts_fill_the_gaps(store: Store) -> None:
    ours = Author(key="bo-lund", name="Bo", blurb="Our words.", email="bo@ours.example")
    with store.write() as conn:
        authors.learn(conn, [BO])
        authors.configure(conn, [ours])
        authors.learn(conn, [replace(BO, blurb="Their words.", bio="A new bio.")])
    assert known(store, "bo-lund")["bo-lund"] == replace(
        BO, name="Bo", blurb="Our words.", email="bo@ours.example", bio="A new bio."
    )


def test_an_address_that_config_leaves_out_stays_private(store: Store) -> None:
    with store.write() as conn:
        authors.configure(conn, [Author(key="bo-lund", name="Bo Lund")])
        authors.learn(conn, [BO])
    assert known(store, "bo-lund")["bo-lund"] == replace(BO, email="")


def test_an_author_who_left_config_listens_to_posts_again(store: Store) -> None:
    with store.write() as conn:
        authors.configure(conn, [Author(key="bo-lund", name="Bo"), MIRA])
        authors.configure(conn, [MIRA])
        authors.learn(conn, [BO, replace(MIRA, blurb="Somebody else's words.")])
    assert known(store, "bo-lund", "mira-voss") == {"bo-lund": BO, "mira-voss": MIRA}


def test_thousands_of_authors_at_once(store: Store) -> None:
    """More than a database takes as variables of one statement, were they all in one."""
    crowd = [Author(key=f"writer-{number}", name=f"Writer {number}") for number in range(1200)]
    with store.write() as conn:
        authors.learn(conn, crowd)
        authors.learn(conn, [replace(one, blurb="Again.") for one in crowd[:3]])
    found = known(store, *(one.key for one in crowd))
    assert len(found) == 1200
    assert sum(one.blurb == "Again." for one in found.values()) == 3


def test_two_collectors_may_meet_the_same_new_author(store: Store) -> None:
    ready = threading.Barrier(4)
    failed: list[Exception] = []

    def meet() -> None:
        ready.wait()
        try:
            with store.write() as conn:
                authors.learn(conn, [BO])
        except Exception as wrong:  # noqa: BLE001  whatever it is, the test shows it
            failed.append(wrong)

    threads = [threading.Thread(target=meet) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert known(store, "bo-lund") == {"bo-lund": BO}


def test_only_who_is_told_of_otherwise_has_changed(store: Store) -> None:
    with store.write() as conn:
        authors.learn(conn, [BO, MIRA])
        authors.configure(conn, [MIRA])
        before = last_of(conn, CHANGES)
        authors.learn(conn, [BO, replace(MIRA, blurb="")])
        authors.configure(conn, [MIRA])
        assert authors.changed_after(conn, before) == []
        authors.learn(conn, [replace(BO, blurb="He cooks no more.")])
        assert authors.changed_after(conn, before) == ["bo-lund"]
        authors.configure(conn, [])
        assert authors.changed_after(conn, before) == ["bo-lund", "mira-voss"]
