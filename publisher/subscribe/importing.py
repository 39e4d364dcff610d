"""Readers come by an admin's hand: one by one, or from a file of any size.

An import never brings back who left or must not get mail, and joins nobody of whom the file itself
says that they get no mail. Rows are written twenty thousand a transaction, and how far it came stands
in the same transaction: killed at any moment, it goes on where it was stopped, and its counts are those
of one that never was. It may be repeated; who is there already stays as he is.

Known weakness: of two imports of one file at the same time each counts what it did itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from publisher.errors import PublisherError
from publisher.garbage import collecting_rarely
from publisher.store import columns, joining
from publisher.store.database import Store
from publisher.store.importplaces import drop_place, find_place, put_place
from publisher.store.joining import Joined, Joiner
from publisher.store.scratch import Scratch
from publisher.subscribe.candidates import Candidate, one_reader
from publisher.subscribe.cells import Unusable, Wanted
from publisher.subscribe.receipt import Receipt
from publisher.subscribe.survey import AT_A_TIME, YOUNG, Found, HowToRead, Judged, Progress, Survey, judged_rows


@dataclass(slots=True, kw_only=True)
class Imported:
    """What became of the rows; of a rehearsal, what would."""

    joined: Counter[Joined] = field(default_factory=Counter)
    away: Counter[Receipt] = field(default_factory=Counter)  # said in the file to get no mail
    bad: int = 0
    others: int = 0  # about other newsletters
    resumed_after: int = 0  # rows that were done before this run

    @property
    def rows(self) -> int:
        return self.joined.total() + self.away.total() + self.bad + self.others


def add_reader(store: Store, email: str, name: str, wanted: Wanted, *, now: datetime) -> Joined:
    """Add one reader. Raises PublisherError for an address that cannot be one."""
    with store.write() as conn:
        return add_one(conn, email, name, wanted, now=now)


def add_one(
    conn: Connection,
    email: str,
    name: str,
    wanted: Wanted,
    *,
    language: str = "",
    tags: tuple[str, ...] = (),
    now: datetime,
) -> Joined:
    """The same, in the caller's transaction; language and tags are those of a new one."""
    try:
        joiner = one_reader(email, name, wanted)
    except Unusable as wrong:
        raise PublisherError(str(wrong)) from None
    columns.put_newsletters(conn, [(wanted.newsletter, wanted.newsletter_name)], now=now)
    return joining.join_all(conn, [joiner._replace(language=language, tags=tags)], now=now)[0]


@collecting_rarely(YOUNG)
def import_readers(
    store: Store, found: Survey, how: HowToRead, *, away: Scratch, now: datetime, progress: Progress
) -> Imported:
    """Add the readers that a survey found; `away` is whom it found to get no mail."""
    with store.read() as conn:
        place = find_place(conn, found.digest)
    told = _told(place) if place else Imported()
    done = told.resumed_after = told.rows
    papers = [(paper.newsletter, paper.newsletter_name) for paper in how.papers.values()]
    for chunk in _chunks(judged_rows(found.lists, how, progress=progress), away, told, after=done):
        done += chunk.rows
        with store.write() as conn:
            columns.put_newsletters(conn, papers, now=now)
            joining.keep_all(conn, chunk.keep, now=now)  # first, so that nobody whom it suppresses is joined
            told.joined.update(joining.join_all(conn, chunk.join, now=now))
            if done < found.rows:
                put_place(conn, found.digest, _place(told))
            else:
                drop_place(conn, found.digest)
    return told


@collecting_rarely(YOUNG)
def rehearse(store: Store, found: Survey, how: HowToRead, *, away: Scratch, progress: Progress) -> Imported:
    """What an import would come to, from its beginning; nothing is changed."""
    told = Imported()
    with Scratch() as added:
        for chunk in _chunks(judged_rows(found.lists, how, progress=progress), away, told, after=0):
            with store.read() as conn:
                outcomes = joining.foresee_all(conn, chunk.join)
            new = [_key(one) for one, outcome in zip(chunk.join, outcomes, strict=True) if outcome is Joined.ADDED]
            again = added.among(new)
            told.joined.update(outcomes)
            told.joined[Joined.ADDED] -= len(again)
            told.joined[Joined.ALREADY] += len(again)
            added.add(new)
    told.joined = +told.joined
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """Rows of one transaction, or what is needed of them."""

    rows: int
    join: list[Joiner]
    keep: list[Joiner]


def _chunks(rows: Iterator[tuple[Found, Judged]], away: Scratch, told: Imported, *, after: int) -> Iterator[_Chunk]:
    """Those after so many rows that were done before; whoever is not to be joined is counted."""
    left = islice(rows, after, None)
    while (chunk := _sorted_out(islice(left, AT_A_TIME), told)).rows:
        if not away.is_empty:
            elsewhere = away.among([_key(one) for one in chunk.join])
            join = [one for one in chunk.join if _key(one) not in elsewhere]
            if len(join) < len(chunk.join):
                told.away[Receipt.UNSUBSCRIBED] += len(chunk.join) - len(join)
                chunk = replace(chunk, join=join)
        yield chunk


def _sorted_out(rows: Iterator[tuple[Found, Judged]], told: Imported) -> _Chunk:
    join: list[Joiner] = []
    keep: list[Joiner] = []
    counted = told.rows
    for _, (row, candidate, receipt) in rows:
        if candidate and receipt is Receipt.WANTED:
            join.append(candidate.joiner)
        elif receipt:
            told.away[receipt] += 1
            if candidate and candidate.keep:
                keep.append(candidate.joiner)
        elif row.problem:
            told.bad += 1
        else:
            told.others += 1
    return _Chunk(rows=told.rows - counted + len(join), join=join, keep=keep)


def _key(joiner: Joiner) -> str:
    return Candidate(joiner=joiner).key


def _place(told: Imported) -> str:
    counts: Mapping[str, object] = {
        "joined": {joined.name: number for joined, number in told.joined.items()},
        "away": {receipt.name: number for receipt, number in told.away.items()},
        "bad": told.bad,
        "others": told.others,
    }
    return json.dumps(counts)


def _told(place: str) -> Imported:
    counts = json.loads(place)
    return Imported(
        joined=Counter({Joined[name]: number for name, number in counts["joined"].items()}),
        away=Counter({Receipt[name]: number for name, number in counts["away"].items()}),
        bad=counts["bad"],
        others=counts["others"],
    )
