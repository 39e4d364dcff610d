"""What is published: feeds with their entries and archive documents, files, and versions of feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.columntypes import Id, UtcTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
    op.create_table(
        "feeds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created", UtcTime(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feeds")),
        sa.UniqueConstraint("feed_id", name=op.f("uq_feeds_feed_id")),
    )
    op.create_table(
        "feed_entries",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("post", Id, nullable=False),
        sa.Column("published", UtcTime(), nullable=False),
        sa.Column("revised", Id, nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["feed"], ["feeds.name"], name=op.f("fk_feed_entries_feed")),
        sa.ForeignKeyConstraint(["post"], ["posts.seq"], name=op.f("fk_feed_entries_post")),
        sa.PrimaryKeyConstraint("feed", "post", name=op.f("pk_feed_entries")),
    )
    op.create_index("ix_feed_entries_newest", "feed_entries", ["feed", "published", "post"], unique=False)
    op.create_index("ix_feed_entries_page", "feed_entries", ["feed", "page", "post"], unique=False)
    op.create_index("ix_feed_entries_post", "feed_entries", ["post"], unique=False)
    op.create_index("ix_feed_entries_revised", "feed_entries", ["feed", "revised"], unique=False)
    op.create_table(
        "feed_pages",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("written", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["feed"], ["feeds.name"], name=op.f("fk_feed_pages_feed")),
        sa.PrimaryKeyConstraint("feed", "page", name=op.f("pk_feed_pages")),
    )
    op.create_index("ix_feed_pages_chain", "feed_pages", ["feed", "number"], unique=True)
    op.create_table(
        "files",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("written", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_files")),
    )
    op.create_table(
        "feed_versions",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("number", Id, nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("path", "etag", name=op.f("pk_feed_versions")),
    )
    op.create_index("ix_feed_versions_newest", "feed_versions", ["path", "number"], unique=False)
    with op.batch_alter_table("authors") as table:
        table.add_column(sa.Column("change", Id, server_default="0", nullable=False))
        table.create_index("ix_authors_change", ["change"], unique=False)
    op.create_index("ix_post_authors_author", "post_authors", ["author", "post"], unique=False)
    says = sa.text("follows <> ''")
    op.create_index("ix_posts_follows", "posts", ["follows"], unique=False, sqlite_where=says, postgresql_where=says)
