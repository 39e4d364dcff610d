"""`publisher issues retry-failed` and `resolve-doubt`: a person's word on letters that nobody else decides about.

A letter that is to go again has its whole lifetime before it, or it would fail at once where the
issue's is over. An issue that is paused stays so: its letters are due, and wait with the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import click
from sqlalchemy import Connection, and_

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.given import each_by
from publisher.config import addresses, values
from publisher.engine.port import Job
from publisher.errors import WrongUse
from publisher.house.opened import House, open_house, utc_now
from publisher.house.relaying import engine_of, mail_of
from publisher.model.delivery import DeliveryEvent, DeliveryState
from publisher.model.issue import Issue, IssueState
from publisher.model.reason import Reason, in_words
from publisher.store import corrections, issues, ledger, troubles

_UNWANTED = "the reader has left, is suppressed, or rests"


def _reason(value: object) -> str:
    """`mailbox-full`, or `mailbox full` as people are told it."""
    text = "-".join(str(value).lower().split())
    if text not in set(Reason):
        near = get_close_matches(text, [str(one) for one in Reason], n=1)
        cure = f"did you mean {near[0]}?" if near else f"there are: {', '.join(Reason)}"
        raise ValueError(f"{value!r} is no reason; {cure}")
    return text


reason_option = click.option(
    "--reason", "reasons", multiple=True, metavar="REASON", callback=each_by(_reason),
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
        _decide(house, issue_id, DeliveryEvent.RETRY, "to be tried again", only=only, as_json=as_json)


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
    done = "counted as sent" if verdict == "sent" else "to be sent again"
    with open_house(config_path) as house:
        _decide(house, issue_id, event, done, only=only, as_json=as_json)


def _decide(
    house: House,
    issue_id: int,
    event: DeliveryEvent,
    done: str,
    *,
    only: Mapping[str, tuple[str, ...]],
    as_json: bool,
) -> None:
    again = event is not DeliveryEvent.RESOLVE_SENT
    with house.store.write() as conn:
        issue = get_issue(conn, issue_id)
        if again and issue.state is IssueState.CANCELLED:
            raise WrongUse(f"issue {issue_id} is cancelled: none of its letters goes out any more")
        chosen, left_out = troubles.among(conn, **only), 0
        if event is DeliveryEvent.RETRY:
            left_out = troubles.unwanted(conn, issue_id, DeliveryState.FAILED, chosen)
            chosen = and_(chosen, ledger.still_wanted())
        moved = ledger.decide(conn, issue_id, event, now=utc_now(), only=chosen)
        if moved and again:
            live_on(conn, house, issue_id)
            if issue.state is not IssueState.PAUSED:
                engine_of(house, lambda _stop: True).enqueue(conn, Job(issue=issue_id))
        state = get_issue(conn, issue_id).state
        told = f"{_letters(moved)} {done}" if moved or left_out else _why_none(conn, issue_id, event)
    told += f"; {left_out:,} left as failed: {_UNWANTED}" if left_out else ""
    waits = again and bool(moved) and state is IssueState.PAUSED
    if as_json:
        told_of = {"issue": issue_id, "letters": moved, "done": done, "issue_state": state}
        print_json(told_of | ({"left_out": left_out} if event is DeliveryEvent.RETRY else {}))
    else:
        say(f"issue {issue_id}: {told}" + (f", after: publisher issues resume {issue_id}" if waits else ""))
    if moved and again:
        _warn_of_a_mistake(house, issue_id)


def _letters(number: int) -> str:
    return f"{number:,} letter{'' if number == 1 else 's'}"


def _why_none(conn: Connection, issue_id: int, event: DeliveryEvent) -> str:
    """Nothing was decided: because there is nothing, or nothing like it."""
    state = DeliveryState.FAILED if event is DeliveryEvent.RETRY else DeliveryState.IN_DOUBT
    reasons = troubles.by_reason(conn, issue_id).get(state, {})
    if not reasons:
        return "no letter has failed" if state is DeliveryState.FAILED else "no letter is in doubt"
    told = ", ".join(f"{in_words(reason) or 'no reason told'} {number:,}" for reason, number in reasons.items())
    name = "failed" if state is DeliveryState.FAILED else "are in doubt"
    return f"none is like that; of its letters {sum(reasons.values()):,} {name}: {told}"


def _warn_of_a_mistake(house: House, issue_id: int) -> None:
    with house.store.read() as conn:
        corrected = corrections.letters_about(conn, issue_id)
    if corrected:
        warn(
            f"these go with the mistake that issue {corrected[-1].id} corrects, and their readers got no correction; "
            f"stop them with: publisher issues cancel {issue_id}"
        )


def get_issue(conn: Connection, issue_id: int) -> Issue:
    """The issue of this number. Raises WrongUse where there is none."""
    issue = issues.find_issue(conn, issue_id)
    if issue is None:
        raise WrongUse(f"there is no issue {issue_id}; `publisher issues` lists them")
    return issue


def live_on(conn: Connection, house: House, issue_id: int) -> None:
    """Somebody says that its letters are to go: they have their whole lifetime from now on."""
    issues.prolong(conn, issue_id, until=utc_now() + mail_of(house).lifetime)
