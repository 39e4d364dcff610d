"""Tokens name a row to us and nothing to anybody else."""

from __future__ import annotations

import pickle
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.tokens import LENGTH, Press, Purpose, passing_row_of, passing_token_for, row_of, token_for

KEYS = (b"the key of today", b"the key of last year")
LETTERS = "0123456789abcdefghijklmnopqrstuv"  # RFC 4648 §7

rows = st.integers(0, 2**48 - 1)
purposes = st.sampled_from(Purpose)


@given(row=rows, purpose=purposes)
def test_a_token_names_its_row(row: int, purpose: Purpose) -> None:
    assert row_of(KEYS, purpose, token_for(KEYS, purpose, row)) == row


@given(rows=st.lists(st.tuples(rows, purposes), max_size=6))
def test_a_press_makes_the_same_tokens_also_in_another_process(rows: list[tuple[int, Purpose]]) -> None:
    press = Press(KEYS)
    for row, purpose in rows:
        assert press.token_for(purpose, row) == token_for(KEYS, purpose, row)
        assert pickle.loads(pickle.dumps(press)).token_for(purpose, row) == token_for(KEYS, purpose, row)


@given(row=rows, purpose=purposes)
def test_a_token_fits_an_address_a_url_and_a_header(row: int, purpose: Purpose) -> None:
    assert re.fullmatch(f"[{LETTERS}]{{{LENGTH}}}", token_for(KEYS, purpose, row))


@given(row=rows, purpose=purposes)
def test_a_token_survives_a_program_that_writes_it_in_capitals(row: int, purpose: Purpose) -> None:
    assert row_of(KEYS, purpose, token_for(KEYS, purpose, row).upper()) == row


@given(row=rows, purpose=purposes, place=st.integers(0, LENGTH - 1), letter=st.sampled_from(LETTERS))
def test_one_changed_character_and_it_names_nothing(row: int, purpose: Purpose, place: int, letter: str) -> None:
    token = token_for(KEYS, purpose, row)
    changed = token[:place] + letter + token[place + 1 :]
    assert row_of(KEYS, purpose, changed) == (row if changed == token else None)


@given(row=rows, purpose=purposes)
def test_a_token_of_one_purpose_is_nothing_to_another(row: int, purpose: Purpose) -> None:
    token = token_for(KEYS, purpose, row)
    assert [row_of(KEYS, other, token) for other in Purpose if other is not purpose] == [None] * (len(Purpose) - 1)


@given(row=rows, purpose=purposes)
def test_a_token_made_with_another_key_is_foreign(row: int, purpose: Purpose) -> None:
    assert row_of(KEYS, purpose, token_for((b"a stranger's key",), purpose, row)) is None


@given(row=rows, purpose=purposes)
def test_after_the_keys_were_rotated_old_tokens_still_count(row: int, purpose: Purpose) -> None:
    old = token_for(KEYS, purpose, row)
    rotated = (b"the key of tomorrow", *KEYS)
    assert row_of(rotated, purpose, old) == row
    assert row_of(KEYS, purpose, token_for(rotated, purpose, row)) is None
    assert row_of(rotated[:1], purpose, old) is None


@given(row=rows, purpose=purposes, cut=st.integers(0, LENGTH - 1), more=st.text(min_size=1, max_size=5))
def test_a_cut_or_lengthened_token_names_nothing(row: int, purpose: Purpose, cut: int, more: str) -> None:
    token = token_for(KEYS, purpose, row)
    assert row_of(KEYS, purpose, token[:cut]) is None
    assert row_of(KEYS, purpose, token + more) is None


@given(text=st.one_of(st.text(max_size=40), st.text(min_size=LENGTH, max_size=LENGTH)), purpose=purposes)
def test_what_strangers_write_names_nothing_and_breaks_nothing(text: str, purpose: Purpose) -> None:
    assert row_of(KEYS, purpose, text) is None


def test_letters_that_only_look_alike_after_upper_casing_are_refused() -> None:
    token = token_for(KEYS, Purpose.UNSUBSCRIBE, 7)
    assert row_of(KEYS, Purpose.UNSUBSCRIBE, token[:-1] + "ı") is None


@pytest.mark.parametrize("row", [-1, 2**48])
def test_a_row_that_no_database_gives_gets_no_token(row: int) -> None:
    with pytest.raises(OverflowError):
        token_for(KEYS, Purpose.DELIVERY, row)


def test_tokens_stay_what_they_are() -> None:
    """Links in letters that were sent must work for ever: these values may never change."""
    assert token_for((b"k",), Purpose.UNSUBSCRIBE, 1) == "0000000004mkrniv0f6dj1iefkb3vbh6"
    assert token_for((b"k",), Purpose.PREFERENCES, 1) == "0000000007p7uaqsbu6n34t3lihmc8tu"


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis wants them so


@given(row=rows, purpose=purposes, until=moments)
def test_a_passing_token_names_its_row_until_its_minute_has_come(row: int, purpose: Purpose, until: datetime) -> None:
    token = passing_token_for(KEYS, purpose, row, until=until)
    assert re.fullmatch(f"[{LETTERS}]{{{LENGTH}}}", token)
    for now, found in ((until - A_MINUTE, row), (until, None), (until + A_MINUTE, None)):
        assert passing_row_of(KEYS, purpose, token, now=now) == found


@given(row=rows, purpose=purposes, place=st.integers(0, LENGTH - 1), letter=st.sampled_from(LETTERS))
def test_nobody_can_make_a_passing_token_last_longer(row: int, purpose: Purpose, place: int, letter: str) -> None:
    token = passing_token_for(KEYS, purpose, row, until=NOON + A_MINUTE)
    changed = token[:place] + letter + token[place + 1 :]
    assert passing_row_of(KEYS, purpose, changed, now=NOON) == (row if changed == token else None)
    for other in Purpose:
        if other is not purpose:
            assert passing_row_of(KEYS, other, token, now=NOON) is None


@given(row=rows, purpose=purposes)
def test_a_passing_token_is_no_lasting_one_nor_the_other_way_round(row: int, purpose: Purpose) -> None:
    assert row_of(KEYS, purpose, passing_token_for(KEYS, purpose, row, until=NOON + A_MINUTE)) is None
    assert passing_row_of(KEYS, purpose, token_for(KEYS, purpose, row), now=NOON - timedelta(days=30_000)) is None
