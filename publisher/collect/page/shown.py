"""What a reader sees of an article beside its text: its heading, its standfirst, its dates."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from publisher.collect.page.facts import Facts
from publisher.collect.page.marks import COMMENTS, DATE, STANDFIRST, UPDATED, says, stands_in
from publisher.collect.page.moments import moment_of
from publisher.collect.page.tree import Element, squeezed, words

_MOST = 3_000  # elements looked at for one thing
_LONGEST_STANDFIRST = 600  # characters
_LONGEST_DATE = 200
_OFTEN_CUT = 60  # characters; many cut what is longer, for search engines


def facts_shown(tree: Element, headline: str, page_title: str, zone: ZoneInfo) -> Facts:
    """What the page shows; `headline` and `page_title` are what it says out of sight."""
    decks = [one for one in tree.xpath("//body//*[@class]")[:_MOST] if says(one, STANDFIRST)]
    texts = [words(one) for one in decks if not stands_in(one, COMMENTS)]
    published, updated = _dates(tree, zone)
    return Facts(
        title=_title(tree, headline, page_title),
        summary=next((text for text in texts if 0 < len(text) <= _LONGEST_STANDFIRST), ""),
        published=published,
        updated=updated,
        tags=tuple(
            dict.fromkeys(words(one) for one in tree.xpath("//a[@rel]")[:_MOST] if "tag" in one.get("rel").split())
        ),
    )


def _title(tree: Element, headline: str, page_title: str) -> str:
    """The heading on the page where it is what the head says too: there it is often cut, or has the site's name."""
    headings = [text for one in tree.iter("h1") if (text := words(one))]
    for told in filter(None, (headline, page_title)):
        start, is_cut = squeezed(told.rstrip(".… ")), told.endswith(("…", "...")) or len(told) >= _OFTEN_CUT
        for heading in headings:
            if start.startswith(squeezed(heading)) or (is_cut and squeezed(heading).startswith(start)):
                return heading
    return (
        headline
        or (headings[0] if len(headings) == 1 and not page_title else "")
        or page_title
        or "".join(headings[:1])
    )


def _dates(tree: Element, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """Published and updated, from `time` elements, else from what is marked as a date."""
    published: datetime | None = None
    updated: datetime | None = None
    marked = [one for one in tree.xpath("//body//*[@class]")[:_MOST] if says(one, DATE)]
    for element in [*list(tree.iter("time"))[:_MOST], *marked]:
        if stands_in(element, COMMENTS):
            continue
        moment = moment_at(element, zone)
        if moment and says(element, UPDATED):
            updated = updated or moment
        elif moment:
            published = published or moment
    return published, updated


def moment_at(element: Element, zone: ZoneInfo) -> datetime | None:
    """The moment that an element names, in an attribute or in words."""
    text = str(element.get("datetime") or element.get("content") or "")
    if not text and len(str(element.text_content())) <= _LONGEST_DATE:
        text = words(element)
    return moment_of(text, zone)
