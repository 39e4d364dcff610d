"""Which revision of a post stands in a letter, so that a later one is known to be a correction; when there was one.

Of letters of older programs that is not known: what stands in the database now is taken
for what they say.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.columntypes import UtcTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    with op.batch_alter_table("variant_posts") as table:
        table.add_column(sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("issues") as table:
        table.add_column(sa.Column("corrected", UtcTime(), nullable=True))
    held = sa.table("variant_posts", sa.column("post"), sa.column("revision"))
    posts = sa.table("posts", sa.column("seq"), sa.column("revision"))
    now = sa.select(posts.c.revision).where(posts.c.seq == held.c.post).scalar_subquery()
    op.get_bind().execute(sa.update(held).values(revision=now))
