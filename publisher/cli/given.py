"""Options of the command line that are read as config.toml reads the same kind of value.

Not in `console.py`, which every command has, because the readers are slow to import.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from publisher.config import values


def for_how_long(_ctx: click.Context, param: click.Parameter, text: str | None) -> timedelta | None:
    """`2h`, `1h 30m`"""
    try:
        return values.duration(text) if text else None
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param=param) from None


def one_line(_ctx: click.Context, param: click.Parameter, text: str) -> str:
    """What people will read."""
    try:
        return values.line(" ".join(text.split()))
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param=param) from None


def each_by(reader: Callable[[object], str]) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], Any]:
    """The callback of an option that may be given several times."""

    def read(_ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(reader(one) for one in given)
        except ValueError as wrong:
            raise click.BadParameter(str(wrong), param=param) from None

    return read
