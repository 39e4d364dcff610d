"""Newsletters: what there is, and a page for each with its times, dates, readers, last issues and looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.config.edits import value_at, values_of
from publisher.config.mailing import NewsletterTable
from publisher.config.nouns import cadences_of, relays_of
from publisher.errors import ConfigError
from publisher.house.configsaving import text_now
from publisher.house.opened import House
from publisher.model.issue import Issue
from publisher.model.look import Look
from publisher.model.user import Right
from publisher.store import archive, ledger
from publisher.store import issues as stored_issues
from publisher.web.desk.colleagues import told_to
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Somewhere
from publisher.web.desk.moments import span
from publisher.web.desk.newsletterview import CadenceCard, cards_of
from publisher.web.desk.standing import BADGES, parts_of
from publisher.web.desk.visit import Visit

LAST = 8  # issues


def is_in_force(house: House, slug: str) -> bool:
    """Whether what config.toml says of a newsletter by now is what we go by."""
    try:
        said = value_at(values_of(text_now(house)), ("newsletters", slug))
    except ConfigError:  # somebody is writing at it, or left it broken: Config tells that, and we go by what was
        return False
    if said is None or slug not in house.config.newsletters:
        return said is None and slug not in house.config.newsletters
    try:
        return NewsletterTable.model_validate(said, by_alias=True, by_name=False) == house.config.newsletters[slug]
    except ValidationError:
        return False


def slug_of(desk: Desk, visit: Visit) -> str:
    """The newsletter that a path names. Raises HTTPException 404 where there is none."""
    slug = visit.part("slug")
    if slug not in desk.house.newsletters:
        raise HTTPException(404)
    return slug


class NewsletterPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self, visit: Visit) -> Response:
        house = self._desk.house
        mine = visit.user.newsletters(Right.LOOK, tuple(house.newsletters))
        saved = visit.asked("saved")
        with house.store.read() as conn:
            cards = [
                {
                    "slug": slug,
                    "name": house.newsletters[slug].name,
                    "description": house.config.newsletters[slug].description,
                    "cadences": _told(visit, slug, cards_of(conn, house, slug, now=visit.now, number=1)),
                }
                for slug in mine
            ]
        values = {
            "cards": cards,
            "may_add": visit.may(Right.EDIT),
            "waits_for": saved if saved and visit.may(Right.EDIT) and not is_in_force(house, saved) else "",
        }
        return self._desk.page(visit, "desk/newsletters.html", values)

    def one(self, visit: Visit) -> Response:
        house, slug = self._desk.house, slug_of(self._desk, visit)
        table, newsletter = house.config.newsletters[slug], house.newsletters[slug]
        with house.store.read() as conn:
            values = {
                "slug": slug,
                "name": newsletter.name,
                "description": table.description,
                "cadences": _told(visit, slug, cards_of(conn, house, slug, now=visit.now)),
                "issues": self._last(conn, slug),
                "waits": bool(visit.asked("saved")) and not is_in_force(house, slug),
                "facts": self._facts(slug),
                "colours": _colours(newsletter.look),
                "may": {right.value: visit.may(right, slug) for right in Right},
                "asked": visit.now.isoformat(),
            }
        return self._desk.page(visit, "desk/newsletter.html", values)

    def _facts(self, slug: str) -> list[tuple[str, str]]:
        """What else config.toml says of it, in words."""
        config, newsletter = self._desk.house.config, self._desk.house.newsletters[slug]
        table = config.newsletters[slug]
        columns = [config.columns[one].name or one for one in newsletter.columns]
        sender = f"{newsletter.from_name} <{newsletter.from_address}>"
        relays = [
            name for name, relay in relays_of(config).items() if not relay.newsletters or slug in relay.newsletters
        ]
        look = [newsletter.template, table.text, f"{table.images} pictures"]
        return [
            ("Columns", ", ".join(columns) + ("" if table.columns else " (all of them)")),
            ("From", sender + ("" if table.sender else " (as all newsletters)")),
            ("Answers go to", newsletter.reply_to or "From"),
            ("Audience", f"its readers in the segment “{table.audience}”" if table.audience else "all its readers"),
            ("Relays", ", ".join(relays) or "none"),
            ("Draft", f"{span(table.draft)} before its time" if table.draft else "none: made at its time"),
            ("Approval", "somebody has to say yes" if table.approve else "goes by itself"),
            ("Posts in a letter", _extent(table.minimum, table.maximum, digests=bool(table.schedule))),
            ("Holidays", ", ".join(table.holidays) or "none"),
            ("Language", newsletter.language),
            ("Look", ", ".join(look)),
            ("Joining", "open to anybody" if table.signup and config.signup.open else "by the desk alone"),
        ]

    def _last(self, conn: Connection, slug: str) -> list[dict[str, object]]:
        recent = stored_issues.recent(conn, limit=LAST, newsletter=slug)
        subjects = archive.subjects(conn, [issue.id for issue in recent])
        return [self._issue(conn, issue, subjects.get(issue.id, "")) for issue in recent]

    def _issue(self, conn: Connection, issue: Issue, subject: str) -> dict[str, object]:
        counts = ledger.counts(conn, issue.id)
        return {
            "id": issue.id,
            "cadence": issue.cadence.value.replace("-", " "),
            "subject": subject,
            "badge": BADGES[issue.state],
            "due": self._desk.moment(issue.due),
            "parts": parts_of(counts),
            "total": sum(counts.values()),
        }


def _extent(least: int, most: int, *, digests: bool) -> str:
    if not digests:
        return "one"
    return f"{least:,} to {most:,}" if least > 1 else f"{most:,} at most"


def _colours(look: Look) -> list[tuple[str, str]]:
    """Those that are set, by name."""
    told = asdict(look)
    return [(name, told[name]) for name in ("accent", "ink", "paper", "ground") if told[name]]


def offered(desk: Desk, slug: str, cadence: str) -> str:
    """A cadence of a newsletter as a path names it. Raises HTTPException 404 for one it has not."""
    if cadence not in cadences_of(desk.house.config, slug):
        raise HTTPException(404)
    return cadence


def _told(visit: Visit, slug: str, cards: Sequence[CadenceCard]) -> list[CadenceCard]:
    """Without the names of who left dates out, where the visitor is told none."""
    return [
        replace(
            card,
            dates=tuple(replace(date, why=told_to(visit, date.why, slug)) for date in card.dates),
            last_note=told_to(visit, card.last_note, slug),
        )
        for card in cards
    ]


def doors(desk: Desk) -> list[Door]:
    pages = NewsletterPages(desk)

    def about(visit: Visit) -> str:
        return slug_of(desk, visit)

    return [
        Door(path="/newsletters", handler=pages.all, right=Right.LOOK, about=Somewhere.ANY),
        Door(path="/newsletters/{slug}", handler=pages.one, right=Right.LOOK, about=about),
    ]
