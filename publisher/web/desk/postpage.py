"""One post: how it stands, how readers see it (page, feed, letter), and what may be done with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.errors import PublisherError
from publisher.house.postviews import as_entry, as_letter, as_page
from publisher.letter.views import Light, view
from publisher.model.issue import IssueState
from publisher.model.post import Post, link_of, page_of
from publisher.model.user import Right
from publisher.store import edits
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door
from publisher.web.desk.framing import framed
from publisher.web.desk.history import history_of
from publisher.web.desk.posts import badges_of
from publisher.web.desk.reach import may, newsletters_with, of_post, post_at
from publisher.web.desk.visit import Visit
from publisher.web.pages import root_of

FIELDS = ("title", "summary", "tags", "note", "body")
VIEWS = {"page": "Page", "feed": "Feed", "letter": "Letter"}
_GOING = {
    IssueState.DRAFT: "is a draft with it; it is made anew before it goes",
    IssueState.APPROVED: "is approved with it; it is made anew before it goes",
    IssueState.HELD: "is held, and has it as it was",
    IssueState.QUEUED: "is about to be sent, with the post as it was",
    IssueState.SENDING: "is being sent, with the post as it was",
    IssueState.PAUSED: "is paused, and has the post as it was",
}


class PostPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        post = post_at(visit, self._desk.house)
        return self.page(visit, post, form=form_of(post))

    def page(
        self,
        visit: Visit,
        post: Post,
        *,
        form: Mapping[str, object],
        wrong: Mapping[str, str] | None = None,
        theirs: Mapping[str, object] | None = None,
    ) -> Response:
        """With what was typed into the form, what is wrong there, and what somebody else made of it, by field."""
        house, chosen = self._desk.house, visit.asked("as", "page")
        holding = newsletters_with(house, post.column)
        with house.store.read() as conn:
            values = {
                "post": post,
                "badges": badges_of(post),
                "moments": {name: self._desk.moment(getattr(post, name)) for name in _MOMENTS},
                "column": house.config.columns[post.column].name if post.column in house.config.columns else "",
                "link": link_of(post, house.config.site.url),
                "page": page_of(post, house.config.site.url),
                "edited": edits.edited_of(conn, post.seq),
                "changes": history_of(conn, self._desk, visit, [f"post:{post.seq}"]),
                "unsent": [(one.issue, _GOING[one.state]) for one in edits.unsent_with(conn, post.seq)],
                "views": VIEWS,
                "chosen": chosen if chosen in VIEWS else "page",
                "newsletters": [(slug, house.newsletters[slug].name) for slug in holding],
                "newsletter": self._newsletter(visit, holding),
                "dark": visit.asked("light") == "dark",
                "phone": visit.asked("width") == "phone",
                "may_edit": may(visit, house, Right.EDIT, post.column),
                "form": form,
                "wrong": wrong or {},
                "theirs": theirs or {},
                "marks_of": {name: mark_of(str(value)) for name, value in form_of(post).items() if name in FIELDS},
                **self._views(conn, post, chosen),
            }
        return self._desk.page(visit, "desk/post.html", values, status=422 if wrong else 200)

    def _views(self, conn: Connection, post: Post, chosen: str) -> dict[str, object]:
        """What is shown without a frame: the entry of the feed, as text."""
        is_feed = chosen == "feed" and post.column in self._desk.house.config.columns
        return {"entry": as_entry(conn, self._desk.house, post) if is_feed else None}

    def _newsletter(self, visit: Visit, holding: tuple[str, ...]) -> str:
        asked = visit.asked("newsletter")
        return asked if asked in holding else next(iter(holding), "")

    # What stands in the frames.

    def page_frame(self, visit: Visit) -> Response:
        house, post = self._desk.house, self._shown(visit)
        with house.store.read() as conn:
            document = as_page(conn, house, post)
        base = f'<base href="{root_of(visit.request)}/{post.column}/" target="_blank">'
        return framed(document.replace("<head>", f"<head>{base}", 1), own_styles="'self'")

    def feed_frame(self, visit: Visit) -> Response:
        house, post = self._desk.house, self._shown(visit)
        with house.store.read() as conn:
            found = as_entry(conn, house, post)
        if found is None:
            raise HTTPException(404)
        values = {"entry": found.entry, "published": self._desk.moment(post.published)}
        return framed(house.templates.render("desk/feed_frame.html", values))

    def letter_frame(self, visit: Visit) -> Response:
        house, post = self._desk.house, self._shown(visit)
        newsletter = self._newsletter(visit, newsletters_with(house, post.column))
        if not newsletter:
            raise HTTPException(404)
        try:
            letter = as_letter(house, post, newsletter, now=visit.now)
        except (PublisherError, ValueError) as wrong:
            return framed(house.templates.render("desk/frame_trouble.html", {"problem": str(wrong)}))
        light = Light.DARK if visit.asked("light") == "dark" else Light.LIGHT
        return framed(view(letter.html, light))

    def _shown(self, visit: Visit) -> Post:
        post = post_at(visit, self._desk.house)
        if post.column not in self._desk.house.config.columns:
            raise HTTPException(404)
        return post


_MOMENTS = ("published", "updated", "first_seen", "withdrawn", "held")


def form_of(post: Post) -> dict[str, object]:
    """The form as the post stands."""
    return {
        "title": post.title,
        "summary": post.summary,
        "tags": ", ".join(post.tags),
        "note": post.note,
        "body": post.body,
        "revision": post.revision,
        "when": "",
    }


def mark_of(text: str) -> str:
    """By which a field is known again, whatever a browser did to its line ends."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:16]


def doors(desk: Desk) -> list[Door]:
    page, about = PostPage(desk), of_post(desk.house, Right.LOOK)
    return [
        Door(path="/posts/{seq:int}", handler=page.show, right=Right.LOOK, about=about),
        Door(path="/posts/{seq:int}/page", handler=page.page_frame, right=Right.LOOK, about=about),
        Door(path="/posts/{seq:int}/feed", handler=page.feed_frame, right=Right.LOOK, about=about),
        Door(path="/posts/{seq:int}/letter", handler=page.letter_frame, right=Right.LOOK, about=about),
    ]
