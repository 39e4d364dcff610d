"""`publisher send`: send the letters that are due."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, warn
from publisher.cli.letters import report_for_programs, tell_letters, went_well
from publisher.cli.progress import sending_progress
from publisher.house.keepingup import bring_up_to_date
from publisher.house.opened import open_house, utc_now
from publisher.house.relaying import mail_of, send_letters
from publisher.house.routing import open_traffic
from publisher.store import issues


@click.command(
    "send",
    epilog=examples(
        "publisher send",
        "publisher send --json                 the result on stdout, how it goes on stderr",
        "publisher send 2>> var/send.log       a line now and then, in place of the display",
        "publisher issues pause 7              in another terminal: stop one issue at once",
    ),
)
@config_option
@json_option
@click.pass_context
def command(ctx: click.Context, config_path: Path, *, as_json: bool) -> None:
    """Send every letter that is due, and those whose time to try again has come; then stop.

    At a terminal it shows the rate, the time left and how the busiest domains answer. Elsewhere a
    line tells how it goes, at most every 10 s; with --json it is a JSON object. Exit code 1 where
    the relay cannot be used, all is refused, or an issue goes wrong and pauses itself.

    Ctrl-C or SIGTERM lets what is on the wire come to its end (10 s at most).
    """
    with open_house(config_path) as house:
        mail_of(house)
        with house.store.write() as conn:  # nothing is on the wire yet: a signal may end it where it stands
            issues.start_queued(conn, now=utc_now())
        with (
            sending_progress(house, as_json=as_json) as told,  # before signals wait: it asks the database
            stop_on_signals() as stopped,
            open_traffic(house) as traffic,
        ):
            report = send_letters(house, traffic, stop=stopped.is_set, told=told)
        if as_json:
            print_json(report_for_programs(report))
        else:
            tell_letters(house, report)
        if not stopped.is_set():  # nothing is on the wire any more, and no database is waited for
            bring_up_to_date(house, stopped.is_set, warn)
    ctx.exit(0 if went_well(report) else 1)


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set, while the block runs."""
    stopped = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
