"""Choosing, over whole histories: nothing twice, nothing lost, never too much at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from publisher.letter.choose import ALL, Choice, choose, everything
from publisher.model.issue import Wish
from tests.writers import wish

COLUMNS = ("harbour", "council", "weather", "kitchen")

column_sets = st.lists(st.sampled_from(COLUMNS), unique=True, max_size=3).map(lambda some: tuple(sorted(some)))
news_of = st.lists(st.sampled_from(COLUMNS), max_size=30).map(
    lambda names: [(3 * place + 1, name) for place, name in enumerate(names)]  # other newsletters' posts lie between
)


@st.composite
def wishes_of(draw: st.DrawFn) -> Wish:
    """A place in the news anywhere, also with posts that overtook others."""
    seen = draw(st.integers(0, 80))
    ahead = draw(st.lists(st.integers(seen + 1, 95), unique=True, max_size=6))
    return Wish(columns=draw(column_sets), seen_seq=seen, ahead=tuple(sorted(ahead)))


wish_lists = st.lists(wishes_of(), unique=True, max_size=12)
maxima = st.integers(1, 6)


def made(wishes: list[Wish], news: list[tuple[int, str]], maximum: int) -> Choice:
    return choose(wishes, news, columns=COLUMNS, maximum=maximum)


def unread(one: Wish, news: list[tuple[int, str]]) -> list[int]:
    """What is news to readers with this wish, said plainly."""
    chosen = one.columns or COLUMNS
    return [seq for seq, column in news if column in chosen and seq > one.seen_seq and seq not in one.ahead]


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
    first = made([wish()], news, 3)
    assert [variant.seqs for variant in first.variants] == [(3, 2, 1)]
    assert first.after == {wish(): wish(seen=3)}
    second = made([wish(seen=3)], news[3:], 3)
    assert [variant.seqs for variant in second.variants] == [(5, 4)]
    assert second.after == {wish(seen=3): wish(seen=5)}


def test_the_same_posts_with_and_without_more_to_come_are_one_letter() -> None:
    """One reader has seen all there is and the other has not; that is their place, and no other letter."""
    news = [(1, "harbour"), (2, "council")]
    choice = made([wish(), wish("harbour")], news, 1)
    assert [(variant.key, variant.seqs) for variant in choice.variants] == [(ALL, (1,))]
    assert choice.after == {wish(): wish(seen=1), wish("harbour"): wish("harbour", seen=2)}
    assert choice.through_of(choice.variants[0]) == 1


def test_no_news_is_no_variant() -> None:
    quiet = (wish(), wish("harbour", seen=9))
    assert made([*quiet], [], 5) == Choice(
        variants=(), quiet=quiet, waiting=(), after={one: one for one in quiet}, through_seq=0
    )


def test_a_post_may_overtake_another_one() -> None:
    """Post 2 was just edited and waits; 3 goes by itself. Then 2 does, and the place is plain again."""
    news = [(1, "harbour"), (2, "council"), (3, "harbour")]
    first = choose([wish(seen=1)], news, columns=COLUMNS, maximum=5, among=lambda seq: seq == 3)
    assert [variant.seqs for variant in first.variants] == [(3,)]
    assert first.after == {wish(seen=1): wish(seen=1, ahead=(3,))}
    assert first.through_seq == 3
    second = choose([wish(seen=1, ahead=(3,))], news, columns=COLUMNS, maximum=5, among=lambda seq: seq == 2)
    assert [variant.seqs for variant in second.variants] == [(2,)]
    assert second.after == {wish(seen=1, ahead=(3,)): wish(seen=3)}


def test_what_was_had_ahead_is_kept_also_where_its_column_is_not_chosen_any_more() -> None:
    """Else it would come again with the column."""
    news = [(2, "harbour"), (3, "council"), (4, "harbour")]
    choice = choose([wish("harbour", seen=1, ahead=(3,))], news, columns=COLUMNS, maximum=5, among=lambda seq: seq == 4)
    assert list(choice.after.values()) == [wish("harbour", seen=1, ahead=(3, 4))]


def test_fewer_than_the_minimum_wait_and_nobodys_place_changes() -> None:
    news = [(1, "harbour"), (2, "council"), (3, "harbour")]
    wishes = [wish(), wish("harbour"), wish("council"), wish("kitchen")]
    choice = choose(wishes, news, columns=COLUMNS, maximum=5, minimum=2)
    assert [variant.wishes for variant in choice.variants] == [(wish(),), (wish("harbour"),)]
    assert choice.waiting == (wish("council"),)
    assert wish("council") not in choice.after
    assert choice.quiet == (wish("kitchen"),)


def test_where_wanted_a_letter_says_that_nothing_is_new() -> None:
    news = [(1, "harbour"), (2, "council")]
    wishes = [wish("harbour"), wish("kitchen"), wish("weather")]
    choice = choose(wishes, news, columns=COLUMNS, maximum=5, skip_empty=False)
    assert [(variant.wishes, variant.seqs) for variant in choice.variants] == [
        ((wish("harbour"),), (1,)),
        ((wish("kitchen"), wish("weather")), ()),
    ]
    assert choice.after[wish("kitchen")] == wish("kitchen", seen=2)


def test_nobody_is_told_that_nothing_is_new_while_something_waits() -> None:
    """Too few posts, or posts that came after the draft that is released now."""
    news = [(1, "harbour"), (2, "council")]
    few = choose([wish("harbour")], news, columns=COLUMNS, maximum=5, minimum=2, skip_empty=False)
    late = choose([wish("council")], news, columns=COLUMNS, maximum=5, skip_empty=False, among=lambda seq: seq < 2)
    assert few.variants == late.variants == ()
    assert (few.waiting, late.quiet) == ((wish("harbour"),), (wish("council"),))
    assert late.after == {wish("council"): wish("council", seen=1)}


def test_a_column_that_the_newsletter_no_longer_has_brings_nothing() -> None:
    choice = choose([wish("closed"), wish("closed", "harbour")], [(1, "harbour")], columns=["harbour"], maximum=5)
    assert choice.quiet == (wish("closed"),)
    assert [variant.wishes for variant in choice.variants] == [(wish("closed", "harbour"),)]


@given(
    wishes=wish_lists,
    news=news_of,
    maximum=maxima,
    minimum=st.integers(1, 3),
    skip_empty=st.booleans(),
    closed=st.sets(st.integers(0, 95)),
)
def test_every_wish_is_answered_once_and_rightly(
    wishes: list[Wish],
    news: list[tuple[int, str]],
    maximum: int,
    minimum: int,
    skip_empty: bool,
    closed: set[int],
) -> None:
    choice = choose(
        wishes,
        news,
        columns=COLUMNS,
        maximum=maximum,
        minimum=minimum,
        skip_empty=skip_empty,
        among=lambda seq: seq not in closed,
    )
    letters = {one: variant.seqs for variant in choice.variants for one in variant.wishes}
    answered = [one for variant in choice.variants for one in variant.wishes]
    assert Counter([*answered, *choice.quiet, *choice.waiting]) == Counter(wishes)
    assert set(choice.after) == {*answered, *choice.quiet}
    for one in wishes:
        could_be = [seq for seq in unread(one, news) if seq not in closed][:maximum]
        assert (one in choice.waiting) == (0 < len(could_be) < minimum)
        if one in choice.after:
            assert sorted(letters.get(one, ())) == could_be
            assert (one in letters) == bool(could_be or not (skip_empty or unread(one, news)))
            assert unread(choice.after[one], news) == [seq for seq in unread(one, news) if seq not in could_be]


@given(wishes=wish_lists, news=news_of, maximum=maxima, columns=column_sets)
def test_a_place_in_the_news_is_plain_never_goes_back_and_forgets_nothing_that_was_had(
    wishes: list[Wish], news: list[tuple[int, str]], maximum: int, columns: tuple[str, ...]
) -> None:
    choice = made(wishes, news, maximum)
    got = {one: variant.seqs for variant in choice.variants for one in variant.wishes}
    for before, after in choice.after.items():
        assert after.columns == before.columns
        assert after.seen_seq >= before.seen_seq
        assert list(after.ahead) == sorted({seq for seq in after.ahead if seq > after.seen_seq})
        had = {*got.get(before, ()), *before.ahead}
        # Whatever columns are chosen next, nothing that was had is news again.
        assert not had.intersection(unread(Wish(columns=columns, seen_seq=after.seen_seq, ahead=after.ahead), news))


@given(wishes=wish_lists, news=news_of, maximum=maxima)
def test_variants_have_keys_of_their_own_and_the_fullest_is_called_all(
    wishes: list[Wish], news: list[tuple[int, str]], maximum: int
) -> None:
    variants = made(wishes, news, maximum).variants
    assert len(variants) <= len(wishes)
    assert len({variant.key for variant in variants}) == len({variant.seqs for variant in variants}) == len(variants)
    assert [variant.key == ALL for variant in variants] == [place == 0 for place in range(len(variants))]
    assert all(len(variant.seqs) <= len(variants[0].seqs) for variant in variants)


@given(wishes=wish_lists, news=news_of, maximum=maxima, data=st.data())
def test_the_same_wishes_in_any_order_come_to_the_same_letters(
    wishes: list[Wish], news: list[tuple[int, str]], maximum: int, data: st.DataObject
) -> None:
    one, other = made(wishes, news, maximum), made(data.draw(st.permutations(wishes)), news, maximum)
    assert made(wishes, news, maximum) == one
    assert {variant.key: (variant.seqs, set(variant.wishes)) for variant in one.variants} == {
        variant.key: (variant.seqs, set(variant.wishes)) for variant in other.variants
    }
    assert (set(one.quiet), one.after, one.through_seq) == (set(other.quiet), other.after, other.through_seq)


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
    place: Wish
    owed: set[int] = field(default_factory=set)  # what was published for the reader since joining
    got: list[int] = field(default_factory=list)


class Newsroom(RuleBasedStateMachine):
    """Posts, joins, changed minds, digests and posts that go alone in any order, by the pure function alone."""

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
                if column in (reader.place.columns or COLUMNS):
                    reader.owed.add(seq)

    @rule(columns=column_sets, many=st.integers(1, 50))
    def join(self, columns: tuple[str, ...], many: int) -> None:
        place = Wish(columns=columns, seen_seq=self.through)
        self.readers += [Reader(place=place, owed=set(unread(place, self.news))) for _ in range(many)]

    @precondition(lambda self: self.readers)
    @rule(columns=column_sets, data=st.data())
    def change_columns(self, columns: tuple[str, ...], data: st.DataObject) -> None:
        reader = data.draw(st.sampled_from(self.readers))
        reader.place = replace(reader.place, columns=columns)
        reader.owed = {*reader.got, *unread(reader.place, self.news)}

    @precondition(lambda self: self.readers)
    @rule(maximum=maxima)
    def send_a_digest(self, maximum: int) -> None:
        self._send(maximum=maximum)

    @precondition(lambda self: self.readers)
    @rule(maximum=maxima, minimum=st.integers(2, 4))
    def send_a_digest_unless_there_is_too_little(self, maximum: int, minimum: int) -> None:
        self._send(maximum=max(maximum, minimum), minimum=minimum, skip_empty=False)

    @precondition(lambda self: self.readers and self.news)
    @rule(data=st.data())
    def send_one_post(self, data: st.DataObject) -> None:
        alone, _ = data.draw(st.sampled_from(self.news))
        self._send(maximum=1, among=lambda seq: seq == alone)

    @precondition(lambda self: self.readers and self.news)
    @rule(data=st.data(), maximum=maxima)
    def release_a_draft(self, data: st.DataObject, maximum: int) -> None:
        through, _ = data.draw(st.sampled_from(self.news))
        self._send(maximum=maximum, among=lambda seq: seq <= through)

    def _send(
        self,
        *,
        maximum: int,
        minimum: int = 1,
        skip_empty: bool = True,
        among: Callable[[int], bool] = everything,
    ) -> None:
        wishes = sorted({reader.place for reader in self.readers}, key=str)
        oldest = min(one.seen_seq for one in wishes)
        choice = choose(
            wishes,
            [one for one in self.news if one[0] > oldest],
            columns=COLUMNS,
            maximum=maximum,
            minimum=minimum,
            skip_empty=skip_empty,
            among=among,
        )
        assert len(choice.variants) <= len(wishes)
        if not choice.variants:
            return
        if among is everything:
            self.through = max(self.through, choice.through_seq)
        letter_of = {one: variant for variant in choice.variants for one in variant.wishes}
        for reader in self.readers:
            variant = letter_of.get(reader.place)
            assert variant is None or len(variant.seqs) <= maximum
            reader.got += sorted(variant.seqs) if variant else []
            reader.place = choice.after.get(reader.place, reader.place)
            assert len(set(reader.got)) == len(reader.got), "a post came twice"

    def teardown(self) -> None:
        for _ in range(len(self.news) + 1):
            if self.readers:
                self._send(maximum=3)
        for reader in self.readers:
            assert sorted(reader.got) == sorted(reader.owed), "a post of a chosen column was lost"
            assert reader.place.ahead == (), "the place in the news is not plain at the end"


def test_over_any_history_nothing_comes_twice_and_nothing_is_lost() -> None:
    budget = settings(max_examples=60, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(Newsroom, settings=budget)
