"""`publisher test-send`: the true letter to any address, marked as a test and counted nowhere."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.preview import as_option, cadence_option, issue_option, kind_option
from publisher.house.opened import House, open_house, utc_now
from publisher.house.relaying import mail_of
from publisher.house.specimens import Specimen, Wanted, find_specimen
from publisher.house.testsending import Tested, addresses_for_test, send_test
from publisher.model.issue import IssueKind
from publisher.model.subscriber import Cadence


@click.command(
    "test-send",
    epilog=examples(
        "publisher test-send morning desk@courier.example",
        "publisher test-send morning desk@courier.example --cadence weekly",
        "publisher test-send morning desk@courier.example --as reader@readers.example",
        "publisher test-send morning desk@courier.example --issue 7",
        "publisher test-send morning desk@courier.example --kind confirm",
    ),
)
@config_option
@json_option
@cadence_option
@as_option
@issue_option
@kind_option
@click.argument("newsletter")
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@click.pass_context
def command(
    ctx: click.Context,
    config_path: Path,
    *,
    as_json: bool,
    cadence: str | None,
    reader: str | None,
    issue: int | None,
    kind: str,
    newsletter: str,
    addresses: tuple[str, ...],
) -> None:
    """Send a newsletter's letter to any ADDRESS, through the relay that readers' letters take.

    It is the letter that `publisher preview` shows, with [Test] before its subject. Nothing
    is counted: no reader is told any news by it, and its links to leave only say that it
    was a test. Exit code 1 where an address did not get it.
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
        whom = addresses_for_test(house, addresses)
        now = utc_now()
        specimen = find_specimen(house, wanted, now=now)
        tested = send_test(house, specimen, whom, now=now)
        if as_json:
            print_json(_for_programs(tested))
        else:
            _tell(house, specimen, tested)
    ctx.exit(0 if tested.all_taken else 1)


def _tell(house: House, specimen: Specimen, tested: Tested) -> None:
    for note in specimen.notes:
        say(note)
    for finding in specimen.findings:
        warn(f"{finding.severity.capitalize()}: {finding.problem}")
    for one in tested.letters:
        say(str(one))
    if tested.caught:
        say(f"The relay is the catcher, which keeps letters in {house.outbox} and sends none")
    if tested.problem:
        warn(tested.problem)


def _for_programs(tested: Tested) -> dict[str, object]:
    return {
        "letters": [
            {
                "address": one.address,
                "verdict": one.outcome.verdict,
                "code": one.outcome.code,
                "enhanced": one.outcome.enhanced,
                "text": one.outcome.text,
            }
            for one in tested.letters
        ],
        "problem": tested.problem,
    }
