"""The HTML as a whole: its size, its one heading, its language, and that there is something to read."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.letter.lint.finding import Finding, error, warning
from publisher.letter.lint.origin import Origins
from publisher.letter.lint.page import Page
from publisher.model.direction import direction_of

_BOTH = 'lang="{{ language }}" dir="{{ direction }}"'
LARGEST_HTML_BYTES = 95_000  # Gmail cuts a letter off at 102 KB, and with it the way to leave


def document_findings(html: str, page: Page, origins: Origins) -> Iterator[Finding]:
    if not page.shown.strip():
        yield error(f"the HTML has no words that anybody could read; look into {origins.html}")
    size = len(html.encode("utf-8", "replace"))
    if size > LARGEST_HTML_BYTES:
        # Only a warning: what is cut off is one tap away, and the way to leave stands in the header, too.
        yield warning(
            f"the HTML has {size:,} bytes, and Gmail cuts a letter off at about 102,000; set "
            f'`{origins.newsletter}.text` to "fitting", or a smaller `maximum`'
        )
    if page.h1_count != 1:
        yield warning(
            f"the HTML has {page.h1_count} h1 headings, by which a screen reader knows where the letter begins; "
            f"write one in {origins.html}, for the newsletter's name"
        )
    yield from _language_findings(page, origins)


def _language_findings(page: Page, origins: Origins) -> Iterator[Finding]:
    for place, language, direction in (
        ("<html>", page.language, page.direction),
        ("the outer table", page.outer_language, page.outer_direction),
    ):
        why = "" if place == "<html>" else " (mail programs take away what <html> says)"
        if not language or not direction:
            yield warning(
                f"{place} does not say its {'language' if not language else 'direction'}{why}; "
                f"write {_BOTH} in {origins.html}"
            )
        elif direction.lower() != direction_of(language):
            yield warning(
                f"{place} says dir={direction} and lang={language}, which is written {direction_of(language)}; "
                f"write {_BOTH} in {origins.html}"
            )
