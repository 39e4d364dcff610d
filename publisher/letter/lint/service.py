"""What letters of service must have, and what no other may have: the link that they are about.

Who gets one that asks may never have heard of the newsletter: without that link nobody can
say yes or no. And with a name in it a stranger could put words into a letter of ours; with an
address that nobody has confirmed, hardly any.
"""

from __future__ import annotations

from collections.abc import Iterator

from publisher.letter.lint.finding import Finding, error, warning
from publisher.letter.lint.origin import Origins
from publisher.letter.lint.page import Page
from publisher.model.issue import ASKING, IssueKind
from publisher.model.letter import Letter, Slot

_LINK, _NAME, _ADDRESS = "{{ slot.service_url }}", "{{ slot.name }}", "{{ slot.email }}"
_UNCONFIRMED = (IssueKind.CONFIRM, IssueKind.CHANGE)  # they go to addresses as a stranger may have typed them


def service_findings(letter: Letter, page: Page, origins: Origins, kind: IssueKind) -> Iterator[Finding]:
    mark = Slot.SERVICE_URL.mark
    if kind not in ASKING:
        if mark in letter.subject + letter.html + letter.text:
            yield error(
                f"the letter has {_LINK}, which only letters of service are filled with that ask for something; take "
                f"it out of {origins.html} and {origins.text}"
            )
        return
    if mark not in {link.address for link in page.links}:
        yield error(f'the HTML has no link to the page that it is about; write href="{_LINK}" in {origins.html}')
    if mark not in letter.text:
        yield error(f"the text has no link to the page that it is about; write {_LINK} in {origins.text}")
    whole = letter.subject + letter.html + letter.text
    if Slot.EMAIL.mark in whole and kind in _UNCONFIRMED:
        yield warning(
            f"the letter has {_ADDRESS}, which a stranger may have written with words of his own in it, as "
            f"mira+words@; take it out of {origins.html} and {origins.text}"
        )
    if Slot.NAME.mark in whole:
        yield error(
            f"the letter has {_NAME}, and a stranger may have asked for it; take it out of {origins.html} and "
            f"{origins.text}"
        )
