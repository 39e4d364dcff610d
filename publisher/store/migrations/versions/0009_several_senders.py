"""Several relays and several processes that send: who holds a letter, which relay had it, and what they share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.columntypes import Id, Report, UtcTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    with op.batch_alter_table("deliveries") as table:
        table.add_column(sa.Column("sender", Id, nullable=True))
        table.add_column(sa.Column("relay", Id, nullable=True))
        table.add_column(sa.Column("reason", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "senders",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started", UtcTime(), nullable=False),
        sa.Column("seen", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_senders")),
    )
    op.create_table(
        "relays",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parked_since", UtcTime(), nullable=True),
        sa.Column("parked_until", UtcTime(), nullable=True),
        sa.Column("parks", sa.Integer(), nullable=False),
        sa.Column("why", Report(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relays")),
        sa.UniqueConstraint("name", name=op.f("uq_relays_name")),
    )
    op.create_table(
        "destinations",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("paused_since", UtcTime(), nullable=False),
        sa.Column("paused_until", UtcTime(), nullable=False),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.Column("why", Report(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_destinations")),
    )
    op.create_table(
        "uses",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("slot", Id, nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "seconds", "slot", name=op.f("pk_uses")),
    )
    op.create_table(
        "queues",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_queues")),
    )
