"""What came back: messages as they came, how addresses stand by it, and those that get no mail any more."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint, text

from publisher.store.columntypes import Id, Report, UtcTime
from publisher.store.schema.ground import metadata

_KEPT = text("raw IS NOT NULL")

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", Text, nullable=False),  # SHA-256, with line ends made alike: the same message is kept once
    Column("came", UtcTime, nullable=False),
    Column("came_by", Text, nullable=False),  # `pipe`, `imap` …
    Column("came_to", Report, nullable=False),  # recipients of its envelope, parted by a blank; "": not known
    Column("raw", LargeBinary),  # compressed by zlib; NULL: it is too old to be kept
    Column("kind", Text, nullable=False),  # "": not read yet
    Column("delivery", Id, ForeignKey("deliveries.id", ondelete="SET NULL")),  # NULL: no token of ours names one
    Column("issue", Id, ForeignKey("issues.id", ondelete="SET NULL")),  # of the delivery
    Column("subscription", Id, ForeignKey("subscriptions.id", ondelete="SET NULL")),
    Column("subscriber", Id, ForeignKey("subscribers.id", ondelete="SET NULL")),
    Column("reason", Text, nullable=False),  # of a bounce, in a word; "": none
    Column("address", Report, nullable=False),  # that did not get it, complains, or writes; "": none, or too old
    Column("detail", Report, nullable=False),  # what the server said
    Column("acted", Text, nullable=False),  # what was done, in a word; "": nothing yet
    UniqueConstraint("digest"),
    Index("ix_messages_came", "came", sqlite_where=_KEPT, postgresql_where=_KEPT),
    Index("ix_messages_acted", "acted"),
    Index("ix_messages_delivery", "delivery"),
    Index("ix_messages_issue", "issue"),
    Index("ix_messages_subscription", "subscription"),
    Index("ix_messages_subscriber", "subscriber"),
)

standings = Table(  # of those to whom something happened; who has no row is well
    "standings",
    metadata,
    Column("subscriber", Id, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", UtcTime),  # NULL: always
    Column("until", UtcTime),  # NULL: for good, or it is well
    Column("why", Text, nullable=False),  # a reason; "": none
    Column("points", Float, nullable=False),
    Column("counted_at", UtcTime),  # NULL: there was no point
    Column("first_at", UtcTime),  # NULL: there was no point since a letter arrived
    Column("last_bounced", UtcTime),  # NULL: none did
    Column("last_arrived", UtcTime),  # NULL: none is known to have
    Column("look", UtcTime),  # when the ledger is asked next what became of it; NULL: it need not be
    Index("ix_standings_look", "look"),
)

suppressions = Table(  # a row stays for ever
    "suppressions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False),  # keyed hash of the address in lower case: stays after an erase
    Column("email", Text, nullable=False),  # "": erased
    Column("since", UtcTime, nullable=False),
    Column("why", Text, nullable=False),  # a word
    Column("detail", Report, nullable=False),
    Column("delivery", Id),  # its number, whether or not its row is still there; NULL: about no letter
    Column("message", Id),  # the same of what said so; NULL: it came by no message
    Column("lifted", UtcTime),  # NULL: in force
    UniqueConstraint("key"),
)
