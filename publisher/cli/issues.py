"""`publisher issues`: what was made and what became of its letters; hold, approve, cancel, decide."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.cli.correct import command as correct
from publisher.cli.decisions import resolve_doubt, retry_failed
from publisher.cli.given import one_line
from publisher.cli.issuelist import details_of, for_programs, line_of, listed, shown_for_programs
from publisher.house import issuedeeds
from publisher.house.issuedeeds import get_issue, get_proposal
from publisher.house.issuewords import made_for_programs
from publisher.house.making import approve_issue, made_in_words
from publisher.house.opened import House, open_house
from publisher.house.press import publish
from publisher.model.issue import Issue


@click.group(
    "issues",
    invoke_without_command=True,
    epilog=examples(
        "publisher issues                            the newest ones",
        "publisher issues show 7                     what became of its letters",
        "publisher issues hold 7                     do not let a draft go by itself",
        "publisher issues approve 7                  send a draft, or one that was held",
        "publisher issues cancel 7",
        "publisher issues correct 7 --note TEXT      put right what was sent, by a letter to who got it",
        "publisher issues pause 7",
        "publisher issues resume 7",
        "publisher issues retry-failed 7 --reason mailbox-full",
        "publisher issues resolve-doubt 7 --as sent",
    ),
)
@config_option
@json_option
@click.option(
    "--service", "of_service", is_flag=True, help="Those of letters of service instead: to confirm, welcome …"
)
@click.pass_context
def command(ctx: click.Context, config_path: Path, *, as_json: bool, of_service: bool) -> None:
    """List the newest issues and all that wait for somebody, or look after one."""
    if ctx.invoked_subcommand is not None:
        return
    with open_house(config_path) as house, house.store.read() as conn:
        shown = listed(conn, of_service=of_service)
        if as_json:
            print_json([for_programs(conn, issue) for issue in shown])
            return
        for issue in shown:
            say(line_of(conn, house, issue))
        if not shown:
            say("no issue yet")


@command.command("show", epilog=examples("publisher issues show 7"))
@config_option
@json_option
@click.argument("issue_id", type=int, metavar="ID")
def show(config_path: Path, *, as_json: bool, issue_id: int) -> None:
    """Tell what an issue waits for, what is wrong with its letters, and what became of them."""
    with open_house(config_path) as house, house.store.read() as conn:
        issue = get_issue(conn, issue_id)
        if as_json:
            print_json(shown_for_programs(conn, issue))
            return
        for line in details_of(conn, house, issue):
            say(line)


@command.command(
    "pause", epilog=examples("publisher issues pause 7", "publisher issues pause 7 --why 'a wrong headline'")
)
@config_option
@json_option
@click.option("--why", default="by hand", callback=one_line, help="What people will read about it.")
@click.argument("issue_id", type=int, metavar="ID")
def pause(config_path: Path, *, as_json: bool, why: str, issue_id: int) -> None:
    """Send no more letters of an issue for now; what is on the wire is settled.

    It takes effect within two seconds in every process that sends.
    """
    with open_house(config_path) as house:
        with house.store.write() as conn:
            issuedeeds.pause(conn, issue_id, why=why)
        _tell(house, issue_id, "paused", as_json=as_json)


@command.command("resume", epilog=examples("publisher issues resume 7"))
@config_option
@json_option
@click.argument("issue_id", type=int, metavar="ID")
def resume(config_path: Path, *, as_json: bool, issue_id: int) -> None:
    """Go on with a paused issue; its letters have their whole lifetime (`mail.lifetime`) again."""
    with open_house(config_path) as house:
        with house.store.write() as conn:
            issuedeeds.resume(conn, house, issue_id)
        _tell(house, issue_id, "queued again", as_json=as_json)


def _tell(house: House, issue_id: int, done: str, *, as_json: bool) -> None:
    if as_json:
        with house.store.read() as conn:
            print_json(for_programs(conn, get_issue(conn, issue_id)))
    else:
        say(f"issue {issue_id}: {done}")


@command.command("hold", epilog=examples("publisher issues hold 7"))
@config_option
@json_option
@click.argument("issue_id", type=int, metavar="ID")
def hold(config_path: Path, *, as_json: bool, issue_id: int) -> None:
    """Do not let a draft go by itself; it waits until it is approved or cancelled."""
    with open_house(config_path) as house:
        with house.store.write() as conn:
            issuedeeds.hold(conn, issue_id)
        _tell(house, issue_id, f"held; send it with: publisher issues approve {issue_id}", as_json=as_json)


@command.command("approve", epilog=examples("publisher issues approve 7", "publisher issues approve 7 8 9"))
@config_option
@json_option
@click.argument("issue_ids", type=int, metavar="ID...", nargs=-1, required=True)
@click.pass_context
def approve(ctx: click.Context, config_path: Path, *, as_json: bool, issue_ids: tuple[int, ...]) -> None:
    """Let drafts go, and what is held: at their time where that is still to come, else now.

    Each is chosen and composed anew, so that corrections are in it. Exit code 1 where a letter
    has an error still: it says which, and stays held.
    """
    with open_house(config_path) as house:
        wanted = [_proposal(house, issue_id) for issue_id in dict.fromkeys(issue_ids)]
        made = [(issue, approve_issue(house, issue)) for issue in wanted]
        if any(one.deliveries for _, one in made):
            publish(house)  # letters lead to their pages
        if as_json:
            print_json([made_for_programs(one) for _, one in made])
        else:
            for issue, one in made:
                say(made_in_words(house, issue.newsletter, one))
    ctx.exit(1 if any(one.faulty for _, one in made) else 0)


def _proposal(house: House, issue_id: int) -> Issue:
    with house.store.read() as conn:
        return get_proposal(conn, house, issue_id)


command.add_command(correct)
command.add_command(retry_failed)
command.add_command(resolve_doubt)


@command.command("cancel", epilog=examples("publisher issues cancel 7"))
@config_option
@json_option
@click.argument("issue_id", type=int, metavar="ID")
def cancel(config_path: Path, *, as_json: bool, issue_id: int) -> None:
    """Send no more of an issue, ever; letters that are out stay out.

    The posts of a draft, or of what is held, are news still and come with the next issue. Only
    a post that was to go alone does not go alone any more.
    """
    with open_house(config_path) as house:
        with house.store.write() as conn:
            issue = issuedeeds.cancel(conn, house, issue_id)
        _tell(house, issue_id, f"cancelled{issuedeeds.what_of_its_posts(issue)}", as_json=as_json)
