"""What all tables share: the rule by which constraints are named, numbers that grow, and settings."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, MetaData, Table, Text

from publisher.store.columntypes import Id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, values: Iterable[str]) -> str:
    """A condition on a row: the column has one of these words. The likeliest come first.

    Not as `IN`: of a list of three or more SQLite makes a table each time that it looks at a row. Where rows are
    written by the million, in a CHECK or the WHERE of an index, that took longer than the writing.
    """
    return "(" + " OR ".join(f"{column} = '{value}'" for value in values) + ")"


# Numbers that must grow without gaps in what others can see: the row is locked until its
# transaction ends, so a later number is never visible before an earlier one.
counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Id, nullable=False),  # the last number given
)

# What is decided once in a site's life and kept for ever, e.g. the id of the feed of all columns.
settings = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
