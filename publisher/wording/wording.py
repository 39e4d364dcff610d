"""Wording: how one language says what we have to say.

Sentences come from a translator's catalog, dates and lists from CLDR (by Babel). Where
there is no catalog for a language, its sentences are English ones and its dates its own.

Numbers are written in Western digits everywhere, also in Arabic, as most newspapers on
the web write them. Plain `en` is the English of the world (CLDR's en-001): day before
month, no comma before `and`; `en-US` has both its own way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from gettext import NullTranslations

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal

WORLD_ENGLISH = "en_001"  # CLDR's name of it

# What CLDR's patterns do not know: French has an ordinal for the first of a month, and Spanish
# says `e` for `y` before a name that begins with that sound, `Mira e Ilse` but `Mira y Iago`.
_FIRST_OF_MONTH = {"fr": (re.compile(r"(?<!\d)1(?!\d)"), "1er")}
_SPANISH_I = re.compile(r"h?[ií](?![aeoáéó])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of one language; the same for the same language, whoever asks."""

    language: str  # as it was asked for
    spoken: str  # the catalog that its sentences are from, `en` where there is none for it
    translations: NullTranslations = field(repr=False)
    locale: Locale  # of dates and numbers
    grammar: Locale  # of lists, which stand in sentences; unlike `locale` only where there is no catalog

    @property
    def own_name(self) -> str:
        """What the language calls itself: `Deutsch`."""
        return self.locale.get_language_name(self.locale.language) or self.language

    def gettext(self, message: str, /, **values: object) -> str:
        """`message` in this language, its `%(name)s` filled in."""
        return self.sentence(message) % values

    def ngettext(self, singular: str, plural: str, number: int, /, **values: object) -> str:
        """The form for this number, which is `%(num)s` in it."""
        return self.sentence_of(singular, plural, number) % {"num": number, **values}

    def sentence(self, message: str) -> str:
        """The translation as it stands in the catalog."""
        return self.translations.gettext(message) if message else ""  # "" is the catalog's header

    def sentence_of(self, singular: str, plural: str, number: int) -> str:
        """The same of a counted thing."""
        return self.translations.ngettext(singular, plural, number)

    def names(self, names: Sequence[str]) -> str:
        """`Ann`, `Ann and Ben`, `Ann, Ben and Cem`; names of blanks are left out."""
        known = [name for name in names if name.strip()]
        return "".join(joint + name for joint, name in zip(self.joints(known), known, strict=True))

    def joints(self, names: Sequence[str]) -> tuple[str, ...]:
        """What stands before each of the names in a list: ``, `, `, ` and `."""
        marks = [f"\0{place}\0" for place in range(len(names))]
        joints, rest = [], format_list(marks, locale=self.grammar)
        for mark, name in zip(marks, names, strict=True):
            joint, _, rest = rest.partition(mark)
            joints.append(" e " if joint == " y " and self._sounds_like_and(name) else joint)
        return tuple(joints)

    def _sounds_like_and(self, name: str) -> bool:
        return self.grammar.language == "es" and _SPANISH_I.match(name) is not None

    def weekday(self, day: date) -> str:
        """`Friday, 20 November 2026`."""
        return self._dated(format_date(day, "full", locale=self.locale), day)

    def day(self, day: date) -> str:
        """`20 November 2026`."""
        return self._dated(format_date(day, "long", locale=self.locale), day)

    def short_day(self, day: date) -> str:
        """`20 Nov 2026`."""
        return self._dated(format_date(day, "medium", locale=self.locale), day)

    def month(self, day: date) -> str:
        """The month that the day is in: `November 2026`."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def month_alone(self, day: date) -> str:
        """The same without its year: `November`."""
        return format_date(day, "LLLL", locale=self.locale)

    def number(self, number: float) -> str:
        """`12,345.6`."""
        return format_decimal(number, locale=self.locale)

    def _dated(self, written: str, day: date) -> str:
        first = _FIRST_OF_MONTH.get(self.locale.language)
        return first[0].sub(first[1], written, count=1) if first and day.day == 1 else written


Speak = Callable[[str], Wording]
"""Gives the wording of a language."""


def english(language: str) -> Wording:
    """English words and dates, whatever the language: for who has no catalogs at hand."""
    locale = Locale.parse(WORLD_ENGLISH)
    return Wording(language=language, spoken="en", translations=NullTranslations(), locale=locale, grammar=locale)
