"""What became of letters, in words: the result on stdout, and on stderr what somebody should look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import tzinfo

from publisher.cli.console import say, warn
from publisher.cli.pacewords import held_up_for_programs, held_up_in_words, over_in_words
from publisher.house.opened import House, utc_now
from publisher.house.pausing import pause_in_words as pause_in_words
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueKind, IssueState
from publisher.send.report import HeldUp, Paused, SendReport, Stop
from publisher.store import agenda, entries, issues, ledger

LOOKED_AT = 20  # the newest issues; older ones are told by `publisher issues`
_TROUBLE = {
    DeliveryState.FAILED: ("failed", "retry-failed {id}` tries them again"),
    DeliveryState.DEFERRED: ("to be tried again", "show {id}` tells more"),
    DeliveryState.IN_DOUBT: ("sent perhaps", "resolve-doubt {id} --as sent` or `--as unsent` decides about them"),
}


def went_well(report: SendReport) -> bool:
    """A letter that is refused is a fact about its reader; where every one is, something is wrong with us."""
    return not (report.problem or report.paused) and (bool(report.sent) or not report.failed)


def pauses_told(tell: Callable[[str], None]) -> Callable[[SendReport], None]:
    """Tells of each issue that pauses itself, once, as soon as a report does."""
    known: set[Paused] = set()

    def look(report: SendReport) -> None:
        for paused in report.paused:
            if paused not in known:
                known.add(paused)
                tell(pause_in_words(paused))

    return look


def held_up_told(tell: Callable[[str], None], zone: tzinfo) -> Callable[[SendReport], None]:
    """Tells of each relay and domain that is left alone, once, and when a run finds that over; one for all runs."""
    known: dict[tuple[Stop, str], HeldUp] = {}

    def look(report: SendReport) -> None:
        found = {(one.stop, one.name): one for one in report.held_up}
        new, over = found.keys() - known.keys(), known.keys() - found.keys()
        for key in sorted(new):
            tell(held_up_in_words(found[key], now=utc_now(), zone=zone))
        for key in sorted(over):
            if known.pop(key).stop is not Stop.RESTING:  # each run learns anew which relay is down
                tell(over_in_words(*key))
        known.update(found)

    return look


def tell_letters(house: House, report: SendReport) -> None:
    """Say what a run of the sender came to."""
    say(f"letters:      {report_in_words(report)}")
    for paused in report.paused:
        warn(pause_in_words(paused))
    for line in _left_alone(house, report):
        warn(line)
    for line in _paused_before(house, report):
        warn(line)
    if report.problem:
        warn(report.problem)
    elif report.failed or report.deferred or report.in_doubt or report.found_in_doubt:
        for sentence in _troubles(house):
            warn(sentence)
    if report.next_try and not report.problem:
        say(f"next try:     {report.next_try.astimezone(house.zone):%Y-%m-%d %H:%M:%S %Z}")


def report_for_programs(report: SendReport) -> dict[str, object]:
    """What a run of the sender came to, as JSON."""
    return {
        "sent": report.sent,
        "deferred": report.deferred,
        "failed": report.failed + report.expired,
        "in_doubt": report.in_doubt + report.found_in_doubt,
        "skipped": report.skipped,
        "paused": [{"issue": paused.issue, "why": paused.why} for paused in report.paused],
        "finished": list(report.finished),
        "problem": report.problem,
        "troubles": list(report.troubles),
        "held_up": [held_up_for_programs(one) for one in report.held_up],
        "next_try": report.next_try.isoformat() if report.next_try else None,
    }


def _left_alone(house: House, report: SendReport) -> Iterator[str]:
    """Relays that could not be used though others sent letters, and domains that are paused."""
    if not report.problem:
        yield from report.troubles
    for one in report.held_up:
        if one.stop is Stop.PAUSED:
            words = held_up_in_words(one, now=utc_now(), zone=house.zone)
            yield f"{words}; to try it at once: publisher relays resume {one.name}"


def _paused_before(house: House, report: SendReport) -> Iterator[str]:
    """Issues whose letters wait for somebody, and did so before this run."""
    told = {paused.issue for paused in report.paused}
    with house.store.read() as conn:
        for issue in agenda.issues_in(conn, (IssueState.PAUSED,)):
            waiting = ledger.counts(conn, issue.id).get(DeliveryState.DUE, 0)
            if waiting and issue.id not in told:
                yield (
                    f"issue {issue.id} is paused{': ' + issue.why if issue.why else ''}; {waiting:,} of its letters "
                    f"wait; go on with: publisher issues resume {issue.id}"
                )


def report_in_words(report: SendReport) -> str:
    """The numbers that are not nothing."""
    parts = [
        ("sent", report.sent),
        ("to try again", report.deferred),
        ("failed", report.failed + report.expired),
        ("in doubt", report.in_doubt + report.found_in_doubt),
        ("skipped", report.skipped),
    ]
    nothing = "nothing sent, they wait" if report.problem else "nothing to send"
    return ", ".join(f"{number} {name}" for name, number in parts if number) or nothing


def _troubles(house: House) -> Iterator[str]:
    """For each issue and state: how many letters, what was answered to one of them, and what to do."""
    with house.store.read() as conn:
        for issue in issues.recent(conn, limit=LOOKED_AT, kinds=tuple(IssueKind)):
            counts = ledger.counts(conn, issue.id)
            for state, (name, cure) in _TROUBLE.items():
                for entry in entries.of(conn, issue.id, [state], limit=1):
                    letters = "1 letter" if counts[state] == 1 else f"{counts[state]:,} letters"
                    said = " ".join(word for word in (str(entry.code or ""), entry.enhanced, entry.reply) if word)
                    yield f"issue {issue.id}: {letters} {name} ({said}); `publisher issues {cure.format(id=issue.id)}"
