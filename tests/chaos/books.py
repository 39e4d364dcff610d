"""The law of a run, held against the server's journal and the site's ledger.

Every reader ends as sent (the server has the letter), as failed with the true reason (the last
answer that the server really gave about this reader), or in doubt. Nobody is lost. Nobody has
the letter twice, but for whom it was in doubt and a person said to send it again: and that one
is the same letter, octet by octet, under the same Message-ID. And a doubt has a cause: the
sender was killed while that letter was on the wire, or the server cut the connection on which
it was. Of two letters by BDAT, the second may have gone out behind one that was cut: the server
never read it, and each cut explains one of these.

Pure: values in, breaches of the law out, in words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.chaos.journal import Event, What

LANDING = 2  # letters of one connection that may be unanswered
CUT = ("cut", "down", "closing")  # how connections end that the server ends
KILLED = "the sender was stopped while this letter was on the wire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the ledger."""

    reader: str
    state: str
    code: int
    enhanced: str
    reply: str

    @property
    def words(self) -> str:
        return " ".join(part for part in (str(self.code or ""), self.enhanced, self.reply) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A sender was killed; who stood in `sending` then, or was put in doubt for it."""

    at: float
    sending: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A person said of rows in doubt: send them again."""

    at: float
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All that is known of a run."""

    readers: Collection[str]
    rows: Sequence[Row]
    journal: Sequence[Event]
    deaths: Sequence[Death] = ()
    resolutions: Sequence[Resolution] = ()
    chunking: bool = False  # the server offered it


def breaches(run: Run) -> list[str]:
    """What is against the law."""
    about: Mapping[str, list[Event]] = defaultdict(list)
    for event in run.journal:
        if event.reader:
            about[event.reader].append(event)
    found = [*_lost(run)]
    for row in run.rows:
        events = about[row.reader]
        found += _untrue(row, events, run)
        found += _doubled(row.reader, events, run)
        found += _another(row.reader, events)
    found += _causeless(run)
    found += (f"{reader}: had a letter and is no reader" for reader in set(about) - set(run.readers))
    return found


def _lost(run: Run) -> Iterator[str]:
    rows = [row.reader for row in run.rows]
    yield from (f"{reader}: is not in the ledger" for reader in sorted(set(run.readers) - set(rows)))
    yield from (f"{reader}: is in the ledger twice" for reader in set(rows) if rows.count(reader) > 1)
    for row in run.rows:
        if row.state not in ("sent", "failed", "in_doubt"):
            yield f"{row.reader}: was forgotten, and is {row.state}"


def _untrue(row: Row, events: Sequence[Event], run: Run) -> Iterator[str]:
    """What the ledger says, and the server does not."""
    takes = [event for event in events if event.taken]
    if row.state == "sent" and not takes:
        yield f"{row.reader}: is sent, and the server has nothing"
    if row.state == "failed":
        said = next((event.reply for event in reversed(events) if event.reply), "nothing")
        if row.words != said or not said.startswith("5"):
            yield f"{row.reader}: failed with {row.words!r}, and the server's last word was {said!r}"
        if takes and not _resolved(row.reader, run, takes[-1].at, events[-1].at):
            yield f"{row.reader}: failed, and the server took it before"


def _doubled(reader: str, events: Sequence[Event], run: Run) -> Iterator[str]:
    takes = [event.at for event in events if event.taken]
    for first, second in pairwise(takes):
        if not _resolved(reader, run, first, second):
            yield f"{reader}: was taken twice, {second - first:.3f} s apart"


def _resolved(reader: str, run: Run, after: float, before: float) -> bool:
    """Whether it was decided between two moments to send to this reader again."""
    times = (one.at for one in run.resolutions if any(row.reader == reader for row in one.rows))
    return any(after <= at <= before for at in times)


def _another(reader: str, events: Sequence[Event]) -> Iterator[str]:
    """Each letter to a reader is the same one, and whole."""
    ends = [event for event in events if event.what is What.END]
    if len({event.message_id for event in ends}) > 1 or len({event.digest for event in ends}) > 1:
        yield f"{reader}: had different letters: {sorted({event.message_id for event in ends})}"
    yield from (f"{reader}: a letter is {end.message_id}" for end in ends if end.message_id.startswith("broken"))


def _causeless(run: Run) -> Iterator[str]:
    """Doubts that nothing explains."""
    cut, unseen = cut_off(run.journal), []
    in_doubt = [row for row in run.rows if row.state == "in_doubt"]
    for row in [*(row for one in run.resolutions for row in one.rows), *in_doubt]:
        if row.reply == KILLED:
            if not any(row.reader in death.sending for death in run.deaths):
                yield f"{row.reader}: is in doubt by a death that did not hit it"
        elif row.reader not in cut:
            unseen.append(row)
    cuts = sum(event.how in CUT for event in run.journal) if run.chunking else 0
    if len(unseen) > cuts:
        yield from (f"{row.reader}: is in doubt without a cause: {row.reply}" for row in unseen)


def cut_off(journal: Sequence[Event]) -> dict[str, str]:
    """Whose letters were among the last on a connection that the server ended, and how it did."""
    last: Mapping[int, list[str]] = defaultdict(list)
    found: dict[str, str] = {}
    for event in journal:
        if event.what in (What.END, What.CUT):
            last[event.connection].append(event.reader)
        elif event.what is What.CLOSE and event.how in CUT:
            found.update(dict.fromkeys(last[event.connection][-LANDING:], event.how))
    return found
