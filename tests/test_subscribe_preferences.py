"""What a form says about a reader's choice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.subscriber import Cadence, Preference, Subscription
from publisher.subscribe.preferences import Offer, Unclear, read_choice

OFFER = Offer(cadences=(Cadence.DAILY, Cadence.WEEKLY), columns=("council", "harbour", "school"))
HAD = Subscription(id=1, newsletter="morning", cadence=Cadence.DAILY, columns=("harbour",))


@pytest.mark.parametrize(
    ("fields", "choice"),
    [
        ({"cadence": ["weekly"]}, Preference(cadence=Cadence.WEEKLY, columns=("harbour",))),
        ({"columns": ["all"]}, Preference(cadence=Cadence.DAILY)),
        ({"columns": ["all"], "column": ["council"]}, Preference(cadence=Cadence.DAILY)),
        (
            {"cadence": ["weekly"], "columns": ["some"], "column": ["school", "council"]},
            Preference(cadence=Cadence.WEEKLY, columns=("council", "school")),
        ),
        (
            {"columns": ["some"], "column": ["council", "no-such-column"]},
            Preference(cadence=Cadence.DAILY, columns=("council",)),
        ),
        ({"columns": ["some"]}, Unclear.NO_COLUMN),
        ({"columns": ["some"], "column": ["no-such-column"]}, Unclear.NO_COLUMN),
        ({"cadence": ["monthly"], "columns": ["all"]}, Unclear.CADENCE),
        ({"columns": ["none"]}, Unclear.NOTHING),
        ({"column": ["council"]}, Unclear.NOTHING),
        ({"confirm": ["1"]}, Unclear.NOTHING),
        ({}, Unclear.NOTHING),
    ],
)
def test_a_form_is_read_as_a_choice_or_as_what_is_unclear(
    fields: dict[str, list[str]], choice: Preference | Unclear
) -> None:
    assert read_choice(fields, HAD, OFFER) == choice


WORDS = st.one_of(st.sampled_from(["daily", "weekly", "all", "some", "council", "harbour", ""]), st.text(max_size=9))


@given(st.dictionaries(st.sampled_from(["cadence", "columns", "column", "x"]), st.lists(WORDS, min_size=1, max_size=4)))
def test_whatever_a_stranger_sends_only_what_is_offered_is_chosen(fields: dict[str, list[str]]) -> None:
    choice = read_choice(fields, HAD, OFFER)
    if isinstance(choice, Preference):
        assert choice.cadence in OFFER.cadences
        assert set(choice.columns) <= set(OFFER.columns)
        assert list(choice.columns) == sorted(set(choice.columns))


def test_one_cadence_and_one_column_are_no_choice() -> None:
    assert OFFER.is_choice
    assert not Offer(cadences=(Cadence.DAILY,), columns=("harbour",)).is_choice
