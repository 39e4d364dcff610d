"""Choosing, over whole histories: nothing twice, nothing lost, never too much at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from publisher.letter.choose import ALL, Choice, choose
from publisher.model.issue import Wish
from tests.writers import wish

COLUMNS = ("harbour", "council", "weather", "kitchen")

column_sets = st.lists(st.sampled_from(COLUMNS), unique=True, max_size=3).map(lambda some: tuple(sorted(some)))
news_of = st.lists(st.sampled_from(COLUMNS), max_size=30).map(
    lambda names: [(3 * place + 1, name) for place, name in enumerate(names)]  # other newsletters' posts lie between
)
wish_lists = st.lists(st.builds(Wish, columns=column_sets, seen_seq=st.integers(0, 80)), unique=True, max_size=12)
maxima = st.integers(1, 6)


def made(wishes: list[Wish], news: list[tuple[int, str]], maximum: int) -> Choice:
    return choose(wishes, news, columns=COLUMNS, maximum=maximum)


def test_everybody_gets_the_columns_they_chose() -> None:
    news = [(1, "harbour"), (2, "council"), (3, "harbour"), (4, "weather")]
    choice = made([wish(), wish("harbour"), wish("council", "weather"), wish("kitchen")], news, 9)
    assert {variant.wishes: variant.seqs for variant in choice.variants} == {
        (wish(),): (3, 1, 2, 4),
        (wish("harbour"),): (3, 1),
        (wish("council", "weather"),): (2, 4),
    }
    assert choice.quiet == (wish("kitchen"),)
    assert choice.through_seq == 4


def test_who_wants_the_same_posts_shares_a_letter() -> None:
    news = [(1, "harbour"), (2, "council")]
    same = [wish(), wish("harbour", "council"), wish("council", "harbour", "kitchen")]
    (variant,) = made(same, news, 9).variants
    assert variant.wishes == tuple(same)
    assert variant.key == ALL


def test_what_is_over_the_maximum_comes_with_the_next_issue() -> None:
    news = [(seq, "harbour") for seq in range(1, 6)]
    (first,) = made([wish()], news, 3).variants
    assert (first.seqs, first.through_seq) == ((3, 2, 1), 3)
    (second,) = made([wish(seen=first.through_seq)], news[3:], 3).variants
    assert (second.seqs, second.through_seq) == ((5, 4), 5)


def test_the_same_posts_with_and_without_more_to_come_are_two_variants() -> None:
    """Both letters look alike, but one reader has seen all there is and the other has not."""
    news = [(1, "harbour"), (2, "council")]
    choice = made([wish(), wish("harbour")], news, 1)
    assert [(variant.seqs, variant.through_seq) for variant in choice.variants] == [((1,), 1), ((1,), 2)]
    assert len({variant.key for variant in choice.variants}) == 2


def test_no_news_is_no_variant() -> None:
    assert made([wish(), wish("harbour", seen=9)], [], 5) == Choice(
        variants=(), quiet=(wish(), wish("harbour", seen=9)), through_seq=0
    )


def test_a_column_that_the_newsletter_no_longer_has_brings_nothing() -> None:
    choice = choose([wish("closed"), wish("closed", "harbour")], [(1, "harbour")], columns=["harbour"], maximum=5)
    assert choice.quiet == (wish("closed"),)
    assert [variant.wishes for variant in choice.variants] == [(wish("closed", "harbour"),)]


@given(wishes=wish_lists, news=news_of, maximum=maxima)
def test_every_wish_is_answered_once_and_rightly(wishes: list[Wish], news: list[tuple[int, str]], maximum: int) -> None:
    choice = made(wishes, news, maximum)
    answered = [one for variant in choice.variants for one in variant.wishes] + list(choice.quiet)
    assert Counter(answered) == Counter(wishes)
    for variant in choice.variants:
        for one in variant.wishes:
            wanted = [seq for seq, column in news if seq > one.seen_seq and column in (one.columns or COLUMNS)]
            assert sorted(variant.seqs) == wanted[:maximum]
            assert variant.through_seq > one.seen_seq
            left = [seq for seq in wanted if seq > variant.through_seq]
            assert left == wanted[maximum:]
    for one in choice.quiet:
        assert not [seq for seq, column in news if seq > one.seen_seq and column in (one.columns or COLUMNS)]


@given(wishes=wish_lists, news=news_of, maximum=maxima)
def test_variants_have_keys_of_their_own_and_the_fullest_is_called_all(
    wishes: list[Wish], news: list[tuple[int, str]], maximum: int
) -> None:
    variants = made(wishes, news, maximum).variants
    assert len(variants) <= len(wishes)
    assert len({variant.key for variant in variants}) == len(variants)
    assert [variant.key == ALL for variant in variants] == [place == 0 for place in range(len(variants))]
    assert all(len(variant.seqs) <= len(variants[0].seqs) for variant in variants)


@given(wishes=wish_lists, news=news_of, maximum=maxima, data=st.data())
def test_the_same_wishes_in_any_order_come_to_the_same_letters(
    wishes: list[Wish], news: list[tuple[int, str]], maximum: int, data: st.DataObject
) -> None:
    one, other = made(wishes, news, maximum), made(data.draw(st.permutations(wishes)), news, maximum)
    assert made(wishes, news, maximum) == one
    assert {variant.key: (variant.seqs, variant.through_seq, set(variant.wishes)) for variant in one.variants} == {
        variant.key: (variant.seqs, variant.through_seq, set(variant.wishes)) for variant in other.variants
    }
    assert (set(one.quiet), one.through_seq) == (set(other.quiet), other.through_seq)


@given(wishes=wish_lists, news=news_of, maximum=maxima)
def test_a_letter_keeps_the_newsletters_order_of_columns_newest_first(
    wishes: list[Wish], news: list[tuple[int, str]], maximum: int
) -> None:
    column_of = dict(news)
    for variant in made(wishes, news, maximum).variants:
        places = [(COLUMNS.index(column_of[seq]), -seq) for seq in variant.seqs]
        assert places == sorted(places)


@dataclass
class Reader:
    columns: tuple[str, ...]
    seen: int
    owed: list[int] = field(default_factory=list)  # what was published for the reader since joining
    got: list[int] = field(default_factory=list)


class Newsroom(RuleBasedStateMachine):
    """Posts, joins, changed minds and issues in any order, by the pure function alone."""

    def __init__(self) -> None:
        super().__init__()
        self.news: list[tuple[int, str]] = []
        self.readers: list[Reader] = []
        self.through = 0

    @rule(columns=st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=5))
    def publish(self, columns: list[str]) -> None:
        for column in columns:
            seq = len(self.news) + 1
            self.news.append((seq, column))
            for reader in self.readers:
                if column in (reader.columns or COLUMNS):
                    reader.owed.append(seq)

    @rule(columns=column_sets, many=st.integers(1, 50))
    def join(self, columns: tuple[str, ...], many: int) -> None:
        owed = [seq for seq, column in self.news if seq > self.through and column in (columns or COLUMNS)]
        self.readers += [Reader(columns=columns, seen=self.through, owed=list(owed)) for _ in range(many)]

    @precondition(lambda self: self.readers)
    @rule(columns=column_sets, data=st.data())
    def change_columns(self, columns: tuple[str, ...], data: st.DataObject) -> None:
        reader = data.draw(st.sampled_from(self.readers))
        reader.columns = columns
        waiting = [seq for seq, column in self.news if seq > reader.seen and column in (columns or COLUMNS)]
        reader.owed = reader.got + waiting

    @precondition(lambda self: self.readers)
    @rule(maximum=maxima)
    def send_an_issue(self, maximum: int) -> None:
        self._send(maximum)

    def _send(self, maximum: int) -> None:
        wishes = {Wish(columns=reader.columns, seen_seq=reader.seen) for reader in self.readers}
        oldest = min(one.seen_seq for one in wishes)
        choice = made(sorted(wishes, key=str), [one for one in self.news if one[0] > oldest], maximum)
        assert len(choice.variants) <= len(wishes)
        if not choice.variants:
            return
        self.through = max(self.through, choice.through_seq)
        letter_of = {one: variant for variant in choice.variants for one in variant.wishes}
        for reader in self.readers:
            variant = letter_of.get(Wish(columns=reader.columns, seen_seq=reader.seen))
            assert variant is None or len(variant.seqs) <= maximum
            reader.got += sorted(variant.seqs) if variant else []
            reader.seen = variant.through_seq if variant else choice.through_seq
            assert len(set(reader.got)) == len(reader.got), "a post came twice"

    def teardown(self) -> None:
        for _ in range(len(self.news) + 1):
            if self.readers:
                self._send(3)
        for reader in self.readers:
            assert sorted(reader.got) == sorted(reader.owed), "a post of a chosen column was lost"


def test_over_any_history_nothing_comes_twice_and_nothing_is_lost() -> None:
    budget = settings(max_examples=60, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(Newsroom, settings=budget)
