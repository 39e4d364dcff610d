"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.columntypes import Id, UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _posts_and_their_sources()
    _readers()
    _issues_and_the_ledger()
    _settings_and_schedules()


def _posts_and_their_sources() -> None:
    op.create_table(
        "authors",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("blurb", sa.Text(), nullable=False),
        sa.Column("bio", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("portrait", sa.JSON(), nullable=False),
        sa.Column("configured", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_authors")),
    )
    op.create_table(
        "columns",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tagline", sa.Text(), nullable=False),
        sa.Column("created", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_columns")),
        sa.UniqueConstraint("feed_id", name=op.f("uq_columns_feed_id")),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", Id, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "sources",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_fetched", UtcTime(), nullable=True),
        sa.Column("last_success", UtcTime(), nullable=True),
        sa.Column("last_attempt", UtcTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sources")),
    )
    op.create_table(
        "posts",
        sa.Column("seq", Id, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("image", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("published", UtcTime(), nullable=False),
        sa.Column("updated", UtcTime(), nullable=False),
        sa.Column("first_seen", UtcTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("mailable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["column"], ["columns.slug"], name=op.f("fk_posts_column")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_posts")),
        sa.UniqueConstraint("column", "slug", name=op.f("uq_posts_column_slug")),
        sa.UniqueConstraint("id", name=op.f("uq_posts_id")),
        sa.UniqueConstraint("source", "guid", name=op.f("uq_posts_source_guid")),
    )
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.create_index("ix_posts_column_published", ["column", "published", "seq"], unique=False)
        batch_op.create_index(
            "ix_posts_news",
            ["seq"],
            unique=False,
            sqlite_where=sa.text("mailable"),
            postgresql_where=sa.text("mailable"),
        )
        batch_op.create_index("ix_posts_published", ["published", "seq"], unique=False)

    op.create_table(
        "post_authors",
        sa.Column("post", Id, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["author"], ["authors.key"], name=op.f("fk_post_authors_author")),
        sa.ForeignKeyConstraint(["post"], ["posts.seq"], name=op.f("fk_post_authors_post"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post", "position", name=op.f("pk_post_authors")),
    )
    op.create_table(
        "related_stories",
        sa.Column("post", Id, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("image", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["post"], ["posts.seq"], name=op.f("fk_related_stories_post"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post", "position", name=op.f("pk_related_stories")),
    )
    op.execute("INSERT INTO counters (name, value) VALUES ('posts', 0)")


def _readers() -> None:
    op.create_table(
        "newsletters",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_newsletters")),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", Id, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("joined", UtcTime(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'confirmed', 'suppressed')", name=op.f("ck_subscribers_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("address_key", name=op.f("uq_subscribers_address_key")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", Id, nullable=False),
        sa.Column("subscriber", Id, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seen_seq", Id, nullable=False),
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
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_subscriptions_wish", ["newsletter", "cadence", "state", "columns", "seen_seq"], unique=False
        )


def _issues_and_the_ledger() -> None:
    op.create_table(
        "issues",
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
    )
    with op.batch_alter_table("issues", schema=None) as batch_op:
        batch_op.create_index("ix_issues_state", ["state"], unique=False)

    op.create_table(
        "variants",
        sa.Column("id", Id, nullable=False),
        sa.Column("issue", Id, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue"], ["issues.id"], name=op.f("fk_variants_issue"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
        sa.UniqueConstraint("issue", "key", name=op.f("uq_variants_issue_key")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", Id, nullable=False),
        sa.Column("issue", Id, nullable=False),
        sa.Column("variant", Id, nullable=False),
        sa.Column("subscription", Id, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("next_try", UtcTime(), nullable=True),
        sa.Column("changed", UtcTime(), nullable=False),
        sa.Column("code", sa.SmallInteger(), nullable=False),
        sa.Column("enhanced", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('due', 'claimed', 'sending', 'deferred', 'sent', 'failed', 'skipped', 'in_doubt')",
            name=op.f("ck_deliveries_state"),
        ),
        sa.ForeignKeyConstraint(["issue"], ["issues.id"], name=op.f("fk_deliveries_issue"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subscription"], ["subscriptions.id"], name=op.f("fk_deliveries_subscription")),
        sa.ForeignKeyConstraint(["variant"], ["variants.id"], name=op.f("fk_deliveries_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("issue", "subscription", name=op.f("uq_deliveries_issue_subscription")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_subscription", ["subscription"], unique=False)
        batch_op.create_index(
            "ix_deliveries_unsettled",
            ["issue", "state", "next_try", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('due', 'claimed', 'sending', 'deferred')"),
            postgresql_where=sa.text("state IN ('due', 'claimed', 'sending', 'deferred')"),
        )

    op.create_table(
        "letters",
        sa.Column("variant", Id, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["variant"], ["variants.id"], name=op.f("fk_letters_variant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("variant", name=op.f("pk_letters")),
    )
    op.create_table(
        "variant_posts",
        sa.Column("variant", Id, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("post", Id, nullable=False),
        sa.ForeignKeyConstraint(["post"], ["posts.seq"], name=op.f("fk_variant_posts_post")),
        sa.ForeignKeyConstraint(
            ["variant"], ["variants.id"], name=op.f("fk_variant_posts_variant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("variant", "position", name=op.f("pk_variant_posts")),
    )
    with op.batch_alter_table("variant_posts", schema=None) as batch_op:
        batch_op.create_index("ix_variant_posts_post", ["post"], unique=False)


def _settings_and_schedules() -> None:
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_key", sa.Text(), nullable=False),
        sa.Column("next_run", UtcTime(), nullable=True),
        sa.CheckConstraint("state IN ('active', 'paused')", name=op.f("ck_schedules_state")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedules")),
    )
    op.create_table(
        "schedule_runs",
        sa.Column("id", Id, nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started", UtcTime(), nullable=True),
        sa.Column("finished", UtcTime(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('due', 'running', 'done', 'failed', 'missed')", name=op.f("ck_schedule_runs_state")
        ),
        sa.ForeignKeyConstraint(
            ["schedule"], ["schedules.name"], name=op.f("fk_schedule_runs_schedule"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_runs")),
        sa.UniqueConstraint("schedule", "slot", name=op.f("uq_schedule_runs_schedule_slot")),
    )
    with op.batch_alter_table("schedule_runs", schema=None) as batch_op:
        batch_op.create_index("ix_schedule_runs_recent", ["schedule", "at"], unique=False)
        batch_op.create_index("ix_schedule_runs_state", ["state"], unique=False)
