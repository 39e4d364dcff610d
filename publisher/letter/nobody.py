"""A letter as a page: its slots filled for nobody in particular.

Who passes the link on passes on nothing of his own. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from publisher.model.letter import Letter, Slot

NAMELESS = "reader"
ADDRESSLESS = "your address"


def subject_for_nobody(subject: str, site_url: str) -> str:
    """Plain text."""
    return _filled(subject, _neutral(site_url))


def page_for_nobody(letter: Letter, site_url: str) -> str:
    """The HTML of the letter."""
    return _filled(letter.html, {mark: escape(value) for mark, value in _neutral(site_url).items()})


def _neutral(site_url: str) -> Mapping[str, str]:
    return {
        Slot.NAME.mark: NAMELESS,
        Slot.EMAIL.mark: ADDRESSLESS,
        Slot.UNSUBSCRIBE_URL.mark: f"{site_url}/unsubscribe",
        Slot.PREFERENCES_URL.mark: f"{site_url}/preferences",
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text
