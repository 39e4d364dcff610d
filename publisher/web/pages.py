"""Pages made here: a template, what all pages share, and the headers that keep readers safe.

The template decides the words. A site's own template that is broken gives way to the
built-in one (`house/standby.py`): no mistake in a template keeps anybody from leaving.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from publisher.errors import TemplateError
from publisher.house.standby import Standby
from publisher.model.direction import direction_of
from publisher.store.database import Store
from publisher.templating import Templates
from publisher.web.site import Site
from publisher.wording.wording import Wording

# Own pages and published ones: no script at all, nothing framed, pictures from anywhere.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src * data:; media-src *; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A letter carries its styles in itself, as mail programs want it.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # what frame-ancestors says, for old browsers
    "Referrer-Policy": "no-referrer",  # links may be personal: tell them to nobody
    "Cross-Origin-Opener-Policy": "same-origin",
}
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}

log = logging.getLogger(__name__)


class Pages:
    """Renders pages of one site."""

    def __init__(self, site: Site, templates: Templates, store: Store) -> None:
        self.site = site
        self.render = Standby(store, templates).render
        self.speak = templates.wording

    def page(self, request: Request, template: str, values: Mapping[str, object], *, status: int = 200) -> Response:
        """A page by its template below templates/web/, never cached nor indexed."""
        content = self.render(f"web/{template}", {**_shared(self.site, request), **values})
        return HTMLResponse(content, status_code=status, headers=HEADERS | PRIVATE)

    def sorry(self, request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """A kind page for what cannot be shown; a template that is broken does not matter."""
        title, advice = _sorry(status, self.speak(self.site.language))
        values = {"title": title, "advice": advice, "status": status}
        try:
            response = self.page(request, "error.html", values, status=status)
        except TemplateError as wrong:
            log.error("%s", wrong)  # noqa: TRY400  the message says it all
            response = PlainTextResponse(f"{title}\n{advice}\n", status_code=status, headers=HEADERS | PRIVATE)
        response.headers.update(headers or {})
        return response


def spoken(language: str) -> dict[str, object]:
    """What a template must know to speak it."""
    return {"language": language, "direction": direction_of(language)}


def _sorry(status: int, wording: Wording) -> tuple[str, str]:
    """What is the matter, and what to do."""
    _ = wording.gettext
    said = {
        400: (
            _("This cannot be understood"),
            _("What your browser sent is incomplete. Please go back and try again."),
        ),
        404: (_("There is no such page"), _("The address may be mistyped, or what stood here was taken away.")),
        405: (_("That does not work here"), _("This page can only be read.")),
        410: (_("This was taken back"), _("What stood here was withdrawn by its editors.")),
        413: (_("That is too much"), _("What your browser sent is larger than anything this site takes.")),
        500: (
            _("Something went wrong here"),
            _("It is not your fault. We have made a note of it; please try again later."),
        ),
        503: (_("Please try again in a minute"), _("The site is busy at the moment. Nothing was changed.")),
    }
    return said.get(status) or said[500 if status >= 500 else 400]


def _shared(site: Site, request: Request) -> dict[str, object]:
    return {
        "site": {"name": site.name, "url": site.url, "language": site.language},
        **spoken(site.language),
        "root": root_of(request),
        "contact": site.contact,
        "has_own_pages": site.courier is not None,
    }


def root_of(request: Request) -> str:
    """The way from a page up to the top of the site, so that pages work wherever it is mounted."""
    path: str = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    return "/".join([".."] * (path.count("/") - 1)) or "."
