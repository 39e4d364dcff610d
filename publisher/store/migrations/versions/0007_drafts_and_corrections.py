"""Issues that wait to be looked at, corrections of what was sent, posts that overtook others.

What was held had its deliveries already, and its readers were told the news; now that
comes with the release. Such an issue becomes `paused`, which goes on where it stood.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.columntypes import Id, Report, UtcTime

revision = "0007"
down_revision = "0006"

_STATES = "state IN ('draft', 'approved', 'held', 'queued', 'sending', 'paused', 'sent', 'cancelled')"


def upgrade() -> None:
    with op.batch_alter_table("posts") as table:
        table.add_column(sa.Column("revised", UtcTime(), nullable=True))
    with op.batch_alter_table("subscriptions") as table:
        table.add_column(sa.Column("ahead", sa.Text(), server_default="", nullable=False))
    with op.batch_alter_table("letters") as table:
        table.add_column(sa.Column("page", sa.Text(), server_default="", nullable=False))
    _issues()


def _issues() -> None:
    conn = op.get_bind()
    with op.batch_alter_table("issues", copy_from=_as_it_was(), recreate="auto") as table:
        table.add_column(sa.Column("why", Report(), server_default="", nullable=False))
        table.add_column(sa.Column("findings", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(sa.Column("corrects", Id, nullable=True))
        table.add_column(sa.Column("change", Id, server_default="0", nullable=False))
        table.drop_constraint(op.f("ck_issues_state"), type_="check")
        table.create_check_constraint(op.f("ck_issues_state"), _STATES)
        table.create_foreign_key(op.f("fk_issues_corrects"), "issues", ["corrects"], ["id"])
        table.create_index("ix_issues_corrects", ["corrects"], unique=False)
    issues = sa.table("issues", sa.column("state"), sa.column("change"))
    counters = sa.table("counters", sa.column("name"), sa.column("value"))
    now = sa.select(counters.c.value).where(counters.c.name == "changes").scalar_subquery()
    conn.execute(sa.update(issues).values(change=sa.func.coalesce(now, 0)))
    conn.execute(sa.update(issues).where(issues.c.state == "held").values(state="paused"))


def _as_it_was() -> sa.Table:
    """SQLite tells nothing of CHECK constraints, so the table is copied from what 0001 made."""
    return sa.Table(
        "issues",
        sa.MetaData(),
        sa.Column("id", Id, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created", UtcTime(), nullable=False),
        sa.Column("due", UtcTime(), nullable=False),
        sa.Column("expires", UtcTime(), nullable=False),
        sa.Column("through_seq", Id, nullable=False),
        sa.Column("finished", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('held', 'queued', 'sending', 'paused', 'sent', 'cancelled')", name=op.f("ck_issues_state")
        ),
        sa.ForeignKeyConstraint(["newsletter"], ["newsletters.slug"], name=op.f("fk_issues_newsletter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issues")),
        sa.UniqueConstraint("newsletter", "cadence", "slot", name=op.f("uq_issues_newsletter_cadence_slot")),
        sa.Index("ix_issues_state", "state"),
    )
