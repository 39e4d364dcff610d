"""Which links of a column's page are fetched: no article is passed over, whatever the order of the list."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.collect.passedover import MOST, Choice, after, choose, mark_of

URL = "https://letters.example/list"
LINKS = [f"https://letters.example/{number}" for number in range(60)]


def chosen(links: Sequence[str], known: set[str], memory: str) -> Choice:
    return choose(links, known, memory=memory, url=URL)


@settings(max_examples=40, deadline=None)
@given(first=st.lists(st.sampled_from(LINKS), unique=True), later=st.permutations(LINKS))
def test_in_the_end_all_is_known_but_what_the_first_visit_left(first: list[str], later: list[str]) -> None:
    choice = chosen(first, set(), "")
    known = {*choice.above, *choice.below}
    assert known == set(first[:MOST])
    memory = after(choice.memory, unread=())
    for _ in range(len(LINKS) // MOST + 1):
        choice = chosen(later, known, memory)
        assert len([*choice.above, *choice.below]) <= MOST
        known |= {*choice.above, *choice.below}
        memory = after(choice.memory, unread=())
    assert known == set(LINKS) - set(first[MOST:])
    assert not chosen(later, known, memory).pending


def test_another_page_is_another_list() -> None:
    memory = after(chosen(LINKS, set(), "").memory, unread=())
    elsewhere = choose(LINKS, set(), memory=memory, url="https://letters.example/new")
    assert list(elsewhere.below) == LINKS[:MOST]


def test_what_cannot_be_understood_of_the_last_visit_floods_nobody() -> None:
    choice = chosen(LINKS, {LINKS[3]}, "{}")
    assert (list(choice.above), list(choice.below)) == (LINKS[:3], [])


def test_a_link_is_the_same_by_https_and_at_another_host() -> None:
    assert mark_of("http://a.example/x?id=1") == mark_of("https://www.a.example/x?id=1")
    assert mark_of("http://a.example/x?id=1") != mark_of("http://a.example/x?id=2")
