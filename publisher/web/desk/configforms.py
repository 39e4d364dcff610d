"""config.toml as forms that are made from its schema: each table with its fields, their help and their mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.config.controls import Section, groups_of, sections
from publisher.config.edits import Edit, Names, value_at, values_of, with_edits
from publisher.config.filledin import Filled, edits_of
from publisher.config.lines import key_lines
from publisher.config.load import mistakes_in
from publisher.config.mistakes import dotted
from publisher.config.renames import CAN_BE_RENAMED, renamed
from publisher.errors import ConfigError
from publisher.house.configsaving import digest_of
from publisher.house.configstate import state_of
from publisher.model.user import Right
from publisher.web.desk.configdesk import ConfigDesk, in_code
from publisher.web.desk.configfields import filled_by, group_views, problems_of, typed_in
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.visit import Visit

SECTIONS: Mapping[str, Section] = {section.name: section for section in sections()}
ONE_OF = {
    "newsletters": "newsletter",
    "webhooks": "webhook",
    "bounces": "bounces",
    "dkim": "DKIM key",
    "feeds": "feeds",
}


class ConfigForms:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._config = ConfigDesk(desk)

    # ── Looking ──

    def overview(self, visit: Visit) -> Response:
        """All sections; and what is wrong with the file, where somebody else left it so."""
        text = self._config.text()
        state = state_of(self._desk.house, text)
        problems = self._config.told(state.wrong) if state.wrong else []
        try:
            values = values_of(text)
        except ConfigError:
            values = None
        rows = [
            {
                "name": section.name,
                "is_named": section.is_named,
                "help": in_code(section.help),
                "number": len(found) if isinstance(found := value_at(values, (section.name,)), Mapping) else 0,
            }
            for section in SECTIONS.values()
        ]
        shown = {
            "sections": rows,
            "problems": problems,
            "warnings": state.warnings,
            "is_in_force": state.is_in_force,
            "is_readable": values is not None,
        }
        return self._desk.page(visit, "desk/config.html", shown)

    def section(self, visit: Visit) -> Response:
        section = _section(visit)
        if not section.is_named:
            return self._form(visit, (section.name,))
        found = value_at(values_of(self._config.text()), (section.name,))
        tables = [
            {"name": name, "path": quote(name, safe=""), "words": _words(one)}
            for name, one in (found.items() if isinstance(found, Mapping) else ())
        ]
        values = {"section": section.name, "one": _one(section.name), "help": in_code(section.help), "tables": tables}
        return self._desk.page(visit, "desk/config_tables.html", values)

    def table(self, visit: Visit) -> Response:
        return self._form(visit, self._place(visit))

    def new(self, visit: Visit) -> Response:
        return self._form(visit, (_named(visit).name, ""))

    # ── Changing ──

    def save_section(self, visit: Visit) -> Response:
        section = _section(visit)
        if section.is_named:
            raise HTTPException(404)
        return self._save(visit, (section.name,))

    def save_table(self, visit: Visit) -> Response:
        return self._save(visit, self._place(visit))

    def add(self, visit: Visit) -> Response:
        section, name = _named(visit), visit.text("name")
        if not name:
            return self._again(visit, (section.name, ""), name_problem="Write a name for it")
        if value_at(values_of(self._config.text()), (section.name, name)) is not None:
            told = f"There is a {name} already; take another name"
            return self._again(visit, (section.name, ""), name_problem=told)
        return self._save(visit, (section.name, name), is_new=True)

    def remove(self, visit: Visit) -> Response:
        table = self._place(visit)
        if not visit.has("sure"):
            return self._form(visit, table, wrong={"others": ["Tick the box beside the button, if it shall go"]})
        new = with_edits(self._begun(visit), [Edit(key=table, value=None)])
        mistakes = mistakes_in(new)
        if mistakes:
            told = [f"{dotted(mistake.key)}: {mistake.sentence()}" for mistake in mistakes]
            return self._form(visit, table, wrong={"others": [f"{dotted(table)} cannot go yet: {one}" for one in told]})
        back = f"/config/forms/{table[0]}"
        return self._config.put(
            visit, new, digest=visit.text("digest"), note=f"{dotted(table)} is taken out", back=back
        )

    def rename(self, visit: Visit) -> Response:
        (section, old), new = self._place(visit), visit.text("name")
        try:
            text = renamed(self._begun(visit), section, old, new)
        except ConfigError as wrong:
            return self._form(visit, (section, old), wrong={"others": [one.words for one in self._config.told(wrong)]})
        mistakes = mistakes_in(text)
        if mistakes:
            told = [f"{dotted(mistake.key)}: {mistake.sentence()}" for mistake in mistakes]
            return self._form(visit, (section, old), wrong={"others": told})
        note = f"{dotted((section, old))} is called {new} now"
        back = f"/config/forms/{section}/{quote(new, safe='')}"
        return self._config.put(visit, text, digest=visit.text("digest"), note=note, back=back)

    def _save(self, visit: Visit, table: Names, *, is_new: bool = False) -> Response:
        groups = groups_of(table[0])
        base = self._begun(visit)
        values = values_of(base)
        edits = edits_of(table, groups, typed_in(visit, groups), values)
        if is_new and not any(edit.key == table for edit in edits):
            edits.insert(0, Edit(key=table, value={}))
        new = with_edits(base, edits)
        mistakes = mistakes_in(new)
        if mistakes:
            named = [one for one in mistakes if is_new and one.key == table]
            problems, others = problems_of((one for one in mistakes if one not in named), table, groups)
            return self._again(
                visit,
                (table[0], "") if is_new else table,
                problems=problems,
                others=others,
                name_problem=named[0].sentence() if named else "",
            )
        note = f"{dotted(table)} is new" if is_new else f"{dotted(table)}: {_changed(edits, table)}"
        back = f"/config/forms/{'/'.join(quote(name, safe='') for name in table)}"
        return self._config.put(visit, new, digest=visit.text("digest"), note=note, back=back)

    def _begun(self, visit: Visit) -> str:
        """The text that the form was made from; the one that is there, where nobody knows that any more."""
        return self._config.begun_with(visit.text("digest")) or self._config.text()

    def _again(
        self,
        visit: Visit,
        table: Names,
        *,
        problems: Mapping[str, str] | None = None,
        others: Sequence[str] = (),
        name_problem: str = "",
    ) -> Response:
        """The form with all that was typed."""
        wrong = {"problems": problems or {}, "others": list(others), "name_problem": name_problem}
        return self._form(visit, table, typed=typed_in(visit, groups_of(table[0])), wrong=wrong)

    # ── The page ──

    def _form(
        self,
        visit: Visit,
        table: Names,
        *,
        typed: Mapping[str, Filled] | None = None,
        wrong: Mapping[str, object] | None = None,
    ) -> Response:
        """`table` ends with "" for one that is new; `wrong`: what keeps it from being saved."""
        text = self._config.text()
        values, groups = values_of(text), groups_of(table[0])
        wrong = {"problems": {}, "others": [], "name_problem": ""} | dict(wrong or {})
        problems = cast("Mapping[str, str]", wrong["problems"])
        filled = filled_by(values, table, groups) | dict(typed or {})
        known = {name: list(one) for name in SECTIONS if isinstance(one := value_at(values, (name,)), Mapping)}
        path = "/".join(quote(name, safe="") for name in table if name)
        is_new = table[-1] == ""
        shown = {
            "section": table[0],
            "one": _one(table[0]),
            "table": "" if is_new or len(table) == 1 else table[1],
            "name": visit.text("name") if is_new else "",
            "heading": f"[{dotted(table)}]",
            "is_new": is_new,
            "is_named": len(table) > 1,
            "action": f"/config/add/{table[0]}" if is_new else f"/config/forms/{path}",
            "path": path,
            "can_be_renamed": len(table) > 1 and not is_new and table[0] in CAN_BE_RENAMED,
            "groups": group_views(groups, filled, problems, known),
            **wrong,
            # Who sends a form again goes on from where the form began, so that a conflict stays one.
            "digest": visit.text("digest") or digest_of(text),
            "line": key_lines(text).get(table, 0),
        }
        status = 422 if any(wrong.values()) else 200
        return self._desk.page(visit, "desk/config_form.html", shown, status=status)

    def _place(self, visit: Visit) -> Names:
        table = (_named(visit).name, visit.part("name"))
        if value_at(values_of(self._config.text()), table) is None:
            raise HTTPException(404)
        return table


def _section(visit: Visit) -> Section:
    section = SECTIONS.get(visit.part("section"))
    if section is None:
        raise HTTPException(404)
    return section


def _named(visit: Visit) -> Section:
    section = _section(visit)
    if not section.is_named:
        raise HTTPException(404)
    return section


def _one(section: str) -> str:
    return ONE_OF.get(section, section.removesuffix("s"))


def _words(table: object) -> str:
    """What tells one table from another."""
    keys = ("name", "url", "domain", "provider", "column", "also")
    found = (value_at(table, (key,)) for key in keys)
    return next((one for one in found if isinstance(one, str)), "")


def _changed(edits: Sequence[Edit], table: Names) -> str:
    names = [dotted(edit.key[len(table) :]) or "all" for edit in edits]
    return ", ".join(names[:6]) + (" …" if len(names) > 6 else "") or "nothing"


def doors(desk: Desk) -> list[Door]:
    page = ConfigForms(desk)
    section, table = "/config/forms/{section}", "/config/forms/{section}/{name}"
    return [
        Door(path="/config", handler=page.overview, right=Right.OWN),
        Door(path=section, handler=page.section, right=Right.OWN),
        Door(path=section, handler=page.save_section, right=Right.OWN, method=Method.POST),
        Door(path=table, handler=page.table, right=Right.OWN),
        Door(path=table, handler=page.save_table, right=Right.OWN, method=Method.POST),
        Door(path="/config/add/{section}", handler=page.new, right=Right.OWN),
        Door(path="/config/add/{section}", handler=page.add, right=Right.OWN, method=Method.POST),
        Door(path="/config/rename/{section}/{name}", handler=page.rename, right=Right.OWN, method=Method.POST),
        Door(path="/config/remove/{section}/{name}", handler=page.remove, right=Right.OWN, method=Method.POST),
    ]
