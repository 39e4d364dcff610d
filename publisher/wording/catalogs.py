"""The catalogs that translators wrote, read once each, when their language is first spoken.

A catalog is `LANG/LC_MESSAGES/publisher.po`, read as it is: there is no compiled form that
could be older. A language is looked for as it is named, then ever less exactly: `de-AT` is
`de`. Languages come from config.toml and from feeds, so anything may be asked for; what
is no language is English.

Not here: what is to be translated (every `_()` of the templates and every `gettext` of
the source). Known weakness: a site has no catalog of its own, so what its own templates
mark and we do not say stays as it is written there.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from publisher.wording.wording import WORLD_ENGLISH, Wording

ENGLISH = "en"
SPOKEN = (ENGLISH, "ar", "de", "es", "fr")
LONGEST_TAG = 35  # characters; the longest that RFC 5646 §4.4.1 asks to be kept
WORDINGS_KEPT = 64  # posts of feeds name languages; no number of them takes more memory than this
_NO_LANGUAGES = frozenset({"root", "und", "mul", "zxx"})  # none, several, not a language at all (RFC 5646 §4.1)


class Catalogs:
    """Gives the wording of any language."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, NullTranslations] = {}
        self._kept = lru_cache(WORDINGS_KEPT)(self._made)

    def wording(self, language: str) -> Wording:
        return self._kept(language)

    def spoken(self, language: str) -> str:
        """The catalog for this language."""
        return next((tag for tag in _ever_less(language.lower()) if tag in SPOKEN), ENGLISH)

    def fingerprint(self) -> str:
        """The same as long as nobody translated anything anew."""
        digest = hashlib.sha256()
        for language in SPOKEN:
            digest.update(self._file(language).read_bytes())
        return digest.hexdigest()

    def _made(self, language: str) -> Wording:
        spoken = self.spoken(language)
        own = _locale_of(language)
        return Wording(
            language=language,
            spoken=spoken,
            translations=self._translations(spoken),
            locale=own or Locale.parse(WORLD_ENGLISH),
            grammar=own if own and own.language == spoken else Locale.parse(WORLD_ENGLISH),
        )

    def _translations(self, spoken: str) -> NullTranslations:
        if spoken not in self._read:
            self._read[spoken] = _read(self._file(spoken))
        return self._read[spoken]

    def _file(self, spoken: str) -> Path:
        return self._folder / spoken / "LC_MESSAGES" / "publisher.po"


def open_catalogs() -> Catalogs:
    """Those that are shipped. None is read yet."""
    return Catalogs(Path(__file__).parent.parent / "locale")


def _read(file: Path) -> NullTranslations:
    """A catalog; what is missing or doubtful (`fuzzy`) in it is said in English."""
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _locale_of(language: str) -> Locale | None:
    for tag in _ever_less(language.lower()):
        if tag in _NO_LANGUAGES:
            return None
        try:
            return Locale.parse(tag, sep="-") if tag != ENGLISH else Locale.parse(WORLD_ENGLISH)
        except (ValueError, UnknownLocaleError):
            continue
    return None


def _ever_less(language: str) -> list[str]:
    """`de-AT-1996`, `de-AT`, `de` (RFC 4647 §3.4); some sources write `de_AT`."""
    parts = language[:LONGEST_TAG].replace("_", "-").split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
