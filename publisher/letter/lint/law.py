"""What the law asks of every letter: who sends it, and a way to leave.

CAN-SPAM (16 CFR 316) wants a postal address and a visible way to leave; the text part is a
letter of its own to those who read text. Where one is missing, the letter is not sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from publisher.letter.lint.finding import Finding, error, warning
from publisher.letter.lint.page import Page
from publisher.model.letter import Letter, Slot


def law_findings(letter: Letter, page: Page, postal_address: str) -> Iterator[Finding]:
    yield from _address(letter, page, postal_address)
    mark = Slot.UNSUBSCRIBE_URL.mark
    if mark not in {link.address for link in page.links}:
        yield error('the HTML has no link to unsubscribe; write href="{{ slot.unsubscribe_url }}" in its template')
    if mark not in letter.text:
        yield error("the text has no link to unsubscribe; write {{ slot.unsubscribe_url }} in its template")
    yield from _preferences(letter, page)


def _address(letter: Letter, page: Page, postal_address: str) -> Iterator[Finding]:
    wanted = " ".join(postal_address.split())
    if not wanted:
        yield error("there is no postal address; set `postal_address` of the site")
        return
    for name, words in (("HTML", page.words()), ("text", letter.text.split())):
        if wanted not in " ".join(words):
            yield error(f"the {name} does not show the postal address; print `postal_address` in its template")


def _preferences(letter: Letter, page: Page) -> Iterator[Finding]:
    """No law asks for them; but who can choose less often does not have to leave."""
    mark = Slot.PREFERENCES_URL.mark
    if mark not in {link.address for link in page.links}:
        yield warning('the HTML has no link to preferences; write href="{{ slot.preferences_url }}" in its template')
    if mark not in letter.text:
        yield warning("the text has no link to preferences; write {{ slot.preferences_url }} in its template")
