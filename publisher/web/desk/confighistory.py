"""What config.toml said before: every version, with who saved it; what is different now; and the way back."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.house.configsaving import digest_of
from publisher.model.user import Right
from publisher.store import configversions
from publisher.store.configversions import Version
from publisher.web.desk.configdesk import ConfigDesk, diff_lines
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.visit import Visit

MANY = 50


class ConfigHistory:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._config = ConfigDesk(desk)

    def show(self, visit: Visit) -> Response:
        asked = visit.asked("before")
        before = int(asked) if asked.isdecimal() and len(asked) < 19 else None
        with self._desk.house.store.read() as conn:
            versions = configversions.newest(conn, limit=MANY + 1, before=before)
        now = digest_of(self._config.text())
        root = self._desk.root(visit)
        values = {
            "versions": [{**self._shown(one), "is_now": one.digest == now} for one in versions[:MANY]],
            "newer": f"{root}/config/history" if before else "",
            "older": f"{root}/config/history?before={versions[MANY - 1].id}" if len(versions) > MANY else "",
        }
        return self._desk.page(visit, "desk/config_history.html", values)

    def show_one(self, visit: Visit) -> Response:
        """What it changed, and what is different now."""
        version, text = self._version(visit)
        with self._desk.house.store.read() as conn:
            earlier = configversions.newest(conn, limit=1, before=version.id)
            before = configversions.text_of(conn, earlier[0].digest) if earlier else None
        now = self._config.text()
        values = {
            **self._shown(version),
            "changed": diff_lines(before, text) if before is not None else (),
            "since": diff_lines(now, text),
            "digest": digest_of(now),
            "is_now": now == text,
        }
        return self._desk.page(visit, "desk/config_version.html", values)

    def restore(self, visit: Visit) -> Response:
        """Save it again, as the newest version."""
        version, text = self._version(visit)
        moment = self._desk.moment(version.at)
        note = f"back to what was there on {moment.day} at {moment.clock}" if moment else "back"
        return self._config.put(visit, text, digest=visit.text("digest"), note=note, back="/config/history")

    def _version(self, visit: Visit) -> tuple[Version, str]:
        with self._desk.house.store.read() as conn:
            version = configversions.find(conn, visit.number("id"))
            text = configversions.text_of(conn, version.digest) if version else None
        if version is None or text is None:
            raise HTTPException(404)
        return version, text

    def _shown(self, version: Version) -> dict[str, object]:
        return {
            "id": version.id,
            "at": self._desk.moment(version.at),
            "who": version.who or "In the file itself",
            "note": version.note,
        }


def doors(desk: Desk) -> list[Door]:
    page = ConfigHistory(desk)
    restore = "/config/history/{id:int}/restore"
    return [
        Door(path="/config/history", handler=page.show, right=Right.OWN),
        Door(path="/config/history/{id:int}", handler=page.show_one, right=Right.OWN),
        Door(path=restore, handler=page.restore, right=Right.OWN, method=Method.POST),
    ]
