"""A draft's posts in an editor's hands: up, down, as the lead, left out, added; by buttons, and nothing but buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.assemble.arranging import CHANGED, Change
from publisher.assemble.assembly import Assembled, Result
from publisher.errors import WrongUse
from publisher.house.issuedeeds import get_proposal
from publisher.house.issuedrafts import arrange_issue, draft_next, offered
from publisher.model.arrangement import AS_COMPOSED, Arrangement, led_by, moved, with_post, without
from publisher.model.issue import Issue
from publisher.model.subscriber import Cadence
from publisher.model.user import Right
from publisher.store import proposals
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.issuegrounds import about_issue, issue_of, named
from publisher.web.desk.visit import Visit

_Move = Callable[[Arrangement, Sequence[int], int], Arrangement]

_DEEDS: Mapping[str, tuple[str, _Move]] = {
    "up": ("Moved up.", partial(moved, places=-1)),
    "down": ("Moved down.", partial(moved, places=1)),
    "lead": ("It is the lead now.", led_by),
    "out": ("Left out; it comes with the next issue.", without),
    "add": ("Added at the end.", with_post),
}


class DraftActs:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def make(self, visit: Visit) -> Response:
        """The draft of a newsletter's next date, before its time."""
        slug, _, cadence = visit.text("of").partition(":")

        def noted(conn: Connection, issue: int, subject: str) -> None:
            after = f"{cadence}, “{subject}”"
            self._desk.note(conn, visit, "issue.draft", f"issue:{issue}", newsletter=slug, after=after)

        made = draft_next(self._desk.house, slug, Cadence(cadence), now=visit.now, noted=noted)
        if not made.issue:
            return self._desk.back(visit, "/issues", f"There is no draft to make: {made.result}.", wrong=True)
        if made.result is Result.ALREADY:
            return self._desk.back(
                visit, f"/issues/{made.issue}", "This is the issue of that date: it was made before."
            )
        return self._desk.back(visit, f"/issues/{made.issue}", "This is the draft.", wrong=made.faulty)

    def about_new(self, visit: Visit) -> str:
        """Of which newsletter the new draft is to be. Raises HTTPException 404."""
        slug, _, cadence = visit.text("of").partition(":")
        if slug not in self._desk.house.newsletters or cadence not in set(Cadence):
            raise HTTPException(404)
        return slug

    def arrange(self, visit: Visit) -> Response:
        """One button was pressed, about one post."""
        issue = issue_of(self._desk, visit)
        deed, seq = visit.part("deed"), visit.text("post")
        if deed not in _DEEDS or not (seq.isascii() and seq.isdigit() and len(seq) < 19):
            raise WrongUse("this button is of another page: go back, and look at the issue again")
        told, move = _DEEDS[deed]
        made = self._change(visit, issue, deed, lambda arranged, standing: move(arranged, standing, int(seq)))
        if deed == "add" and not self._holds(issue, int(seq)):
            told = "It is not in: all readers have had it, or the letter is full with others that were added."
        return self._desk.back(visit, f"/issues/{issue.id}", self._told(made, told), wrong=made.faulty)

    def compose_anew(self, visit: Visit) -> Response:
        """As it was composed, whatever editors made of it."""
        issue = issue_of(self._desk, visit)
        made = self._change(visit, issue, "anew", _as_composed)
        told = "It is as it was composed, with all that is news."
        return self._desk.back(visit, f"/issues/{issue.id}", self._told(made, told), wrong=made.faulty)

    def _change(self, visit: Visit, issue: Issue, deed: str, change: Change) -> Assembled:
        def noted(conn: Connection, before: str, after: str) -> None:
            subject = f"issue:{issue.id}"
            self._desk.note(
                conn, visit, f"issue.{deed}", subject, newsletter=issue.newsletter, before=before, after=after
            )

        return arrange_issue(self._desk.house, issue.id, change, noted=noted)

    def _told(self, made: Assembled, told: str) -> str:
        if made.result is Result.ALREADY:
            return "Nothing changed: it was so already."
        if made.faulty:
            return f"{told} But now the letter has an error, and the issue is held: {made.why}"
        return f"{told} It is held now, because {CHANGED}." if made.why == CHANGED else told

    def _holds(self, issue: Issue, seq: int) -> bool:
        with self._desk.house.store.read() as conn:
            return seq in proposals.posts_of(conn, issue.id)

    def choose(self, visit: Visit) -> Response:
        """What could be added."""
        issue, words = issue_of(self._desk, visit), visit.asked("words")[:200]
        with self._desk.house.store.read() as conn:
            get_proposal(conn, self._desk.house, issue.id)
            found = offered(conn, self._desk.house, issue, words)
        columns = self._desk.house.config.columns
        values = {
            "issue": named(self._desk, issue),
            "words": words,
            "posts": [
                {
                    "seq": post.seq,
                    "title": post.title,
                    "column": (columns[post.column].name if post.column in columns else "") or post.column,
                    "published": self._desk.moment(post.published),
                    "summary": post.summary,
                }
                for post in found
            ],
            "maximum": self._desk.house.config.newsletters[issue.newsletter].maximum,
        }
        return self._desk.page(visit, "desk/issue_add.html", values)


def _as_composed(_arranged: Arrangement, _standing: object) -> Arrangement:
    return AS_COMPOSED


def doors(desk: Desk) -> list[Door]:
    acts, about, edit = DraftActs(desk), about_issue(desk), Right.EDIT
    return [
        Door(path="/issues/draft", handler=acts.make, right=edit, about=acts.about_new, method=Method.POST),
        Door(path="/issues/{id:int}/add", handler=acts.choose, right=edit, about=about),
        Door(path="/issues/{id:int}/posts/{deed}", handler=acts.arrange, right=edit, about=about, method=Method.POST),
        Door(path="/issues/{id:int}/anew", handler=acts.compose_anew, right=edit, about=about, method=Method.POST),
    ]
