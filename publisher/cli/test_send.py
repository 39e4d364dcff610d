"""`publisher test-send`: the true letter to any address, marked as a test and counted nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.preview import as_option, cadence_option, issue_option, kind_option
from publisher.config.addresses import mail_address
from publisher.errors import PublisherError, WrongUse
from publisher.house.opened import House, open_house, utc_now
from publisher.house.relaying import CATCHER, mail_of
from publisher.house.routing import carriers_of, open_relay
from publisher.house.specimenmail import test_parcel
from publisher.house.specimens import Specimen, Wanted, find_specimen
from publisher.house.travelling import pictures_of
from publisher.model.issue import IssueKind
from publisher.model.outcome import Outcome, Verdict
from publisher.model.subscriber import Cadence, SubscriberState
from publisher.send.aside import Aside, send_aside
from publisher.send.commands import Parcel
from publisher.store import subscribers

MOST_ADDRESSES = 20  # to look at a letter; whoever wants more has readers in mind
_IN_WORDS = {
    Verdict.SENT: "taken",
    Verdict.LATER: "not now",
    Verdict.NEVER: "refused",
    Verdict.IN_DOUBT: "perhaps taken",
    Verdict.UNSENT: "not sent",
}


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
        whom = _checked(house, addresses)
        now = utc_now()
        specimen = find_specimen(house, wanted, now=now)
        parcels = _parcels(house, specimen, whom, now=now)
        with open_relay(house, newsletter) as relay:
            sent = send_aside(relay, parcels)
        if as_json:
            print_json(_for_programs(parcels, sent))
        else:
            _tell(house, specimen, parcels, sent, catcher=_is_caught(house, newsletter))
    ctx.exit(0 if all(outcome.verdict is Verdict.SENT for outcome in sent.outcomes) else 1)


def _checked(house: House, addresses: Sequence[str]) -> list[str]:
    """The addresses as they go on the wire, each once. Raises WrongUse."""
    whom: list[str] = []
    for address in addresses:
        try:
            whom.append(mail_address(address))
        except ValueError as wrong:
            raise WrongUse(f"{address!r}: {wrong}") from None
    whom = list(dict.fromkeys(whom))
    if len(whom) > MOST_ADDRESSES:
        raise WrongUse(f"{len(whom)} addresses are too many for a test; at most {MOST_ADDRESSES} get it at a time")
    with house.store.read() as conn:
        for address in whom:
            known = subscribers.find(conn, address)
            if known and known.state is SubscriberState.SUPPRESSED:
                raise WrongUse(f"no mail goes to {address} any more, because it was suppressed; name another address")
    return whom


def _parcels(house: House, specimen: Specimen, whom: Sequence[str], *, now: datetime) -> list[Parcel]:
    pictures, made = pictures_of(house, specimen.issue, specimen.letter), []
    for number, address in enumerate(whom):
        try:
            made.append(test_parcel(house, specimen, address, pictures, now=now, number=number))
        except ValueError as wrong:
            raise PublisherError(f"the letter to {address} cannot be written: {wrong}") from wrong
    return made


def _tell(house: House, specimen: Specimen, parcels: Sequence[Parcel], sent: Aside, *, catcher: bool) -> None:
    for note in specimen.notes:
        say(note)
    for finding in specimen.findings:
        warn(f"{finding.severity.capitalize()}: {finding.problem}")
    for parcel, outcome in zip(parcels, sent.outcomes, strict=True):
        say(f"{parcel.recipient}: {_IN_WORDS[outcome.verdict]} ({_answer(outcome)})")
    if catcher:
        say(f"The relay is the catcher, which keeps letters in {house.outbox} and sends none")
    if sent.problem:
        warn(sent.problem)


def _is_caught(house: House, newsletter: str) -> bool:
    return house.config.relays[carriers_of(house, newsletter)[0]].url == CATCHER


def _answer(outcome: Outcome) -> str:
    """What was said, or what happened instead."""
    return " ".join(word for word in (str(outcome.code or ""), outcome.enhanced, outcome.text) if word)


def _for_programs(parcels: Sequence[Parcel], sent: Aside) -> dict[str, object]:
    return {
        "letters": [
            {
                "address": parcel.recipient,
                "verdict": outcome.verdict,
                "code": outcome.code,
                "enhanced": outcome.enhanced,
                "text": outcome.text,
            }
            for parcel, outcome in zip(parcels, sent.outcomes, strict=True)
        ],
        "problem": sent.problem,
    }
