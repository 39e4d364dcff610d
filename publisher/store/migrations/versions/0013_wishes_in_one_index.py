"""Who would get an issue is counted from one index: what readers' wishes are told apart by, and who they are."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"

_NAME, _TABLE = "ix_subscriptions_wish", "subscriptions"


def upgrade() -> None:
    op.drop_index(_NAME, _TABLE)
    op.create_index(_NAME, _TABLE, ["newsletter", "cadence", "state", "columns", "seen_seq", "ahead", "subscriber"])
