"""What is published: feeds with their entries and archive documents, files, and versions of feeds."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from publisher.store.columntypes import Id, UtcTime
from publisher.store.schema.ground import metadata

marks = Table(  # how far a work has come, e.g. up to which change posts are published
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

feeds = Table(
    "feeds",
    metadata,
    Column("name", Text, primary_key=True),  # `all`, `column/SLUG`, `author/KEY`, `tag/SLUG`
    Column("feed_id", Text, nullable=False, unique=True),  # tag: URI, minted once
    Column("title", Text, nullable=False),  # of a tag, as it was written first; "" of others
    Column("created", UtcTime, nullable=False),
    Column("month", Text, nullable=False),  # the newest one when entries were filed last; "": never yet
)

feed_entries = Table(
    "feed_entries",
    metadata,
    Column("feed", Text, ForeignKey("feeds.name"), primary_key=True),
    Column("post", Id, ForeignKey("posts.seq"), primary_key=True),
    Column("published", UtcTime, nullable=False),  # as the post has it; here for the order
    Column("revised", Id, nullable=False),  # its `change`, where it was revised or withdrawn; 0: it was not
    Column("page", Text, nullable=False),  # the archive document it was filed in for good; "": none yet
    Index("ix_feed_entries_newest", "feed", "published", "post"),
    Index("ix_feed_entries_revised", "feed", "revised"),
    Index("ix_feed_entries_page", "feed", "page", "post"),
    Index("ix_feed_entries_post", "post"),
)

feed_pages = Table(  # archive documents (RFC 5005 §4); the set of a document's entries never changes
    "feed_pages",
    metadata,
    Column("feed", Text, ForeignKey("feeds.name"), primary_key=True),
    Column("page", Text, primary_key=True),  # `2026-11`, `2026-11-2`
    Column("number", Integer, nullable=False),  # 1, 2 … in the order of the chain
    Column("written", Boolean, nullable=False),  # false: decided, and its document may not be there yet
    Index("ix_feed_pages_chain", "feed", "number", unique=True),
)

files = Table(  # what lies below `feeds/`, or in the bucket
    "files",
    metadata,
    Column("path", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # SHA-256; "": it was about to be written
    Column("version", Text, nullable=False),  # what the place calls it; "": not known, or a folder
    Column("written", UtcTime, nullable=False),
)

feed_versions = Table(  # the last versions of each feed document, so that what came after one can be told
    "feed_versions",
    metadata,
    Column("path", Text, primary_key=True),
    Column("etag", Text, primary_key=True),
    Column("number", Id, nullable=False),  # grows with each version
    Column("entries", JSON, nullable=False),  # [[id, digest of the entry]]
    Index("ix_feed_versions_newest", "path", "number"),
)
