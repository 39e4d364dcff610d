"""A post in words for people, and as values for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from publisher.cli.console import say, warn
from publisher.house.opened import House
from publisher.model.issue import IssueState
from publisher.model.post import Post, link_of
from publisher.store import edits
from publisher.store.edits import Unsent

_GOING = {
    IssueState.HELD: "is held; end it with: publisher issues cancel {id}",
    IssueState.QUEUED: "is about to be sent; stop it with: publisher issues pause {id}",
    IssueState.SENDING: "is being sent; stop it with: publisher issues pause {id}",
    IssueState.PAUSED: "is paused; end it with: publisher issues cancel {id}",
}


def tell_post(conn: Connection, post: Post, house: House) -> None:
    """All about a post but its text."""
    say(post.title)
    for name, value in _facts(conn, post, house):
        if value:
            say(f"  {name:<11}{value}")
    for one in edits.unsent_with(conn, post.seq):
        say(f"  {_in_words(one)}")


def tell_issues(conn: Connection, post: Post) -> None:
    """Letters are frozen: what still goes out with the post as it was."""
    for one in edits.unsent_with(conn, post.seq):
        warn(f"Warning: {_in_words(one)}")


def for_programs(conn: Connection, post: Post, house: House, *, with_body: bool = True) -> dict[str, object]:
    """Everything, with times in UTC."""
    told: dict[str, object] = {
        "id": post.id,
        "name": f"{post.column}/{post.slug}",
        "page": page_of(post, house),
        "link": link_of(post, house.config.site.url),
        "column": post.column,
        "source": post.source,
        "title": post.title,
        "summary": post.summary,
        "authors": [author.name for author in post.authors],
        "tags": list(post.tags),
        "note": post.note,
        "published": post.published.isoformat(),
        "updated": post.updated.isoformat(),
        "first_seen": post.first_seen.isoformat(),
        "told": post.told.isoformat() if post.told else None,
        "withdrawn": post.withdrawn.isoformat() if post.withdrawn else None,
        "held": post.held.isoformat() if post.held else None,
        "revision": post.revision,
        "edited": list(edits.edited_of(conn, post.seq)),
    }
    if with_body:
        told["body"] = post.body
        told["unsent_issues"] = [one.issue for one in edits.unsent_with(conn, post.seq)]
    return told


def page_of(post: Post, house: House) -> str:
    """The address of our page for it."""
    return f"{house.config.site.url}/{post.column}/{post.slug}.html"


def _facts(conn: Connection, post: Post, house: House) -> Iterator[tuple[str, str]]:
    def day(moment: datetime) -> str:
        return f"{moment.astimezone(house.zone):%a %Y-%m-%d %H:%M %Z}"

    yield "withdrawn", day(post.withdrawn) if post.withdrawn else ""
    yield "held", f"{day(post.held)}: it goes into no letter until it is let go" if post.held else ""
    yield "name", f"{post.column}/{post.slug}"
    yield "page", page_of(post, house)
    yield "elsewhere", post.url
    yield "id", post.id
    yield "source", post.source
    yield "published", day(post.published)
    yield "updated", day(post.updated) if post.updated != post.published else ""
    yield "first seen", day(post.first_seen)
    if post.told:
        yield "its source says", f"{post.told:%Y-%m-%d %H:%M} UTC, which cannot be right"
    yield "revision", str(post.revision)
    yield "by hand", ", ".join(edits.edited_of(conn, post.seq))
    yield "authors", ", ".join(author.name for author in post.authors)
    yield "tags", ", ".join(post.tags)
    yield "summary", post.summary
    yield "note", post.note
    yield "mailed", "" if post.mailable else "never: it was there at the first visit to its source"


def _in_words(one: Unsent) -> str:
    return f"issue {one.issue} with this post as it was {_GOING[one.state].format(id=one.issue)}"
