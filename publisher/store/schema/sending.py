"""What all senders share: who they are, the relays and destinations they meet, and how much each was given."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from publisher.store.columntypes import Id, Report, UtcTime
from publisher.store.schema.ground import metadata

senders = Table(  # processes that send, or died sending
    "senders",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),  # from `counters`: never given twice
    Column("host", Text, nullable=False),  # where its lock is: there it is dead where that is free
    Column("pid", Integer, nullable=False),  # for people
    Column("started", UtcTime, nullable=False),
    Column("seen", UtcTime, nullable=False),  # by this it is judged from other hosts
)

relays = Table(  # what is known of the relays in config.toml
    "relays",
    metadata,
    Column("id", Id, primary_key=True),  # stands in `deliveries.relay`, so a row is never deleted
    Column("name", Text, nullable=False),  # as in config.toml
    Column("parked_since", UtcTime),  # NULL: it is not parked
    Column("parked_until", UtcTime),  # it is tried again then, and parked anew where it still refuses
    Column("parks", Integer, nullable=False),  # in a row, without a letter that it took
    Column("why", Report, nullable=False),  # it is parked; ""
    UniqueConstraint("name"),
)

destinations = Table(  # domains of readers that put everything off
    "destinations",
    metadata,
    Column("domain", Text, primary_key=True),  # or the name in config.toml that several go by
    Column("paused_since", UtcTime, nullable=False),
    Column("paused_until", UtcTime, nullable=False),  # a few letters are tried then, to see how it answers
    Column("pauses", Integer, nullable=False),  # in a row, without a letter that it took
    Column("why", Report, nullable=False),  # its last answer
)

uses = Table(  # letters that had their answer, counted by slots of time, of whoever is limited
    "uses",
    metadata,
    Column("key", Text, primary_key=True),  # `relay:NAME` or `destination:NAME`
    Column("seconds", Integer, primary_key=True),  # length of the window that is limited
    Column("slot", Id, primary_key=True),  # sixty to a window, counted from 1970
    Column("letters", Integer, nullable=False),
)

queues = Table(  # how far ahead in time letters stand that a limit puts off
    "queues",
    metadata,
    Column("key", Text, primary_key=True),  # as in `uses`, or `relays:A,B` for letters that may go by any of these
    Column("until", UtcTime, nullable=False),
)
