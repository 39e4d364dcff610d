"""What the program did by itself: collecting, publishing, assembling, sending; done, failed, or missed."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from publisher.house.scheduledeeds import newsletter_in
from publisher.model.schedule import RunState
from publisher.model.user import Right
from publisher.store import runs, schedules
from publisher.store.runs import Ran
from publisher.web.desk.colleagues import told_to
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Somewhere
from publisher.web.desk.loglist import PAGE
from publisher.web.desk.moments import span
from publisher.web.desk.visit import Visit

KINDS = {
    RunState.DUE: "wait",
    RunState.RUNNING: "busy",
    RunState.DONE: "good",
    RunState.FAILED: "bad",
    RunState.MISSED: "bad",
}


class JobsPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        """Runs of schedules, the newest first; of those that the visitor may know of."""
        schedule, word, before = visit.asked("schedule"), visit.asked("state"), visit.asked("before")
        state = RunState(word) if word in {one.value for one in RunState} else None
        with self._desk.house.store.read() as conn:
            mine = [one.name for one in schedules.get_waiting(conn) if self._may_see(visit, one.name)]
            wanted: Sequence[str] = [schedule] if schedule in mine else mine
            older_than = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
            found = runs.newest(conn, limit=PAGE + 1, before=older_than, schedules=wanted, state=state)
        shown = found[:PAGE]
        asked = {"schedule": schedule, "state": word}
        values = {
            "runs": [self._shown(visit, one) for one in shown],
            "schedules": mine,
            "states": [one.value for one in RunState],
            "filters": asked,
            "newer": self._page(visit, asked, None) if older_than is not None else "",
            "older": self._page(visit, asked, shown[-1].id) if len(found) > PAGE else "",
        }
        return self._desk.page(visit, "desk/log_jobs.html", values)

    def _may_see(self, visit: Visit, name: str) -> bool:
        """`newsletter:SLUG:…` is that newsletter's; all else is the site's."""
        kind, _, rest = name.partition(":")
        return visit.may(Right.LOOK, rest.partition(":")[0]) if kind == "newsletter" else visit.may(Right.LOOK)

    def _page(self, visit: Visit, asked: dict[str, str], before: int | None) -> str:
        said = {name: value for name, value in asked.items() if value}
        if before is not None:
            said["before"] = str(before)
        return f"{self._desk.root(visit)}/log/jobs?{urlencode(said)}"

    def _shown(self, visit: Visit, one: Ran) -> dict[str, object]:
        took = span(one.finished - one.started) if one.started and one.finished else ""
        return {
            "schedule": one.schedule,
            "at": self._desk.moment(one.at),
            "state": one.state.value,
            "kind": KINDS[one.state],
            "took": took or ("a moment" if one.started and one.finished else ""),
            "note": told_to(visit, one.note, newsletter_in(one.schedule)),
        }


def doors(desk: Desk) -> list[Door]:
    return [Door(path="/log/jobs", handler=JobsPage(desk).show, right=Right.LOOK, about=Somewhere.ANY)]
