"""The tables. What a column means stands beside it; above all, what NULL means.

Constraints have names, so that a migration can find them again. Text is `""` where it is
not known, never NULL. Migrations are in `migrations/versions`; a test holds both equal.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from publisher.store.columntypes import Id, Report, UtcTime

HEAD = "0003"
"""The newest migration: a database that stands here needs no Alembic, which is slow to import."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Numbers that must grow without gaps in what others can see: the row is locked until its
# transaction ends, so a later number is never visible before an earlier one.
counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Id, nullable=False),  # the last number given
)

# What is decided once in a site's life and kept for ever, e.g. the id of the feed of all columns.
settings = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

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
    Column("content_hash", Text, nullable=False),
    Column("mailable", Boolean, nullable=False),  # false: archive, never mailed
    UniqueConstraint("source", "guid"),
    UniqueConstraint("column", "slug"),
    Index("ix_posts_column_published", "column", "published", "seq"),
    Index("ix_posts_published", "published", "seq"),
    Index("ix_posts_alias", "source", "alias"),
    Index("ix_posts_news", "seq", sqlite_where=text("mailable"), postgresql_where=text("mailable")),
)

post_authors = Table(
    "post_authors",
    metadata,
    Column("post", Id, ForeignKey("posts.seq", ondelete="CASCADE"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("author", Text, ForeignKey("authors.key"), nullable=False),
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

newsletters = Table(
    "newsletters",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("name", Text, nullable=False),  # as config.toml had it last
    Column("created", UtcTime, nullable=False),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("email", Text, nullable=False),
    Column("address_key", Text, nullable=False, unique=True),  # the address in lower case: one reader, one row
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),  # "": the newsletter's
    Column("state", Text, nullable=False),
    Column("consent", Text, nullable=False),
    Column("joined", UtcTime, nullable=False),
    CheckConstraint("state IN ('pending', 'confirmed', 'suppressed')", name="state"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber", Id, ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("newsletter", Text, ForeignKey("newsletters.slug"), nullable=False),
    Column("cadence", Text, nullable=False),
    Column("columns", Text, nullable=False),  # slugs, sorted, parted by a blank; "": all
    Column("state", Text, nullable=False),
    Column("seen_seq", Id, nullable=False),  # posts up to this one are no news to this reader
    Column("joined", UtcTime, nullable=False),
    Column("left_at", UtcTime),  # NULL: has not left
    Column("left_how", Text, nullable=False),  # `one-click`, `page`, `by hand`; "" has not left
    UniqueConstraint("subscriber", "newsletter"),
    CheckConstraint("state IN ('active', 'left')", name="state"),
    Index("ix_subscriptions_wish", "newsletter", "cadence", "state", "columns", "seen_seq"),
)

issues = Table(
    "issues",
    metadata,
    Column("id", Id, primary_key=True),
    Column("newsletter", Text, ForeignKey("newsletters.slug"), nullable=False),
    Column("cadence", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("due", UtcTime, nullable=False),
    Column("expires", UtcTime, nullable=False),
    Column("through_seq", Id, nullable=False),
    Column("finished", UtcTime),  # NULL: not finished
    UniqueConstraint("newsletter", "cadence", "slot"),
    CheckConstraint("state IN ('held', 'queued', 'sending', 'paused', 'sent', 'cancelled')", name="state"),
    Index("ix_issues_state", "state"),
)

variants = Table(
    "variants",
    metadata,
    Column("id", Id, primary_key=True),
    Column("issue", Id, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("issue", "key"),
)

variant_posts = Table(
    "variant_posts",
    metadata,
    Column("variant", Id, ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("post", Id, ForeignKey("posts.seq"), nullable=False),
    Index("ix_variant_posts_post", "post"),
)

letters = Table(  # apart from variants: large rows that few queries want
    "letters",
    metadata,
    Column("variant", Id, ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
)

UNSETTLED = text("state IN ('due', 'claimed', 'sending', 'deferred')")

deliveries = Table(  # the ledger: one row per issue and subscriber
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("issue", Id, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("variant", Id, ForeignKey("variants.id"), nullable=False),
    Column("subscription", Id, ForeignKey("subscriptions.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),  # how often it stood in `sending`
    Column("next_try", UtcTime),  # NULL: not deferred
    Column("changed", UtcTime, nullable=False),  # when it came into this state
    Column("code", SmallInteger, nullable=False),  # last reply (RFC 5321 §4.2); 0: none yet
    Column("enhanced", Text, nullable=False),  # its enhanced status (RFC 3463), or ""
    Column("reply", Text, nullable=False),  # its text where it is not 2xx, or why it was skipped
    UniqueConstraint("issue", "subscription"),
    CheckConstraint(
        "state IN ('due', 'claimed', 'sending', 'deferred', 'sent', 'failed', 'skipped', 'in_doubt')", name="state"
    ),
    # Settled rows are not in it, so claiming costs the same at a million readers.
    Index(
        "ix_deliveries_unsettled", "issue", "state", "next_try", "id",
        sqlite_where=UNSETTLED, postgresql_where=UNSETTLED,
    ),
    Index("ix_deliveries_subscription", "subscription"),
)  # fmt: skip

schedules = Table(
    "schedules",
    metadata,
    Column("name", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("next_key", Text, nullable=False),  # "": config.toml says nothing about when
    Column("next_run", UtcTime),  # NULL with it
    CheckConstraint("state IN ('active', 'paused')", name="state"),
)

schedule_runs = Table(
    "schedule_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("schedule", Text, ForeignKey("schedules.name", ondelete="CASCADE"), nullable=False),
    Column("slot", Text, nullable=False),
    Column("at", UtcTime, nullable=False),  # the slot's moment
    Column("state", Text, nullable=False),
    Column("started", UtcTime),  # NULL: not yet
    Column("finished", UtcTime),  # NULL: not yet
    Column("note", Report, nullable=False),
    UniqueConstraint("schedule", "slot"),
    CheckConstraint("state IN ('due', 'running', 'done', 'failed', 'missed')", name="state"),
    Index("ix_schedule_runs_recent", "schedule", "at"),
    Index("ix_schedule_runs_state", "state"),
)
