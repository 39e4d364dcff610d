"""`publisher schedule`: what ran last and what runs next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.config.values import duration_text
from publisher.errors import WrongUse
from publisher.house.opened import open_house, utc_now
from publisher.house.timetable import CollectAndPublish, clockwork_of, entries_of
from publisher.model.schedule import Schedule, ScheduleEvent, ScheduleState
from publisher.schedule.slots import Ahead, Every, When, next_slot, skipped_between
from publisher.store import schedules

SHOWN = 5  # dates of each schedule


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
    """Show each schedule: its times, when it runs next, when it ran last and how that went.

    `newsletter:…` makes the issues and lets them go, `draft:…` makes them to be looked at.

    Of a newsletter the next five dates are shown, and those among them that its holidays take out.
    """
    if ctx.invoked_subcommand is not None:
        return
    with open_house(config_path) as house:
        job = CollectAndPublish(house)
        clockwork_of(house, job)
        entries = entries_of(house, job)
        with house.store.read() as conn:
            known = schedules.get_all(conn)
    coming = [_coming(one, entries[one.name].when, house.zone, utc_now()) for one in known]
    if as_json:
        print_json([_for_programs(one, next_) for one, next_ in zip(known, coming, strict=True)])
        return
    for one, next_ in zip(known, coming, strict=True):
        _for_people(one, next_)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coming:
    """What comes of one schedule, in its zone."""

    words: str
    zone: tzinfo
    slots: tuple[datetime, ...]
    skipped: tuple[datetime, ...]  # those that holidays take out between now and the last of `slots`


def _coming(one: Schedule, when: When, site_zone: tzinfo, now: datetime) -> _Coming:
    slots = [one.next_slot] if one.next_slot else []
    if isinstance(when, Every):
        words = f"every {duration_text(when.interval)}"
        return _Coming(words=words, zone=site_zone, slots=tuple(slot.at for slot in slots), skipped=())
    while slots and len(slots) < SHOWN:
        slots.append(next_slot(when, after=max(slots[-1].at, now)))
    skipped = skipped_between(when, after=now, until=slots[-1].at) if slots else []
    by_the_wall = when.of if isinstance(when, Ahead) else when
    before = f"{duration_text(when.by)} before " if isinstance(when, Ahead) else ""
    return _Coming(
        words=f"{before}{by_the_wall.timing}",
        zone=by_the_wall.zone,
        slots=tuple(slot.at for slot in slots),
        skipped=tuple(slot.at for slot in skipped),
    )


def _for_people(one: Schedule, coming: _Coming) -> None:
    state = "  paused" if one.state is ScheduleState.PAUSED else ""
    say(f"{one.name}{state}")
    say(f"  when  {coming.words}  ({coming.zone})")
    for number, line in enumerate(_lines(coming) or ["never"]):
        say(f"  {'    ' if number else 'next'}  {line}")
    last = f"{_moment(one.last_run, coming.zone)}  {one.last_state}" if one.last_run else "never"
    say(f"  last  {last}{'  ' + one.last_note if one.last_note else ''}")


def _lines(coming: _Coming) -> list[str]:
    """All dates in order; of many that are skipped, the first and how many more."""
    notes = dict.fromkeys(coming.slots, "") | dict.fromkeys(coming.skipped[:SHOWN], "  skipped: holiday")
    lines = [f"{_moment(at, coming.zone)}{notes[at]}" for at in sorted(notes)]
    more = len(coming.skipped) - SHOWN
    return [*lines, f"{more} more skipped in between: holidays"] if more > 0 else lines


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"


def _for_programs(one: Schedule, coming: _Coming) -> dict[str, object]:
    return {
        "name": one.name,
        "state": one.state,
        "when": coming.words,
        "time_zone": str(coming.zone),
        "next": one.next_slot.at.isoformat() if one.next_slot else None,
        "coming": [at.isoformat() for at in coming.slots],
        "skipped": [at.isoformat() for at in coming.skipped],
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
