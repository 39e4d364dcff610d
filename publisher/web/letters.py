"""Letters as pages: what "view in browser" opens, and the list of a newsletter's issues.

A letter is shown as it was sent, its slots filled for nobody in particular: who passes
the link on passes on nothing of his own. Issues that were held or cancelled are not
shown. Letters are HTML of our own making around sanitised posts; the policy they are
served with lets no script run whatever they hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from publisher.model.issue import Issue, IssueState, Newsletter
from publisher.model.letter import Letter, Slot
from publisher.model.subscriber import Cadence
from publisher.publish.view import Moment, moment_of
from publisher.store import issues
from publisher.store.database import Store
from publisher.web.pages import HEADERS, LETTER_POLICY, Pages

SHOWN = 100  # newest issues in the list
HIDDEN = (IssueState.HELD, IssueState.CANCELLED)
NAMELESS = "reader"
ADDRESSLESS = "your address"
A_WHILE = "public, max-age=300"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLine:
    """An issue in the list."""

    subject: str
    href: str
    day: Moment
    cadence: str


class LetterPages:
    """The pages below `newsletters/`."""

    def __init__(self, pages: Pages, store: Store) -> None:
        self._pages = pages
        self._site = pages.site
        self._store = store

    def list_issues(self, request: Request) -> Response:
        newsletter = self._newsletter(request)
        with self._store.read() as conn:
            shown = issues.archive(conn, newsletter.slug, limit=SHOWN)
            subjects = issues.subjects(conn, [issue.id for issue in shown])
        lines = [self._line(issue, subjects.get(issue.id, "")) for issue in shown]
        response = self._pages.page(request, "letter_list.html", {"newsletter": newsletter, "issues": lines})
        response.headers["Cache-Control"] = A_WHILE
        del response.headers["X-Robots-Tag"]
        return response

    def lead_to_list(self, request: Request) -> Response:
        """Its address without the slash at its end, as people type it."""
        return RedirectResponse(f"./{self._newsletter(request).slug}/", status_code=301)

    def show_letter(self, request: Request) -> Response:
        newsletter = self._newsletter(request)
        cadence, slot = _cadence_and_slot(request.path_params["issue"])
        with self._store.read() as conn:
            issue = issues.find_by_slot(conn, newsletter.slug, cadence, slot)
            if issue is None or issue.state in HIDDEN:
                raise HTTPException(404)
            letter = issues.find_letter(conn, issue.id, request.path_params.get("variant"))
        if letter is None:
            raise HTTPException(404)
        headers = HEADERS | {"Content-Security-Policy": LETTER_POLICY, "Cache-Control": A_WHILE}
        return HTMLResponse(self._for_nobody(letter), headers=headers)

    def _newsletter(self, request: Request) -> Newsletter:
        found = self._site.newsletters.get(request.path_params["newsletter"])
        if found is None:
            raise HTTPException(404)
        return found

    def _line(self, issue: Issue, subject: str) -> IssueLine:
        return IssueLine(
            subject=_filled(subject, self._neutral()) or issue.slot,
            href=f"{issue.cadence}-{issue.slot}",
            day=moment_of(issue.due, self._site.zone, self._site.language),
            cadence=issue.cadence.replace("-", " "),
        )

    def _for_nobody(self, letter: Letter) -> str:
        return _filled(letter.html, {mark: escape(value) for mark, value in self._neutral().items()})

    def _neutral(self) -> Mapping[str, str]:
        return {
            Slot.NAME.mark: NAMELESS,
            Slot.EMAIL.mark: ADDRESSLESS,
            Slot.UNSUBSCRIBE_URL.mark: f"{self._site.url}/unsubscribe",
        }


def _cadence_and_slot(name: str) -> tuple[Cadence, str]:
    """`as-it-happens-2026-11-22` is a cadence and a slot's key, both with hyphens in them."""
    for cadence in Cadence:
        if name.startswith(f"{cadence}-"):
            return cadence, name.removeprefix(f"{cadence}-")
    raise HTTPException(404)


def _filled(text: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text
