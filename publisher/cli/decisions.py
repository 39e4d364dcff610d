"""`publisher issues retry-failed` and `resolve-doubt`: a person's word on letters that nobody else decides about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.given import each_by
from publisher.config import addresses, values
from publisher.house.issuedecisions import DONE, Among, decide, goes_with_the_mistake, reason_of
from publisher.house.opened import House, open_house
from publisher.model.delivery import DeliveryEvent

reason_option = click.option(
    "--reason", "reasons", multiple=True, metavar="REASON", callback=each_by(reason_of),
    help="Only those that failed for it, e.g. mailbox-full; may be given several times.",
)  # fmt: skip
domain_option = click.option(
    "--domain", "domains", multiple=True, metavar="DOMAIN", callback=each_by(values.domain),
    help="Only those to readers there; may be given several times.",
)  # fmt: skip
reader_option = click.option(
    "--reader", "readers", multiple=True, metavar="ADDRESS", callback=each_by(addresses.mail_address),
    help="Only the one to this reader; may be given several times.",
)  # fmt: skip


@click.command(
    "retry-failed",
    epilog=examples(
        "publisher issues retry-failed 7",
        "publisher issues retry-failed 7 --reason mailbox-full --reason expired",
        "publisher issues retry-failed 7 --domain quay.example",
    ),
)
@config_option
@json_option
@reason_option
@domain_option
@reader_option
@click.argument("issue_id", type=int, metavar="ID")
def retry_failed(config_path: Path, *, as_json: bool, issue_id: int, **only: tuple[str, ...]) -> None:
    """Try the failed letters of an issue once more, or some of them.

    Letters to readers who left since, are suppressed or rest are left as they are, and counted.
    """
    with open_house(config_path) as house:
        _decide(house, issue_id, DeliveryEvent.RETRY, only=only, as_json=as_json)


@click.command(
    "resolve-doubt",
    epilog=examples(
        "publisher issues resolve-doubt 7 --as sent",
        "publisher issues resolve-doubt 7 --as unsent --reader ada@quay.example",
    ),
)
@config_option
@json_option
@domain_option
@reader_option
@click.option("--as", "verdict", type=click.Choice(["sent", "unsent"]), required=True, help="What you know of them.")
@click.argument("issue_id", type=int, metavar="ID")
def resolve_doubt(config_path: Path, *, as_json: bool, verdict: str, issue_id: int, **only: tuple[str, ...]) -> None:
    """Decide about letters of which nobody knows whether they arrived.

    `sent` leaves it at that; `unsent` sends them again, with the same Message-ID, so that a
    mailbox that has one already may know the second. The relay's log knows which arrived.
    """
    event = DeliveryEvent.RESOLVE_SENT if verdict == "sent" else DeliveryEvent.SEND_AGAIN
    with open_house(config_path) as house:
        _decide(house, issue_id, event, only=only, as_json=as_json)


def _decide(
    house: House, issue_id: int, event: DeliveryEvent, *, only: Mapping[str, tuple[str, ...]], as_json: bool
) -> None:
    with house.store.write() as conn:
        decided = decide(conn, house, issue_id, event, Among(**only))
    if as_json:
        told_of = {"issue": issue_id, "letters": decided.letters, "done": DONE[event]}
        told_of |= {"issue_state": decided.issue.state}
        print_json(told_of | ({"left_out": decided.left_out} if event is DeliveryEvent.RETRY else {}))
    else:
        cure = f", after: publisher issues resume {issue_id}" if decided.waits else ""
        say(f"issue {issue_id}: {decided.told}{cure}")
    if decided.letters and event is not DeliveryEvent.RESOLVE_SENT:
        with house.store.read() as conn:
            mistake = goes_with_the_mistake(conn, issue_id)
        if mistake:
            warn(mistake)
