"""What the pages about config.toml share: the text as it is, saving it, and the page where two have changed it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.responses import Response

from publisher.config.masking import diff_of, masked
from publisher.config.merging import Merged, merged
from publisher.errors import ConfigError
from publisher.house.configsaving import Conflict, check, digest_of, save, text_now
from publisher.store import configversions
from publisher.web.desk.desk import Desk
from publisher.web.desk.surely import NotSure, be_sure
from publisher.web.desk.visit import Visit

LARGEST_BYTES = 4 * 2**20  # of a form that has all of config.toml in it, as forms write it


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A mistake of the file."""

    line: int  # 0: of none
    words: str


class ConfigDesk:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def text(self) -> str:
        """What config.toml says now."""
        return text_now(self.desk.house)

    def begun_with(self, digest: str) -> str | None:
        """The text that somebody began with; None where nobody knows it any more."""
        now = self.text()
        if digest_of(now) == digest:
            return now
        with self.desk.house.store.read() as conn:
            return configversions.text_of(conn, digest)

    def put(self, visit: Visit, new: str, *, digest: str, note: str, back: str) -> Response:
        """Save, and go back; or show who was quicker. Raises ConfigError with every mistake."""
        before = self.begun_with(digest)
        if check(self.desk.house, new).config.web.oidc != self.desk.house.config.web.oidc:
            try:
                be_sure(self.desk, visit)  # it says who lets people in
            except NotSure as asks:
                return asks.page

        def also(conn: Connection, diff: str) -> None:
            less, more = _sides(diff)
            self.desk.note(conn, visit, "config.save", "config.toml", before=less, after=more)

        try:
            diff = save(self.desk.house, new, digest=digest, who=visit.user.called, note=note, now=visit.now, also=also)
        except Conflict as conflict:
            return self.conflict(visit, base=before, mine=new, theirs=conflict.theirs, note=note)
        told = "Saved. The site takes it up within a few seconds." if diff else "Nothing was changed."
        return self.desk.back(visit, back, told)

    def conflict(self, visit: Visit, *, base: str | None, mine: str, theirs: str, note: str) -> Response:
        """Yours, theirs, what both changed; and yours on top of theirs, to be saved."""
        both = merged(base, mine, theirs) if base is not None else Merged(text=mine, overlaps=())
        with self.desk.house.store.read() as conn:
            last = configversions.newest(conn, limit=1)
        is_last = bool(last) and last[0].digest == digest_of(theirs)
        values = {
            "is_known": base is not None,
            "yours": diff_lines(base, mine) if base is not None else (),
            "theirs": diff_lines(base, theirs) if base is not None else (),
            "result": diff_lines(theirs, both.text),
            "overlaps": [
                {"line": one.line, "mine": masked(one.mine), "theirs": masked(one.theirs)} for one in both.overlaps
            ],
            "who": last[0].who if is_last else "",
            "at": self.desk.moment(last[0].at) if is_last else None,
            "text": masked(both.text),
            "digest": digest_of(theirs),
            "note": note,
        }
        return self.desk.page(visit, "desk/config_conflict.html", values, status=409)

    def told(self, wrong: ConfigError) -> list[Told]:
        """The lines of an error, without the path that each begins with."""
        path = re.escape(str(self.desk.house.file.path))
        return [_told(mistake, path) for mistake in wrong.mistakes]


def _told(mistake: str, path: str) -> Told:
    found = re.match(rf"{path}(?::(?P<line>\d+))?: ", mistake)
    if not found:
        return Told(line=0, words=mistake)
    return Told(line=int(found["line"] or 0), words=mistake[found.end() :])


def diff_lines(old: str, new: str) -> list[dict[str, str]]:
    """A diff as pages show it: each line with what became of it."""
    kinds = {"+": "more", "-": "less", "@": "gap"}
    lines = diff_of(old, new).split("\n")[2:]  # without names
    return [
        {"kind": kinds.get(line[:1], "same"), "text": "…" if line.startswith("@") else line[1:], "sign": line[:1]}
        for line in lines
    ][1:]


def _sides(diff: str) -> tuple[str, str]:
    """What stood there and what stands there, with the lines around it."""
    lines: Sequence[str] = [line for line in diff.split("\n")[2:] if not line.startswith("@")]
    less = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    return less, "\n".join(line[1:] for line in lines if not line.startswith("-"))


def in_code(words: str) -> list[tuple[bool, str]]:
    """Words with `code` in them, in parts: whether each is code."""
    return [(bool(number % 2), part) for number, part in enumerate(words.split("`")) if part]
