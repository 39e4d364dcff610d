"""Statements that are executed hundreds of times a second: written for the driver once, not each time.

SQLAlchemy looks a statement's text up again at each execution, which takes longer than SQLite needs to
carry it out. Here it is compiled when a dialect meets it first; from then on the driver gets the text,
and the values by way of the same types as always.

States stand in such a statement as text (`is_one_of`), not as parameters: where SQLite has a partial
index, it prepares a statement anew whenever a value that is compared may decide whether the index
serves, and that took most of the time of a statement that moves thirty rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Dialect, Insert, Select, Update, literal_column, or_
from sqlalchemy.sql.compiler import SQLCompiler

Row = Mapping[str, Any]
Statement = Update | Insert | Select[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A statement in the words of one driver."""

    text: str
    names: tuple[str, ...]  # of its parameters, in their order
    by_order: bool  # the driver wants them in that order, not by name
    known: Row  # values that stand in the statement already
    conversions: Mapping[str, Callable[[Any], Any]]


class Prepared:
    """A statement, or what it is in each dialect. It has no list of values: the length of that is part of the text."""

    def __init__(self, statement: Statement | Mapping[str, Statement]) -> None:
        self._statement = statement
        self._written: dict[str, _Written] = {}

    def execute(self, conn: Connection, values: Row) -> CursorResult[Any]:
        """`values` has one for each parameter that the statement itself has none for."""
        written = self._written.get(conn.dialect.name) or self._write(conn.dialect)
        given = {**written.known, **values}
        for name, convert in written.conversions.items():
            given[name] = convert(given[name])
        if written.by_order:
            return conn.exec_driver_sql(written.text, tuple([given[name] for name in written.names]))
        return conn.exec_driver_sql(written.text, {name: given[name] for name in written.names})

    def _write(self, dialect: Dialect) -> _Written:
        statement = self._statement[dialect.name] if isinstance(self._statement, Mapping) else self._statement
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101  what these are compiled to
        parameters = {name: parameter for parameter, name in compiled.bind_names.items()}
        converting = {name: one.type.dialect_impl(dialect).bind_processor(dialect) for name, one in parameters.items()}
        written = self._written[dialect.name] = _Written(
            text=str(compiled),
            names=tuple(compiled.positiontup or parameters),
            by_order=compiled.positiontup is not None,
            known={name: one.value for name, one in parameters.items() if not one.required},
            conversions={name: convert for name, convert in converting.items() if convert},
        )
        return written


def is_one_of(column: ColumnElement[str], states: Iterable[StrEnum]) -> ColumnElement[bool]:
    """The column has one of these values, which are our own words: they stand in the statement as text."""
    words: list[ColumnElement[str]] = [literal_column(f"'{state.value}'") for state in states]
    return or_(*(column == word for word in words))
