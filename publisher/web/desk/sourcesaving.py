"""A source that was tried is saved into config.toml: as a new one, or in place of how it was read before."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.config.edits import Edit, with_edits
from publisher.errors import ConfigError
from publisher.house.configsaving import digest_of, save, text_now
from publisher.house.sourcedeeds import (
    NEW,
    NewColumn,
    SourceAsked,
    edits_for_change,
    edits_for_new,
    mistakes_of,
)
from publisher.house.trials import Stage, Trials
from publisher.model.user import EVERYTHING, Right
from publisher.web.desk import trialbegin, trialpage
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.moments import span
from publisher.web.desk.reach import newsletters_with
from publisher.web.desk.trialpage import Form, TrialPages
from publisher.web.desk.visit import Visit

_TEXTS = (
    "name", "column", "backlog", "text", "column_slug", "column_name", "tagline", "author_name", "author_blurb",
)  # fmt: skip


class SourceSaving:
    def __init__(self, desk: Desk, trials: Trials, pages: TrialPages) -> None:
        self._desk = desk
        self._trials = trials
        self._pages = pages

    def save(self, visit: Visit) -> Response:
        stage = self._trials.find(visit.part("key"))
        if stage is None or stage.trial is None:
            raise HTTPException(404)
        if stage.wanted.kind == "ghost" and not visit.may(Right.OWN):
            raise HTTPException(403)
        if stage.source and not stage.trial.is_edited_here:
            raise HTTPException(404)
        return self._change(visit, stage) if stage.source else self._add(visit, stage)

    def _add(self, visit: Visit, stage: Stage) -> Response:
        config, form = self._desk.house.config, _form_of(visit)
        asked = self._asked(form, stage)
        if wrong := mistakes_of(config, asked):
            return self._pages.page(visit, stage, form=form, wrong=wrong)
        try:
            where = asked.newsletters or newsletters_with(self._desk.house, asked.column)
            newsletter = next(iter(where), EVERYTHING)
            edits = edits_for_new(config, asked)
            self._write(visit, asked.name, edits, act="source.add", newsletter=newsletter)
        except ConfigError as mistaken:
            return self._pages.page(visit, stage, form=form, wrong={"": str(mistaken)})
        soon = span(config.collect.every) or "a minute"
        told = f"{asked.name} is saved, and taken up within seconds. It is visited within {soon}, or by “Collect now”."
        return self._desk.back(visit, f"/columns?saved={asked.name}", told)

    def _change(self, visit: Visit, stage: Stage) -> Response:
        name, trial = stage.source, stage.trial
        table = self._desk.house.config.sources.get(name)
        if table is None or trial is None:
            raise HTTPException(404)
        # The address that was tried, and not where it led: a feed that a page names is found again at each visit.
        edits = edits_for_change(name, url=stage.wanted.url, kind=trial.kind, selectors=trial.wanted.selectors)
        try:
            newsletter = next(iter(newsletters_with(self._desk.house, table.column)), EVERYTHING)
            self._write(visit, name, edits, act="source.change", newsletter=newsletter)
        except ConfigError as mistaken:
            return self._pages.page(visit, stage, wrong={"": str(mistaken)})
        return self._desk.back(visit, f"/columns/{table.column}", f"{name} is saved and taken up within seconds.")

    def _write(self, visit: Visit, name: str, edits: Sequence[Edit], *, act: str, newsletter: str) -> None:
        house, text = self._desk.house, text_now(self._desk.house)

        def also(conn: Connection, diff: str) -> None:
            self._desk.note(conn, visit, act, f"source:{name}", newsletter=newsletter, after=diff)

        save(
            house, with_edits(text, edits), digest=digest_of(text), who=visit.user.called, note=f"source {name}",
            now=visit.now, also=also,
        )  # fmt: skip

    def _asked(self, form: Form, stage: Stage) -> SourceAsked:
        trial = stage.trial
        told = {name: str(form[name]) for name in _TEXTS}
        is_new = told["column"] == NEW
        known = self._desk.house.config
        return SourceAsked(
            name=told["name"],
            url="" if stage.wanted.path else trial.url if trial else stage.wanted.url,
            path=stage.wanted.path,
            key=stage.wanted.key,
            kind=trial.kind if trial else "feed",
            column="" if is_new else told["column"],
            backlog=told["backlog"],
            is_text_on_page=told["text"] == "page",
            selectors=trial.wanted.selectors if trial and trial.kind == "page" else stage.wanted.selectors,
            new_column=_column_of(form, told, tuple(known.authors)) if is_new else None,
            newsletters=[slug for slug in known.newsletters if slug in _many(form, "newsletters")],
        )


def _column_of(form: Form, told: dict[str, str], authors: Sequence[str]) -> NewColumn:
    return NewColumn(
        slug=told["column_slug"],
        name=told["column_name"],
        tagline=told["tagline"],
        authors=[key for key in authors if key in _many(form, "authors")],
        author_name=told["author_name"],
        author_blurb=told["author_blurb"],
    )


def _many(form: Form, name: str) -> Sequence[str]:
    found = form[name]
    return found if isinstance(found, tuple) else ()


def _form_of(visit: Visit) -> Form:
    """As it was typed."""
    return {
        **{name: visit.text(name) for name in _TEXTS},
        "authors": visit.texts("authors"),
        "newsletters": visit.texts("newsletters"),
    }


def doors(desk: Desk) -> list[Door]:
    """The trials, and how they end."""
    trials = Trials(desk.house)
    pages = TrialPages(desk, trials)
    saving = SourceSaving(desk, trials, pages)
    path = "/sources/trials/{key}/save"
    begin = trialbegin.doors(desk, trials)
    return [*begin, *trialpage.doors(pages), Door(path=path, handler=saving.save, right=Right.EDIT, method=Method.POST)]
