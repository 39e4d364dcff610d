"""What is wrong with a letter, before anybody gets it.

An error holds the letter; a warning is shown to the newsroom and the letter goes. Which is
which is one question: may this reach a reader?

- The law (a postal address, a way to leave), the wire (an empty subject, a slot nobody can
  fill) and what cannot be read (no words, words in the colour of their ground): errors.
- What a template or config.toml left behind (`{{`, `None`, a link to example.org): an error,
  for it stands in every letter and can be mended once. The same inside a post is a warning:
  it came from a source, and one bad link there must not stop a newsletter.
- All else is a warning.

Each finding names the place and the cure. Any text at all can be looked at; nothing raises.

Known weakness: it reads elements, words and styles, not the page as a program draws it.
"""

from __future__ import annotations

from collections.abc import Iterator

from publisher.letter.edition import Edition
from publisher.letter.lint.colours import colour_findings
from publisher.letter.lint.contrasts import contrast_findings
from publisher.letter.lint.document import LARGEST_HTML_BYTES, document_findings
from publisher.letter.lint.finding import Finding, Severity
from publisher.letter.lint.law import law_findings
from publisher.letter.lint.leftovers import leftover_findings
from publisher.letter.lint.links import link_findings, picture_findings
from publisher.letter.lint.origin import Origins
from publisher.letter.lint.page import read_page
from publisher.letter.lint.preheader import preheader_findings
from publisher.letter.lint.sameness import sameness_findings
from publisher.letter.lint.service import service_findings
from publisher.letter.lint.slots import slot_findings
from publisher.letter.lint.subject import subject_findings
from publisher.model.letter import Letter

__all__ = ["LARGEST_HTML_BYTES", "Finding", "Severity", "lint"]


def lint(letter: Letter, edition: Edition) -> tuple[Finding, ...]:
    """All findings, errors first; none means that all is well. `edition` is what the letter was made of."""
    findings = list(dict.fromkeys(_findings(letter, edition)))
    return tuple(sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR))


def _findings(letter: Letter, edition: Edition) -> Iterator[Finding]:
    page, origins = read_page(letter.html), Origins(edition)
    yield from subject_findings(letter.subject, origins)
    yield from slot_findings(letter)
    yield from law_findings(letter, page, origins, edition)
    yield from service_findings(letter, page, origins, edition.kind)
    yield from document_findings(letter.html, page, origins)
    yield from leftover_findings(letter, page, origins)
    yield from link_findings(page, origins, edition.site_url)
    yield from picture_findings(page, origins, edition.site_url)
    yield from colour_findings(edition.newsletter)
    yield from contrast_findings(letter.html, page)
    yield from preheader_findings(page, letter.subject, origins, edition.newsletter.language)
    yield from sameness_findings(page, letter.text, origins)
