"""Newsletters, and who reads them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint, text

from publisher.store.columntypes import Id, UtcTime
from publisher.store.schema.ground import metadata

newsletters = Table(
    "newsletters",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("name", Text, nullable=False),  # as config.toml had it last
    Column("created", UtcTime, nullable=False),
)

_RESTING = text("rests_until IS NOT NULL")  # few do

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
    Column("rests_until", UtcTime),  # NULL: does not rest; who rests gets no letters, until this is taken away
    CheckConstraint("state IN ('pending', 'confirmed', 'suppressed')", name="state"),
    Index("ix_subscribers_rests_until", "rests_until", sqlite_where=_RESTING, postgresql_where=_RESTING),
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
    Column("ahead", Text, nullable=False, server_default=""),  # seqs above it that were had, ascending; "": none
    Column("joined", UtcTime, nullable=False),
    Column("left_at", UtcTime),  # NULL: has not left
    Column("left_how", Text, nullable=False),  # `one-click`, `page`, `by hand`; "" has not left
    UniqueConstraint("subscriber", "newsletter"),
    CheckConstraint("state IN ('active', 'left')", name="state"),
    Index("ix_subscriptions_wish", "newsletter", "cadence", "state", "columns", "seen_seq"),
)
