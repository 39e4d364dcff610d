"""Tables of config.toml that have names: added, taken out, called otherwise."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from publisher.config.edits import Edit, value_at, values_of, with_edits
from publisher.config.load import mistakes_in
from publisher.config.mistakes import dotted
from publisher.config.renames import renamed
from publisher.errors import ConfigError
from publisher.model.user import Right
from publisher.web.desk.configdesk import ConfigDesk
from publisher.web.desk.configform import ConfigForm, named_section
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.visit import Visit


class ConfigTables:
    def __init__(self, desk: Desk) -> None:
        self._config = ConfigDesk(desk)
        self._form = ConfigForm(desk)

    def new(self, visit: Visit) -> Response:
        return self._form.show(visit, (named_section(visit).name, ""))

    def add(self, visit: Visit) -> Response:
        section, name = named_section(visit), visit.text("name")
        if not name:
            return self._form.again(visit, (section.name, ""), name_problem="Write a name for it")
        if value_at(values_of(self._config.text()), (section.name, name)) is not None:
            told = f"There is a {name} already; take another name"
            return self._form.again(visit, (section.name, ""), name_problem=told)
        return self._form.save(visit, (section.name, name), is_new=True)

    def remove(self, visit: Visit) -> Response:
        table = self._form.place(visit)
        if not visit.has("sure"):
            return self._form.show(visit, table, wrong={"others": ["Tick the box beside the button, if it shall go"]})
        new = with_edits(self._form.begun(visit), [Edit(key=table, value=None)])
        mistakes = mistakes_in(new)
        if mistakes:
            told = [f"{dotted(mistake.key)}: {mistake.sentence()}" for mistake in mistakes]
            return self._form.show(
                visit, table, wrong={"others": [f"{dotted(table)} cannot go yet: {one}" for one in told]}
            )
        back = f"/config/forms/{table[0]}"
        return self._config.put(
            visit, new, digest=visit.text("digest"), note=f"{dotted(table)} is taken out", back=back
        )

    def rename(self, visit: Visit) -> Response:
        (section, old), new = self._form.place(visit), visit.text("name")
        try:
            text = renamed(self._form.begun(visit), section, old, new)
        except ConfigError as wrong:
            return self._form.show(
                visit, (section, old), wrong={"others": [one.words for one in self._config.told(wrong)]}
            )
        mistakes = mistakes_in(text)
        if mistakes:
            told = [f"{dotted(mistake.key)}: {mistake.sentence()}" for mistake in mistakes]
            return self._form.show(visit, (section, old), wrong={"others": told})
        note = f"{dotted((section, old))} is called {new} now"
        back = f"/config/forms/{section}/{quote(new, safe='')}"
        return self._config.put(visit, text, digest=visit.text("digest"), note=note, back=back)


def doors(desk: Desk) -> list[Door]:
    page = ConfigTables(desk)
    changes = {
        "/config/add/{section}": page.add,
        "/config/rename/{section}/{name}": page.rename,
        "/config/remove/{section}/{name}": page.remove,
    }
    return [
        Door(path="/config/add/{section}", handler=page.new, right=Right.OWN),
        *(Door(path=path, handler=do, right=Right.OWN, method=Method.POST) for path, do in changes.items()),
    ]
