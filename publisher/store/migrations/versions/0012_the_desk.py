"""The admins' desk: people who sign in and what they may, what they did, earlier configs, and what its charts count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.columntypes import Id, Report, UtcTime

revision = "0012"
down_revision = "0011"

_HELD = sa.text("held IS NOT NULL")
_OUT = sa.text("state IN ('failed', 'skipped', 'in_doubt')")


def upgrade() -> None:
    op.add_column("issues", sa.Column("addressed", sa.Integer(), server_default="0", nullable=False))
    op.add_column("posts", sa.Column("held", UtcTime(), nullable=True))
    op.create_index("ix_posts_held", "posts", ["held"], sqlite_where=_HELD, postgresql_where=_HELD)
    op.create_index("ix_subscribers_state", "subscribers", ["state"])
    op.create_index(
        "ix_deliveries_troubled",
        "deliveries",
        ["issue", "state", "reason", "id"],
        sqlite_where=_OUT,
        postgresql_where=_OUT,
    )
    _people()
    _what_they_did()
    _counts()
    _count_what_was()


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("id", Id, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("totp", sa.Text(), nullable=False),
        sa.Column("totp_step", Id, nullable=False),
        sa.Column("recovery", sa.JSON(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("created", UtcTime(), nullable=False),
        sa.Column("disabled", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "roles",
        sa.Column("user", Id, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'sender', 'editor', 'viewer')", name=op.f("ck_roles_role")),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name=op.f("fk_roles_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user", "newsletter", name=op.f("pk_roles")),
    )
    op.create_table(
        "user_links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user", Id, nullable=True),
        sa.Column("created", UtcTime(), nullable=False),
        sa.Column("ends", UtcTime(), nullable=False),
        sa.CheckConstraint("purpose IN ('first', 'invite', 'reset')", name=op.f("ck_user_links_purpose")),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name=op.f("fk_user_links_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_user_links")),
    )
    op.create_index("ix_user_links_user", "user_links", ["user"])
    op.create_table(
        "sessions",
        sa.Column("id", Id, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("user", Id, nullable=False),
        sa.Column("created", UtcTime(), nullable=False),
        sa.Column("seen", UtcTime(), nullable=False),
        sa.Column("sure", UtcTime(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("agent", Report(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name=op.f("fk_sessions_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_sessions_digest")),
    )
    op.create_index("ix_sessions_user", "sessions", ["user"])
    op.create_index("ix_sessions_seen", "sessions", ["seen"])


def _what_they_did() -> None:
    op.create_table(
        "audit",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("user", Id, nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", Report(), nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("before", Report(), nullable=False),
        sa.Column("after", Report(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    for column in ("subject", "act", "user", "newsletter"):
        op.create_index(f"ix_audit_{column}", "audit", [column, "id"])
    op.create_table(
        "config_versions",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("note", Report(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_config_versions")),
    )
    op.create_table(
        "schedule_skips",
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("asked", UtcTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("schedule", "slot", name=op.f("pk_schedule_skips")),
    )


def _counts() -> None:
    op.create_table(
        "hours",
        sa.Column("hour", Id, nullable=False, autoincrement=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("sender", Id, nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "what", "newsletter", "sender", name=op.f("pk_hours")),
    )
    op.create_table(
        "progress",
        sa.Column("issue", Id, nullable=False, autoincrement=False),
        sa.Column("sender", Id, nullable=False, autoincrement=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("deferred", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["issue"], ["issues.id"], name=op.f("fk_progress_issue"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issue", "sender", "of", "name", name=op.f("pk_progress")),
    )


def _count_what_was() -> None:
    """What happened before there was somebody to count it."""
    op.execute("UPDATE issues SET addressed = (SELECT count(*) FROM deliveries WHERE deliveries.issue = issues.id)")
    into = "INSERT INTO hours (hour, what, newsletter, sender, number) SELECT"
    for what, column in (("joined", "joined"), ("left", "left_at")):
        op.execute(
            f"{into} {_hour_of(column)}, '{what}', newsletter, 0, count(*) FROM subscriptions "
            f"WHERE state <> 'pending' AND {column} IS NOT NULL GROUP BY {_hour_of(column)}, newsletter"
        )
    op.execute(
        f"{into} {_hour_of('changed')}, state, '', 0, count(*) FROM deliveries "
        f"WHERE state IN ('sent', 'failed') GROUP BY {_hour_of('changed')}, state"
    )
    op.execute(
        f"{into} {_hour_of('came')}, CASE kind WHEN 'bounce' THEN 'bounced' ELSE 'complained' END, '', 0, count(*) "
        "FROM messages WHERE kind IN ('bounce', 'complaint') "
        f"GROUP BY {_hour_of('came')}, CASE kind WHEN 'bounce' THEN 'bounced' ELSE 'complained' END"
    )


def _hour_of(column: str) -> str:
    """The hour of a time, counted from 1970; SQLite's times are microseconds."""
    if op.get_bind().dialect.name == "sqlite":
        return f"{column} / 3600000000"
    return f"floor(extract(epoch FROM {column}) / 3600)"
