"""`publisher subscribers import`: readers of other programs' lists, taken over after a look at them."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path
from typing import Any

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.importwords import plan_in_words, result_for_programs, result_in_words
from publisher.cli.progress import octets_progress
from publisher.errors import WrongUse
from publisher.house.opened import open_house, utc_now
from publisher.house.readerpapers import papers_of
from publisher.store.scratch import Scratch
from publisher.subscribe.importing import Imported, import_readers, rehearse
from publisher.subscribe.listfile import lists_in
from publisher.subscribe.listformats import FORMATS
from publisher.subscribe.survey import HowToRead, Survey, lists_among, survey

newsletter_option = click.option(
    "--newsletter", metavar="SLUG", help="Which newsletter; may be left out where there is one."
)
cadence_option = click.option(
    "--cadence", metavar="WORD", help="daily, weekly, monthly or as-it-happens; else the first digest offered."
)
columns_option = click.option(
    "--column", "columns", multiple=True, metavar="SLUG", help="Only this column; may be repeated."
)
consent_option = click.option(
    "--consent", metavar="TEXT", help="Where the reader's consent comes from, for the record."
)


def _encoding(_ctx: click.Context, param: click.Parameter, name: str | None) -> str:
    try:
        found = codecs.lookup(name) if name else None
        if found:
            "".encode(found.name)  # it is one of texts
    except LookupError:
        raise click.BadParameter(
            f"{name!r} is no encoding; write one like utf-8, cp1251 or shift-jis", param=param
        ) from None
    return found.name if found else ""


@click.command(
    "import",
    epilog=examples(
        "publisher subscribers import readers.csv --newsletter morning",
        "publisher subscribers import mailchimp-export.zip --dry-run",
        "publisher subscribers import members.csv --as ghost --yes --bad to-mend.csv",
        "publisher subscribers import to-mend.csv --newsletter morning",
    ),
)
@config_option
@json_option
@newsletter_option
@cadence_option
@columns_option
@consent_option
@click.option("--dry-run", "dry", is_flag=True, help="Tell what would become of the rows, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option(
    "--bad", "bad_path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Where rows that cannot be used are written, to be mended and imported; else in var/imports.",
)  # fmt: skip
@click.option(
    "--as", "format_name", type=click.Choice(list(FORMATS)), help="Whose export it is; else it is recognised."
)
@click.option("--encoding", metavar="NAME", callback=_encoding, help="Of the file, like cp1251; else it is recognised.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_(
    config_path: Path,
    *,
    as_json: bool,
    dry: bool,
    yes: bool,
    bad_path: Path | None,
    format_name: str | None,
    encoding: str,
    file: Path,
    **wishes: Any,
) -> None:
    """Add the readers of a CSV file, or of a zip of such.

    Exports of Mailchimp, Substack, Ghost, listmonk, Buttondown and Beehiiv are recognised, our
    own, and any list whose columns are named in some way. What is in it is shown first. Nobody is
    joined of whom the file says that they get no mail, nor who left here or must not get mail; who
    is there already stays as he is. Stopped at any moment, it goes on there when it is called again.

    Exit code 1 where rows could not be used; the others are imported.
    """
    if bad_path and bad_path.exists() and bad_path.samefile(file):
        raise WrongUse(f"--bad {bad_path} is the file that is imported; name another one")
    with open_house(config_path) as house, lists_in(file) as parts, Scratch() as away:
        lists = lists_among(parts, chosen=FORMATS[format_name] if format_name else None, encoding=encoding)
        how = HowToRead(papers=papers_of(house, file.name, lists, **wishes, now=utc_now()))
        written = bad_path or (None if dry else house.var / "imports" / f"{file.stem}-{utc_now():%Y%m%dT%H%M%SZ}.csv")
        with octets_progress("looking", quiet=as_json) as progress:
            found = survey(lists, how, away=away, bad_path=written, progress=progress)
        if not as_json:
            _show(found, how, ask=not (yes or dry))
        with octets_progress("comparing" if dry else "importing", quiet=as_json) as progress:
            if dry:
                told = rehearse(house.store, found, how, away=away, progress=progress)
            else:
                told = import_readers(house.store, found, how, away=away, now=utc_now(), progress=progress)
    if as_json:
        print_json(result_for_programs(found, told, rehearsed=dry))
    else:
        _tell(file, found, told, rehearsed=dry)
    click.get_current_context().exit(1 if told.bad else 0)


def _show(found: Survey, how: HowToRead, *, ask: bool) -> None:
    """What is in the file, and whether to go on; a program is not asked."""
    for line in plan_in_words(found, how):
        warn(line)
    if ask and sys.stdin.isatty() and sys.stderr.isatty() and not click.confirm("Import them?", err=True):
        for path in found.bad_files:
            path.unlink()
        raise click.Abort


def _tell(file: Path, found: Survey, told: Imported, *, rehearsed: bool) -> None:
    if told.resumed_after:
        warn(f"{file}: went on where it was stopped, after {told.resumed_after:,} rows; the numbers are of all")
    for row in found.first_bad:
        warn(f"{row.list}:{row.line}: {row.problem}")
    if found.bad > len(found.first_bad):
        warn(f"{file}: and {found.bad - len(found.first_bad):,} more rows that cannot be used")
    for path in found.bad_files:
        warn(f"rows that cannot be used, to be mended and imported again: {path}")
    say(result_in_words(file, told, rehearsed=rehearsed))
