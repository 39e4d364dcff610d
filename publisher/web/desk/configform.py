"""The form of one table of config.toml: shown, shown again with what is wrong, saved."""

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
from publisher.config.renames import CAN_BE_RENAMED
from publisher.house.configsaving import digest_of
from publisher.web.desk.configdesk import ConfigDesk
from publisher.web.desk.configfields import filled_by, group_views, problems_of, typed_in
from publisher.web.desk.desk import Desk
from publisher.web.desk.visit import Visit

SECTIONS: Mapping[str, Section] = {section.name: section for section in sections()}
_ONE = {"bounces": "bounces", "dkim": "DKIM key"}


class ConfigForm:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._config = ConfigDesk(desk)

    def show(
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
            "one": one_of(table[0]),
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

    def again(
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
        return self.show(visit, table, typed=typed_in(visit, groups_of(table[0])), wrong=wrong)

    def save(self, visit: Visit, table: Names, *, is_new: bool = False) -> Response:
        groups = groups_of(table[0])
        base = self.begun(visit)
        values = values_of(base)
        edits = edits_of(table, groups, typed_in(visit, groups), values)
        if is_new and not any(edit.key == table for edit in edits):
            edits.insert(0, Edit(key=table, value={}))
        new = with_edits(base, edits)
        mistakes = mistakes_in(new)
        if mistakes:
            named = [one for one in mistakes if is_new and one.key == table]
            problems, others = problems_of((one for one in mistakes if one not in named), table, groups)
            return self.again(
                visit,
                (table[0], "") if is_new else table,
                problems=problems,
                others=others,
                name_problem=named[0].sentence() if named else "",
            )
        note = f"{dotted(table)} is new" if is_new else f"{dotted(table)}: {_changed(edits, table)}"
        back = f"/config/forms/{'/'.join(quote(name, safe='') for name in table)}"
        return self._config.put(visit, new, digest=visit.text("digest"), note=note, back=back)

    def begun(self, visit: Visit) -> str:
        """The text that the form was made from; the one that is there, where nobody knows that any more."""
        return self._config.begun_with(visit.text("digest")) or self._config.text()

    def place(self, visit: Visit) -> Names:
        table = (named_section(visit).name, visit.part("name"))
        if value_at(values_of(self._config.text()), table) is None:
            raise HTTPException(404)
        return table


def section_of(visit: Visit) -> Section:
    section = SECTIONS.get(visit.part("section"))
    if section is None:
        raise HTTPException(404)
    return section


def named_section(visit: Visit) -> Section:
    section = section_of(visit)
    if not section.is_named:
        raise HTTPException(404)
    return section


def one_of(section: str) -> str:
    return _ONE.get(section, section.removesuffix("s"))


def _changed(edits: Sequence[Edit], table: Names) -> str:
    names = [dotted(edit.key[len(table) :]) or "all" for edit in edits]
    return ", ".join(names[:6]) + (" …" if len(names) > 6 else "") or "nothing"
