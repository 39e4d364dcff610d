"""`publisher import`: what other programs keep, taken over into config.toml."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.collect.feedlist import Plan, plan_import
from publisher.config.edit import toml_of_tables, with_tables, write_config
from publisher.config.load import read_text, understand
from publisher.config.schema import Config
from publisher.errors import WrongUse
from publisher.feed.opml import LARGEST_BYTES, FeedList, read_opml

_SHOWN = 20


@click.group("import", epilog=examples("publisher import opml feeds.opml --column harbour-notes --dry-run"))
def command() -> None:
    """Take over what another program keeps."""


@command.command(
    epilog=examples(
        "publisher import opml feeds.opml --column harbour-notes",
        "publisher import opml feeds.opml --dry-run",
    )
)
@config_option
@json_option
@click.option(
    "--column", metavar="SLUG", help="Column of the feeds; may be left out where folders are called as columns."
)
@click.option("--dry-run", is_flag=True, help="Show what would be added, and write nothing.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_context
def opml(
    ctx: click.Context, config_path: Path, *, as_json: bool, column: str | None, dry_run: bool, file: Path
) -> None:
    """Add each feed of an OPML file as a source to config.toml.

    A folder of the file that is called as one of our columns is that column; for all other
    feeds say --column. Feeds that are sources already are left out. config.toml keeps its
    comments and its order, and is written only if it can be used afterwards.

    Exit code 1 where some feeds could not be used; the others are added.
    """
    text = read_text(config_path)
    config = understand(config_path, text).config
    found = _feeds_of(file)
    plan = plan_import(found, config, column=_column(config, column))
    if plan.homeless:
        raise WrongUse(_homeless(file, plan, config))
    new = with_tables(text, "sources", plan.tables)
    if dry_run:
        understand(config_path, new)
    elif plan.tables:
        write_config(config_path, old=text, new=new)
    problems = [f"{file}: {problem}" for problem in (*found.problems, *plan.refused)]
    if as_json:
        print_json({"added": plan.tables, "there_already": plan.there_already, "problems": problems})
    else:
        _tell(config_path, plan, problems, dry_run=dry_run)
    ctx.exit(1 if problems else 0)


def _feeds_of(file: Path) -> FeedList:
    try:
        with file.open("rb") as opened:
            return read_opml(opened.read(LARGEST_BYTES + 1))
    except OSError as wrong:
        raise WrongUse(f"{file}: cannot be read: {wrong.strerror or wrong}") from None
    except ValueError as wrong:
        raise WrongUse(f"{file}: {wrong}") from None


def _column(config: Config, asked: str | None) -> str | None:
    """The column asked for; where there is only one, that one."""
    if asked is not None and asked not in config.columns:
        raise WrongUse(f"there is no column {asked!r}; there are: {', '.join(config.columns)}")
    return next(iter(config.columns)) if asked is None and len(config.columns) == 1 else asked


def _homeless(file: Path, plan: Plan, config: Config) -> str:
    count = len(plan.homeless)
    first = "\n".join(f"  {one}" for one in plan.homeless[:_SHOWN]) + ("\n  …" if count > _SHOWN else "")
    return (
        f"{file}: for {count} of its feeds no column is known; say --column SLUG "
        f"({', '.join(config.columns)}); nothing was written\n{first}"
    )


def _tell(config_path: Path, plan: Plan, problems: list[str], *, dry_run: bool) -> None:
    for sentence in (*plan.there_already, *problems):
        warn(sentence)
    if not plan.tables:
        say(f"nothing to add; {config_path} is as before")
    elif dry_run:
        say(toml_of_tables("sources", plan.tables))
        say(f"{_number(plan)} would be added to {config_path}; nothing was written")
    else:
        for name, table in plan.tables.items():
            say(f"{name}: {table['url']} for {table['column']}")
        say(f"{_number(plan)} added to {config_path}, to be collected in the next round")


def _number(plan: Plan) -> str:
    return "1 source" if len(plan.tables) == 1 else f"{len(plan.tables)} sources"
