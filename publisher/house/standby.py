"""The built-in template steps in where a site's own is broken, so that readers get their page or letter all the same.

What broke is logged once and kept as a mark, for the desk's *Today*. A mark counts as long as the site's own
templates are what they were then: whoever mends one need not tell anybody. Not here: letters of issues, which
are held instead (`assemble/settling.py`); pages that are published, whose publishing says what is wrong.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from publisher.errors import StorageError, TemplateError
from publisher.store import marks
from publisher.store.database import Store
from publisher.templating import Templates

MARK = "broken template: "
PAGE, LETTERS = "page", "letters"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """A site's template that could not be used, and what the built-in one did in its place."""

    kind: str  # PAGE or LETTERS
    name: str  # the template of the page, or the newsletter whose letters of service it is about
    problem: str


class Standby:
    """Renders pages, and hears of letters, of one site."""

    def __init__(self, store: Store, templates: Templates) -> None:
        self._store = store
        self._templates = templates
        self._told: dict[
            str, str
        ] = {}  # the last value of each mark, so that a page that is asked for often writes once

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """A page by its template, or by the built-in one of its name. Raises TemplateError where neither does."""
        try:
            return self._templates.render(name, values)
        except TemplateError as wrong:
            built_in = self._templates.built_in
            if built_in is self._templates:
                raise
            content = built_in.render(name, values)
            self._note(PAGE, name, wrong)
            return content

    def tell_of_letters(self, newsletter: str, wrong: TemplateError) -> None:
        """Letters of service of a newsletter went out by the built-in template."""
        self._note(LETTERS, newsletter, wrong)

    def _note(self, kind: str, name: str, wrong: TemplateError) -> None:
        mark = f"{MARK}{kind} {name}"
        value = json.dumps([str(wrong), _state_of(self._templates.own)])
        if self._told.get(mark) == value:
            return
        log.error("the built-in template stands in for the %s %s: %s", kind, name, wrong)
        try:
            with self._store.write() as conn:
                marks.put(conn, {mark: value})
        except StorageError as busy:  # the reader gets the page; the next one who asks makes the note
            log.warning("this could not be noted: %s", busy)
        else:
            self._told[mark] = value


def mishaps_now(conn: Connection, templates: Templates) -> list[Mishap]:
    """What was seen with the templates as they are now."""
    broken = marks.starting(conn, MARK)
    now = _state_of(templates.own) if broken else ""
    found = []
    for mark in broken:
        problem, state = json.loads(marks.get(conn, mark))
        if state == now:
            kind, _, name = mark.removeprefix(MARK).partition(" ")
            found.append(Mishap(kind=kind, name=name, problem=problem))
    return found


def _state_of(folder: Path | None) -> str:
    """Changes when a file below does; made without reading them. "" where there is none."""
    if folder is None or not folder.is_dir():
        return ""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        try:
            told = path.lstat()
        except FileNotFoundError:  # an editor's own file, gone as we looked
            continue
        digest.update(f"{path.relative_to(folder)}\0{told.st_size}\0{told.st_ctime_ns}\0".encode(errors="replace"))
    return digest.hexdigest()
