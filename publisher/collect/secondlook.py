"""Looking again at articles that are known: newsrooms correct what they have just published.

A page that was published is looked at again at growing distance, up to three days after we
saw it first; which of these looks is due is told by the time of the last visit, so nothing
has to be remembered. Where a feed says when its posts were changed, its word goes before:
what it does not call changed is left alone. A look finds a correction where title, text or
summary differ; lists of other stories change by themselves and are none. Pure.

Known weakness: a correction after the last look is not seen; where more are due in one visit
than it may ask for, the older ones wait for their next look.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from publisher.collect.found import FoundPost
from publisher.collect.tidy import tidy
from publisher.model.post import Post

LOOKS = (timedelta(hours=2), timedelta(hours=8), timedelta(days=1), timedelta(days=3))
WINDOW = LOOKS[-1] + timedelta(days=1)  # a source is visited at least once a day
_LATE = timedelta(hours=1)  # a feed may tell of a change a while after it


def is_due(post: Post, told: FoundPost | None, *, last_visit: datetime | None, now: datetime) -> bool:
    """`told` is what the listing's feed says of it, where there is one."""
    if last_visit is None:
        return False
    if told and told.updated:
        return told.updated > max(post.updated, last_visit - _LATE)
    return any(last_visit - post.first_seen < look <= now - post.first_seen for look in LOOKS)


def is_corrected(found: FoundPost, post: Post) -> bool:
    """Whether what a page says now is something else than what is stored of it."""
    seen = tidy(found, found.url)
    return (seen.title, seen.body_html) != (post.title, post.body) or bool(
        found.summary and seen.summary != post.summary
    )
