"""A post as a person names it: by its id, its page, its address, its slug, or words of its title."""

from __future__ import annotations

import re
from datetime import tzinfo

from sqlalchemy import Connection

from publisher.errors import WrongUse
from publisher.model.post import Post
from publisher.store import posts, postsearch

MOST_NAMED = 8  # when several posts could be meant
_PAGE = re.compile(r"([a-z0-9-]+)/([a-z0-9-]+)(?:\.html)?\Z")
_SLUG = re.compile(r"[a-z0-9-]+\Z")


def get_post(conn: Connection, named: str, *, site_url: str, zone: tzinfo) -> Post:
    """The one post of that name. Raises WrongUse where there is none, or several."""
    found = _seqs(conn, named.strip(), site_url)
    if not found:
        raise WrongUse(f"there is no post {named!r}; `publisher posts list WORDS` looks for words of its title")
    known = posts.with_seqs(conn, found)
    if len(found) > 1:
        lines = "\n".join(f"  {line_of(known[seq], zone)}" for seq in found[: MOST_NAMED - 1])
        more = "\n  …" if len(found) >= MOST_NAMED else ""
        raise WrongUse(f"{named!r} may be several posts; say which by COLUMN/SLUG:\n{lines}{more}")
    return known[found[0]]


def _seqs(conn: Connection, named: str, site_url: str) -> list[int]:
    if named.startswith("tag:"):
        return _listed(postsearch.by_id(conn, named))
    page = _PAGE.match(named.removeprefix(f"{site_url}/"))
    by_page = _listed(postsearch.by_page(conn, page[1], page[2])) if page else []
    if by_page or not named:
        return by_page
    if named.startswith(("http://", "https://")):
        return postsearch.by_address(conn, named)
    by_slug = postsearch.by_slug(conn, named) if _SLUG.match(named) else []
    return by_slug or postsearch.newest(conn, named.split(), most=MOST_NAMED)


def _listed(seq: int | None) -> list[int]:
    return [] if seq is None else [seq]


def line_of(post: Post, zone: tzinfo) -> str:
    """A post in one line, its name first."""
    state = "  (withdrawn)" if post.withdrawn else "  (held)" if post.held else ""
    return f"{post.column}/{post.slug}  {post.published.astimezone(zone):%Y-%m-%d}  {post.title}{state}"
