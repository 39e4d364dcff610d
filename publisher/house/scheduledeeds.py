"""What is done to schedules by hand: pause, resume, run now, leave one date out and take that back.

Each deed checks what it is asked and says in a WrongUse what there is instead. Those that get a
connection write in the caller's transaction, so that the audit log has its line beside the change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

from sqlalchemy import Connection

from publisher.errors import WrongUse
from publisher.house.making import slot_by_hand
from publisher.house.opened import House
from publisher.house.timetable import CollectAndPublish, clockwork_of, entries_of
from publisher.model.schedule import ScheduleEvent, Slot
from publisher.schedule.jobs import Begun, Ended, unnoted
from publisher.schedule.slots import Ahead, Every, When, next_slot, skipped_between, slots_between
from publisher.store import schedules, skips

_DRAFT, _NEWSLETTER = "draft:", "newsletter:"
_INSTANT = timedelta(microseconds=1)
_DAYS = timedelta(days=2)  # wider than any zone is away from UTC


class RunAlready(WrongUse):
    """What was asked for was asked for twice: once is enough."""


class TooLate(WrongUse):
    """The slot that was to be left out, or to come after all, is being run, or is over."""


def bring_in_line(house: House) -> None:
    """See that every schedule of config.toml has its row: before the first run of the clock there may be none."""
    clockwork_of(house, CollectAndPublish(house))


def newsletter_in(name: str) -> str:
    """The newsletter that a schedule is of, by its slug; "" where it is of none."""
    return name.split(":")[1] if name.startswith((_DRAFT, _NEWSLETTER)) else ""


def when_of(house: House, name: str) -> When:
    """Its times. Raises WrongUse where there is no such schedule."""
    entries = entries_of(house, CollectAndPublish(house))
    if name not in entries:
        raise WrongUse(f"there is no schedule {name!r}; there are: {', '.join(sorted(entries))}")
    return entries[name].when


def zone_of_schedule(when: When, site_zone: tzinfo) -> tzinfo:
    """The zone that its dates are read in."""
    if isinstance(when, Every):
        return site_zone
    return when.of.zone if isinstance(when, Ahead) else when.zone


def set_paused(conn: Connection, house: House, name: str, event: ScheduleEvent) -> bool:
    """Pause or resume; False where it was so already."""
    when_of(house, name)
    return schedules.set_state(conn, name, event)


def run_now(house: House, name: str, *, now: datetime, asked: datetime | None = None, begun: Begun = unnoted) -> Ended:
    """Do its job at once, paused or not; its own slots stay as they are. `begun`: in the transaction that claims it.

    `asked`: when the page came whose button was pressed. However often that one button is pressed, the
    job is done once. Raises RunAlready.
    """
    when = when_of(house, name)
    slot = Slot(key=slot_by_hand(asked or now).key, at=now)
    if isinstance(when, Ahead):  # a draft is made for a slot that comes, and for no other
        slot = next_slot(when, after=now - when.by)
    ended = clockwork_of(house, CollectAndPublish(house)).run_slot(name, slot, begun=begun)
    if ended is None:
        raise RunAlready(f"{name}: the slot {slot.key} was run already, or is being run")
    return ended


def slots_on(house: House, name: str, day: date, *, now: datetime) -> list[Slot]:
    """Its slots to come on a date in its zone. Raises WrongUse where there is none."""
    when = when_of(house, name)
    zone = zone_of_schedule(when, house.zone)
    if isinstance(when, Every | Ahead):
        instead = f"; leave out {_NEWSLETTER}{name.removeprefix(_DRAFT)}" if isinstance(when, Ahead) else ""
        raise WrongUse(f"{name} has no dates of its own that could be left out{instead}")
    start = datetime.combine(day, datetime.min.time(), zone)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    around = slots_between(when, after=start - _INSTANT, until=end)
    on_it = [slot for slot in around if slot.at.astimezone(zone).date() == day]
    slots = [slot for slot in on_it if slot.at > now]
    if slots:
        return slots
    coming = f"it comes next {next_slot(when, after=now).at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
    if on_it or end <= now:
        raise WrongUse(f"{name}: what was to come on {day} is past; {coming}")
    rests = any(slot.at.astimezone(zone).date() == day for slot in skipped_between(when, after=start, until=end))
    why = "it is a holiday" if rests else "nothing comes on that day"
    raise WrongUse(f"{name}: {day}: {why}; {coming}")


def leave_out(
    conn: Connection, house: House, name: str, slots: Sequence[Slot], *, who: str, now: datetime
) -> list[Slot]:
    """Leave slots that come out, with the drafts of them; those that were not left out before.

    Raises TooLate where the run of one has begun.
    """
    _refuse_settled(conn, house, name, slots)
    done = [slot for slot in slots if skips.add(conn, name, slot, who=who, now=now)]
    ahead = _draft_of(house, name)
    if ahead:
        for slot in done:
            skips.add(conn, _draft_name(name), ahead.before(slot), who=who, now=now)
    return done


def take_back(conn: Connection, house: House, name: str, slots: Sequence[Slot]) -> list[Slot]:
    """Let them be slots again; those that were left out. Raises TooLate where one is over."""
    _refuse_settled(conn, house, name, slots)
    for slot in slots:
        skips.take_back(conn, _draft_name(name), slot.key)
    return [slot for slot in slots if skips.take_back(conn, name, slot.key)]


def _refuse_settled(conn: Connection, house: House, name: str, slots: Sequence[Slot]) -> None:
    """The clock settles a slot in one transaction, which is before this one or after it."""
    schedules.take_turn(conn, name)
    for slot in slots:
        if schedules.has_come(conn, name, slot.key):
            zone = zone_of_schedule(when_of(house, name), house.zone)
            moment = f"{slot.at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
            raise TooLate(
                f"{name}: too late for {moment}, which came this very moment; nothing was changed. "
                "Look at what came of it among the issues: what waits there can be held or cancelled"
            )


def slot_with_key(house: House, name: str, key: str, *, now: datetime) -> Slot:
    """A slot to come, by its key. Raises WrongUse where there is none, or it is past."""
    when = when_of(house, name)
    if isinstance(when, Every | Ahead):
        raise WrongUse(f"{name} has no dates of its own that could be left out")
    for slot in _about(when, key):
        if slot.key == key and slot.at > now:
            return slot
    raise WrongUse(f"{name}: {key} is no date of it that is still to come; its times may have been edited meanwhile")


def _about(when: When, key: str) -> list[Slot]:
    """The slots of the days around a key, which is a date, or an instant in UTC."""
    try:
        day = datetime.fromisoformat(key).replace(tzinfo=UTC)
        return slots_between(when, after=day - _DAYS, until=day + _DAYS)
    except (ValueError, OverflowError):
        return []


def _draft_name(name: str) -> str:
    return _DRAFT + name.removeprefix(_NEWSLETTER)


def _draft_of(house: House, name: str) -> Ahead | None:
    entry = entries_of(house, CollectAndPublish(house)).get(_draft_name(name))
    return entry.when if entry and isinstance(entry.when, Ahead) else None
