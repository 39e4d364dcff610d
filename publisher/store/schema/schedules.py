"""When things happen, and what came of it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from publisher.store.columntypes import Id, Report, UtcTime
from publisher.store.schema.ground import metadata

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
