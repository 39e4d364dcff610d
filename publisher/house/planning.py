"""Putting together what comes: schedules, newsletters, issues that wait, sources that are due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.assemble.readers import readers_of
from publisher.assemble.singles import outlook
from publisher.house.forecast import come
from publisher.house.making import assembly_of, times_of
from publisher.house.opened import House
from publisher.house.planvisits import visits
from publisher.house.timetable import draft_schedule, newsletter_schedule
from publisher.model.agenda import Item, Kind, Prospect
from publisher.model.delivery import UNSETTLED
from publisher.model.earlier import Earlier
from publisher.model.issue import Issue, IssueState
from publisher.model.schedule import RunState, Schedule, ScheduleState, Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.agenda import Alone, digests, singles
from publisher.schedule.slots import ByTheWall, skipped_between, slots_between
from publisher.store import agenda, archive, drafts, ledger, posts, proposals, related, schedules, skips
from publisher.store.skips import Skip

UNDER_WAY = (IssueState.QUEUED, IssueState.SENDING, IssueState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What comes, in order; what may come at any time is at the end."""

    items: tuple[Item, ...]
    posts: Mapping[int, Earlier]  # those that are in any of them, by number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What every part of the agenda is made from."""

    conn: Connection
    house: House
    now: datetime
    until: datetime
    schedules: Mapping[str, Schedule]
    skips: Mapping[str, Mapping[str, Skip]]  # by schedule and slot
    proposed: Sequence[Issue]


def agenda_of(house: House, *, now: datetime, until: datetime) -> Agenda:
    """All that comes up to a moment, and what waits from before. Nothing is written, no letter composed."""
    with house.store.read() as conn:
        known = {schedule.name: schedule for schedule in schedules.get_all(conn)}
        desk = _Desk(
            conn=conn,
            house=house,
            now=now,
            until=until,
            schedules=known,
            skips=skips.of(conn, known),
            proposed=agenda.issues_in(conn, proposals.PROPOSED),
        )
        items = [visits(conn, house, desk.schedules, now=now), *_under_way(desk), *_corrections(desk)]
        for slug in house.newsletters:
            items += _of_newsletter(desk, slug)
        shown = sorted({seq for item in items for seq in item.posts})
        return Agenda(items=tuple(sorted(items, key=_order)), posts=related.earlier(conn, shown))


def _order(item: Item) -> tuple[bool, float, str, str]:
    return item.at is None, item.at.timestamp() if item.at else 0.0, item.newsletter, item.cadence or ""


def _of_newsletter(desk: _Desk, slug: str) -> Iterator[Item]:
    for cadence, when in times_of(desk.house.config, slug).items():
        yield from _digests(desk, slug, cadence, when)
    if desk.house.config.newsletters[slug].as_it_happens:
        yield from _singles(desk, slug)


def _digests(desk: _Desk, slug: str, cadence: Cadence, when: ByTheWall) -> Iterator[Item]:
    items = digests(_prospect(desk, slug, cadence), _slots(desk, slug, cadence, when), now=desk.now)
    yield from _with_trouble(desk, slug, cadence, items)
    for slot in skipped_between(when, after=desk.now, until=desk.until):
        yield Item(kind=Kind.SKIPPED, at=slot.at, newsletter=slug, cadence=cadence)
    made = {issue.slot: issue for issue in _proposals(desk, slug, cadence)}
    for skip in _skips(desk, slug, cadence).values():
        if desk.now < skip.slot.at <= desk.until and _is_slot(when, skip.slot):
            notes = (f"left out by {skip.who}", *_unmade(made.get(skip.slot.key)))
            yield Item(kind=Kind.LEFT_OUT, at=skip.slot.at, newsletter=slug, cadence=cadence, notes=notes)


def _unmade(draft: Issue | None) -> tuple[str, ...]:
    return (f"the draft of it, issue {draft.id}, ends then",) if draft else ()


def _is_slot(when: ByTheWall, slot: Slot) -> bool:
    """Whether it is one still: the times may have been edited since."""
    return slot in slots_between(when, after=slot.at - timedelta(seconds=1), until=slot.at)


def _skips(desk: _Desk, slug: str, cadence: Cadence) -> Mapping[str, Skip]:
    return desk.skips.get(newsletter_schedule(slug, cadence), {})


def _slots(desk: _Desk, slug: str, cadence: Cadence, when: ByTheWall) -> list[Slot]:
    schedule, grace = desk.schedules.get(newsletter_schedule(slug, cadence)), desk.house.config.newsletters[slug].grace
    left_out = _skips(desk, slug, cadence)
    due = come(when, schedule, left_out, now=desk.now, grace=grace)
    coming = slots_between(when, after=desk.now, until=desk.until)
    return [*due, *(slot for slot in coming if slot.key not in left_out)]


def _singles(desk: _Desk, slug: str) -> Iterator[Item]:
    found = outlook(desk.conn, assembly_of(desk.house, slug), now=desk.now)
    prospect = _prospect(desk, slug, Cadence.AS_IT_HAPPENS)
    alone = Alone(
        ready=list(found.ready),
        together=sorted(found.together),
        resting=found.resting,
        made={issue.id: sorted(proposals.posts_of(desk.conn, issue.id)) for issue in prospect.proposals},
    )
    yield from _with_trouble(desk, slug, Cadence.AS_IT_HAPPENS, singles(prospect, alone))


def _prospect(desk: _Desk, slug: str, cadence: Cadence) -> Prospect:
    table, columns = desk.house.config.newsletters[slug], desk.house.newsletters[slug].columns
    readers = readers_of(desk.conn, assembly_of(desk.house, slug), cadence, now=desk.now)
    oldest = min((wish.seen_seq for wish in readers), default=0)
    left_out = _skips(desk, slug, cadence)
    return Prospect(
        newsletter=slug,
        cadence=cadence,
        columns=columns,
        readers=readers,
        news=tuple(posts.news(desk.conn, columns=columns, after_seq=oldest)) if readers else (),
        proposals=tuple(one for one in _proposals(desk, slug, cadence) if one.slot not in left_out),
        arranged={one.id: drafts.find(desk.conn, one.id) for one in _proposals(desk, slug, cadence)},
        paused=_is_paused(desk, newsletter_schedule(slug, cadence)),
        minimum=table.minimum,
        maximum=table.maximum,
        skip_empty=table.skip_empty,
        approve=table.approve,
        draft=table.draft,
        draft_paused=_is_paused(desk, draft_schedule(slug, cadence)),
    )


def _proposals(desk: _Desk, slug: str, cadence: Cadence) -> list[Issue]:
    here = (issue for issue in desk.proposed if (issue.newsletter, issue.cadence) == (slug, cadence))
    return [issue for issue in here if issue.corrects is None]


def _is_paused(desk: _Desk, name: str) -> bool:
    schedule = desk.schedules.get(name)
    return schedule is not None and schedule.state is ScheduleState.PAUSED


def _with_trouble(desk: _Desk, slug: str, cadence: Cadence, items: Sequence[Item]) -> Iterator[Item]:
    """Where the last run of the schedule failed, its next issue says so."""
    schedule = desk.schedules.get(newsletter_schedule(slug, cadence))
    failed = schedule.last_note if schedule and schedule.last_state is RunState.FAILED else ""
    for number, item in enumerate(items):
        yield item if number or not failed else replace(item, notes=(*item.notes, f"the last one failed: {failed}"))


def _under_way(desk: _Desk) -> Iterator[Item]:
    for issue in agenda.issues_in(desk.conn, UNDER_WAY):
        counts = ledger.counts(desk.conn, issue.id)
        yield Item(
            kind=Kind.SENDING,
            at=issue.due,
            newsletter=issue.newsletter,
            cadence=issue.cadence,
            issue=issue,
            readers=sum(counts.values()),
            letters=sum(counts.get(state, 0) for state in UNSETTLED),
            posts=tuple(archive.posts_of(desk.conn, issue.id)),
            notes=tuple(f"{number:,} {state.replace('_', ' ')}" for state, number in counts.items()),
        )


def _corrections(desk: _Desk) -> Iterator[Item]:
    """Corrections that wait for somebody's word; they go to those who got what they correct."""
    for issue in desk.proposed:
        if issue.corrects is not None:
            yield Item(
                kind=Kind.ISSUE,
                at=issue.due,
                newsletter=issue.newsletter,
                cadence=issue.cadence,
                issue=issue,
                posts=tuple(archive.posts_of(desk.conn, issue.id)),
                notes=(f"corrects issue {issue.corrects}",),
            )
