"""The words of HTML that a mail server wrote: no more is needed to read a notice.

Linear in the text, whatever it is: a tag that never ends is text.

Pure.
"""

from __future__ import annotations

import html

_BREAKS = ("br", "p", "/p", "div", "/div", "tr", "/tr", "li", "/li", "td", "/td", "h1", "h2", "h3", "/h1", "/h2", "hr")
_UNSHOWN = ("style", "script", "head", "title")


def text_of_markup(markup: str) -> str:
    """What is shown, a line for each block."""
    first, *rest = markup.split("<")
    shown = [first]
    unshown = ""
    for piece in rest:
        tag, closed, text = piece.partition(">")
        name = tag.split(None, 1)[0].rstrip("/").lower() if tag.strip() else ""
        if unshown:
            unshown = "" if name in ("/" + unshown, "body") else unshown
        elif name in _UNSHOWN:
            unshown = name
        if unshown:
            continue
        if name in _BREAKS:
            shown.append("\n")
        shown.append(text if closed and _is_tag(name) else "<" + piece)
    return html.unescape("".join(shown)).replace("\xa0", " ")


def _is_tag(name: str) -> bool:
    return name.startswith(("!", "/", "?")) or (name[:1].isalpha() and "@" not in name)
