"""Newsletters, who reads them, and by whose word."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from publisher.store.columntypes import Id, UtcTime
from publisher.store.schema.ground import metadata, one_of

newsletters = Table(
    "newsletters",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("name", Text, nullable=False),  # as config.toml had it last
    Column("created", UtcTime, nullable=False),
)

_RESTING = text("rests_until IS NOT NULL")  # few do
_PAUSED = text("paused_until IS NOT NULL")
_OPEN = text("confirmed IS NULL")

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
    Column("paused_until", UtcTime),  # NULL: is not paused; the reader's own wish, until this is taken away
    Column("asked", UtcTime),  # when a letter last asked to confirm, or brought a link; NULL: none did
    Column("asks", Integer, nullable=False, server_default="0"),  # such letters, since one was answered
    CheckConstraint(one_of("state", ("confirmed", "pending", "suppressed", "erased")), name="state"),
    Index("ix_subscribers_state", "state"),  # so that they can be counted
    Index("ix_subscribers_rests_until", "rests_until", sqlite_where=_RESTING, postgresql_where=_RESTING),
    Index("ix_subscribers_paused_until", "paused_until", sqlite_where=_PAUSED, postgresql_where=_PAUSED),
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
    CheckConstraint(one_of("state", ("active", "left", "pending")), name="state"),
    # All that an issue asks of a subscription: a million wishes are counted without their rows.
    Index("ix_subscriptions_wish", "newsletter", "cadence", "state", "columns", "seen_seq", "ahead", "subscriber"),
)

consents = Table(  # what somebody asked for at a page, and whether it was confirmed: the proof
    "consents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber", Id, ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("newsletter", Text, nullable=False),  # "": it is about the address, see `of`
    Column("cadence", Text, nullable=False),
    Column("columns", Text, nullable=False),  # as in `subscriptions`
    Column("of", Id, ForeignKey("subscribers.id", ondelete="CASCADE")),  # who is to have this address; NULL: nobody
    Column("asked", UtcTime, nullable=False),
    Column("asked_ip", Text, nullable=False),
    Column("form", Text, nullable=False),  # version of what the page said: `consent_texts`
    Column("confirmed", UtcTime),  # NULL: not yet, or never
    Column("confirmed_ip", Text, nullable=False),
    Index(
        "ix_consents_open", "subscriber", "newsletter", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN,
    ),
    Index("ix_consents_subscriber", "subscriber"),
    Index("ix_consents_of", "of"),
)  # fmt: skip

consent_texts = Table(  # what pages said when somebody asked; a row stays for ever
    "consent_texts",
    metadata,
    Column("version", Text, primary_key=True),  # the first 16 hexadecimal digits of its SHA-256
    Column("text", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
)

tags = Table(
    "tags",
    metadata,
    Column("subscriber", Id, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),  # as it was written; compared in lower case
    Index("ix_tags_tag", "tag"),
)
