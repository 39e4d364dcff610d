"""`publisher subscribers export`: all readers, for other programs and to be kept."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click

from publisher.cli.console import config_option, examples
from publisher.house.opened import open_house
from publisher.store.roll import roll
from publisher.subscribe.exporting import write_csv, write_json


@click.command(
    "export",
    epilog=examples(
        "publisher subscribers export > readers.csv",
        "publisher subscribers export --newsletter morning --format json",
    ),
)
@config_option
@click.option("--newsletter", metavar="SLUG", help="Only those who have or had this newsletter; else everybody.")
@click.option(
    "--format", "kind", type=click.Choice(["csv", "json"]), default="csv", show_default=True, help="Of what is printed."
)
def export(config_path: Path, *, newsletter: str | None, kind: str) -> None:
    """Print all readers, a subscription a line: also who left, and who must not get mail, reader or not.

    The CSV may be imported again, here or elsewhere, without loss. It holds people's addresses:
    keep it where only you may read it.
    """
    with open_house(config_path) as house, house.store.read() as conn:
        if newsletter is not None:
            house.newsletters_named(newsletter)
        people = roll(conn, newsletter=newsletter)
        # UTF-8 whatever the terminal speaks, and lines ended as they are written: it is a file.
        out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=False)
        try:
            (write_json if kind == "json" else write_csv)(people, out)
            out.flush()
        finally:
            out.detach()
