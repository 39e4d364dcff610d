"""What a hand does to the schedules of a newsletter: pause, resume, run now, leave a date out, take that back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection
from starlette.responses import Response

from publisher.config.nouns import zone_of
from publisher.house.issuewords import moment
from publisher.house.scheduledeeds import (
    RunAlready,
    bring_in_line,
    leave_out,
    run_now,
    set_paused,
    slot_with_key,
    take_back,
)
from publisher.house.timetable import newsletter_schedule
from publisher.model.schedule import ScheduleEvent
from publisher.model.subscriber import Cadence
from publisher.model.user import Right
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.newsletters import offered, slug_of
from publisher.web.desk.visit import Visit

BEGUN = "begun"  # in the log, before it is known what came of it


class ScheduleDeeds:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def pause(self, visit: Visit) -> Response:
        return self._set(visit, ScheduleEvent.PAUSE, "It is paused: no issue is made until somebody resumes it.")

    def resume(self, visit: Visit) -> Response:
        return self._set(visit, ScheduleEvent.RESUME, "It goes on with its next date.")

    def run(self, visit: Visit) -> Response:
        slug, name = self._named(visit)
        subject = f"schedule:{name}"

        def begun(conn: Connection) -> None:
            self._desk.note(conn, visit, "schedule.run", subject, newsletter=slug, after=BEGUN)

        asked = _instant(visit.text("asked"), visit.now)
        try:
            ended = run_now(self._desk.house, name, now=visit.now, asked=asked, begun=begun)
        except RunAlready:  # a second click, or the same page sent again: the letters of the first are enough
            told = "That was pressed already: it is being done, or is done. To run it once more, press again here."
            return self._desk.back(visit, f"/newsletters/{slug}", told)
        with self._desk.house.store.write() as conn:
            self._desk.note(conn, visit, "schedule.run", subject, newsletter=slug, before=BEGUN, after=ended.note)
        told = f"Done: {ended.note}." if ended.went_well else f"That failed: {ended.note}"
        return self._desk.back(visit, f"/newsletters/{slug}", told, wrong=not ended.went_well)

    def skip(self, visit: Visit) -> Response:
        slug, name = self._named(visit)
        house = self._desk.house
        slot = slot_with_key(house, name, visit.text("slot"), now=visit.now)
        with house.store.write() as conn:
            done = leave_out(conn, house, name, [slot], who=visit.user.called, now=visit.now)
            at = moment(slot.at, zone_of(house.config, slug))
            if done:
                self._desk.note(conn, visit, "schedule.skip", f"schedule:{name}", newsletter=slug, after=at)
        told = f"{at} is left out; its posts come with the next issue. Until then it can be taken back."
        return self._desk.back(visit, f"/newsletters/{slug}", told)

    def unskip(self, visit: Visit) -> Response:
        slug, name = self._named(visit)
        house = self._desk.house
        slot = slot_with_key(house, name, visit.text("slot"), now=visit.now)
        with house.store.write() as conn:
            done = take_back(conn, house, name, [slot])
            at = moment(slot.at, zone_of(house.config, slug))
            if done:
                self._desk.note(conn, visit, "schedule.unskip", f"schedule:{name}", newsletter=slug, before=at)
        return self._desk.back(visit, f"/newsletters/{slug}", f"{at} comes after all.")

    def _set(self, visit: Visit, event: ScheduleEvent, told: str) -> Response:
        slug, name = self._named(visit)
        house = self._desk.house
        bring_in_line(house)
        with house.store.write() as conn:
            moved = set_paused(conn, house, name, event)
            if moved:
                self._desk.note(conn, visit, f"schedule.{event}", f"schedule:{name}", newsletter=slug)
        return self._desk.back(visit, f"/newsletters/{slug}", told if moved else f"It was so already. {told}")

    def _named(self, visit: Visit) -> tuple[str, str]:
        slug = slug_of(self._desk, visit)
        return slug, newsletter_schedule(slug, Cadence(offered(self._desk, slug, visit.part("cadence"))))


def _instant(text: str, now: datetime) -> datetime | None:
    """When the page came, as it says itself; None where it does not, or says what cannot be."""
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at <= now else None


def doors(desk: Desk) -> list[Door]:
    deeds = ScheduleDeeds(desk)
    buttons: tuple[tuple[str, Callable[[Visit], Response], Right], ...] = (
        ("pause", deeds.pause, Right.SEND),
        ("resume", deeds.resume, Right.SEND),
        ("run", deeds.run, Right.SEND),
        ("skip", deeds.skip, Right.EDIT),
        ("unskip", deeds.unskip, Right.EDIT),
    )

    def about(visit: Visit) -> str:
        return slug_of(desk, visit)

    return [
        Door(
            path=f"/newsletters/{{slug}}/{{cadence}}/{word}",
            handler=handler, right=right, about=about, method=Method.POST,
        )
        for word, handler, right in buttons
    ]  # fmt: skip
