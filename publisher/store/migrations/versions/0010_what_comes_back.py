"""What comes back: messages, how addresses stand, who rests, and who gets no mail any more.

Failures of before are held against nobody. Who was suppressed before stands in `suppressions`, too.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

import sqlalchemy as sa
from alembic import op

from publisher.store.columntypes import Id, Report, UtcTime

revision = "0010"
down_revision = "0009"

_NEWS = sa.text("state = 'failed' AND (counted IS NULL OR counted <> changed)")
_KEPT = sa.text("raw IS NOT NULL")
_RESTING = sa.text("rests_until IS NOT NULL")


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("counted", UtcTime(), nullable=True))
    op.execute("UPDATE deliveries SET counted = changed WHERE state = 'failed'")
    op.create_index(
        "ix_deliveries_uncounted", "deliveries", ["changed", "id"], sqlite_where=_NEWS, postgresql_where=_NEWS
    )
    op.add_column("subscribers", sa.Column("rests_until", UtcTime(), nullable=True))
    op.create_index(
        "ix_subscribers_rests_until",
        "subscribers",
        ["rests_until"],
        sqlite_where=_RESTING,
        postgresql_where=_RESTING,
    )
    op.create_table(
        "messages",
        sa.Column("id", Id, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("came", UtcTime(), nullable=False),
        sa.Column("came_by", sa.Text(), nullable=False),
        sa.Column("came_to", Report(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delivery", Id, nullable=True),
        sa.Column("issue", Id, nullable=True),
        sa.Column("subscription", Id, nullable=True),
        sa.Column("subscriber", Id, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("address", Report(), nullable=False),
        sa.Column("detail", Report(), nullable=False),
        sa.Column("acted", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery"], ["deliveries.id"], name=op.f("fk_messages_delivery"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["issue"], ["issues.id"], name=op.f("fk_messages_issue"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["subscription"], ["subscriptions.id"], name=op.f("fk_messages_subscription"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["subscribers.id"], name=op.f("fk_messages_subscriber"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("digest", name=op.f("uq_messages_digest")),
    )
    op.create_index("ix_messages_came", "messages", ["came"], sqlite_where=_KEPT, postgresql_where=_KEPT)
    for column in ("acted", "delivery", "issue", "subscription", "subscriber"):
        op.create_index(f"ix_messages_{column}", "messages", [column])
    op.create_table(
        "standings",
        sa.Column("subscriber", Id, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", UtcTime(), nullable=True),
        sa.Column("until", UtcTime(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("counted_at", UtcTime(), nullable=True),
        sa.Column("first_at", UtcTime(), nullable=True),
        sa.Column("last_bounced", UtcTime(), nullable=True),
        sa.Column("last_arrived", UtcTime(), nullable=True),
        sa.Column("look", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["subscribers.id"], name=op.f("fk_standings_subscriber"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscriber", name=op.f("pk_standings")),
    )
    op.create_index("ix_standings_look", "standings", ["look"])
    op.create_table(
        "suppressions",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("detail", Report(), nullable=False),
        sa.Column("delivery", Id, nullable=True),
        sa.Column("message", Id, nullable=True),
        sa.Column("lifted", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
        sa.UniqueConstraint("key", name=op.f("uq_suppressions_key")),
    )
    _take_over()


def _take_over() -> None:
    """Whoever was suppressed so far; since when is not known, so it is since they joined."""
    people, settings, suppressions = (
        sa.table(
            "subscribers", *map(sa.column, ("email", "address_key", "consent", "state")), sa.column("joined", UtcTime)
        ),
        sa.table("settings", sa.column("name"), sa.column("value")),
        sa.table("suppressions", *map(sa.column, ("key", "email", "why", "detail")), sa.column("since", UtcTime)),
    )
    conn, pepper = op.get_bind(), secrets.token_hex(32)
    conn.execute(sa.insert(settings).values(name="suppression key", value=pepper))
    gone = sa.select(people).where(people.c.state == "suppressed")
    rows = [
        {
            "key": hmac.new(bytes.fromhex(pepper), row.address_key.encode(), hashlib.sha256).hexdigest(),
            "email": row.email,
            "since": row.joined,
            "why": "by hand",
            "detail": row.consent,
        }
        for row in conn.execute(gone)
    ]
    if rows:
        conn.execute(sa.insert(suppressions), rows)
