"""An issue's letter, looked at: as any reader gets it, or who chose some columns; and sent as a test.

The letter stands in a frame that runs nothing (`framing.py`). A test goes to whoever is named, after
a page has said who that is; how many one account may send in an hour is bounded, so that the desk is
no way to write to strangers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from publisher.errors import PublisherError, StorageError, WrongUse
from publisher.house.previewing import look_into
from publisher.house.specimens import Specimen, Wanted, find_specimen, service_specimen
from publisher.house.testsending import addresses_for_test, send_test
from publisher.letter.lint import LARGEST_HTML_BYTES
from publisher.letter.views import Light, view
from publisher.model.issue import Issue, IssueKind
from publisher.model.limit import Limit
from publisher.model.user import Right
from publisher.store import subscribers, tries
from publisher.subscribe.masking import masked
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.framing import framed
from publisher.web.desk.issuegrounds import about_issue, issue_of, named
from publisher.web.desk.visit import Visit
from publisher.web.outbox import for_frame
from publisher.web.pages import root_of

VIEWS = {
    "desktop": "Desktop",
    "phone": "Phone",
    "dark": "Dark",
    "dark-phone": "Dark, phone",
    "bare": "Without pictures",
    "text": "Text",
    "source": "Source",
    "headers": "Headers",
}
FRAMED = ("desktop", "phone", "dark", "dark-phone", "bare")
TESTS = Limit(letters=60, seconds=int(timedelta(hours=1).total_seconds()))
_BETWEEN = re.compile(r"[\s,;]+")


class PreviewPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        return self._page(visit, issue_of(self._desk, visit), {})

    def _page(self, visit: Visit, issue: Issue, more: dict[str, object], *, status: int = 200) -> Response:
        chosen = visit.asked("view") if visit.asked("view") in VIEWS else "desktop"
        specimen, looked, problem = None, None, ""
        try:
            specimen = self._specimen(visit, issue, _reader(visit), _columns(visit))
            looked = look_into(self._desk.house, specimen, now=visit.now)
        except StorageError:
            raise
        except PublisherError as wrong:
            problem = _for_the_desk(wrong)
        values = {
            "issue": named(self._desk, issue),
            "views": VIEWS,
            "chosen": chosen,
            "is_framed": chosen in FRAMED,
            "is_phone": chosen.endswith("phone"),
            "reader": _reader(visit),
            "columns": self._columns_of(visit, issue),
            "looked": looked,
            "share": round(100 * looked.size / LARGEST_HTML_BYTES) if looked else 0,
            "notes": specimen.notes if specimen else (),
            "problem": problem,
            "preview_of": self._address(visit, issue, "preview"),
            "frame_of": self._address(visit, issue, "frame"),
            "to": visit.user.email,
            "mistake": "",
        }
        return self._desk.page(visit, "desk/issue_preview.html", values | more, status=status)

    def frame(self, visit: Visit) -> Response:
        """The letter itself, for the frame; harmless also where somebody opens it by itself."""
        issue, chosen, templates = issue_of(self._desk, visit), visit.asked("view"), self._desk.house.templates
        try:
            specimen = self._specimen(visit, issue, _reader(visit), _columns(visit))
            looked = look_into(self._desk.house, specimen, now=visit.now)
        except StorageError:
            raise
        except PublisherError as wrong:
            return framed(templates.render("desk/frame_trouble.html", {"problem": _for_the_desk(wrong)}))
        light = Light.DARK if chosen.startswith("dark") else Light.LIGHT
        html = for_frame(looked.html, self._desk.house.config.site.url, root_of(visit.request))
        return framed(view(html, light, pictures=chosen != "bare"))

    def _specimen(self, visit: Visit, issue: Issue, reader: str, columns: tuple[str, ...]) -> Specimen:
        house = self._desk.house
        if issue.newsletter not in house.newsletters:
            raise WrongUse(f"newsletter {issue.newsletter!r} is not in config.toml any more")
        if issue.kind is not IssueKind.ISSUE:
            return service_specimen(house, issue.newsletter, issue.kind, now=visit.now)
        if reader:
            self._see_that_they_read_it(issue, reader)
        wanted = Wanted(
            newsletter=issue.newsletter, reader=reader or None, issue=issue.id, columns=columns, counted=False
        )
        return find_specimen(house, wanted, now=visit.now)

    def _see_that_they_read_it(self, issue: Issue, address: str) -> None:
        """Whether somebody reads other newsletters is not told here. Raises WrongUse."""
        with self._desk.house.store.read() as conn:
            known = subscribers.find(conn, address)
        if known is None or all(one.newsletter != issue.newsletter for one in known.subscriptions):
            raise WrongUse(f"nobody at {address} reads this newsletter; without an address it is for somebody made up")

    def _columns_of(self, visit: Visit, issue: Issue) -> list[dict[str, object]]:
        newsletter, columns = self._desk.house.newsletters.get(issue.newsletter), self._desk.house.config.columns
        chosen = _columns(visit)
        return [
            {"slug": slug, "name": columns[slug].name or slug, "chosen": slug in chosen}
            for slug in (newsletter.columns if newsletter else ())
        ]

    def _address(self, visit: Visit, issue: Issue, page: str) -> str:
        """The page of this reader or these columns, for a view to be put behind."""
        query = [*([("as", _reader(visit))] if _reader(visit) else []), *(("columns", one) for one in _columns(visit))]
        return f"{self._desk.root(visit)}/issues/{issue.id}/{page}?{urlencode([*query, ('view', '')])}"

    def test(self, visit: Visit) -> Response:
        """Ask first, with all who would get it; then send."""
        issue, house = issue_of(self._desk, visit), self._desk.house
        typed = visit.text("to")[:2000]
        try:
            whom = addresses_for_test(house, [one for one in _BETWEEN.split(typed) if one])
        except WrongUse as wrong:
            return self._page(visit, issue, {"mistake": str(wrong), "to": typed}, status=422)
        if not whom:
            return self._page(visit, issue, {"mistake": "name an address", "to": ""}, status=422)
        if not visit.has("sure"):
            values = {"issue": named(self._desk, issue), "whom": whom, "reader": _reader(visit)}
            values["columns"] = _columns(visit)
            return self._desk.page(visit, "desk/issue_test.html", values)
        specimen = self._specimen(visit, issue, _reader(visit), _columns(visit))
        with house.store.write() as conn:
            self._count(conn, visit, whom)
            subject = f"issue:{issue.id}"
            self._desk.note(
                conn,
                visit,
                "issue.test",
                subject,
                newsletter=issue.newsletter,
                after=f"to {', '.join(map(masked, whom))}",
            )
        tested = send_test(house, specimen, whom, now=visit.now)
        lines = [*map(str, tested.letters), *([tested.problem] if tested.problem else [])]
        lines += ["The relay is the catcher, which keeps letters and sends none."] if tested.caught else []
        where = f"/issues/{issue.id}/preview"
        return self._desk.back(visit, where, "Test letters:\n" + "\n".join(lines), wrong=not tested.all_taken)

    def _count(self, conn: Connection, visit: Visit, whom: Sequence[str]) -> None:
        key = f"{tries.OF_TESTS}{visit.user.id}"
        for _ in whom:
            if tries.free_from(conn, key, TESTS, now=visit.now):
                raise WrongUse(f"you may send {TESTS.letters} test letters in an hour; these would be more")
            tries.count(conn, [(key, TESTS)], now=visit.now)


def _for_the_desk(wrong: PublisherError) -> str:
    """Without the command that a terminal would be told."""
    return str(wrong).partition("; `publisher ")[0]


def _reader(visit: Visit) -> str:
    return (visit.text("as") or visit.asked("as"))[:320]


def _columns(visit: Visit) -> tuple[str, ...]:
    chosen = visit.texts("columns") or visit.asked_all("columns")
    return tuple(dict.fromkeys(one for one in chosen if one))


def doors(desk: Desk) -> list[Door]:
    page, about = PreviewPage(desk), about_issue(desk)
    return [
        Door(path="/issues/{id:int}/preview", handler=page.show, right=Right.EDIT, about=about),
        Door(path="/issues/{id:int}/frame", handler=page.frame, right=Right.EDIT, about=about),
        Door(path="/issues/{id:int}/test", handler=page.test, right=Right.EDIT, about=about, method=Method.POST),
    ]
