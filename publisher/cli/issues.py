"""`publisher issues`: what was made and what became of its letters; hold, release, cancel, decide."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import Connection

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.cli.house import House, open_house, utc_now
from publisher.cli.relaying import engine_of
from publisher.engine.port import Job
from publisher.errors import WrongUse
from publisher.model.delivery import DeliveryEvent, DeliveryState
from publisher.model.issue import Issue, IssueEvent
from publisher.store import issues, ledger

SHOWN_ENTRIES = 20
TROUBLE = (DeliveryState.FAILED, DeliveryState.IN_DOUBT, DeliveryState.DEFERRED)


@click.group(
    "issues",
    invoke_without_command=True,
    epilog=examples(
        "publisher issues                            the newest ones",
        "publisher issues show 7                     what became of its letters",
        "publisher issues pause 7",
        "publisher issues resume 7",
        "publisher issues cancel 7",
        "publisher issues approve 7                  send one that was held",
        "publisher issues retry-failed 7",
        "publisher issues resolve-doubt 7 --as sent",
    ),
)
@config_option
@json_option
@click.pass_context
def command(ctx: click.Context, config_path: Path, *, as_json: bool) -> None:
    """List the newest issues, or look after one."""
    if ctx.invoked_subcommand is not None:
        return
    with open_house(config_path) as house, house.store.read() as conn:
        newest = issues.recent(conn, limit=20)
        if as_json:
            print_json([_for_programs(conn, issue) for issue in newest])
            return
        for issue in newest:
            name = f"{issue.newsletter} {issue.cadence} {issue.slot}"
            say(f"{issue.id:>4}  {name}  {issue.state}  {_counted(conn, issue)}")
        if not newest:
            say("no issue yet")


@command.command("show", epilog=examples("publisher issues show 7"))
@config_option
@json_option
@click.argument("issue_id", type=int, metavar="ID")
def show(config_path: Path, *, as_json: bool, issue_id: int) -> None:
    """Count the letters of an issue by state, from the ledger, and tell what is wrong with which."""
    with open_house(config_path) as house, house.store.read() as conn:
        issue = _issue(conn, issue_id)
        if as_json:
            print_json(_for_programs(conn, issue))
            return
        say(f"issue {issue.id}: {issue.newsletter} {issue.cadence} {issue.slot}, {issue.state}")
        say(f"  page  {house.config.site.url}/{issue.page}")
        counts = ledger.counts(conn, issue.id)
        for state, number in counts.items():
            say(f"  {number:>9,}  {state}")
        for entry in ledger.entries(conn, issue.id, TROUBLE, limit=SHOWN_ENTRIES):
            code = f" {entry.code}" if entry.code else ""
            enhanced = f" {entry.enhanced}" if entry.enhanced else ""
            say(f"  {entry.email}: {entry.state}{code}{enhanced} {entry.reply}")
        more = sum(counts.get(state, 0) for state in TROUBLE) - SHOWN_ENTRIES
        if more > 0:
            say(f"  and {more:,} more")


def _move(config_path: Path, issue_id: int, event: IssueEvent, done: str) -> None:
    with open_house(config_path) as house:
        with house.store.write() as conn:
            issue = _issue(conn, issue_id)
            if not issues.move_if(conn, issue_id, event, now=utc_now()):
                raise WrongUse(f"issue {issue_id} is {issue.state}: there is nothing to {event}")
        say(f"issue {issue_id}: {done}")


@command.command("pause", epilog=examples("publisher issues pause 7"))
@config_option
@click.argument("issue_id", type=int, metavar="ID")
def pause(config_path: Path, issue_id: int) -> None:
    """Send no more letters of an issue for now; what is on the wire is settled."""
    _move(config_path, issue_id, IssueEvent.PAUSE, "paused")


@command.command("resume", epilog=examples("publisher issues resume 7"))
@config_option
@click.argument("issue_id", type=int, metavar="ID")
def resume(config_path: Path, issue_id: int) -> None:
    """Go on with a paused issue."""
    _move(config_path, issue_id, IssueEvent.RESUME, "queued again")


@command.command("approve", epilog=examples("publisher issues approve 7"))
@config_option
@click.argument("issue_id", type=int, metavar="ID")
def approve(config_path: Path, issue_id: int) -> None:
    """Send an issue that was held because it came too late for its slot."""
    _move(config_path, issue_id, IssueEvent.APPROVE, "queued")


@command.command("cancel", epilog=examples("publisher issues cancel 7"))
@config_option
@click.argument("issue_id", type=int, metavar="ID")
def cancel(config_path: Path, issue_id: int) -> None:
    """Send no more of an issue, ever; letters that are out stay out."""
    with open_house(config_path) as house:
        with house.store.read() as conn:
            issue = _issue(conn, issue_id)
        if not engine_of(house, lambda _stop: True).cancel(issue_id):
            raise WrongUse(f"issue {issue_id} is {issue.state}: there is nothing to cancel")
        say(f"issue {issue_id}: cancelled")


@command.command("retry-failed", epilog=examples("publisher issues retry-failed 7"))
@config_option
@click.argument("issue_id", type=int, metavar="ID")
def retry_failed(config_path: Path, issue_id: int) -> None:
    """Try the failed letters of an issue once more."""
    with open_house(config_path) as house:
        _decide(house, issue_id, DeliveryEvent.RETRY, "to be tried again")


@command.command(
    "resolve-doubt",
    epilog=examples("publisher issues resolve-doubt 7 --as sent", "publisher issues resolve-doubt 7 --as unsent"),
)
@config_option
@click.option("--as", "verdict", type=click.Choice(["sent", "unsent"]), required=True, help="What you know of them.")
@click.argument("issue_id", type=int, metavar="ID")
def resolve_doubt(config_path: Path, verdict: str, issue_id: int) -> None:
    """Decide about letters of which nobody knows whether they arrived.

    `sent` leaves it at that; `unsent` sends them again, with the same Message-ID, so that a
    mailbox that has one already may know the second.
    """
    event = DeliveryEvent.RESOLVE_SENT if verdict == "sent" else DeliveryEvent.SEND_AGAIN
    with open_house(config_path) as house:
        _decide(house, issue_id, event, "counted as sent" if verdict == "sent" else "to be sent again")


def _decide(house: House, issue_id: int, event: DeliveryEvent, done: str) -> None:
    with house.store.write() as conn:
        _issue(conn, issue_id)
        moved = ledger.decide(conn, issue_id, event, now=utc_now())
        if moved and event is not DeliveryEvent.RESOLVE_SENT:
            engine_of(house, lambda _stop: True).enqueue(conn, Job(issue=issue_id))
    say(f"issue {issue_id}: {moved} letters {done}")


def _issue(conn: Connection, issue_id: int) -> Issue:
    issue = issues.find_issue(conn, issue_id)
    if issue is None:
        raise WrongUse(f"there is no issue {issue_id}; `publisher issues` lists them")
    return issue


def _counted(conn: Connection, issue: Issue) -> str:
    return ", ".join(f"{number:,} {state}" for state, number in ledger.counts(conn, issue.id).items()) or "no letters"


def _for_programs(conn: Connection, issue: Issue) -> dict[str, object]:
    return {
        "id": issue.id,
        "newsletter": issue.newsletter,
        "cadence": issue.cadence,
        "slot": issue.slot,
        "state": issue.state,
        "created": issue.created.isoformat(),
        "letters": dict(ledger.counts(conn, issue.id)),
    }
