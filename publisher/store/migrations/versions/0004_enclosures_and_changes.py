"""What a feed tells beside the text, what an editor says about a post, and in which order posts changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.columntypes import Id, UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("posts") as table:
        table.add_column(sa.Column("enclosures", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(sa.Column("origin", sa.JSON(), server_default="{}", nullable=False))
        table.add_column(sa.Column("follows", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("note", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("edited", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(sa.Column("withdrawn", UtcTime(), nullable=True))
        table.add_column(sa.Column("told", UtcTime(), nullable=True))
        table.add_column(sa.Column("change", Id, server_default="0", nullable=False))
        table.create_index("ix_posts_change", ["change"], unique=False)
    posts = sa.table("posts", sa.column("seq"), sa.column("change"))
    counters = sa.table("counters", sa.column("name"), sa.column("value"))
    conn = op.get_bind()
    conn.execute(sa.update(posts).values(change=posts.c.seq))  # as if each had changed when it was first seen
    last = sa.select(counters.c.value).where(counters.c.name == "posts").scalar_subquery()
    conn.execute(sa.insert(counters).values(name="changes", value=last))
