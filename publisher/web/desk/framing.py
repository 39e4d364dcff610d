"""Documents of others that a page of the desk shows in a frame: letters, pages, what a stranger's site said.

They run no script, send no form, and have an origin of their own, whatever they hold: the
frame is sandboxed by its page and again by these headers, so that opening its address by
itself is harmless, too.
"""

from __future__ import annotations

from starlette.responses import HTMLResponse

from publisher.web.pages import HEADERS, PRIVATE

# Styles of their own, as mail programs and pages have them; pictures from anywhere; nothing else.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline' {styles}; img-src * data:; media-src *; form-action 'none'; "
    "base-uri {base}; frame-ancestors 'self'; sandbox"
)


def framed(document: str, *, own_styles: str = "") -> HTMLResponse:
    """A document for a frame; `own_styles`: an origin whose style sheets it may load, and whose base it may name."""
    policy = POLICY.format(styles=own_styles, base=own_styles or "'none'")
    headers = HEADERS | PRIVATE | {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(document, headers=headers)
