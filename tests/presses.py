"""A newsroom with a real database and a folder that it publishes to, for tests of publishing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.model.column import Column
from publisher.model.post import Post
from publisher.publish.folder import Folder
from publisher.publish.site import Facts, Press, publish_site
from publisher.publish.target import Target
from publisher.publish.tree import Published
from publisher.store import authors, columns, edits
from publisher.store.database import Store
from publisher.templating import open_templates
from tests.shelves import COLUMN, MIRA, SITE, WHEN
from tests.writers import put_posts

FACTS = Facts(
    site=SITE,
    zone=ZoneInfo("UTC"),
    feed_id="tag:post.example,2026:feed/all",
    tagging_entity="post.example,2026",
    entries=2,
)
NIGHT = replace(COLUMN, slug="night-desk", feed_id="tag:post.example,2026:feed/night-desk", name="Night Desk")
PICTURES = ("mira.png", "wall.png", "quay.png", "lock.png")  # those of `a_full_post`


@dataclass
class Newsroom:
    """What it publishes, with which facts, and where to; each may be changed between two runs."""

    store: Store
    folder: Path
    columns: tuple[Column, ...] = (COLUMN, NIGHT)
    facts: Facts = FACTS
    own_templates: Path | None = None
    clock: Callable[[], datetime] = field(default=lambda: WHEN)

    def __post_init__(self) -> None:
        self.media.mkdir(parents=True, exist_ok=True)
        for name in PICTURES:
            (self.media / name).write_bytes(name.encode())
        with self.store.write() as conn:
            for column in self.columns:
                columns.put_if_new(conn, column.slug, feed_id=column.feed_id, now=WHEN)
            authors.configure(conn, [MIRA])

    @property
    def feeds(self) -> Path:
        return self.folder / "feeds"

    @property
    def media(self) -> Path:
        return self.folder / "media"

    @property
    def lock(self) -> Path:
        return self.folder / "var" / "published.lock"

    def put(self, *posts: Post) -> list[int]:
        """Store new posts; their numbers."""
        with self.store.write() as conn:
            return put_posts(conn, [replace(post, seq=0) for post in posts])

    def withdraw(self, seq: int) -> None:
        with self.store.write() as conn:
            assert edits.withdraw_if(conn, seq, now=WHEN)

    def publish(
        self, *, everything: bool = False, target: Target | None = None, columns: Sequence[Column] | None = None
    ) -> Published:
        """Publish the columns, or only some."""
        press = Press(
            store=self.store,
            target=target or Folder(self.feeds),
            media=self.media,
            lock=self.lock,
            templates=open_templates(self.own_templates),
            clock=self.clock,
        )
        shown = self.columns if columns is None else columns
        return publish_site(shown, self.facts, press, everything=everything)

    def tree(self) -> dict[str, bytes]:
        """What lies there, without the packed copies."""
        return tree_of(self.feeds)


def tree_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".gz", ".br"}
    }
