"""`publisher check`: what is wrong with feeds and letters, before a reader finds out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from publisher.cli.checkdomains import domains
from publisher.cli.checkletters import letters
from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.config.addresses import FOLDER
from publisher.config.load import read_config
from publisher.errors import WrongUse
from publisher.feed.lint import Fault, Severity, is_feed, lint_feeds
from publisher.house.opened import utc_now

SHOWN = 200  # faults in words; --json has all


class Documents(Mapping[str, bytes]):
    """The feed documents of a folder, each read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        found = (path.relative_to(folder) for path in folder.rglob("*") if is_feed(path.name) and path.is_file())
        self._names = sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))

    def __getitem__(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError as wrong:
            raise click.ClickException(f"{self._folder / name} cannot be read: {wrong.strerror}") from wrong

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@click.group("check", epilog=examples("publisher check feeds", "publisher check letters", "publisher check domains"))
def command() -> None:
    """Check what is published, and the letters that would be sent now."""


command.add_command(letters)
command.add_command(domains)


@command.command("feeds", epilog=examples("publisher check feeds", "publisher check feeds --strict --json"))
@config_option
@json_option
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
def feeds(config_path: Path, *, as_json: bool, strict: bool, folder: Path | None) -> int:
    """Check every feed below FOLDER (else the one of config.toml) and name each fault with its file and entry.

    Looked at are grammar, ids, dates, links, authors, the chain of archive documents and
    sizes. Exit code 0: no error; 1: there are some.
    """
    published = _existing(folder or _published(config_path))
    documents = Documents(published)
    if not documents:
        raise click.ClickException(f"there is no feed in {published}; `publisher publish` writes them")
    faults = lint_feeds(documents, now=utc_now())
    if as_json:
        print_json({"documents": len(documents), "faults": [asdict(fault) for fault in faults]})
    else:
        _tell(faults, len(documents))
    is_bad = any(strict or fault.severity is Severity.ERROR for fault in faults)
    return int(is_bad)


def _tell(faults: Sequence[Fault], documents: int) -> None:
    for fault in faults[:SHOWN]:
        say(f"{'Warning: ' if fault.severity is Severity.WARNING else ''}{fault}")
    if len(faults) > SHOWN:
        warn(f"and {len(faults) - SHOWN:,} more; --json has all")
    counts = Counter(fault.severity for fault in faults)
    told = (_counted(counts[severity], severity) for severity in (Severity.ERROR, Severity.WARNING))
    say(f"{_counted(documents, 'document')}: {', '.join(told)}")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _published(config_path: Path) -> Path:
    file = read_config(config_path)
    if file.config.publish.target != FOLDER:
        raise WrongUse("the site is published to a bucket; copy it to a folder and type: publisher check feeds FOLDER")
    return file.resolve(file.config.storage.feeds)


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise WrongUse(f"there is no folder {folder}; `publisher publish` makes the one of config.toml")
    return folder
