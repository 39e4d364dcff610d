"""`publisher run`: everything that is due now, once, with a summary; or again and again without the web."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.issuelist import what_waits
from publisher.cli.letters import report_for_programs, tell_letters, went_well
from publisher.cli.progress import sending_progress
from publisher.collect.visit import Call
from publisher.config.nouns import cadences_of
from publisher.engine.lock import sole_sender
from publisher.house.catching import is_caught, outbox_page
from publisher.house.issuedrafts import let_moved_go
from publisher.house.making import slot_by_hand
from publisher.house.opened import House, open_house, utc_now
from publisher.house.press import left_out_in_words, place_of, target_of
from publisher.house.pushing import ping_hubs, unheard_in_words
from publisher.house.relaying import send
from publisher.house.routing import open_traffic
from publisher.house.timetable import (
    COLLECT,
    CollectAndPublish,
    clockwork_of,
    collected_in_words,
    newsletter_schedule,
)
from publisher.model.schedule import RunState
from publisher.model.subscriber import Cadence
from publisher.schedule.jobs import Clockwork, Ended
from publisher.send.report import SendReport
from publisher.store import issues, subscribers
from publisher.store.pings import Ping


@dataclass(slots=True, kw_only=True)
class Summary:
    """What one pass did, for people and for programs."""

    ended: list[Ended] = field(default_factory=list)
    work: CollectAndPublish
    report: SendReport | None = None  # None: the site has no newsletter
    moved: list[str] = field(default_factory=list)  # issues that somebody moved to a time that has come
    unheard: list[Ping] = field(default_factory=list)  # hubs that have not heard of a feed

    @property
    def went_well(self) -> bool:
        return all(one.went_well for one in self.ended) and (self.report is None or went_well(self.report))


@click.command(
    "run",
    epilog=examples(
        "publisher run --once          do everything that is due, and stop",
        "publisher run --once --now    make every newsletter's next issue now, whatever the time",
        "publisher run                 go on until stopped, without the web pages",
    ),
)
@config_option
@json_option
@click.option("--once", is_flag=True, help="Do what is due now, and stop.")
@click.option("--now", "at_once", is_flag=True, help="With --once: treat every newsletter as due.")
@click.pass_context
def command(ctx: click.Context, config_path: Path, *, as_json: bool, once: bool, at_once: bool) -> None:
    """Collect, publish, assemble and send all that is due.

    With --once the sources are visited in any case, but for those that are gone for good or
    whose server asked for rest, and a newsletter that never had an issue gets its first one
    now; after that each keeps to its schedule. Exit code 1 where something failed: the rest
    is done all the same.
    """
    if not once:
        if at_once or as_json:
            raise click.UsageError("--now and --json go with --once")
        from publisher.cli.serve import stay_up  # it brings the web with it, which --once has no use for

        stay_up(config_path, web=False)
        return
    with open_house(config_path) as house, sole_sender(house.lock):
        started = time.monotonic()
        summary = do_all(house, at_once=at_once)
        if as_json:
            print_json(_for_programs(house, summary))
        else:
            _for_people(house, summary, seconds=time.monotonic() - started)
    ctx.exit(0 if summary.went_well else 1)


def do_all(house: House, *, at_once: bool) -> Summary:
    """One pass; the caller holds the sender's lock."""
    work = CollectAndPublish(house, Call.ALL)
    clockwork = clockwork_of(house, work)
    clockwork.recover()
    summary = Summary(work=work)
    # Sources first, so that a letter which is due holds what they have now.
    collected = clockwork.run_slot(COLLECT, slot_by_hand(utc_now()))
    work.rest()
    summary.unheard = ping_hubs(house, target_of(house))
    summary.ended += [collected] if collected else []
    summary.ended += [one for one in clockwork.run_due() if one.run.schedule != COLLECT]
    summary.moved = let_moved_go(house, now=utc_now())
    summary.ended += _newsletters_by_hand(house, clockwork, at_once=at_once)
    if house.newsletters:
        with open_traffic(house) as traffic, sending_progress(house) as told:
            _start_queued(house)
            summary.report = send(house, traffic, stop=lambda: False, told=told)
    return summary


def _newsletters_by_hand(house: House, clockwork: Clockwork, *, at_once: bool) -> list[Ended]:
    """Make the first issue of a newsletter that never had one; with `at_once`, the next one of each."""
    ended = []
    for slug in house.newsletters:
        with house.store.read() as conn:
            is_new = not issues.recent(conn, limit=1, newsletter=slug)
        if is_new or at_once:
            slot = slot_by_hand(utc_now())
            # Posts that go as they happen were looked at in this pass already.
            digests = [one for one in cadences_of(house.config, slug) if one is not Cadence.AS_IT_HAPPENS]
            ended += [clockwork.run_slot(newsletter_schedule(slug, cadence), slot) for cadence in digests]
    return [one for one in ended if one]


def _start_queued(house: House) -> None:
    with house.store.write() as conn:
        issues.start_queued(conn, now=utc_now())


def _for_people(house: House, summary: Summary, *, seconds: float) -> None:
    config = house.config
    _tell_runs(house, summary)
    report = summary.report
    if report is not None:
        tell_letters(house, report)
        if is_caught(house):
            say(f"caught mail:  {house.outbox}/new  (one file a letter, a Maildir)")
            page = outbox_page(house, config.web.port)
            if page:
                say(f"              {page}  (while `publisher serve` runs)")
    say(f"feeds:        {place_of(house)}")
    for slug, column in config.columns.items():
        say(f"  {slug}: {'' if column.ended else f'{slug}/atom.xml  {slug}/rss.xml  '}{slug}/index.html")
    with house.store.read() as conn:
        readers = subscribers.count(conn)
    if not readers and house.newsletters:
        say("nobody reads yet: publisher subscribers add ADDRESS --newsletter " + next(iter(house.newsletters)))
    say(f"done in {seconds:.1f} s")


def _tell_runs(house: House, summary: Summary) -> None:
    """What each schedule did, what went wrong, and what waits for its time or for somebody."""
    for one in summary.ended:
        (say if one.went_well else warn)(_line(one, summary.work))
    for line in summary.moved:
        say(f"moved by hand: {line}")
    for collected in summary.work.collected:
        for problem in collected.problems:
            warn(f"  {problem}")
        if collected.resting:
            warn(f"  {collected.source} was not visited: {collected.resting}")
    for line in [*left_out_in_words(house), *unheard_in_words(summary.unheard)]:
        warn(f"  {line}")
    with house.store.read() as conn:
        for line in what_waits(conn, house):
            say(f"waits:        {line}")


def _line(one: Ended, work: CollectAndPublish) -> str:
    note = one.note
    if one.run.schedule == COLLECT and work.published:  # its problems follow, each on a line of its own
        note = collected_in_words(work.collected, work.published)
    return f"{one.run.schedule}: {note}" if note else one.run.schedule


def _for_programs(house: House, summary: Summary) -> dict[str, object]:
    published = summary.work.published
    return {
        "runs": [
            {"schedule": one.run.schedule, "done": one.run.state is RunState.DONE, "note": one.note}
            for one in summary.ended
        ],
        "written": [f"{place_of(house)}/{name}" for name in published.written] if published else [],
        "feeds": place_of(house),
        "outbox": str(house.outbox),
        **report_for_programs(summary.report or SendReport()),
    }
