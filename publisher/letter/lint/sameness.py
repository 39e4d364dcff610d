"""That text and HTML say the same.

Whoever reads the text part reads the same letter; and filters take a text part with other
words for a disguise (SpamAssassin's MPART_ALT_DIFF, which this is modelled on: it counts
how many of the HTML's words are missing from the text). Order does not count, nor do
addresses and the numbers that lead to them; what is said of a picture may stand in either.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from publisher.letter.lint.finding import Finding, quoted, warning
from publisher.letter.lint.origin import Origins
from publisher.letter.lint.page import Page, joined
from publisher.model.letter import CLOSE, OPEN

MOST_DIFFERENT = 0.10  # of the words; markup of lists and tables costs some
FEWEST = 10  # words; below that nothing is said
_SHOWN = 6
_LEFT_OUT = re.compile(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}|(?:https?://|mailto:|www\.)\S+|\S+@\S+|\[\d+\]")
# Scripts without blanks between words (Thai, Lao, Burmese, Khmer, Chinese, Japanese): each character counts.
_SOLID = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_SOLID}]|[^\W{_SOLID}]+")


def sameness_findings(page: Page, text: str, origins: Origins) -> Iterator[Finding]:
    shown = [run for run in page.runs if not run.ink.hidden]
    in_html, in_text = Counter(_words(joined(shown))), Counter(_words(text))
    described = Counter(_words(" ".join(page.alts())))
    missing = in_html - in_text
    if missing.total() > max(FEWEST, MOST_DIFFERENT * in_html.total()):
        place, example = _most_of_it(page, missing)
        yield warning(
            f"the text part lacks {missing.total():,} of {in_html.total():,} words of the HTML{place}, among them "
            f"{example}; let {origins.text} tell the same"
        )
    added = in_text - in_html - described
    if added.total() > max(FEWEST, MOST_DIFFERENT * in_text.total()):
        yield warning(
            f"the text part has {added.total():,} words that the HTML has not, among them "
            f"{_examples(_words(text), added)}; let {origins.html} tell the same"
        )


def _words(text: str) -> list[str]:
    return _WORD.findall(_LEFT_OUT.sub(" ", text).casefold())


def _most_of_it(page: Page, missing: Counter[str]) -> tuple[str, str]:
    """The story that most of the missing words stand in, and some of them."""
    by_story: dict[str, list[str]] = {}
    for run in page.runs:
        if not run.ink.hidden:
            by_story.setdefault(run.story, []).extend(_words(run.text))
    most = max(by_story, key=lambda story: sum(word in missing for word in by_story[story]), default="")
    place = f", most of them in the story {most}" if most else ""
    return place, _examples(by_story.get(most, ()), missing)


def _examples(words: Iterable[str], missing: Counter[str]) -> str:
    wanted = dict.fromkeys(word for word in words if word in missing)
    return quoted(" ".join(islice(wanted, _SHOWN)))
