"""`publisher config`: check it, show what is in force, describe every key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.templatechecks import template_complaints
from publisher.config.load import ConfigFile, read_config
from publisher.config.reference import reference
from publisher.config.schema import Config
from publisher.config.surroundings import what_is_missing
from publisher.house.signing import signing_complaints


@click.group(
    epilog=examples(
        "publisher config check",
        "publisher config show --json",
        "publisher config schema --markdown",
    )
)
def command() -> None:
    """Check config.toml, show all that is in force, describe every key."""


@command.command(epilog=examples("publisher config check", "publisher config check --config courier/config.toml"))
@config_option
@json_option
def check(config_path: Path, as_json: bool) -> None:
    """Look for mistakes: all of them are told at once, each with its line.

    What is right in itself but finds something missing around it (a folder, a variable, a
    letter's template) is told as a warning. Exit code 0: it can be used; 2: it cannot.
    """
    file = read_config(config_path)
    missing = [
        *what_is_missing(file, os.environ),
        *signing_complaints(file, os.environ),
        *template_complaints(file),
    ]
    counts = _counts(file)
    if as_json:
        print_json({"path": str(file.path), **counts, "warnings": missing})
        return
    for sentence in missing:
        warn(f"Warning: {sentence}")
    say(f"{config_path} can be used: " + ", ".join(_number(kind, count) for kind, count in counts.items()))


@command.command(epilog=examples("publisher config show", "publisher config show --json"))
@config_option
@json_option
def show(config_path: Path, as_json: bool) -> None:
    """Print all that is in force, defaults included. Secrets are shown as where they are found."""
    file = read_config(config_path)
    whole = file.config.model_dump(mode="json", by_alias=True)
    if as_json:
        print_json(whole)
        return
    import tomlkit  # only for this

    say(f"# {file.path}, with everything that it leaves out\n")
    say(tomlkit.dumps(_without_nothing(whole)).rstrip())


@command.command(
    epilog=examples(
        "publisher config schema > config.schema.json     for editors that check while you type",
        "publisher config schema --markdown               to read",
    )
)
@click.option("--markdown", is_flag=True, help="The reference to read, instead of JSON Schema.")
def schema(markdown: bool) -> None:
    """Describe every key that config.toml may hold."""
    if markdown:
        click.echo(reference(), nl=False)
    else:
        print_json(Config.model_json_schema(by_alias=True, mode="validation"))


def _counts(file: ConfigFile) -> dict[str, int]:
    kinds = ("columns", "authors", "sources", "newsletters", "relays")
    return {kind: len(getattr(file.config, kind)) for kind in kinds}


def _number(kind: str, count: int) -> str:
    return f"{count} {kind.removesuffix('s') if count == 1 else kind}"


def _without_nothing(table: dict[str, Any]) -> dict[str, Any]:
    """TOML has no word for nothing: keys without a value are left out."""
    return {
        key: _without_nothing(value) if isinstance(value, dict) else value
        for key, value in table.items()
        if value is not None
    }
