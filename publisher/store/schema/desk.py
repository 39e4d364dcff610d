"""The admins' desk: who may do what, who did what, what config.toml said before, and what is counted for its charts."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from publisher.store.columntypes import Id, Report, UtcTime
from publisher.store.schema.ground import metadata

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("email", Text, nullable=False),  # in lower case: what one signs in with
    Column("name", Text, nullable=False),
    Column("password", Text, nullable=False),  # argon2id, in the form of its reference program; "": cannot be used
    Column("totp", Text, nullable=False),  # sealed key (RFC 6238); "": no second factor
    Column("totp_step", Id, nullable=False),  # the last step that was used: none is taken twice; 0: none was
    Column("recovery", JSON, nullable=False),  # SHA-256 of codes for who lost the second factor, each good once
    Column("subject", Text, nullable=False),  # ISSUER SUBJECT of OpenID Connect; "": does not sign in by it
    Column("created", UtcTime, nullable=False),
    Column("disabled", UtcTime),  # NULL: may sign in
    UniqueConstraint("email"),
)

roles = Table(
    "roles",
    metadata,
    Column("user", Id, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("newsletter", Text, primary_key=True),  # "": all of them, and the site itself
    Column("role", Text, nullable=False),
    CheckConstraint("role IN ('owner', 'sender', 'editor', 'viewer')", name="role"),
)

user_links = Table(  # links by which somebody chooses a password: each is good once
    "user_links",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of the token
    Column("purpose", Text, nullable=False),
    Column("user", Id, ForeignKey("users.id", ondelete="CASCADE")),  # NULL: the first owner, who is not there yet
    Column("created", UtcTime, nullable=False),
    Column("ends", UtcTime, nullable=False),
    CheckConstraint("purpose IN ('first', 'invite', 'reset')", name="purpose"),
    Index("ix_user_links_user", "user"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", Text, nullable=False),  # SHA-256 of what the cookie has
    Column("user", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("seen", UtcTime, nullable=False),  # to the minute or so
    Column("sure", UtcTime, nullable=False),  # when the password was given last
    Column("ip", Text, nullable=False),  # it was seen from last
    Column("agent", Report, nullable=False),  # a browser's own words
    UniqueConstraint("digest"),
    Index("ix_sessions_user", "user"),
    Index("ix_sessions_seen", "seen"),
)

audit = Table(  # every change by a person's hand; rows are added and never changed
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("user", Id),  # whether or not it is still there; NULL: nobody signed in, or the command line
    Column("who", Text, nullable=False),  # as they were called then
    Column("ip", Text, nullable=False),  # "": the command line
    Column("act", Text, nullable=False),  # a word, e.g. `issue.pause`
    Column("subject", Report, nullable=False),  # what it was done to, e.g. `issue:12`
    Column("newsletter", Text, nullable=False),  # whose editors may read of it; "": it is about the site
    Column("before", Report, nullable=False),  # in words or TOML; "": there was nothing, or it does not matter
    Column("after", Report, nullable=False),
    Index("ix_audit_subject", "subject", "id"),
    Index("ix_audit_act", "act", "id"),
    Index("ix_audit_user", "user", "id"),
    Index("ix_audit_newsletter", "newsletter", "id"),
)

config_versions = Table(  # what config.toml said, by whoever's hand
    "config_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("who", Text, nullable=False),  # "": it was found changed
    Column("digest", Text, nullable=False),  # SHA-256 of the text
    Column("content", Text, nullable=False),
    Column("note", Report, nullable=False),  # what was changed, in words
)

schedule_skips = Table(  # slots that an admin wants left out
    "schedule_skips",
    metadata,
    Column("schedule", Text, primary_key=True),
    Column("slot", Text, primary_key=True),  # its key
    Column("at", UtcTime, nullable=False),  # the slot's moment
    Column("asked", UtcTime, nullable=False),
    Column("who", Text, nullable=False),
)

hours = Table(  # what happened in each hour, counted when it happens
    "hours",
    metadata,
    Column("hour", Id, primary_key=True, autoincrement=False),  # counted from 1970
    Column("what", Text, primary_key=True),  # `sent`, `deferred`, `failed`, `bounced`, `complained`, `joined`, `left` …
    Column("newsletter", Text, primary_key=True),  # "": it is of none, or of many
    Column("sender", Id, primary_key=True, autoincrement=False),  # what connection counts; 0: SQLite
    Column("number", Integer, nullable=False),
)

progress = Table(  # how the letters of an issue go, told by each sender now and then
    "progress",
    metadata,
    Column("issue", Id, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("sender", Id, primary_key=True, autoincrement=False),
    Column("of", Text, primary_key=True),  # `relay` or `domain`
    Column("name", Text, primary_key=True),  # "": all domains that are too many to name
    Column("sent", Integer, nullable=False),
    Column("deferred", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),  # when it was told
)
