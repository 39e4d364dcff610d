"""The laws of filing, over any number of months: sets stay, nothing is lost, nothing grows without end."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.publish.filing import Waiting, file_entries, month_of
from tests.shelves import WHEN

months = st.sampled_from(["2025-12", "2026-01", "2026-02", "2026-03"])
batches = st.lists(st.lists(months, max_size=12), max_size=8)


class Feed:
    """A feed as the database keeps it."""

    def __init__(self, most: int) -> None:
        self.most, self.month = most, ""
        self.waiting: list[Waiting] = []
        self.chain: list[tuple[str, tuple[int, ...]]] = []
        self.posts = 0

    def taken(self) -> dict[str, int]:
        names = [name[:7] for name, _ in self.chain]
        return {name: names.count(name) for name in names}

    def come(self, months: list[str]) -> None:
        """Posts of these months come, then the feed is published."""
        for month in months:
            self.posts += 1
            self.waiting.append(Waiting(post=self.posts, month=month))
        self.file()

    def file(self) -> None:
        ordered = sorted(self.waiting, key=lambda one: one.month)
        filing = file_entries(ordered, month=self.month, taken=self.taken(), most=self.most)
        self.chain += [(page.name, page.posts) for page in filing.pages]
        filed = {post for page in filing.pages for post in page.posts}
        self.waiting = [one for one in self.waiting if one.post not in filed]
        self.month = filing.month


@settings(max_examples=60, deadline=None)
@given(batches, st.integers(1, 5))
def test_every_entry_is_filed_once_or_waits_and_never_do_too_many_wait(come: list[list[str]], most: int) -> None:
    feed = Feed(most)
    for some in come:
        before = list(feed.chain)
        feed.come(some)
        assert feed.chain[: len(before)] == before, "what was decided stays"
        held = [post for _, posts in feed.chain for post in posts]
        assert sorted([*held, *(one.post for one in feed.waiting)]) == list(range(1, feed.posts + 1))
        assert all(0 < len(posts) <= most for _, posts in feed.chain)
        assert len(feed.waiting) <= most
        names = [name for name, _ in feed.chain]
        assert len(set(names)) == len(names)


@settings(max_examples=50, deadline=None)
@given(batches, st.integers(1, 5))
def test_deciding_again_decides_nothing(come: list[list[str]], most: int) -> None:
    feed = Feed(most)
    for some in come:
        feed.come(some)
        before = (list(feed.chain), list(feed.waiting), feed.month)
        feed.file()
        assert (feed.chain, feed.waiting, feed.month) == before


@settings(max_examples=50, deadline=None)
@given(batches, st.integers(1, 5))
def test_the_documents_of_one_decision_stand_in_the_order_of_their_months(come: list[list[str]], most: int) -> None:
    feed = Feed(most)
    for some in come:
        before = len(feed.chain)
        feed.come(some)
        added = [name[:7] for name, _ in feed.chain[before:]]
        assert added == sorted(added)


def test_a_document_has_the_number_that_follows_those_of_its_month() -> None:
    waiting = [Waiting(post=post, month="2026-01") for post in (1, 2, 3)] + [Waiting(post=4, month="2026-02")]
    filing = file_entries(waiting, month="2026-01", taken={"2026-01": 1}, most=2)
    assert [(page.name, page.posts) for page in filing.pages] == [("2026-01-2", (1, 2)), ("2026-01-3", (3,))]
    assert filing.month == "2026-02"


def test_a_post_that_comes_late_waits_until_a_month_begins() -> None:
    late = [Waiting(post=9, month="2025-12"), Waiting(post=8, month="2026-02")]
    assert file_entries(late, month="2026-02", taken={}).pages == ()
    begun = [*late, Waiting(post=10, month="2026-03")]
    assert [page.name for page in file_entries(begun, month="2026-02", taken={}).pages] == ["2025-12", "2026-02"]


def test_months_are_those_of_utc_wherever_the_newsroom_is() -> None:
    assert month_of(WHEN) == "2026-03"
