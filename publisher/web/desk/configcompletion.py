"""What the editor of config.toml offers while one types, for its script."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from publisher.config.completion import offers
from publisher.config.edits import values_of
from publisher.errors import ConfigError
from publisher.house.configsaving import text_now
from publisher.model.user import Right
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door
from publisher.web.desk.visit import Visit
from publisher.web.pages import HEADERS, PRIVATE


class ConfigCompletion:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, _visit: Visit) -> Response:
        try:
            values: object = values_of(text_now(self._desk.house))
        except ConfigError:  # keys are known all the same
            values = {}
        return JSONResponse(offers(values), headers=HEADERS | PRIVATE)


def doors(desk: Desk) -> list[Door]:
    return [Door(path="/config/schema.json", handler=ConfigCompletion(desk).show, right=Right.OWN)]
