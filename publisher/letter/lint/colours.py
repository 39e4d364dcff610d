"""Colours that a site chose and that cannot be read: letters have others in their place, and that is told."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.letter.contrast import TEXT, contrast
from publisher.letter.lint.finding import Finding, warning
from publisher.letter.look import mendings
from publisher.model.issue import Newsletter


def colour_findings(newsletter: Newsletter) -> Iterator[Finding]:
    look = newsletter.look
    if not (look.ink or look.accent):  # a design's own colours can be read
        return
    for mending in mendings(newsletter.template, look):
        ratio = contrast(mending.chosen, mending.on)
        yield warning(
            f"the {mending.name} {mending.chosen} of `look` cannot be read on {mending.on}: its contrast is "
            f"{ratio:.1f}, and text needs {TEXT:g}; letters have {mending.used} in its place: choose that, or another"
        )
