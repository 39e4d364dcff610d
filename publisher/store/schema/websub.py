"""WebSub, from both ends: what we asked of others' hubs, and what others asked of ours."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, SmallInteger, Table, Text, UniqueConstraint

from publisher.store.columntypes import Id, Report, UtcTime
from publisher.store.schema.ground import metadata

hub_leases = Table(  # what we asked of hubs, one a source
    "hub_leases",
    metadata,
    Column("source", Text, primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),  # last part of our callback's address
    Column("secret", Text, nullable=False),  # what the hub signs with
    Column("state", Text, nullable=False),
    Column("asked", UtcTime, nullable=False),
    Column("ends", UtcTime),  # NULL: the hub has not confirmed yet
    Column("pushed", UtcTime),  # NULL: nothing was pushed yet
    Column("next_try", UtcTime),  # NULL: nothing is to be asked
    Column("failures", Integer, nullable=False),  # in a row
    Column("problem", Report, nullable=False),  # "" when all is well
    CheckConstraint("state IN ('asked', 'active', 'denied', 'left')", name="state"),
)

hub_subscriptions = Table(  # what others asked of our hub
    "hub_subscriptions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Text, nullable=False),  # address of a feed of ours
    Column("callback", Text, nullable=False),
    Column("secret", Text, nullable=False),  # "": what is delivered is not signed
    Column("state", Text, nullable=False),
    Column("lease_seconds", Integer, nullable=False),
    Column("ends", UtcTime),  # NULL: not verified yet
    Column("failures", Integer, nullable=False),  # deliveries in a row
    Column("changed", UtcTime, nullable=False),
    UniqueConstraint("topic", "callback"),
    CheckConstraint("state IN ('asked', 'active', 'leaving')", name="state"),
    Index("ix_hub_subscriptions_state", "state", "ends"),
)

hub_deliveries = Table(  # what is still to be told to whom: one row a subscription, always of the newest
    "hub_deliveries",
    metadata,
    Column("subscription", Id, ForeignKey("hub_subscriptions.id", ondelete="CASCADE"), primary_key=True),
    Column("since", Text, nullable=False),  # ETag of what it was told last; "": nothing yet
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("next_try", UtcTime),  # NULL: all is told
    Column("problem", Report, nullable=False),
    CheckConstraint("state IN ('due', 'told')", name="state"),
    Index("ix_hub_deliveries_next", "state", "next_try"),
)

pings = Table(  # hubs and rssCloud servers that are to hear that a feed changed
    "pings",
    metadata,
    Column("hub", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("attempts", SmallInteger, nullable=False),
    Column("next_try", UtcTime),  # NULL: it has heard
    Column("problem", Report, nullable=False),
    Index("ix_pings_next", "next_try"),
)
