"""What is remembered of a source between two visits: when, where, with which validators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.columntypes import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Each has a default, so that a source which was visited before goes on with what is known of it.
    with op.batch_alter_table("sources") as table:
        table.add_column(sa.Column("next_visit", UtcTime(), nullable=True))
        table.add_column(sa.Column("why", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("wait_until", UtcTime(), nullable=True))
        table.add_column(sa.Column("stopped", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("url", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("address", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("moved_to", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("moved_count", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("etag", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("last_modified", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("validated", UtcTime(), nullable=True))
        table.add_column(sa.Column("pace_seconds", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("asked_seconds", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("skip_hours", sa.Text(), server_default="", nullable=False))
