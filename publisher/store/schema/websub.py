"""WebSub, from both ends: what we asked of others' hubs, and what others asked of ours."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from publisher.store.columntypes import Id, Report, UtcTime
from publisher.store.schema.ground import metadata

hub_leases = Table(  # what we asked of others' hubs
    "hub_leases",
    metadata,
    Column("token", Text, primary_key=True),  # last part of our callback's address
    Column("source", Text, nullable=False),  # one row of each that is not `leaving`
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("callback", Text, nullable=False),  # "": the hub was never asked
    Column("secret", Text, nullable=False),  # what the hub signs with
    Column("state", Text, nullable=False),
    Column("asked", UtcTime),  # NULL: nothing is asked that the hub has not answered
    Column("ends", UtcTime),  # NULL: nothing is granted
    Column("pushed", UtcTime),  # NULL: it never told news, or has missed some since
    Column("next_try", UtcTime),  # NULL: nothing is to be asked
    Column("failures", Integer, nullable=False),  # in a row
    Column("problem", Report, nullable=False),  # "" when all is well
    CheckConstraint("state IN ('found', 'active', 'denied', 'leaving')", name="state"),
    Index("ix_hub_leases_source", "source"),
    Index("ix_hub_leases_next", "next_try"),
    Index("ix_hub_leases_ends", "ends"),
)

hub_pushes = Table(  # what hubs sent, signed, and what is not taken yet
    "hub_pushes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("token", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("came", UtcTime, nullable=False),
    Column("attempts", SmallInteger, nullable=False),  # to take it
    Index("ix_hub_pushes_token", "token"),
)

hub_requests = Table(  # what others asked of our hub and have not confirmed yet; or are to be told that they lost
    "hub_requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Text, nullable=False),  # address of a feed of ours
    Column("callback", Text, nullable=False),
    Column("host", Text, nullable=False),  # of the callback, in lower case
    Column("mode", Text, nullable=False),
    Column("secret", Text, nullable=False),  # "": what is delivered is not signed
    Column("lease_seconds", Integer, nullable=False),  # as we grant it
    Column("asked", UtcTime, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("next_try", UtcTime, nullable=False),
    UniqueConstraint("topic", "callback"),  # who asks again means the newest only
    CheckConstraint("mode IN ('subscribe', 'unsubscribe', 'denied')", name="mode"),
    Index("ix_hub_requests_next", "next_try", "id"),
    Index("ix_hub_requests_host", "host"),
)

hub_subscriptions = Table(  # confirmed; a row holds what is still to be told, always the newest
    "hub_subscriptions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("ends", UtcTime, nullable=False),
    Column("since", Text, nullable=False),  # ETag of what it was told last; "": nothing yet
    Column("due", UtcTime),  # when there was something new to tell; NULL: all is told
    Column("next_try", UtcTime),  # NULL: nothing is to be sent, because all is told or because we gave up
    Column("attempts", SmallInteger, nullable=False),  # to tell what is due
    Column("failures", Integer, nullable=False),  # in a row, whatever was to be told
    Column("problem", Report, nullable=False),  # "" when all is well
    UniqueConstraint("topic", "callback"),
    Index("ix_hub_subscriptions_next", "next_try"),
    Index("ix_hub_subscriptions_host", "host"),
    Index("ix_hub_subscriptions_ends", "ends"),
)

pings = Table(  # hubs and rssCloud servers that are to hear that a feed changed
    "pings",
    metadata,
    Column("hub", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("due", UtcTime, nullable=False),  # when the feed had changed
    Column("attempts", SmallInteger, nullable=False),
    Column("next_try", UtcTime),  # NULL: it has heard, or we gave up
    Column("problem", Report, nullable=False),
    Index("ix_pings_next", "next_try"),
)

announced = Table(  # what of the published feeds hubs and subscribers were last told, or are about to be
    "announced",
    metadata,
    Column("path", Text, primary_key=True),  # as in `files`
    Column("digest", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
