"""config.toml as forms that are made from its schema: all of its tables, and each with its fields."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.config.edits import value_at, values_of
from publisher.errors import ConfigError
from publisher.house.configstate import state_of
from publisher.model.user import Right
from publisher.web.desk.configdesk import ConfigDesk, in_code
from publisher.web.desk.configform import SECTIONS, ConfigForm, one_of, section_of
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.visit import Visit


class ConfigForms:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._config = ConfigDesk(desk)
        self._form = ConfigForm(desk)

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
        section = section_of(visit)
        if not section.is_named:
            return self._form.show(visit, (section.name,))
        found = value_at(values_of(self._config.text()), (section.name,))
        tables = [
            {"name": name, "path": quote(name, safe=""), "words": _words(one)}
            for name, one in (found.items() if isinstance(found, Mapping) else ())
        ]
        values = {"section": section.name, "one": one_of(section.name), "help": in_code(section.help), "tables": tables}
        return self._desk.page(visit, "desk/config_tables.html", values)

    def table(self, visit: Visit) -> Response:
        return self._form.show(visit, self._form.place(visit))

    def save_section(self, visit: Visit) -> Response:
        section = section_of(visit)
        if section.is_named:
            raise HTTPException(404)
        return self._form.save(visit, (section.name,))

    def save_table(self, visit: Visit) -> Response:
        return self._form.save(visit, self._form.place(visit))


def _words(table: object) -> str:
    """What tells one table from another."""
    keys = ("name", "url", "domain", "provider", "column", "also")
    found = (value_at(table, (key,)) for key in keys)
    return next((one for one in found if isinstance(one, str)), "")


def doors(desk: Desk) -> list[Door]:
    page = ConfigForms(desk)
    section, table = "/config/forms/{section}", "/config/forms/{section}/{name}"
    return [
        Door(path="/config", handler=page.overview, right=Right.OWN),
        Door(path=section, handler=page.section, right=Right.OWN),
        Door(path=section, handler=page.save_section, right=Right.OWN, method=Method.POST),
        Door(path=table, handler=page.table, right=Right.OWN),
        Door(path=table, handler=page.save_table, right=Right.OWN, method=Method.POST),
    ]
