"""What is remembered of a folder between two visits, so that what nobody touched is not read again.

Of each file: what it looked like from outside when it was read (`files.Look`), what the
pictures looked like to which it refers, which pictures were kept, and its *ties*: what it
shares with other files. Two files with one `id` are one post, the first of them; two that
tell about one author are told one after the other. So where one of them changes or goes,
those tied to it are read again too, and the outcome is as if all had been read.

Nothing is remembered of a file that could not be read whole, or that changed a moment ago:
a second change could look like the first. All of it is void where the terms differ under
which it was read: another version of the program, another time zone, other authors.

Known weakness: a disk that neither dates changes nor counts them as they come (some network
file systems, for some seconds) hides them from everybody; `publisher collect NAME` reads all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from publisher import __version__
from publisher.collect.files import SeenFile, look_at
from publisher.collect.found import FoundPost
from publisher.collect.identify import guid_of
from publisher.collect.pictures import Shown
from publisher.model.author import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What a visit to a folder begins with."""

    text: str = ""  # as the last visit wrote it; "": read all
    terms: str = ""  # `terms_of` it; others than last time: read all
    media: Path  # folder of the pictures that were kept
    now: datetime


def terms_of(*facts: object) -> str:
    """What the outcome depends on beside the files, and on this version of the program."""
    return hashlib.sha256(repr((__version__, *facts)).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is remembered of one file."""

    mark: str
    is_post: bool  # not a draft
    ties: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)  # path to mark
    media: tuple[str, ...] = ()  # names


class FolderMemory:
    """The memory of one folder during a visit; without `recall` all is read and nothing remembered."""

    def __init__(self, files: Sequence[SeenFile], recall: Recall | None) -> None:
        self._files = files
        self._recall = recall
        self._before = _read(recall) if recall else {}
        self._skipped = {file.place: self._before[file.place] for file in files if self._is_as_before(file)}
        self._waiting = [file for file in files if file.place not in self._skipped]
        lost = self._before.keys() - self._skipped.keys()  # changed or gone
        self._ties = {tie for place in lost for tie in self._before[place].ties}
        self._read_now: dict[str, Note] = {}

    def to_read(self) -> Sequence[SeenFile]:
        """Files to be read now: those not as before, then those tied to what was read; none at the end."""
        if self._waiting:
            now, self._waiting = self._waiting, []
            return now
        skipped = ((file, self._skipped.get(file.place)) for file in self._files)
        tied = [file for file, note in skipped if note and not self._ties.isdisjoint(note.ties)]
        for file in tied:
            del self._skipped[file.place]
        return tied

    def note(self, file: SeenFile, post: FoundPost | None, shown: Shown) -> None:
        """Remember a file that was read; `post` is None for a draft."""
        ties = _ties_of(post) if post else ()
        self._ties.update(ties)
        if self._recall is None or not shown.whole:
            return
        if all(look.is_settled(self._recall.now) for look in (file.look, *shown.looks.values())):
            pictures = {path: look.mark for path, look in shown.looks.items()}
            self._read_now[file.place] = Note(
                mark=file.look.mark, is_post=post is not None, ties=ties, pictures=pictures, media=tuple(shown.media)
            )

    @property
    def unchanged(self) -> int:
        """How many posts were not read."""
        return len({note.ties[0] for note in self._skipped.values() if note.is_post})

    def written(self) -> str | None:
        """The memory for the next visit; None where it is what was before."""
        after = self._skipped | self._read_now
        if self._recall is None or after == self._before:
            return None
        files = {
            place: [note.mark, note.is_post, note.ties, note.pictures, note.media] for place, note in after.items()
        }
        return json.dumps({"terms": self._recall.terms, "files": files}, separators=(",", ":"))

    def _is_as_before(self, file: SeenFile) -> bool:
        note = self._before.get(file.place)
        return (
            note is not None
            and self._recall is not None
            and note.mark == file.look.mark
            and all(look_at(path).mark == mark for path, mark in note.pictures.items())
            and all((self._recall.media / name).is_file() for name in note.media)
        )


def _ties_of(post: FoundPost) -> tuple[str, ...]:
    """Its identity first; then the authors about whom it tells more than a name."""
    told = (author.key for author in post.authors if author != Author(key=author.key, name=author.name))
    return (f"id {guid_of(post)}", *(f"author {key}" for key in told))


def _read(recall: Recall) -> dict[str, Note]:
    if not recall.text:
        return {}
    told = json.loads(recall.text)
    if told["terms"] != recall.terms:
        return {}
    return {
        place: Note(mark=mark, is_post=is_post, ties=tuple(ties), pictures=pictures, media=tuple(media))
        for place, (mark, is_post, ties, pictures, media) in told["files"].items()
    }
