"""`publisher schedule`: what ran last and what runs next."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path

import click
from sqlalchemy import Connection

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.house.opened import open_house, utc_now
from publisher.house.scheduledates import MOST_RESTS, SHOWN, Dates, dates_of
from publisher.house.scheduledeeds import (
    bring_in_line,
    leave_out,
    newsletter_in,
    run_now,
    set_paused,
    slots_on,
    take_back,
    when_of,
    zone_of_schedule,
)
from publisher.house.timetable import CollectAndPublish, clockwork_of, entries_of
from publisher.model.schedule import Schedule, ScheduleEvent, ScheduleState
from publisher.store import audit, schedules, skips

_WHO = "the command line"


@click.group(
    "schedule",
    invoke_without_command=True,
    epilog=examples(
        "publisher schedule",
        "publisher schedule pause newsletter:morning:daily",
        "publisher schedule resume newsletter:morning:daily",
        "publisher schedule skip newsletter:morning:daily 2026-12-24",
        "publisher schedule run newsletter:morning:daily",
    ),
)
@config_option
@json_option
@click.pass_context
def command(ctx: click.Context, config_path: Path, *, as_json: bool) -> None:
    """Show each schedule: its times, when it runs next, when it ran last and how that went.

    `newsletter:…` makes the issues and lets them go, `draft:…` makes them to be looked at.

    Of a newsletter the next five dates are shown, and those among them that its holidays take out, or that
    somebody left out.
    """
    if ctx.invoked_subcommand is not None:
        return
    with open_house(config_path) as house:
        job = CollectAndPublish(house)
        clockwork_of(house, job)
        entries = entries_of(house, job)
        with house.store.read() as conn:
            known = schedules.get_all(conn)
            left_out = skips.of(conn, [one.name for one in known])
    now = utc_now()
    coming = [
        dates_of(entries[one.name].when, now=now, site_zone=house.zone, waiting=one.next_slot, skips=left_out[one.name])
        for one in known
    ]
    if as_json:
        print_json([_for_programs(one, next_) for one, next_ in zip(known, coming, strict=True)])
        return
    for one, next_ in zip(known, coming, strict=True):
        _for_people(one, next_)


def _for_people(one: Schedule, coming: Dates) -> None:
    state = "  paused" if one.state is ScheduleState.PAUSED else ""
    say(f"{one.name}{state}")
    say(f"  when  {coming.words}  ({coming.zone})")
    for number, line in enumerate(_lines(coming)):
        say(f"  {'    ' if number else 'next'}  {line}")
    last = f"{_moment(one.last_run, coming.zone)}  {one.last_state}" if one.last_run else "never"
    say(f"  last  {last}{'  ' + one.last_note if one.last_note else ''}")


def _lines(coming: Dates) -> list[str]:
    """All dates in order; of many that are skipped, the first and how many more."""
    notes = {slot.at: "" for slot in coming.slots}
    notes |= {slot.at: "  skipped: holiday" for slot in coming.holidays[:SHOWN]}
    notes |= {skip.slot.at: f"  left out by {skip.who}" for skip in coming.left_out}
    lines = [f"{_moment(at, coming.zone)}{notes[at]}" for at in sorted(notes)]
    more = len(coming.holidays) - SHOWN
    told = f"{more} or more others" if len(coming.holidays) == MOST_RESTS else f"{more} more"
    return [*lines, f"{told} skipped in between: holidays"] if more > 0 else lines


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"


def _for_programs(one: Schedule, coming: Dates) -> dict[str, object]:
    return {
        "name": one.name,
        "state": one.state,
        "when": coming.words,
        "time_zone": str(coming.zone),
        "next": one.next_slot.at.isoformat() if one.next_slot else None,
        "coming": [slot.at.isoformat() for slot in coming.slots],
        "skipped": [slot.at.isoformat() for slot in coming.holidays],
        "left_out": [{"at": skip.slot.at.isoformat(), "who": skip.who} for skip in coming.left_out],
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
        bring_in_line(house)
        with house.store.write() as conn:
            moved = set_paused(conn, house, name, event)
            if moved:
                _note(conn, f"schedule.{event}", name)
        done = "paused" if event is ScheduleEvent.PAUSE else "active"
        say(f"{name}: {done}" if moved else f"{name}: was {done} already")


@command.command("run", epilog=examples("publisher schedule run newsletter:morning:daily"))
@config_option
@click.argument("name")
@click.pass_context
def run(ctx: click.Context, config_path: Path, name: str) -> None:
    """Do the job of a schedule now, paused or not; its own dates stay as they are.

    `newsletter:…` makes an issue of what is new, which goes out where `publisher serve` runs; `draft:…`
    makes the draft of the next date. Exit code 1 where the job failed.
    """
    with open_house(config_path) as house:
        ended = run_now(house, name, now=utc_now(), begun=lambda conn: _note(conn, "schedule.run", name, "begun"))
        with house.store.write() as conn:
            _note(conn, "schedule.run", name, ended.note, before="begun")
        (say if ended.went_well else warn)(f"{name}: {ended.note}" if ended.note else f"{name}: done")
    ctx.exit(0 if ended.went_well else 1)


@command.command("skip", epilog=examples("publisher schedule skip newsletter:morning:daily 2026-12-24"))
@config_option
@click.argument("name")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE")
def skip(config_path: Path, name: str, day: datetime) -> None:
    """Leave one date of a newsletter out; its posts come with the next issue. `unskip` takes that back."""
    _leave_out(config_path, name, day, back=False)


@command.command("unskip", epilog=examples("publisher schedule unskip newsletter:morning:daily 2026-12-24"))
@config_option
@click.argument("name")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE")
def unskip(config_path: Path, name: str, day: datetime) -> None:
    """Let a date that was left out come after all, as long as it is still to come."""
    _leave_out(config_path, name, day, back=True)


def _leave_out(config_path: Path, name: str, day: datetime, *, back: bool) -> None:
    now = utc_now()
    with open_house(config_path) as house:
        slots = slots_on(house, name, day.date(), now=now)
        zone = zone_of_schedule(when_of(house, name), house.zone)
        with house.store.write() as conn:
            done = (
                take_back(conn, house, name, slots) if back else leave_out(conn, house, name, slots, who=_WHO, now=now)
            )
            for slot in done:
                _note(conn, "schedule.unskip" if back else "schedule.skip", name, _moment(slot.at, zone))
    words = "comes after all" if back else "is left out"
    for slot in slots:
        already = "" if slot in done else " already" if not back else ": it was not left out"
        say(f"{name}: {_moment(slot.at, zone)} {words}{already}")


def _note(conn: Connection, act: str, name: str, after: str = "", *, before: str = "") -> None:
    subject, newsletter = f"schedule:{name}", newsletter_in(name)
    audit.add(conn, act, subject, who=_WHO, newsletter=newsletter, before=before, after=after, now=utc_now())
