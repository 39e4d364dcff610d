"""What is done to a post at the desk: edited, let go, withdrawn, brought back, held, released, dated anew.

The deeds are those of `publisher posts`. An edit names the revision that it was written
over, and a mark of each field as it was then. Where the post was changed meanwhile, nothing
is taken: what was typed is shown beside what stands now, and fields that nobody touched
here say what stands now, so that saving again takes nothing of it back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from publisher.errors import WrongUse
from publisher.house import postdeeds
from publisher.house.editing import base_url_of, clean_body, cleaned
from publisher.model.post import Post
from publisher.model.user import EVERYTHING, Right
from publisher.store import edits, posts
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.postpage import FIELDS, PostPage, form_of, mark_of
from publisher.web.desk.reach import newsletters_with, of_post, post_at
from publisher.web.desk.visit import Visit

LARGEST_BYTES = 3 * 2**20  # of a form with a post's text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What a deed is called in the log, and what is said of it."""

    act: str
    done: str
    before: str = ""
    after: str = ""


class PostActs:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._page = PostPage(desk)

    def edit(self, visit: Visit) -> Response:
        post = post_at(visit, self._desk.house)
        if visit.text("revision") != str(post.revision):
            told = "the post was changed meanwhile: what you typed is here still, beside what it says now; save again"
            return self._again(visit, post, {"title": told}, is_changed=True)
        try:
            values = self._changes(visit, post)
        except ValueError as wrong:
            return self._again(visit, post, {"body" if "body" in str(wrong) else "title": str(wrong)})
        before = {name: _value_of(post, name) for name in values}
        deed = partial(_edit, post=post, values=values, now=visit.now)
        return self._do(
            visit, post, deed, _Words(act="edit", done="Changed", before=_told(before), after=_told(values))
        )

    def let_go(self, visit: Visit) -> Response:
        post = post_at(visit, self._desk.house)
        names = [name for name in visit.texts("field") if name in edits.HELD]
        deed = partial(edits.edit, seq=post.seq, values={}, release=names, now=visit.now)
        done = "Let go: the next visit to its source brings what that says"
        return self._do(visit, post, deed, _Words(act="let_go", done=done, before=", ".join(names)))

    def withdraw(self, visit: Visit) -> Response:
        post = post_at(visit, self._desk.house)
        deed = partial(postdeeds.withdraw, post=post, now=visit.now)
        return self._do(visit, post, deed, _Words(act="withdraw", done="Withdrawn"))

    def restore(self, visit: Visit) -> Response:
        post = post_at(visit, self._desk.house)
        deed = partial(postdeeds.restore, house=self._desk.house, post=post, now=visit.now)
        return self._do(visit, post, deed, _Words(act="restore", done="It is back"))

    def hold(self, visit: Visit) -> Response:
        post = post_at(visit, self._desk.house)
        deed = partial(postdeeds.hold, house=self._desk.house, post=post, now=visit.now)
        done = "Held: it goes into no letter until you let it go"
        return self._do(visit, post, deed, _Words(act="hold", done=done))

    def release(self, visit: Visit) -> Response:
        post = post_at(visit, self._desk.house)
        deed = partial(postdeeds.release, house=self._desk.house, post=post)
        done = "Let go: who has not had it gets it with the next letter"
        return self._do(visit, post, deed, _Words(act="release", done=done))

    def redate(self, visit: Visit) -> Response:
        post = post_at(visit, self._desk.house)
        try:
            published = postdeeds.date_told(visit.text("when"), self._desk.house, now=visit.now)
        except WrongUse as wrong:
            return self._again(visit, post, {"when": str(wrong)})
        deed = partial(postdeeds.redate, post=post, published=published, now=visit.now)
        before, after = post.published.isoformat(), published.isoformat()
        return self._do(visit, post, deed, _Words(act="redate", done="Dated anew", before=before, after=after))

    def _do(self, visit: Visit, post: Post, deed: Callable[[Connection], bool], words: _Words) -> Response:
        house = self._desk.house
        with house.store.write() as conn:
            if is_changed := deed(conn):
                self._desk.note(
                    conn, visit, f"post.{words.act}", f"post:{post.seq}",
                    newsletter=next(iter(newsletters_with(house, post.column)), EVERYTHING),
                    before=words.before, after=words.after,
                )  # fmt: skip
        if is_changed:
            house.to_publish.set()
        return self._desk.back(visit, f"/posts/{post.seq}", f"{words.done}." if is_changed else "It is as it was.")

    def _again(self, visit: Visit, post: Post, wrong: dict[str, str], *, is_changed: bool = False) -> Response:
        """The form as it was typed, with what is wrong; `is_changed`: the post is another than the form began with."""
        now = form_of(post)
        typed = {name: visit.text(name, str(now[name])) for name in FIELDS}
        theirs = {}
        if is_changed:
            touched = [name for name in FIELDS if mark_of(typed[name]) != visit.text(f"was-{name}")]
            typed = {name: typed[name] if name in touched else str(now[name]) for name in FIELDS}
            theirs = {name: now[name] for name in touched if mark_of(str(now[name])) != visit.text(f"was-{name}")}
            theirs = {name: value for name, value in theirs.items() if mark_of(str(value)) != mark_of(typed[name])}
        form = {**typed, "revision": post.revision, "when": visit.text("when")}
        return self._page.page(visit, post, form=form, wrong=wrong, theirs=theirs)

    def _changes(self, visit: Visit, post: Post) -> dict[str, Any]:
        """What differs from the post as it stands. Raises ValueError where that cannot be."""
        told: dict[str, Any] = {name: visit.text(name) for name in ("title", "summary", "note") if visit.has(name)}
        if visit.has("tags"):
            told["tags"] = visit.text("tags").split(",")
        body = visit.text("body").replace("\r\n", "\n")
        if visit.has("body") and body != post.body.strip().replace("\r\n", "\n"):
            told["body"] = clean_body(body, post, base_url_of(post, self._desk.house))
        return {name: value for name, value in cleaned(told).items() if value != _value_of(post, name)}


def _edit(conn: Connection, post: Post, values: dict[str, Any], *, now: datetime) -> bool:
    if not values:
        return False
    edits.take(conn, post.seq)
    if posts.with_seqs(conn, [post.seq])[post.seq].revision != post.revision:
        raise WrongUse("the post was changed at this very moment; go back, look at it, and save again")
    return edits.edit(conn, post.seq, values, now=now)


def _value_of(post: Post, name: str) -> Any:
    value = getattr(post, name)
    return list(value) if isinstance(value, tuple) else value


def _told(values: dict[str, Any]) -> str:
    """For the log: a line a field."""
    lines = ((name, ", ".join(value) if isinstance(value, list) else value) for name, value in values.items())
    return "\n".join(f"{name}: {value}" for name, value in lines)


def doors(desk: Desk) -> list[Door]:
    acts, about = PostActs(desk), of_post(desk.house, Right.EDIT)
    deeds = {
        "edit": acts.edit,
        "let-go": acts.let_go,
        "withdraw": acts.withdraw,
        "restore": acts.restore,
        "hold": acts.hold,
        "release": acts.release,
        "redate": acts.redate,
    }
    return [
        Door(
            path=f"/posts/{{seq:int}}/{name}", handler=deed, right=Right.EDIT, about=about, method=Method.POST,
            largest_bytes=LARGEST_BYTES,
        )
        for name, deed in deeds.items()
    ]  # fmt: skip
