"""Posts whose identity is an address are found again when the site moves to another host or to https."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ADDRESS = re.compile(r"https?://[^/?#\s]+(/[^/\s]\S*|/?[?#]\S+)\Z", re.IGNORECASE)
_PAGE = 1000


def upgrade() -> None:
    with op.batch_alter_table("posts") as table:
        table.add_column(sa.Column("alias", sa.Text(), server_default="", nullable=False))
        table.create_index("ix_posts_alias", ["source", "alias"], unique=False)
    posts = sa.table("posts", sa.column("seq"), sa.column("guid"), sa.column("alias"))
    conn, after = op.get_bind(), 0
    page = sa.select(posts.c.seq, posts.c.guid).order_by(posts.c.seq).limit(_PAGE)
    change = sa.update(posts).where(posts.c.seq == sa.bindparam("row")).values(alias=sa.bindparam("path"))
    while rows := conn.execute(page.where(posts.c.seq > after)).all():
        found = [{"row": row.seq, "path": match[1]} for row in rows if (match := _ADDRESS.match(row.guid))]
        if found:
            conn.execute(change, found)
        after = rows[-1].seq
