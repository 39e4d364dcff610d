"""A list of readers that was brought to the desk is looked at, rehearsed, and taken in.

The runs are a process of their own (`publisher subscribers take-in`), so that a restarted `serve` stops none
and none slows the letters down. A run that was killed goes on where it stopped: `subscribe/importing.py` knows
where that is.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from publisher.errors import PublisherError
from publisher.house.opened import House
from publisher.house.readerpapers import papers_of
from publisher.house.readeruploads import SAID, Choice, Job, ListShown, Stage, Uploads
from publisher.store import audit
from publisher.store.joining import Joined
from publisher.store.scratch import Scratch
from publisher.subscribe.csvrows import Rows
from publisher.subscribe.headings import Field
from publisher.subscribe.importing import Imported, import_readers, rehearse
from publisher.subscribe.layout import DELIMITERS
from publisher.subscribe.listfile import Part, lists_in
from publisher.subscribe.listformats import OWN
from publisher.subscribe.receipt import Receipt
from publisher.subscribe.survey import Found, HowToRead, Survey, lists_among, survey

SHOWN_COLUMNS = 60
SHOWN_ROWS = 3
LONGEST_CELL = 80
TOLD_EVERY_SECONDS = 0.3


def look_at(uploads: Uploads, job: Job, *, encoding: str = "") -> Job:
    """What its first lines tell. Raises PublisherError for what is no list of readers."""
    with lists_in(uploads.list_of(job)) as parts:
        lists = [_shown(found) for found in lists_among(_named(parts, job), encoding=encoding)]
    return replace(job, lists=tuple(lists))


def _named(parts: list[Part], job: Job) -> list[Part]:
    """Called as the person calls the file: its name may tell what everybody on it is."""
    inside = [part.name.partition("/")[2] for part in parts]
    names = [f"{job.file_name}/{name}" if name else job.file_name for name in inside]
    return [replace(part, name=name) for part, name in zip(parts, names, strict=True)]


def _shown(found: Found) -> ListShown:
    layout = found.layout
    if layout is None:
        return ListShown(
            name=found.part.name, title="", is_own=False, coding=found.coding.title, delimiter="", headings=(),
            columns=0, places={}, rows=(),
        )  # fmt: skip
    rows: list[tuple[str, ...]] = []
    with found.part.text(found.coding) as (text, _):
        for row in Rows(text.readline, delimiter=layout.delimiter, skipped=layout.skipped, at_once=1):
            rows.append(tuple(_cell(cell) for cell in row.cells[:SHOWN_COLUMNS]))
            if len(rows) == SHOWN_ROWS:
                break
    columns = max(len(layout.headings), *(len(row) for row in rows), 1 + max(layout.places.values()))
    return ListShown(
        name=found.part.name,
        title=layout.format.title,
        is_own=layout.format.name == OWN.name,
        coding=found.coding.title,
        delimiter=DELIMITERS[layout.delimiter],
        headings=tuple(map(_cell, layout.headings[:SHOWN_COLUMNS])),
        columns=columns,
        places={field.name: at for field, at in layout.places.items()},
        rows=tuple(rows),
        all_are=layout.all_are or "",
    )


def _cell(text: str) -> str:
    """Half characters and controls are nothing that a page or JSON could have."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text.strip()[:LONGEST_CELL])


def begin(house: House, uploads: Uploads, job: Job, stage: Stage, *, now: datetime) -> Job:
    """Let a process of its own do it. Raises Unwritable, PublisherError where none can be begun."""
    started = uploads.put(replace(job, stage=stage, begun=now.isoformat(), problem=""))
    uploads.tell(started, 0, 1)
    order = [sys.executable, "-m", "publisher", "subscribers", "take-in", job.id, "--config", str(house.file.path)]
    try:
        with (uploads.folder_of(job) / SAID).open("wb") as said:
            child = subprocess.Popen(  # noqa: S603  our own program; the only word from outside is checked to be hex
                order, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
    except OSError as wrong:
        raise PublisherError(f"no process can be begun for the import: {wrong.strerror or wrong}") from wrong
    threading.Thread(target=child.wait, name=f"import {job.id}", daemon=True).start()  # or it would stay as a zombie
    return started


def take_in(house: House, uploads: Uploads, job: Job, *, now: datetime) -> Job:
    """Do what its stage says, to the end. What is wrong with the list is told in the job."""
    try:
        return uploads.put(_run(house, uploads, job, now=now))
    except PublisherError as wrong:
        return uploads.put(replace(job, stage=Stage.FAILED, problem=str(wrong)))


def _run(house: House, uploads: Uploads, job: Job, *, now: datetime) -> Job:
    choice = job.choice or Choice(newsletter="")
    rehearsed = job.stage is Stage.LOOKING
    progress = _Progress(uploads, job)
    for path in uploads.bad_rows_of(job):
        path.unlink()
    with lists_in(uploads.list_of(job)) as parts, Scratch() as away:
        lists = lists_among(_named(parts, job), encoding=choice.encoding)
        _lay_out(lists, choice.places)
        papers = papers_of(
            house, job.file_name, lists, newsletter=choice.newsletter or None, cadence=choice.cadence or None,
            columns=choice.columns, consent=choice.consent or None, now=now,
        )  # fmt: skip
        how = HowToRead(papers=papers)
        found = survey(lists, how, away=away, bad_path=uploads.folder_of(job) / "bad.csv", progress=progress.of(1))
        if rehearsed:
            told = rehearse(house.store, found, how, away=away, progress=progress.of(2))
        else:
            told = import_readers(house.store, found, how, away=away, now=now, progress=progress.of(2))
    done = replace(job, stage=Stage.LOOKED if rehearsed else Stage.DONE, told=_told(found, told))
    if not rehearsed:
        _note(house, done, now=now)
        # What was shown of its rows goes with it.
        done = uploads.put(replace(done, lists=tuple(replace(one, rows=()) for one in done.lists)))
        uploads.drop_list(done)
    return done


def _lay_out(lists: list[Found], places: Mapping[str, int] | None) -> None:
    """As the person says, where they said it: of a file that is one list."""
    if places is not None and len(lists) == 1 and lists[0].layout:
        said = {Field[name]: at for name, at in sorted(places.items(), key=lambda place: place[1])}
        lists[0].layout = replace(lists[0].layout, places=said)


def _note(house: House, job: Job, *, now: datetime) -> None:
    numbers = [f"{number:,} {word}" for word, number in job.told["joined"] if number]
    newsletter = job.choice.newsletter if job.choice else ""
    with house.store.write() as conn:
        audit.add(
            conn, "readers.imported", f"import:{job.id}", who=job.who, user=job.user, ip=job.ip,
            newsletter=newsletter, after=f"{job.file_name}: {', '.join(numbers) or 'nobody'}", now=now,
        )  # fmt: skip


def _told(found: Survey, told: Imported) -> dict[str, Any]:
    """Numbers and bad rows, as JSON has them."""
    return {
        "rows": told.rows,
        "resumed_after": told.resumed_after,
        "joined": [(str(one), told.joined[one]) for one in Joined],
        "added": told.joined[Joined.ADDED],
        "away": [(str(one), told.away[one]) for one in Receipt if told.away[one]],
        "others": told.others,
        "bad": told.bad,
        "bad_rows": [(row.list, row.line, _cell_of_problem(row.problem)) for row in found.first_bad],
    }


def _cell_of_problem(problem: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in problem[:300])


class _Progress:
    """How far both passes over the file came, told now and then."""

    def __init__(self, uploads: Uploads, job: Job) -> None:
        self._uploads = uploads
        self._job = job
        self._told = 0.0

    def of(self, number: int) -> Any:
        def tell(read: int, total: int) -> None:
            if time.monotonic() - self._told >= TOLD_EVERY_SECONDS:
                self._told = time.monotonic()
                self._uploads.tell(self._job, read + (number - 1) * total, 2 * total)

        return tell
