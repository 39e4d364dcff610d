"""WebSub, from both ends: what we asked of hubs, and what others asked of ours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.columntypes import Id, UtcTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "hub_leases",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked", UtcTime(), nullable=True),
        sa.Column("ends", UtcTime(), nullable=True),
        sa.Column("pushed", UtcTime(), nullable=True),
        sa.Column("next_try", UtcTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('found', 'active', 'denied', 'leaving')", name=op.f("ck_hub_leases_state")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_hub_leases")),
    )
    op.create_index("ix_hub_leases_ends", "hub_leases", ["ends"], unique=False)
    op.create_index("ix_hub_leases_next", "hub_leases", ["next_try"], unique=False)
    op.create_index("ix_hub_leases_source", "hub_leases", ["source"], unique=False)
    op.create_table(
        "hub_pushes",
        sa.Column("id", Id, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("came", UtcTime(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_pushes")),
    )
    op.create_index("ix_hub_pushes_token", "hub_pushes", ["token"], unique=False)
    op.create_table(
        "hub_requests",
        sa.Column("id", Id, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("lease_seconds", sa.Integer(), nullable=False),
        sa.Column("asked", UtcTime(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("next_try", UtcTime(), nullable=False),
        sa.CheckConstraint("mode IN ('subscribe', 'unsubscribe', 'denied')", name=op.f("ck_hub_requests_mode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_requests")),
        sa.UniqueConstraint("topic", "callback", name=op.f("uq_hub_requests_topic_callback")),
    )
    op.create_index("ix_hub_requests_host", "hub_requests", ["host"], unique=False)
    op.create_index("ix_hub_requests_next", "hub_requests", ["next_try", "id"], unique=False)
    op.create_table(
        "hub_subscriptions",
        sa.Column("id", Id, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("ends", UtcTime(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("due", UtcTime(), nullable=True),
        sa.Column("next_try", UtcTime(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_subscriptions")),
        sa.UniqueConstraint("topic", "callback", name=op.f("uq_hub_subscriptions_topic_callback")),
    )
    op.create_index("ix_hub_subscriptions_ends", "hub_subscriptions", ["ends"], unique=False)
    op.create_index("ix_hub_subscriptions_host", "hub_subscriptions", ["host"], unique=False)
    op.create_index("ix_hub_subscriptions_next", "hub_subscriptions", ["next_try"], unique=False)
    op.create_table(
        "pings",
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("due", UtcTime(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("next_try", UtcTime(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hub", "topic", name=op.f("pk_pings")),
    )
    op.create_index("ix_pings_next", "pings", ["next_try"], unique=False)
    op.create_table(
        "announced",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_announced")),
    )
