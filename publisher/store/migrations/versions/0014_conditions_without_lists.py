"""Conditions on states that SQLite looks at in passing: each row of the ledger that is written is looked at by four."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

# Tables with their CHECK of a state: its words before, and now.
_CHECKS = {
    "deliveries": (
        "state IN ('due', 'claimed', 'sending', 'deferred', 'sent', 'failed', 'skipped', 'in_doubt')",
        "(state = 'sent' OR state = 'due' OR state = 'claimed' OR state = 'sending' OR state = 'deferred'"
        " OR state = 'failed' OR state = 'skipped' OR state = 'in_doubt')",
    ),
    "subscribers": (
        "state IN ('pending', 'confirmed', 'suppressed', 'erased')",
        "(state = 'confirmed' OR state = 'pending' OR state = 'suppressed' OR state = 'erased')",
    ),
    "subscriptions": (
        "state IN ('active', 'left', 'pending')",
        "(state = 'active' OR state = 'left' OR state = 'pending')",
    ),
}
_UNDER_WAY = sa.text("(state = 'due' OR state = 'claimed' OR state = 'sending' OR state = 'deferred')")
_ASTRAY = sa.text("(state = 'failed' OR state = 'skipped' OR state = 'in_doubt')")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _reword_in_place()
    else:
        for table, (_, words) in _CHECKS.items():
            op.drop_constraint(op.f(f"ck_{table}_state"), table, type_="check")
            op.create_check_constraint(op.f(f"ck_{table}_state"), table, words)
    _put_index("unsettled", ["issue", "state", "next_try", "id"], _UNDER_WAY)
    _put_index("troubled", ["issue", "state", "reason", "id"], _ASTRAY)


def _reword_in_place() -> None:
    """A CHECK that means the same: no row is touched, and fifty million need not be copied.

    As SQLite says how that is done (https://sqlite.org/lang_altertable.html §7, the "simpler and faster procedure"):
    the words of the table are changed, and then the number by which every connection knows what it has read of them.
    """
    conn = op.get_bind()
    number = conn.exec_driver_sql("PRAGMA schema_version").scalar_one()
    conn.exec_driver_sql("PRAGMA writable_schema = ON")
    reword = sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = :name")
    for table, (before, now) in _CHECKS.items():
        conn.execute(reword, {"name": table, "old": f"CHECK ({before})", "new": f"CHECK ({now})"})
    conn.exec_driver_sql(f"PRAGMA schema_version = {number + 1}")
    conn.exec_driver_sql("PRAGMA writable_schema = OFF")


def _put_index(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.drop_index(f"ix_deliveries_{name}", "deliveries")
    op.create_index(f"ix_deliveries_{name}", "deliveries", columns, sqlite_where=where, postgresql_where=where)
