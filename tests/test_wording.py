"""How each language says what we have to say: which catalog speaks, and how dates, lists and numbers are written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.wording.catalogs import SPOKEN, open_catalogs
from publisher.wording.wording import Wording

CATALOGS = open_catalogs()
FRIDAY = date(2026, 11, 20)


def speak(language: str) -> Wording:
    return CATALOGS.wording(language)


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        ("de", "de"), ("de-AT", "de"), ("DE-at", "de"), ("de-DE-1996", "de"), ("ar-EG", "ar"), ("fr-CA", "fr"),
        ("de_AT", "de"), ("es-419", "es"), ("en-US", "en"), ("pl", "en"), ("deu", "en"),
        ("", "en"), ("-", "en"), ("../de", "en"),
    ],
)  # fmt: skip
def test_a_language_is_looked_for_ever_less_exactly_and_english_speaks_for_those_we_do_not(
    language: str, spoken: str
) -> None:
    assert CATALOGS.spoken(language) == speak(language).spoken == spoken


@pytest.mark.parametrize(
    ("language", "weekday", "day", "short", "month"),
    [
        ("en", "Friday, 20 November 2026", "20 November 2026", "20 Nov 2026", "November 2026"),
        ("en-GB", "Friday, 20 November 2026", "20 November 2026", "20 Nov 2026", "November 2026"),
        ("en-US", "Friday, November 20, 2026", "November 20, 2026", "Nov 20, 2026", "November 2026"),
        ("de", "Freitag, 20. November 2026", "20. November 2026", "20.11.2026", "November 2026"),
        ("fr", "vendredi 20 novembre 2026", "20 novembre 2026", "20 nov. 2026", "novembre 2026"),
        ("es", "viernes, 20 de noviembre de 2026", "20 de noviembre de 2026", "20 nov 2026", "noviembre de 2026"),
        ("ar", "الجمعة، 20 نوفمبر 2026", "20 نوفمبر 2026", "20\u200f/11\u200f/2026", "نوفمبر 2026"),
        ("pl", "piątek, 20 listopada 2026", "20 listopada 2026", "20 lis 2026", "listopad 2026"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(
    language: str, weekday: str, day: str, short: str, month: str
) -> None:
    wording = speak(language)
    assert wording.weekday(FRIDAY) == weekday
    assert wording.day(FRIDAY) == day
    assert wording.short_day(FRIDAY) == short
    assert wording.month(FRIDAY) == month


def test_the_first_of_a_month_is_the_first_in_french() -> None:
    french = speak("fr-CA")
    assert french.weekday(date(2026, 11, 1)) == "dimanche 1er novembre 2026"
    assert french.day(date(2011, 1, 1)) == "1er janvier 2011"
    assert french.day(date(2026, 11, 11)) == "11 novembre 2026"
    assert speak("es").day(date(2026, 11, 1)) == "1 de noviembre de 2026"


@pytest.mark.parametrize(
    ("language", "three", "two"),
    [
        ("en", "Ann, Ben and Cem", "Ann and Ben"),
        ("en-US", "Ann, Ben, and Cem", "Ann and Ben"),
        ("de-CH", "Ann, Ben und Cem", "Ann und Ben"),
        ("fr", "Ann, Ben et Cem", "Ann et Ben"),
        ("es", "Ann, Ben y Cem", "Ann y Ben"),
        ("ar", "Ann وBen وCem", "Ann وBen"),
        ("pl", "Ann, Ben and Cem", "Ann and Ben"),  # a list stands in a sentence, and that is English here
    ],
)
def test_names_are_listed_as_the_sentence_around_them_needs_it(language: str, three: str, two: str) -> None:
    wording = speak(language)
    assert wording.names(["Ann", " ", "Ben", "Cem"]) == three
    assert wording.names(["Ann", "Ben"]) == two
    assert wording.names(["Ann"]) == "Ann"
    assert wording.names([]) == wording.names([""]) == ""


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("names", [[], ["Ann"], ["Ann", "Ben"], ["Ann", "Ben", "Cem", "Dua"]])
def test_what_stands_between_names_can_be_had_alone(language: str, names: list[str]) -> None:
    wording = speak(language)
    joints = wording.joints(names)
    assert "".join(joint + name for joint, name in zip(joints, names, strict=True)) == wording.names(names)


@pytest.mark.parametrize(
    ("last", "joint"), [("Ilse", "e"), ("Íñigo", "e"), ("Hilda", "e"), ("Iago", "y"), ("Hiedra", "y"), ("Ana", "y")]
)
def test_and_does_not_run_into_the_name_after_it_in_spanish(last: str, joint: str) -> None:
    assert speak("es-MX").names(["Ana", "Mira", last]) == f"Ana, Mira {joint} {last}"


def test_numbers_have_the_signs_of_their_language() -> None:
    numbers = {language: speak(language).number(12345.6) for language in SPOKEN}
    assert numbers == {
        "ar": "12,345.6",
        "de": "12.345,6",
        "en": "12,345.6",
        "es": "12.345,6",
        "fr": "12\u202f345,6",
    }


def test_the_empty_sentence_stays_empty() -> None:
    """In a catalog it is the key of its header."""
    assert {speak(language).gettext("") for language in SPOKEN} == {""}


def test_a_sentence_that_nobody_translated_is_said_as_it_is() -> None:
    wording = speak("de")
    assert wording.gettext("Low tide at %(hour)s", hour=6) == "Low tide at 6"
    assert wording.ngettext("%(num)s gull", "%(num)s gulls", 1) == "1 gull"
    assert wording.ngettext("%(num)s gull", "%(num)s gulls", 2) == "2 gulls"


@given(st.text() | st.from_regex(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8}){0,3}", fullmatch=True))
def test_whatever_is_asked_for_there_are_words(language: str) -> None:
    wording = speak(language)
    assert wording.spoken in SPOKEN
    assert "2026" in wording.weekday(FRIDAY) or wording.spoken == "en"
    assert wording.names(["Ann"]) == "Ann"
