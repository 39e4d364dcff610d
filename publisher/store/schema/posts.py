"""Columns, authors, sources, and the posts with what belongs to each."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from publisher.store.columntypes import Id, Report, UtcTime
from publisher.store.schema.ground import metadata

columns = Table(
    "columns",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("feed_id", Text, nullable=False, unique=True),  # tag: URI, minted once
    Column("name", Text, nullable=False),  # as its source told it; config.toml goes before
    Column("tagline", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
)

authors = Table(
    "authors",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("blurb", Text, nullable=False),
    Column("bio", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("links", JSON, nullable=False),  # [{label, url}]
    Column("portrait", JSON, nullable=False),  # {url, alt, caption} or {}
    Column("configured", JSON, nullable=False),  # what config.toml says of these; it goes before. {}: nothing
    Column("change", Id, nullable=False, server_default="0"),  # order last changed, from `counters`
    Index("ix_authors_change", "change"),
)

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("first_fetched", UtcTime),  # NULL: never yet; its first fetch finds the back catalogue
    Column("last_success", UtcTime),  # NULL: never yet
    Column("last_attempt", UtcTime),  # NULL: never yet
    Column("failures", Integer, nullable=False),  # in a row
    Column("problem", Report, nullable=False),  # of the last attempt; "" when it went well
    # What follows is of sources with an address; publisher/model/source.py says more.
    Column("next_visit", UtcTime),  # NULL: at the next pass
    Column("why", Report, nullable=False, server_default=""),
    Column("wait_until", UtcTime),  # NULL: its server did not ask for rest
    Column("stopped", Boolean, nullable=False, server_default=false()),
    Column("url", Text, nullable=False, server_default=""),  # as config.toml had it; "": a folder, or never visited
    Column("address", Text, nullable=False, server_default=""),  # where it moved for good; "": at `url`
    Column("moved_to", Text, nullable=False, server_default=""),  # "": the last visit was not redirected for good
    Column("moved_count", Integer, nullable=False, server_default="0"),
    Column("etag", Report, nullable=False, server_default=""),  # a stranger's bytes, like the next one
    Column("last_modified", Report, nullable=False, server_default=""),
    Column("validated", UtcTime),  # NULL: never; when these two came with a whole document
    Column("pace_seconds", Integer, nullable=False, server_default="0"),  # 0: not known yet
    Column("asked_seconds", Integer, nullable=False, server_default="0"),  # 0: it does not ask
    Column("skip_hours", Text, nullable=False, server_default=""),
)

posts = Table(
    "posts",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=False),  # order first seen, from `counters`
    Column("id", Text, nullable=False, unique=True),  # tag: URI, minted once
    Column("column", Text, ForeignKey("columns.slug"), nullable=False),
    Column("source", Text, nullable=False),
    Column("guid", Text, nullable=False),  # its identity within its source
    Column("alias", Text, nullable=False, server_default=""),  # guid without scheme and host; "": it is no address
    Column("slug", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("url", Text, nullable=False),  # "": our page is its only home
    Column("image", JSON, nullable=False),  # {url, alt, caption} or {}
    Column("tags", JSON, nullable=False),  # [text]
    Column("language", Text, nullable=False),  # "": the column's
    Column("published", UtcTime, nullable=False),
    Column("updated", UtcTime, nullable=False),
    Column("first_seen", UtcTime, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("revised", UtcTime),  # NULL: never; else when its last revision was stored
    Column("content_hash", Text, nullable=False),
    Column("mailable", Boolean, nullable=False),  # false: archive, never mailed
    Column("enclosures", JSON, nullable=False, server_default="[]"),  # [{url, type, length_bytes, title, seconds}]
    Column("origin", JSON, nullable=False, server_default="{}"),  # {id, title, url, feed_url}; {}: ours alone
    Column("follows", Text, nullable=False, server_default=""),  # guid, id or address of the post it follows up
    Column("note", Text, nullable=False, server_default=""),  # an editor's word about a correction
    Column("edited", JSON, nullable=False, server_default="[]"),  # [column of this table]: by hand; its source is deaf
    Column("told", UtcTime),  # NULL: `published` is as its source told it; else what it told, and cannot be right
    Column("withdrawn", UtcTime),  # NULL: it stands; else since when it does not
    Column("change", Id, nullable=False, server_default="0"),  # order last changed, from `counters`
    Column("held", UtcTime),  # NULL: it may go into letters; else since when an editor keeps it out of them
    UniqueConstraint("source", "guid"),
    UniqueConstraint("column", "slug"),
    Index("ix_posts_column_published", "column", "published", "seq"),
    Index("ix_posts_published", "published", "seq"),
    Index("ix_posts_alias", "source", "alias"),
    Index("ix_posts_change", "change"),
    Index("ix_posts_follows", "follows", sqlite_where=text("follows <> ''"), postgresql_where=text("follows <> ''")),
    Index("ix_posts_held", "held", sqlite_where=text("held IS NOT NULL"), postgresql_where=text("held IS NOT NULL")),
    Index("ix_posts_news", "seq", sqlite_where=text("mailable"), postgresql_where=text("mailable")),
)

post_authors = Table(
    "post_authors",
    metadata,
    Column("post", Id, ForeignKey("posts.seq", ondelete="CASCADE"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("author", Text, ForeignKey("authors.key"), nullable=False),
    Index("ix_post_authors_author", "author", "post"),
)

related_stories = Table(
    "related_stories",
    metadata,
    Column("post", Id, ForeignKey("posts.seq", ondelete="CASCADE"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("image", JSON, nullable=False),  # {url, alt, caption} or {}; url "" when only described
)
