"""`publisher schedule`: what ran last and what runs next."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.cli.house import open_house
from publisher.cli.timetable import CollectAndPublish, clockwork_of
from publisher.errors import WrongUse
from publisher.model.schedule import Schedule, ScheduleEvent, ScheduleState
from publisher.store import schedules


@click.group(
    "schedule",
    invoke_without_command=True,
    epilog=examples(
        "publisher schedule",
        "publisher schedule pause newsletter:morning:daily",
        "publisher schedule resume newsletter:morning:daily",
    ),
)
@config_option
@json_option
@click.pass_context
def command(ctx: click.Context, config_path: Path, *, as_json: bool) -> None:
    """Show each schedule: when it runs next, when it ran last and how that went."""
    if ctx.invoked_subcommand is not None:
        return
    with open_house(config_path) as house:
        clockwork_of(house, CollectAndPublish(house))
        with house.store.read() as conn:
            known = schedules.get_all(conn)
    if as_json:
        print_json([_for_programs(one) for one in known])
        return
    for one in known:
        state = "  paused" if one.state is ScheduleState.PAUSED else ""
        say(f"{one.name}{state}")
        say(f"  next  {_moment(one.next_slot.at, house.zone) if one.next_slot else 'never'}")
        last = f"{_moment(one.last_run, house.zone)}  {one.last_state}" if one.last_run else "never"
        say(f"  last  {last}{'  ' + one.last_note if one.last_note else ''}")


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"


def _for_programs(one: Schedule) -> dict[str, object]:
    return {
        "name": one.name,
        "state": one.state,
        "next": one.next_slot.at.isoformat() if one.next_slot else None,
        "last": one.last_run.isoformat() if one.last_run else None,
        "last_state": one.last_state,
        "note": one.last_note,
    }


@command.command("pause", epilog=examples("publisher schedule pause newsletter:morning:daily"))
@config_option
@click.argument("name")
def pause(config_path: Path, name: str) -> None:
    """Let a schedule rest; its slots pass and are not made up for."""
    _set(config_path, name, ScheduleEvent.PAUSE)


@command.command("resume", epilog=examples("publisher schedule resume newsletter:morning:daily"))
@config_option
@click.argument("name")
def resume(config_path: Path, name: str) -> None:
    """Let a paused schedule go on with its next slot."""
    _set(config_path, name, ScheduleEvent.RESUME)


def _set(config_path: Path, name: str, event: ScheduleEvent) -> None:
    with open_house(config_path) as house:
        clockwork_of(house, CollectAndPublish(house))
        with house.store.write() as conn:
            known = [one.name for one in schedules.get_all(conn)]
            if name not in known:
                raise WrongUse(f"there is no schedule {name!r}; there are: {', '.join(known)}")
            moved = schedules.set_state(conn, name, event)
        done = "paused" if event is ScheduleEvent.PAUSE else "active"
        say(f"{name}: {done}" if moved else f"{name}: was {done} already")
