"""The books: what happened to each post and each reader, in plain Python.

They are kept by those who act (a post came, a reader left, an issue went) and know nothing
of sequence numbers seen, of wishes or variants: for each reader they hold the posts that
must come to him and the posts that he had. A post must come when it is first seen while its
column is chosen; also where it is withdrawn before he had it, and brought back. It may come,
and need not, when the reader joined or chose anew after that, or when somebody took it out
of his hands: an issue that is cancelled on its way, or the letter of one post before it went.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from publisher.model.subscriber import LOOK_BACK, Cadence

MOST_FAULTS = 5


@dataclass(slots=True)
class Story:
    """A post."""

    seq: int
    column: str
    first_seen: datetime
    mailable: bool
    stood_since: datetime  # since when it was not changed
    version: int = 1
    withdrawn: bool = False
    past: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reading:
    """A reader of one newsletter."""

    id: int  # of the subscription
    email: str
    newsletter: str
    cadence: Cadence
    columns: frozenset[str]  # those that he gets, spelled out
    since: datetime  # when he joined, or came back
    look_back: timedelta
    active: bool = True
    must: set[int] = field(default_factory=set)  # posts that are to come
    taken_back: set[int] = field(default_factory=set)  # that were to come when they were withdrawn
    had: dict[int, int] = field(default_factory=dict)  # post: issue
    was_full: bool = False  # his last letter held as many posts as a letter may
    past: list[tuple[datetime, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A law that was broken, with all that is needed to see why."""

    at: datetime
    law: str
    reader: str = ""
    history: tuple[str, ...] = ()

    def __str__(self) -> str:
        head = f"{self.at:%Y-%m-%d %H:%M:%S} UTC: {self.law}"
        return "\n    ".join([f"{head} [{self.reader}]" if self.reader else head, *self.history])


class Broken(BaseException):  # no job that fails is meant
    """So many laws are broken that it is no use to go on."""


class Books:
    """What happened; `faults` are the laws that were found broken."""

    def __init__(self) -> None:
        self.stories: dict[int, Story] = {}
        self.readings: dict[int, Reading] = {}
        self.of_newsletter: dict[str, list[Reading]] = {}
        self.given_up: dict[str, set[int]] = {}  # by newsletter, posts of cancelled letters of one post
        self.faults: list[Fault] = []
        self.counts: dict[str, int] = {}

    # Posts

    def post_came(self, story: Story) -> None:
        self.stories[story.seq] = story
        self._note(story, story.first_seen, "came" if story.mailable else "came as archive")
        if story.mailable:
            for reading in self.readings.values():
                if reading.active and story.column in reading.columns:
                    reading.must.add(story.seq)

    def post_changed(self, seq: int, now: datetime) -> None:
        story = self.stories[seq]
        story.version += 1
        story.stood_since = now
        self._note(story, now, f"changed to version {story.version}")

    def post_moved(self, seq: int, now: datetime) -> None:
        """A new revision of which no reader sees the difference."""
        self.stories[seq].stood_since = now
        self._note(self.stories[seq], now, "got another date")

    def post_withdrawn(self, seq: int, now: datetime) -> None:
        story = self.stories[seq]
        story.withdrawn = True
        story.stood_since = now
        self._note(story, now, "withdrawn")
        for reading in self.readings.values():
            if seq in reading.must:
                reading.must.discard(seq)
                reading.taken_back.add(seq)

    def post_restored(self, seq: int, now: datetime) -> None:
        story = self.stories[seq]
        story.withdrawn = False
        story.stood_since = now
        self._note(story, now, "restored")
        for reading in self.readings.values():
            if seq in reading.taken_back:
                reading.taken_back.discard(seq)
                reading.must.add(seq)
                self.count("restored for somebody who waited")

    def _note(self, story: Story, now: datetime, words: str) -> None:
        story.past.append(f"{now:%m-%d %H:%M:%S} {words}")
        self.count("changed by hand or source" if words.startswith("changed") else words)

    # Readers

    def joined(self, reading: Reading) -> None:
        self.readings[reading.id] = reading
        self.of_newsletter.setdefault(reading.newsletter, []).append(reading)
        self.tell(reading, reading.since, f"joined: {reading.cadence}, {_short(reading.columns)}")

    def left(self, subscription: int, now: datetime, how: str) -> None:
        reading = self.readings[subscription]
        reading.active = False
        reading.must.clear()
        reading.taken_back.clear()
        self.tell(reading, now, f"left ({how})")
        self.count("left")

    def returned(self, subscription: int, now: datetime) -> None:
        reading = self.readings[subscription]
        reading.active, reading.since, reading.look_back = True, now, LOOK_BACK[reading.cadence]
        self.tell(reading, now, "came back")
        self.count("came back")

    def changed(self, subscription: int, now: datetime, *, cadence: Cadence, columns: frozenset[str]) -> None:
        """Posts of columns that are no longer chosen need not come; of columns newly chosen, what comes from now on."""
        reading = self.readings[subscription]
        if reading.cadence is Cadence.AS_IT_HAPPENS:
            reading.must -= self.given_up.get(reading.newsletter, set())
        reading.must = {seq for seq in reading.must if self.stories[seq].column in columns}
        reading.taken_back.clear()
        reading.cadence, reading.columns = cadence, columns
        self.tell(reading, now, f"changed to {cadence}, {_short(columns)}")
        self.count("changed")

    def single_cancelled(self, newsletter: str, seqs: Iterable[int]) -> None:
        """Who reads posts as they happen does not get these, by somebody's word; digests have them all the same."""
        self.given_up.setdefault(newsletter, set()).update(seqs)
        self.count("letters of one post cancelled")

    def had_posts(self, reading: Reading, seqs: Iterable[int], issue: int, now: datetime) -> None:
        for seq in seqs:
            reading.had[seq] = issue
            reading.must.discard(seq)
        reading.past.append((now, f"issue {issue}: {' '.join(map(str, seqs)) or 'nothing new'}"))

    # Faults

    def tell(self, reading: Reading, now: datetime, words: str) -> None:
        reading.past.append((now, words))

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def fault(self, now: datetime, law: str, *, reading: Reading | None = None, seqs: Iterable[int] = ()) -> None:
        history = [f"post {seq} of {self.stories[seq].column}: {'; '.join(self.stories[seq].past)}" for seq in seqs]
        who = ""
        if reading:
            who = f"{reading.email}, {reading.newsletter}, subscription {reading.id}"
            history += [f"{at:%m-%d %H:%M:%S} {words}" for at, words in reading.past[-25:]]
            history.append(f"must still come: {sorted(reading.must)[:20]}")
        self.faults.append(Fault(at=now, law=law, reader=who, history=tuple(history)))
        if len(self.faults) >= MOST_FAULTS:
            raise Broken


def _short(columns: frozenset[str]) -> str:
    return " ".join(sorted(column.removeprefix("column-") for column in columns))
