"""Many keys as one parameter of a statement, a JSON array: it is written and prepared once, whatever their number."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Connection, Select, Text, bindparam, cast, func, select

KEYS = "keys"
"""What the parameter is called."""


def listed(conn: Connection) -> Select[Any]:
    """The texts in the parameter, for `column.in_(listed(conn))`."""
    keys = bindparam(KEYS, type_=JSON)
    if conn.dialect.name == "postgresql":
        return select(cast(func.json_array_elements_text(keys).table_valued("value").c.value, Text))
    return select(func.json_each(keys).table_valued("value").c.value)
