"""The agenda as a table for people, and as values for programs."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from publisher.config.nouns import zone_of
from publisher.house.issuewords import moment, waits_for
from publisher.house.opened import House
from publisher.house.planning import Agenda
from publisher.model.agenda import Item, Kind
from publisher.model.earlier import Earlier
from publisher.model.issue import IssueState
from publisher.schedule.agenda import NO_READERS, NOTHING, NOTHING_YET

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_SAID_OF_POSTS = (NOTHING_YET, NOTHING, NO_READERS)  # in the column of the posts
TITLES = 3  # of the posts of an issue
_WIDTH = 120  # where nobody says how wide the output is
_WORDS = 8  # of a summary, for a post without a title


def show(agenda: Agenda, house: House, *, now: datetime) -> None:
    """Print it."""
    from rich.console import Console  # slow to import, and --json needs none of it

    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    console.print(_table(agenda, house, now=now))


def _table(agenda: Agenda, house: House, *, now: datetime) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("when", no_wrap=True)
    table.add_column("what")
    table.add_column("letters", justify="right", no_wrap=True)
    table.add_column("posts so far")
    for before, item in zip((None, *agenda.items), agenda.items, strict=False):
        if before and _day(before, house) != _day(item, house):
            table.add_section()
        notes = [note for note in _notes(item, house, now=now) if note not in _SAID_OF_POSTS]
        what = Text(_name(item), style="bold" if item.posts or item.issue or notes else "dim")
        for note in notes:
            what.append(f"\n{_printable(note)}", style="not bold dim")
        when = Text(moment(item.at, _zone(item, house)) if item.at else "when it comes")
        table.add_row(when, what, Text(_letters(item)), _posts(item, agenda))
    return table


def _day(item: Item, house: House) -> date | None:
    return item.at.astimezone(_zone(item, house)).date() if item.at else None


def _posts(item: Item, agenda: Agenda) -> Text:
    from rich.text import Text

    told = "; ".join(note for note in item.notes if note in _SAID_OF_POSTS)
    return Text(_titles(item.posts, agenda.posts)) if item.posts else Text(told, style="dim")


def _zone(item: Item, house: House) -> tzinfo:
    return zone_of(house.config, item.newsletter) if item.newsletter in house.newsletters else house.zone


def _name(item: Item) -> str:
    name = f"{item.newsletter} {item.cadence}"
    return {
        Kind.COLLECTING: "collect and publish",
        Kind.ISSUE: name,
        Kind.SINGLE: name,
        Kind.DRAFTING: f"{name}: its draft is made",
        Kind.SKIPPED: f"{name}: skipped, a holiday",
        Kind.LEFT_OUT: f"{name}: left out",
        Kind.SENDING: f"{name}: {'paused' if _is_paused(item) else 'is being sent'}",
    }[item.kind]


def _is_paused(item: Item) -> bool:
    return item.issue is not None and item.issue.state is IssueState.PAUSED


def _notes(item: Item, house: House, *, now: datetime) -> Sequence[str]:
    """What an issue waits for, and what else is to be said."""
    issue = item.issue
    if issue is None:
        return item.notes
    if item.kind is Kind.SENDING:
        resume = [f"publisher issues resume {issue.id}"] if _is_paused(item) else []
        return [f"issue {issue.id}", *item.notes, *resume]
    approve = house.config.newsletters[item.newsletter].approve if item.newsletter in house.newsletters else False
    zone = _zone(item, house)
    waits = waits_for(issue.state, issue.id, issue.why, due=issue.due, zone=zone, approve=approve, now=now)
    return [f"issue {issue.id} {waits}", *item.notes]


def _letters(item: Item) -> str:
    if item.kind in (Kind.COLLECTING, Kind.DRAFTING, Kind.SKIPPED, Kind.LEFT_OUT):
        return ""
    return f"{item.letters:,} of {item.readers:,}"


def _titles(seqs: Sequence[int], known: Mapping[int, Earlier]) -> str:
    titles = [f"“{_title(known[seq])}”" for seq in seqs[:TITLES] if seq in known]
    more = len(seqs) - TITLES
    return ", ".join(titles) + (f" and {more:,} more" if more > 0 else "")


def _title(post: Earlier) -> str:
    words = post.title.split() or [*post.summary.split()[:_WORDS], "…"]
    return _printable(" ".join(words))


def _printable(text: str) -> str:
    """Titles come from strangers, and a terminal does what it is told."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def for_programs(agenda: Agenda, house: House, *, now: datetime) -> list[dict[str, object]]:
    """Each line, with times in UTC."""
    return [
        {
            "what": item.kind,
            "at": item.at.isoformat() if item.at else None,
            "time_zone": str(_zone(item, house)),
            "newsletter": item.newsletter or None,
            "cadence": item.cadence,
            "issue": item.issue.id if item.issue else None,
            "state": item.issue.state if item.issue else None,
            "why": item.issue.why if item.issue else "",
            "readers": item.readers,
            "letters": item.letters,
            "variants": item.variants,
            "posts": [_post(agenda.posts[seq]) for seq in item.posts if seq in agenda.posts],
            "notes": list(_notes(item, house, now=now)),
        }
        for item in agenda.items
    ]


def _post(post: Earlier) -> dict[str, str]:
    return {"name": f"{post.column}/{post.slug}", "title": post.title}
