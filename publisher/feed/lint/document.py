"""Reading XML documents and dates for the lint."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lxml import etree

from publisher.feed.extension import ATOM, HISTORY
from publisher.feed.lint.seen import Seen

# RFC 3339 §5.6, date-time. RFC 4287 §3.3 wants the `T` and the `Z` in upper case.
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\Z")

# RFC 822 §5.1 with the year of four digits and the offset in digits or as GMT: what every reader takes.
_RFC822 = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}"
    r" \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT)\Z"
)


def root_of(document: bytes, name: str) -> Any:
    """The root element. Raises ValueError in words where it is not well-formed or another document."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as wrong:
        raise ValueError(f"it is not well-formed XML: {wrong}") from wrong
    if root.getroottree().docinfo.doctype:
        raise ValueError("it has a document type; readers refuse what could declare entities")
    if root.tag != name:
        raise ValueError(f"its root is <{etree.QName(root).localname}>, not <{etree.QName(name).localname}>")
    return root


def date_time(written: str) -> datetime | None:
    """An RFC 3339 date; None where it is none."""
    try:
        return datetime.fromisoformat(written) if _RFC3339.match(written) else None
    except ValueError:
        return None


def mail_date(written: str) -> datetime | None:
    """An RFC 822 date as RSS wants it; None where it is none."""
    try:
        found = parsedate_to_datetime(written) if _RFC822.match(written) else None
    except ValueError:
        return None
    return found if found and found.strftime("%w") == str(_day_of(written)) else None


def _day_of(written: str) -> int:
    return ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat").index(written[:3])


def read_chain(seen: Seen, parent: Any) -> None:
    """What stands in links of Atom in either format: itself, its hubs and its neighbours (RFC 5005 §4)."""
    links = [(link.get("rel", "alternate"), link.get("href", "")) for link in parent.findall(f"{{{ATOM}}}link")]
    by_rel = dict(reversed(links))
    seen.self_url = by_rel.get("self", "")
    seen.current, seen.older = by_rel.get("current", ""), by_rel.get("prev-archive", "")
    seen.newer = by_rel.get("next-archive", "")
    seen.is_archive = parent.find(f"{{{HISTORY}}}archive") is not None
    seen.addresses += [(f"link rel={rel}", href) for rel, href in links]
    if not seen.self_url:
        seen.blame("", "it has no link rel=self; readers and hubs know it by that")
