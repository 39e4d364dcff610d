"""One issue: how it stands and why, its posts, its numbers while it goes and after, and what may be done about it."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.responses import Response

from publisher.assemble.arranging import may_be_arranged
from publisher.house.issuedrafts import posts_in
from publisher.model.arrangement import AS_COMPOSED
from publisher.model.earlier import Earlier
from publisher.model.issue import RELEASED, Issue, IssueKind, IssueState
from publisher.model.user import Right
from publisher.store import drafts, issues, proposals
from publisher.store.held import among as held_among
from publisher.store.issuelists import UNDER_WAY
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door
from publisher.web.desk.issuegrounds import about_issue, issue_of, named
from publisher.web.desk.issueview import came_back, corrections_of, findings_in, progress_of, reasons_of
from publisher.web.desk.visit import Visit

_SECONDS = "2s"  # between two looks at how it goes
_TOLD = "x-desk-told"  # what the page said that began it, which it says again when all is through


class IssuePage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        issue, desk = issue_of(self._desk, visit), self._desk
        is_proposal = issue.state in proposals.PROPOSED
        may_edit = visit.may(Right.EDIT, issue.newsletter)
        with desk.house.store.read() as conn:
            letter = issues.find_letter(conn, issue.id)
            is_released = issue.state in RELEASED and issue.kind is IssueKind.ISSUE
            values = {
                "issue": named(desk, issue),
                "subject": letter.subject if letter else "",
                "page": issue.page if is_released else "",
                "corrections": corrections_of(conn, desk, issue),
                "findings": findings_in(conn, issue),
                "posts": [] if issue.kind is not IssueKind.ISSUE else self._posts(conn, issue),
                "is_proposal": is_proposal,
                "is_arranged": is_proposal and bool(drafts.find(conn, issue.id) != AS_COMPOSED),
                "is_moved": is_proposal and drafts.is_moved(conn, issue.id),
                "may_arrange": is_proposal and may_edit and may_be_arranged(issue) and self._is_known(issue),
                "progress": progress_of(conn, desk, issue, visit),
                "reasons": reasons_of(conn, desk, issue, visit),
                "came_back": came_back(conn, issue),
                "expires": desk.moment(issue.expires),
                "may": self._may(visit, issue),
                "every": _SECONDS,
            }
        return desk.page(visit, "desk/issue.html", values)

    def progress(self, visit: Visit) -> Response:
        """The part that changes by itself; when it is through, the whole page is asked for again."""
        issue = issue_of(self._desk, visit)
        with self._desk.house.store.read() as conn:
            told = progress_of(conn, self._desk, issue, visit)
        values: dict[str, object] = {"issue": named(self._desk, issue), "progress": told, "every": _SECONDS}
        sealed = visit.request.headers.get(_TOLD, "")
        values |= {"may": self._may(visit, issue), "told": self._desk.told_in(sealed)}
        response = self._desk.page(visit, "desk/issue_progress.html", values)
        if issue.state not in UNDER_WAY:
            response.headers["HX-Refresh"] = "true"
            self._desk.tell_again(response, visit, sealed)
        return response

    def _is_known(self, issue: Issue) -> bool:
        return issue.newsletter in self._desk.house.newsletters

    def _posts(self, conn: Connection, issue: Issue) -> list[dict[str, object]]:
        found = posts_in(conn, self._desk.house, issue)
        held = held_among(conn, [post.seq for post in found])
        return [self._post(post, is_held=post.seq in held) for post in found]

    def _post(self, post: Earlier, *, is_held: bool) -> dict[str, object]:
        column = self._desk.house.config.columns.get(post.column)
        return {
            "seq": post.seq,
            "title": post.title,
            "column": (column.name if column else "") or post.column,
            "published": self._desk.moment(post.published),
            "is_held": is_held,
        }

    def _may(self, visit: Visit, issue: Issue) -> dict[str, bool]:
        """What buttons there are."""
        sends, state = visit.may(Right.SEND, issue.newsletter), issue.state
        is_proposal = state in proposals.PROPOSED
        return {
            "send": sends and is_proposal and self._is_known(issue),
            "hold": sends and state in (IssueState.DRAFT, IssueState.APPROVED),
            "pause": sends and state in UNDER_WAY,
            "resume": sends and state is IssueState.PAUSED and self._is_known(issue),
            "cancel": sends and state not in (IssueState.SENT, IssueState.CANCELLED),
            "decide": sends and not is_proposal,
            "again": sends and not is_proposal and state is not IssueState.CANCELLED,
            "look": visit.may(Right.EDIT, issue.newsletter),
        }


def doors(desk: Desk) -> list[Door]:
    page, about = IssuePage(desk), about_issue(desk)
    return [
        Door(path="/issues/{id:int}", handler=page.show, right=Right.LOOK, about=about),
        Door(path="/issues/{id:int}/progress", handler=page.progress, right=Right.LOOK, about=about),
    ]
