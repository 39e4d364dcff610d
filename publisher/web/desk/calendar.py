"""The calendar: a month of issues that went out and of those that come, in the newsroom's zone."""

from __future__ import annotations

from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.model.user import Right
from publisher.web.desk.calendarentries import Stretch, entries_in
from publisher.web.desk.calendarmonth import days_of, month_named
from publisher.web.desk.colleagues import told_to
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Somewhere
from publisher.web.desk.visit import Visit


class CalendarPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        house = self._desk.house
        mine = visit.user.newsletters(Right.LOOK, tuple(house.newsletters))
        chosen = visit.asked("newsletter")
        if chosen and chosen not in mine:
            raise HTTPException(404)
        today = visit.now.astimezone(house.zone).date()
        month = month_named(visit.asked("month"), today=today)
        stretch = Stretch(start=month.start(house.zone), end=month.end(house.zone), now=visit.now)
        with house.store.read() as conn:
            found = entries_in(conn, house, [chosen] if chosen else mine, stretch)
        entries = [replace(one, note=told_to(visit, one.note, one.path.rpartition("/")[2])) for one in found]
        values = {
            "month": month,
            "days": days_of(month, entries, house.zone, today=today),
            "starts": month.first.isoweekday(),
            "is_empty": not entries,
            "newsletters": [(slug, house.newsletters[slug].name) for slug in mine],
            "chosen": chosen,
            "zone": str(house.zone),
            "is_this": (month.year, month.month) == (today.year, today.month),
        }
        return self._desk.page(visit, "desk/calendar.html", values)


def doors(desk: Desk) -> list[Door]:
    return [Door(path="/calendar", handler=CalendarPage(desk).show, right=Right.LOOK, about=Somewhere.ANY)]
