"""About: version, storage, what is installed, licence."""

from __future__ import annotations

import platform
import sqlite3

from starlette.responses import Response

import publisher
from publisher.model.user import Right
from publisher.store.schema import HEAD
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Somewhere
from publisher.web.desk.visit import Visit


class AboutPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        storage = self._desk.house.config.storage.database
        kind = "SQLite" if storage.startswith("sqlite") else "PostgreSQL"
        values = {
            "version": publisher.__version__,
            "python": platform.python_version(),
            "storage": f"{kind} {sqlite3.sqlite_version}" if kind == "SQLite" else kind,
            "schema": HEAD,
            "config_file": str(self._desk.house.file.path) if visit.may(Right.OWN) else "",
        }
        return self._desk.page(visit, "desk/about.html", values)


def doors(desk: Desk) -> list[Door]:
    page = AboutPage(desk)
    return [Door(path="/about", handler=page.show, right=Right.LOOK, about=Somewhere.ANY)]
