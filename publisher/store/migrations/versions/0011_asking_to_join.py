"""Who asks to join, and by what proof; pauses that readers wish; tags; letters that are no issue of posts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.columntypes import Id, UtcTime

revision = "0011"
down_revision = "0010"

_RESTING = sa.text("rests_until IS NOT NULL")
_PAUSED = sa.text("paused_until IS NOT NULL")
_OPEN = sa.text("confirmed IS NULL")


def upgrade() -> None:
    op.add_column("issues", sa.Column("kind", sa.Text(), server_default="issue", nullable=False))
    with op.batch_alter_table("subscribers", copy_from=_people_as_they_were(), recreate="auto") as table:
        table.add_column(sa.Column("paused_until", UtcTime(), nullable=True))
        table.add_column(sa.Column("asked", UtcTime(), nullable=True))
        table.add_column(sa.Column("asks", sa.Integer(), server_default="0", nullable=False))
        table.drop_constraint(op.f("ck_subscribers_state"), type_="check")
        table.create_check_constraint(
            op.f("ck_subscribers_state"), "state IN ('pending', 'confirmed', 'suppressed', 'erased')"
        )
    op.create_index(
        "ix_subscribers_paused_until", "subscribers", ["paused_until"], sqlite_where=_PAUSED, postgresql_where=_PAUSED
    )
    with op.batch_alter_table("subscriptions", copy_from=_wishes_as_they_were(), recreate="auto") as table:
        table.drop_constraint(op.f("ck_subscriptions_state"), type_="check")
        table.create_check_constraint(op.f("ck_subscriptions_state"), "state IN ('active', 'left', 'pending')")
    _new_tables()


def _new_tables() -> None:
    op.create_table(
        "consents",
        sa.Column("id", Id, nullable=False),
        sa.Column("subscriber", Id, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("of", Id, nullable=True),
        sa.Column("asked", UtcTime(), nullable=False),
        sa.Column("asked_ip", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("confirmed", UtcTime(), nullable=True),
        sa.Column("confirmed_ip", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["subscribers.id"], name=op.f("fk_consents_subscriber"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["of"], ["subscribers.id"], name=op.f("fk_consents_of"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(
        "ix_consents_open",
        "consents",
        ["subscriber", "newsletter"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("ix_consents_subscriber", "consents", ["subscriber"])
    op.create_index("ix_consents_of", "consents", ["of"])
    op.create_table(
        "consent_texts",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_consent_texts")),
    )
    op.create_table(
        "tags",
        sa.Column("subscriber", Id, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["subscribers.id"], name=op.f("fk_tags_subscriber"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscriber", "tag", name=op.f("pk_tags")),
    )
    op.create_index("ix_tags_tag", "tags", ["tag"])


def _people_as_they_were() -> sa.Table:
    """SQLite tells nothing of CHECK constraints, so the table is copied from what stood before."""
    return sa.Table(
        "subscribers",
        sa.MetaData(),
        sa.Column("id", Id, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("joined", UtcTime(), nullable=False),
        sa.Column("rests_until", UtcTime(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'confirmed', 'suppressed')", name=op.f("ck_subscribers_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("address_key", name=op.f("uq_subscribers_address_key")),
        sa.Index("ix_subscribers_rests_until", "rests_until", sqlite_where=_RESTING, postgresql_where=_RESTING),
    )


def _wishes_as_they_were() -> sa.Table:
    return sa.Table(
        "subscriptions",
        sa.MetaData(),
        sa.Column("id", Id, nullable=False),
        sa.Column("subscriber", Id, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seen_seq", Id, nullable=False),
        sa.Column("ahead", sa.Text(), server_default="", nullable=False),
        sa.Column("joined", UtcTime(), nullable=False),
        sa.Column("left_at", UtcTime(), nullable=True),
        sa.Column("left_how", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'left')", name=op.f("ck_subscriptions_state")),
        sa.ForeignKeyConstraint(["newsletter"], ["newsletters.slug"], name=op.f("fk_subscriptions_newsletter")),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["subscribers.id"], name=op.f("fk_subscriptions_subscriber"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("subscriber", "newsletter", name=op.f("uq_subscriptions_subscriber_newsletter")),
        sa.Index("ix_subscriptions_wish", "newsletter", "cadence", "state", "columns", "seen_seq"),
    )
