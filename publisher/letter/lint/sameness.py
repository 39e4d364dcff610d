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
from publisher.letter.lint.page import Page
from publisher.model.letter import CLOSE, OPEN

MOST_DIFFERENT = 0.10  # of the words; markup of lists and tables costs some
FEWEST = 10  # words; below that nothing is said
_SHOWN = 6
_MARK = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_NOTE = re.compile(r"\[\d+\]")
_OF_ADDRESSES = ("@", "://", "www.", "mailto:")  # what has one of them in it is an address
# Scripts without blanks between words (Thai, Lao, Burmese, Khmer, Chinese, Japanese): each character counts.
_SOLID = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_SOLID_ONE = re.compile(f"[{_SOLID}]")
_WORD = re.compile(rf"[{_SOLID}]|[^\W{_SOLID}]+")


def sameness_findings(page: Page, text: str, origins: Origins) -> Iterator[Finding]:
    if _hardly_differ(page.shown, text):
        return
    in_html, in_text = _words(_told(page.shown)), _words(_told(text))
    missing = _lacks(in_html, in_text)
    if missing:
        place, example = _most_of_it(page, missing)
        yield warning(
            f"the text part lacks {missing.total():,} of {in_html.total():,} words of the HTML{place}, among them "
            f"{example}; let {origins.text} tell the same"
        )
    added = _lacks(in_text, in_html + _words(" ".join(page.alts())))
    if added:
        yield warning(
            f"the text part has {added.total():,} words that the HTML has not, among them "
            f"{_examples(in_text, added)}; let {origins.html} tell the same"
        )


def _hardly_differ(shown: str, text: str) -> bool:
    """A quick look: by all that stands between blanks, signs and addresses and all; where words have such."""
    if _SOLID_ONE.search(shown):
        return False
    in_html, in_text = Counter(shown.split()), Counter(text.split())
    return not (_lacks(in_html, in_text) or _lacks(in_text, in_html))


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.casefold()))


def _told(text: str) -> str:
    """The text without what differs by its nature: personal slots, addresses, numbers of notes."""
    kept = [word for word in _MARK.sub(" ", text).split() if not any(sign in word for sign in _OF_ADDRESSES)]
    return _NOTE.sub(" ", " ".join(kept))


def _lacks(some: Counter[str], others: Counter[str]) -> Counter[str]:
    """What of the ones is missing among the others, where that is much."""
    missing = some - others
    return missing if missing.total() > max(FEWEST, MOST_DIFFERENT * some.total()) else Counter()


def _most_of_it(page: Page, missing: Counter[str]) -> tuple[str, str]:
    """The story that most of the missing words stand in, and some of them."""
    by_story: dict[str, Counter[str]] = {}
    for run in page.runs:
        if not run.ink.hidden:
            by_story.setdefault(run.story, Counter()).update(_words(_told(run.text)))
    most = max(by_story, key=lambda story: (by_story[story] & missing).total())
    place = f", most of them in the story {most}" if most else ""
    return place, _examples(by_story[most], missing)


def _examples(words: Iterable[str], missing: Counter[str]) -> str:
    wanted = dict.fromkeys(word for word in words if word in missing)
    return quoted(" ".join(islice(wanted, _SHOWN)))
