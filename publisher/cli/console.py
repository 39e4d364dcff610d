"""What commands share: their options, their examples, how they speak to people and programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

CONFIG_VARIABLE = "PUBLISHER_CONFIG"


def config_option(command: Decorated) -> Decorated:
    """`--config PATH`, handed over as `config_path: Path`."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        default=Path("config.toml"),
        envvar=CONFIG_VARIABLE,
        show_default=True,
        show_envvar=True,
        metavar="PATH",
        help="The site's config.",
        callback=_or_as_before,
    )(command)


def _or_as_before(ctx: click.Context, param: click.Parameter, path: Path) -> Path:
    """What was said before a sub-command holds for it, too: `publisher issues --config PATH pause 1`."""
    said = ctx.get_parameter_source(str(param.name)) is not ParameterSource.DEFAULT
    if said or ctx.parent is None or param.name not in ctx.parent.params:
        return path
    before: Path = ctx.parent.params[param.name]
    return before


def json_option(command: Decorated) -> Decorated:
    """`--json`, handed over as `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def examples(*lines: str) -> str:
    """The epilog of a command: its examples, each a line as one would type it."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def say(text: str) -> None:
    """A line for people, on stdout."""
    click.echo(text)


def warn(text: str) -> None:
    """A line for people that is not the result, on stderr."""
    click.echo(text, err=True)


def print_json(value: object) -> None:
    """A value for programs, on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
