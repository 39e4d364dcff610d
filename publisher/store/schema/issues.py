"""Issues with their letters, and the ledger of deliveries."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from publisher.store.columntypes import Id, Report, UtcTime
from publisher.store.schema.ground import metadata, one_of

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
    Column("why", Report, nullable=False, server_default=""),  # why it is held; "": it is not
    Column("findings", JSON, nullable=False, server_default="[]"),  # [{severity, problem}] of its letters
    Column("corrects", Id, ForeignKey("issues.id")),  # NULL: it is no correction
    Column("change", Id, nullable=False, server_default="0"),  # its pages show posts as of this change
    Column("kind", Text, nullable=False, server_default="issue"),  # or what its letters are for: `confirm` …
    Column("corrected", UtcTime),  # NULL: they show what was sent; else when a post of it was put right last
    Column("addressed", Integer, nullable=False, server_default="0"),  # deliveries, whatever became of them
    UniqueConstraint("newsletter", "cadence", "slot"),
    CheckConstraint(
        "state IN ('draft', 'approved', 'held', 'queued', 'sending', 'paused', 'sent', 'cancelled')", name="state"
    ),
    Index("ix_issues_state", "state"),
    Index("ix_issues_corrects", "corrects"),
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
    Column("revision", Integer, nullable=False, server_default="0"),  # of the post, as it stands in the letter
    Index("ix_variant_posts_post", "post"),
)

letters = Table(  # apart from variants: large rows that few queries want
    "letters",
    metadata,
    Column("variant", Id, ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("page", Text, nullable=False, server_default=""),  # as a page, since a post was corrected; "": `html`
)

_UNDER_WAY = ("due", "claimed", "sending", "deferred")
_ASTRAY = ("failed", "skipped", "in_doubt")

UNSETTLED = text(one_of("deliveries.state", _UNDER_WAY))
"""For a WHERE beside the state that is asked for: by these very words SQLite knows that the index has all such rows."""
_INDEXED = text(one_of("state", _UNDER_WAY))

TROUBLED = text(one_of("deliveries.state", _ASTRAY))
"""The same, for letters that will not arrive, or may not have: what is neither here nor there was sent."""
_OUT = text(one_of("state", _ASTRAY))

UNCOUNTED = text(
    "deliveries.state = 'failed' AND (deliveries.counted IS NULL OR deliveries.counted <> deliveries.changed)"
)
"""The same, for failures that their readers' standings do not have yet."""
_NEWS = text("state = 'failed' AND (counted IS NULL OR counted <> changed)")

deliveries = Table(  # the ledger: one row per issue and subscriber
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("issue", Id, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("variant", Id, ForeignKey("variants.id"), nullable=False),
    Column("subscription", Id, ForeignKey("subscriptions.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),  # how often it stood in `sending`
    Column("next_try", UtcTime),  # not before; NULL: at any time
    Column("changed", UtcTime, nullable=False),  # when it came into this state
    Column("code", SmallInteger, nullable=False),  # last reply (RFC 5321 §4.2); 0: none yet
    Column("enhanced", Text, nullable=False),  # its enhanced status (RFC 3463), or ""
    Column("reply", Text, nullable=False),  # its text where it is not 2xx, or why it was skipped
    Column("reason", Text, nullable=False, server_default=""),  # why it is not sent, in a word; "": not refused
    Column("sender", Id),  # the process that claimed it or has it on the wire; NULL: none
    Column("relay", Id),  # the relay that it was handed to last; NULL: none yet
    Column("counted", UtcTime),  # `changed` of the failure that its reader's standing has; NULL: none
    UniqueConstraint("issue", "subscription"),
    CheckConstraint(one_of("state", ("sent", *_UNDER_WAY, *_ASTRAY)), name="state"),
    # Settled rows are not in it, so claiming costs the same at a million readers.
    Index(
        "ix_deliveries_unsettled", "issue", "state", "next_try", "id",
        sqlite_where=_INDEXED, postgresql_where=_INDEXED,
    ),
    Index("ix_deliveries_subscription", "subscription"),
    # With the one above it tells how an issue stands without a look at what was sent, which is most of it.
    Index("ix_deliveries_troubled", "issue", "state", "reason", "id", sqlite_where=_OUT, postgresql_where=_OUT),
    # Failures that no standing has yet; mostly there are none.
    Index("ix_deliveries_uncounted", "changed", "id", sqlite_where=_NEWS, postgresql_where=_NEWS),
)  # fmt: skip
