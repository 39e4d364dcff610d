"""The timetable: which schedules a site has, and what is done when their time has come.

`collect` visits the sources whose time has come and publishes. `newsletter:SLUG:CADENCE` makes
an issue, or lets its draft go; that of the cadence as-it-happens looks each minute which posts
are ready to go alone. `draft:SLUG:CADENCE` makes the issue of a slot some time before it, to be
looked at. Sending has no schedule: the engine sends what is queued.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembled, Result
from publisher.collect.collector import Collected
from publisher.collect.visit import Call
from publisher.errors import PublisherError
from publisher.house.making import (
    assemble_issue,
    draft_issue,
    made_in_words,
    resting_singles,
    single_issues,
    times_of,
)
from publisher.house.opened import House, utc_now
from publisher.house.press import publish
from publisher.house.steps import collect
from publisher.model.issue import IssueEvent
from publisher.model.schedule import Run, Slot
from publisher.model.subscriber import Cadence
from publisher.publish.tree import Published
from publisher.schedule.jobs import Clockwork, Entry, Job, PutAway, never
from publisher.schedule.slots import Ahead, Every
from publisher.store import issues, proposals

COLLECT = "collect"

EACH_LOOK = timedelta(minutes=1)  # at posts that go as they happen
HOWEVER_LATE = timedelta(days=366)  # an issue is made all the same; later than `grace`, it is held


def draft_schedule(slug: str, cadence: Cadence) -> str:
    """The name of the schedule of a newsletter's drafts."""
    return f"draft:{slug}:{cadence}"


def newsletter_schedule(slug: str, cadence: Cadence) -> str:
    """The name of a newsletter's schedule."""
    return f"newsletter:{slug}:{cadence}"


class CollectAndPublish:
    """The job of `collect`; remembers what it did, for whoever reports."""

    def __init__(self, house: House, call: Call = Call.DUE, *, stop: Callable[[], bool] = never) -> None:
        self._house = house
        self._call = call
        self._stop = stop
        self.collected: list[Collected] = []
        self.published: Published | None = None
        self._resting = False

    def rest(self) -> None:
        """Whoever asks again in this pass is told that it was just done."""
        self._resting = True

    def __call__(self, _run: Run) -> str:
        if self._resting:
            return "done a moment ago"
        now = utc_now()
        self.collected = collect(self._house, now=now, call=self._call, stop=self._stop)
        self.published = publish(self._house)  # where nothing changed that is a look at two numbers
        failed = [one for one in self.collected if one.failed]
        note = collected_in_words(self.collected, self.published)
        if failed:
            raise PublisherError(f"{note}; {failed[0].problems[0]}")
        return note


def collected_in_words(collected: list[Collected], published: Published | None) -> str:
    """One line: what a visit to all sources came to."""
    new, revised = sum(one.new for one in collected), sum(one.revised for one in collected)
    posts = f"{new} new posts" if new != 1 else "1 new post"
    changed = f", {revised} changed" if revised else ""
    failed = sum(one.failed for one in collected)
    wrong = f", {failed} of {len(collected)} sources failed" if failed else ""
    written = f"; {len(published.written)} files written" if published else ""
    return f"{posts}{changed}{wrong}{written}"


def entries_of(house: House, collecting: Job) -> Mapping[str, Entry]:
    """Every schedule of the site."""
    every = house.config.collect.every
    entries = {COLLECT: Entry(when=Every(interval=every), grace=timedelta(days=1), job=collecting)}
    for slug, table in house.config.newsletters.items():
        for cadence, when in times_of(house.config, slug).items():
            entries[newsletter_schedule(slug, cadence)] = Entry(
                when=when,
                grace=HOWEVER_LATE,
                job=_assembling(house, slug, cadence),
                put_away=_cancelling(slug, cadence),
            )
            if table.draft:
                ahead = Ahead(of=when, by=table.draft)
                # Once its slot has come there is nothing left to draft.
                entries[draft_schedule(slug, cadence)] = Entry(
                    when=ahead, grace=table.draft, job=_drafting(house, slug, cadence, ahead)
                )
        if table.as_it_happens:
            entries[newsletter_schedule(slug, Cadence.AS_IT_HAPPENS)] = Entry(
                when=Every(interval=EACH_LOOK), grace=table.grace, job=_singles(house, slug)
            )
    return entries


def _assembling(house: House, slug: str, cadence: Cadence) -> Job:
    def job(run: Run) -> str:
        return _told(house, slug, [assemble_issue(house, slug, cadence, run.slot, now=utc_now())])

    return job


def _cancelling(slug: str, cadence: Cadence) -> PutAway:
    """The draft of a slot that is left out ends; nobody was told its news, so they come with the next issue."""

    def put_away(conn: Connection, slot: Slot, now: datetime) -> None:
        made = issues.find_by_slot(conn, slug, cadence, slot.key)
        if made and made.state in proposals.PROPOSED:
            issues.move_if(conn, made.id, IssueEvent.CANCEL, now=now, why="its date was left out")

    return put_away


def _drafting(house: House, slug: str, cadence: Cadence, ahead: Ahead) -> Job:
    def job(run: Run) -> str:
        return _told(house, slug, [draft_issue(house, slug, cadence, ahead.aim(run.slot), now=utc_now())])

    return job


def _singles(house: House, slug: str) -> Job:
    def job(_run: Run) -> str:
        now = utc_now()
        made = single_issues(house, slug, now=now)
        return _told(house, slug, made) or resting_singles(house, slug, now=now) or str(Result.NO_NEWS)

    return job


def _told(house: House, slug: str, made: Sequence[Assembled]) -> str:
    """A note of what was made. Raises PublisherError where something of it is wrong."""
    note = "; ".join(made_in_words(house, slug, one) for one in made)
    if any(one.deliveries for one in made):
        try:
            publish(house)  # a letter leads to its page
        except PublisherError as wrong:  # the letters go all the same; the next collecting publishes again
            raise PublisherError(f"{note}; its page is not published: {wrong}") from wrong
    if any(one.faulty for one in made):
        raise PublisherError(note)
    return note


def clockwork_of(house: House, collecting: Job) -> Clockwork:
    """The clockwork of a site, in line with its config."""
    clockwork = Clockwork(house.store, entries_of(house, collecting), utc_now)
    clockwork.sync()
    return clockwork
