"""What is to be tried: an address, a folder or captured pages, a Ghost site with its key, a source that is there.

A file is shown to whoever names it, and a key goes to the address that is named with it. So files are judged by
`house/sourceplaces.py` first, and Ghost is for owners, who may write such into config.toml as well.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.config.addresses import web_url
from publisher.config.refused import Refused
from publisher.house.sourcedeeds import key_told, selectors_told
from publisher.house.sourceplaces import place_told
from publisher.house.sourcetrial import Wanted
from publisher.house.trials import Trials
from publisher.model.user import Right
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.visit import Visit

_OF_ADDRESSES = ("page", "wordpress")  # a feed is found by itself
_OF_FILES = ("folder", "capture")
_TYPED = ("url", "kind", "path", "ghost", "env", "file")


@dataclass(frozen=True, slots=True)
class TrialBeginnings:
    """The page that asks, and what its forms begin."""

    desk: Desk
    trials: Trials

    def ask(self, visit: Visit) -> Response:
        return self._ask(visit, {name: visit.asked(name) for name in _TYPED} | {"column": visit.asked("column")})

    def try_address(self, visit: Visit) -> Response:
        url, kind = visit.text("url"), visit.text("kind")
        try:
            address = _address(url)
        except Refused as wrong:
            return self._again(visit, {"url": f"{url or 'nothing'} {wrong}"})
        return self._begin(visit, Wanted(url=address, kind=kind if kind in _OF_ADDRESSES else ""))

    def try_files(self, visit: Visit) -> Response:
        path, kind = visit.text("path"), visit.text("kind")
        try:
            place = place_told(self.desk.house.file, path, os.environ)
        except Refused as wrong:
            return self._again(visit, {"path": f"{path or 'nothing'} {wrong}"})
        return self._begin(visit, Wanted(path=place, kind=kind if kind in _OF_FILES else _OF_FILES[0]))

    def try_ghost(self, visit: Visit) -> Response:
        url, wrong = visit.text("ghost"), dict[str, str]()
        try:
            address = _address(url)
        except Refused as refused:
            wrong["ghost"] = f"{url or 'nothing'} {refused}"
        try:
            key = key_told(visit.text("env"), visit.text("file"))
        except Refused as refused:
            wrong["key"] = refused.cure
        if wrong:
            return self._again(visit, wrong)
        return self._begin(visit, Wanted(url=address, kind="ghost", key=key))

    def try_known(self, visit: Visit) -> Response:
        """A source of config.toml, as it is read now: what stands there was judged by whoever wrote it."""
        table = self.desk.house.config.sources.get(visit.part("name"))
        if table is None or not (table.url or table.kind in _OF_FILES):
            raise HTTPException(404)
        wanted = Wanted(
            url=table.url or "",
            kind="" if table.kind == "feed" else table.kind,
            selectors=selectors_told(table.select.model_dump() if table.select else {}),
            path="" if table.url else table.path or "",
            key=table.key,
        )
        return self.desk.back(visit, f"/sources/trials/{self.trials.begin(wanted, source=visit.part('name'))}")

    def _begin(self, visit: Visit, wanted: Wanted) -> Response:
        column = visit.text("column")
        known = column in self.desk.house.config.columns
        query = f"?{urlencode({'column': column})}" if known else ""
        return self.desk.back(visit, f"/sources/trials/{self.trials.begin(wanted)}{query}")

    def _again(self, visit: Visit, wrong: dict[str, str]) -> Response:
        """What was typed, but for where a key is found: it may have been the key."""
        typed = {name: visit.text(name) for name in (*_TYPED, "column")}
        if "key" in wrong:
            typed |= {"env": "", "file": ""}
        return self._ask(visit, typed, wrong)

    def _ask(self, visit: Visit, typed: dict[str, str], wrong: dict[str, str] | None = None) -> Response:
        values = {"typed": typed, "wrong": wrong or {}, "may_ghost": visit.may(Right.OWN)}
        return self.desk.page(visit, "desk/source_new.html", values, status=422 if wrong else 200)


def _address(text: str) -> str:
    return web_url(text if "://" in text or not text else f"https://{text}")


def doors(desk: Desk, trials: Trials) -> list[Door]:
    """For who may change the columns and sources of config.toml."""
    begin, post = TrialBeginnings(desk, trials), Method.POST
    return [
        Door(path="/sources/new", handler=begin.ask, right=Right.EDIT),
        Door(path="/sources/try", handler=begin.try_address, right=Right.EDIT, method=post),
        Door(path="/sources/try-files", handler=begin.try_files, right=Right.EDIT, method=post),
        Door(path="/sources/try-ghost", handler=begin.try_ghost, right=Right.OWN, method=post),
        Door(path="/sources/{name}/try", handler=begin.try_known, right=Right.EDIT, method=post),
    ]
