"""What the law asks of every letter: who sends it, and a way to leave.

CAN-SPAM (16 CFR 316) wants a postal address and a visible way to leave; the text part is a
letter of its own to those who read text. Where one is missing, the letter is not sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from publisher.letter.edition import Edition
from publisher.letter.lint.finding import Finding, error, warning
from publisher.letter.lint.origin import Origins
from publisher.letter.lint.page import Page
from publisher.model.issue import ASKING
from publisher.model.letter import Letter, Slot

_UNSUBSCRIBE, _PREFERENCES = "{{ slot.unsubscribe_url }}", "{{ slot.preferences_url }}"


def law_findings(letter: Letter, page: Page, origins: Origins, edition: Edition) -> Iterator[Finding]:
    yield from _address(letter, page, origins, edition.postal_address)
    mark = Slot.UNSUBSCRIBE_URL.mark
    if mark not in {link.address for link in page.links}:
        yield error(f'the HTML has no link to unsubscribe; write href="{_UNSUBSCRIBE}" in {origins.html}')
    if mark not in letter.text:
        yield error(f"the text has no link to unsubscribe; write {_UNSUBSCRIBE} in {origins.text}")
    if edition.kind not in ASKING:  # who gets those may not be a reader, and has nothing to choose yet
        yield from _preferences(letter, page, origins)


def _address(letter: Letter, page: Page, origins: Origins, postal_address: str) -> Iterator[Finding]:
    wanted = " ".join(postal_address.split())
    if not wanted:
        yield error("there is no postal address; set `site.postal_address`")
        return
    parts = (("HTML", page.shown, origins.html), ("text", letter.text, origins.text))
    for name, shown, template in parts:
        if wanted not in " ".join(shown.split()):
            yield error(f"the {name} does not show the postal address; print `postal_address` in {template}")


def _preferences(letter: Letter, page: Page, origins: Origins) -> Iterator[Finding]:
    """No law asks for them; but who can choose less often does not have to leave."""
    mark = Slot.PREFERENCES_URL.mark
    if mark not in {link.address for link in page.links}:
        yield warning(f'the HTML has no link to preferences; write href="{_PREFERENCES}" in {origins.html}')
    if mark not in letter.text:
        yield warning(f"the text has no link to preferences; write {_PREFERENCES} in {origins.text}")
