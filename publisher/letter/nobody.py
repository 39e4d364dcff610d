"""A letter as a page: its slots filled for nobody in particular.

Who passes the link on passes on nothing of his own. The page has the landmark `main`, which
a letter must not have: a mail program shows it inside its own. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from publisher.model.issue import Newsletter
from publisher.model.letter import Slot
from publisher.wording.wording import Wording

_BODY = re.compile("<body[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nobody:
    """Who reads a letter that is a page."""

    site_url: str  # without a slash at its end
    name: str = "reader"
    address: str = "your address"


def nobody_of(newsletter: Newsletter, site_url: str, wording: Wording) -> Nobody:
    """Nobody in particular, as the newsletter or its language calls them."""
    name = newsletter.nameless or wording.gettext("reader")
    return Nobody(site_url=site_url, name=name, address=wording.gettext("your address"))


def text_for_nobody(text: str, nobody: Nobody) -> str:
    """A subject, or the text of a letter."""
    return _filled(text, _values(nobody))


def page_for_nobody(html: str, nobody: Nobody) -> str:
    """The HTML of a letter."""
    return _with_landmark(_filled(html, {mark: escape(value) for mark, value in _values(nobody).items()}))


def _with_landmark(html: str) -> str:
    """A template of the site's own may have set one, or have no body."""
    body, end = _BODY.search(html), html.rfind("</body>")
    if body is None or end < body.end() or "<main" in html:
        return html
    return f"{html[: body.end()]}<main>{html[body.end() : end]}</main>{html[end:]}"


def _values(nobody: Nobody) -> Mapping[str, str]:
    return {
        Slot.NAME.mark: nobody.name,
        Slot.EMAIL.mark: nobody.address,
        Slot.UNSUBSCRIBE_URL.mark: f"{nobody.site_url}/unsubscribe",
        Slot.PREFERENCES_URL.mark: f"{nobody.site_url}/preferences",
        Slot.SERVICE_URL.mark: f"{nobody.site_url}/",  # what a letter of service is about is one reader's alone
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text
