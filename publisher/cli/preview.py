"""`publisher preview`: a newsletter's letter as it would be sent, to be looked at before anybody gets it."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.house.opened import House, open_house, utc_now
from publisher.house.previewing import Files, sort_of, write_preview
from publisher.house.relaying import mail_of
from publisher.house.specimens import Specimen, Wanted, find_specimen
from publisher.letter.lint import Severity
from publisher.model.issue import IssueKind
from publisher.model.subscriber import Cadence

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

FOLDER = "preview"  # below `var`


def cadence_option(command: Decorated) -> Decorated:
    """`--cadence`, handed over as `cadence: str | None`."""
    known = click.Choice([one.value for one in Cadence])
    return click.option("--cadence", type=known, help="Which of its letters; else the first that it offers.")(command)


def as_option(command: Decorated) -> Decorated:
    """`--as`, handed over as `reader: str | None`."""
    return click.option("--as", "reader", metavar="ADDRESS", help="As this reader gets it; else as somebody made up.")(
        command
    )


def issue_option(command: Decorated) -> Decorated:
    """`--issue`, handed over as `issue: int | None`."""
    return click.option(
        "--issue", type=int, metavar="ID", help="The letter of an issue that was made, as it was made."
    )(command)


def kind_option(command: Decorated) -> Decorated:
    """`--kind`, handed over as `kind: str`."""
    known = click.Choice([one.value for one in IssueKind])
    return click.option(
        "--kind", type=known, default=IssueKind.ISSUE.value,
        help="A letter of service: to confirm, to change an address, a link to one's own page, a welcome.",
    )(command)  # fmt: skip


@click.command(
    "preview",
    epilog=examples(
        "publisher preview morning --open",
        "publisher preview morning --cadence weekly",
        "publisher preview morning --as reader@readers.example",
        "publisher preview morning --issue 7          a draft, or one that was sent",
        "publisher preview morning --kind confirm    what whoever asks to join gets",
        "publisher preview morning --to /tmp/letter",
    ),
)
@config_option
@json_option
@cadence_option
@as_option
@issue_option
@kind_option
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER", help="Where to write it.")
@click.option("--open", "is_open", is_flag=True, help="Open the page in a browser.")
@click.argument("newsletter")
def command(
    config_path: Path,
    *,
    as_json: bool,
    cadence: str | None,
    reader: str | None,
    issue: int | None,
    kind: str,
    to: Path | None,
    is_open: bool,
    newsletter: str,
) -> None:
    """Write the letter of a newsletter that would be sent now: HTML, text, the whole message, and a page to look at.

    The page shows it at desktop and phone width, by light and in the dark, without
    pictures and as text, with its headers and with all that is wrong with it. Where nothing
    is new, the newest posts are shown as a sample. Nothing is sent, and nothing changes.
    """
    wanted = Wanted(
        newsletter=newsletter,
        cadence=Cadence(cadence) if cadence else None,
        reader=reader,
        issue=issue,
        kind=IssueKind(kind),
    )
    with open_house(config_path) as house:
        mail_of(house)
        now = utc_now()
        specimen = find_specimen(house, wanted, now=now)
        files = write_preview(house, specimen, to or _folder(house, specimen), now=now)
    if as_json:
        print_json(_for_programs(specimen, files))
    else:
        _tell(specimen, files)
    if is_open and not webbrowser.open(files.index.absolute().as_uri()):
        warn(f"no browser could be started; open {files.index} in one")


def _folder(house: House, specimen: Specimen) -> Path:
    """One a newsletter and cadence, or kind, or a made issue; made anew each time."""
    issue = specimen.issue
    return house.var / FOLDER / f"{issue.newsletter}-{f'issue-{issue.id}' if issue.id else sort_of(issue)}"


def _tell(specimen: Specimen, files: Files) -> None:
    for note in specimen.notes:
        say(note)
    for finding in specimen.findings:
        warn(f"{finding.severity.capitalize()}: {finding.problem}")
    for name, path in (("page", files.index), ("HTML", files.html), ("text", files.text), ("mail", files.message)):
        say(f"{name:<5} {path}")
    if any(finding.severity is Severity.ERROR for finding in specimen.findings):
        is_held = specimen.issue.kind is IssueKind.ISSUE
        warn("An issue with this letter would be held" if is_held else "It goes out like this until it is mended")


def _for_programs(specimen: Specimen, files: Files) -> dict[str, object]:
    return {
        "newsletter": specimen.newsletter.slug,
        "cadence": specimen.issue.cadence,
        "kind": specimen.issue.kind,
        "issue": specimen.issue.id or None,
        "subject": specimen.letter.subject,
        "notes": list(specimen.notes),
        "findings": [{"severity": one.severity, "problem": one.problem} for one in specimen.findings],
        "files": {
            "page": str(files.index),
            "html": str(files.html),
            "text": str(files.text),
            "message": str(files.message),
        },
    }
