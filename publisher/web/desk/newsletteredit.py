"""Editing a newsletter, and adding one: its table in config.toml as a form, saved by the same way as all of config.

Where somebody else changed config.toml meanwhile, what they did not touch is taken over into the
form, and what both changed is shown beside it; saving again then goes on top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import available_timezones

from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.responses import Response

from publisher.config.crossing import crossing_mistakes
from publisher.config.edits import Edit, value_at, values_of, with_edits
from publisher.config.mistakes import Mistake, dotted, mistakes_of
from publisher.config.refused import Refused
from publisher.config.schema import Config
from publisher.config.shape import shape_at
from publisher.config.values import slug as read_slug
from publisher.errors import WrongUse
from publisher.house.configsaving import Conflict, digest_of, save, text_now
from publisher.house.linetemplates import NAMES, line_mistake
from publisher.model.user import Right
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method, Somewhere
from publisher.web.desk.newsletterdates import Foreseen, foresee
from publisher.web.desk.newsletterfields import (
    CADENCES,
    GROUPS,
    Typed,
    described,
    edits_of,
    field_of,
    in_prose,
    merged,
    shown,
    table_of,
    typed_in,
)
from publisher.web.desk.newsletters import slug_of
from publisher.web.desk.reach import may
from publisher.web.desk.visit import Visit

EMPTY = "It cannot be empty: write something."
WITHIN = "It counts within two seconds."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form as it is shown."""

    slug: str  # "": of a newsletter that is new
    text: str  # of config.toml
    typed: Typed
    now: Typed  # what config.toml says
    new_slug: str = ""
    wrong: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by field; "": of no field
    theirs: Mapping[str, str] = field(default_factory=dict)  # by field: what somebody else wrote meanwhile
    is_conflict: bool = False


class NewsletterForm:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._zones = sorted(available_timezones())

    def edit(self, visit: Visit) -> Response:
        slug, text = slug_of(self._desk, visit), text_now(self._desk.house)
        now = shown(_table(text, slug))
        return self._page(visit, Sheet(slug=slug, text=text, typed=now, now=now))

    def change(self, visit: Visit) -> Response:
        slug, text = slug_of(self._desk, visit), text_now(self._desk.house)
        now = shown(_table(text, slug))
        # What its sender may not change is as it stands, whatever the form says of it.
        began_with = typed_in(lambda name: visit.text(f"was-{name}"), lambda right: visit.may(right, slug), now)
        typed = typed_in(lambda name: _typed(visit, name), lambda right: visit.may(right, slug), now)
        if visit.text("digest") != digest_of(text):
            return self._conflict(visit, slug, text, typed=typed, began_with=began_with)
        edits = edits_of(("newsletters", slug), typed, now)
        sheet = Sheet(slug=slug, text=text, typed=typed, now=now)
        if visit.has("look"):
            return self._page(visit, sheet)
        if not edits:
            return self._desk.back(visit, f"/newsletters/{slug}", "Nothing was changed.")
        new = with_edits(text, edits)
        if wrong := self._beyond(visit, typed, now) or self._wrong_lines(visit, typed, now) or _wrong(new, slug):
            return self._page(visit, Sheet(slug=slug, text=text, typed=typed, now=now, wrong=wrong), status=422)
        try:
            self._save(visit, slug, new, note=f"newsletter {slug}: {described(typed, now)}", act="newsletter.edit")
        except Conflict as wrong_digest:
            return self._conflict(visit, slug, wrong_digest.theirs, typed=typed, began_with=began_with)
        return self._desk.back(visit, f"/newsletters/{slug}?saved=1", f"Saved. {WITHIN}")

    def begin(self, visit: Visit) -> Response:
        text, nothing = text_now(self._desk.house), shown({})
        return self._page(visit, Sheet(slug="", text=text, typed=nothing, now=nothing))

    def add(self, visit: Visit) -> Response:
        text, nothing, slug = text_now(self._desk.house), shown({}), visit.text("slug")
        typed = typed_in(lambda name: _typed(visit, name), visit.may, nothing)
        wrong: Mapping[str, Sequence[str]] = {}
        if not visit.has("look"):
            wrong = (
                _wrong_slug(slug, text)
                or self._wrong_lines(visit, typed, nothing)
                or _wrong(new := _with_new(text, slug, typed), slug)
            )
            if not wrong:
                visit = _on_top_of(visit, text)
                self._save(visit, slug, new, note=f"newsletter {slug} is new", act="newsletter.add")
                return self._desk.back(visit, f"/newsletters?saved={slug}", f"{typed['name']} is added. {WITHIN}")
        sheet = Sheet(slug="", text=text, typed=typed, now=nothing, new_slug=slug, wrong=wrong)
        return self._page(visit, sheet, status=422 if wrong else 200)

    def dates(self, visit: Visit) -> Response:
        """The dates of one field alone, while somebody types."""
        times = next((visit.asked(f"schedule-{name}") for name in CADENCES if visit.asked(f"schedule-{name}")), "")
        found = self._foresee(visit, times, visit.asked("time_zone"), visit.asked("holidays"))
        return self._desk.page(visit, "desk/newsletter_dates.html", {"foreseen": found})

    def _save(self, visit: Visit, slug: str, new: str, *, note: str, act: str) -> None:
        def also(conn: Connection, diff: str) -> None:
            self._desk.note(conn, visit, act, f"newsletter:{slug}", newsletter=slug, after=diff)

        digest, who = visit.text("digest"), visit.user.called
        save(self._desk.house, new, digest=digest, who=who, note=note, now=visit.now, also=also)

    def _conflict(self, visit: Visit, slug: str, text: str, *, typed: Typed, began_with: Typed) -> Response:
        now = shown(_table(text, slug))
        sheet = Sheet(
            slug=slug,
            text=text,
            typed=merged(typed, began_with, now),
            now=now,
            theirs={
                name: value
                for name, value in now.items()
                if value != began_with[name] and typed[name] not in (began_with[name], value)
            },
            is_conflict=True,
        )
        return self._page(visit, sheet, status=409)

    def _beyond(self, visit: Visit, typed: Typed, now: Typed) -> dict[str, list[str]]:
        """What somebody would take in who may not: whoever has a newsletter may edit the posts of its columns."""
        house = self._desk.house
        had, taken = ((one["columns"].split() or list(house.config.columns)) for one in (now, typed))
        strangers = [one for one in taken if one not in had and not may(visit, house, Right.EDIT, one)]
        if not strangers:
            return {}
        told = f"{', '.join(strangers)}: no newsletter of yours has that. Who may edit all of the site adds it."
        return {"columns": [told]}

    def _wrong_lines(self, visit: Visit, typed: Typed, now: Typed) -> dict[str, list[str]]:
        """Subjects and greetings are templates: one that cannot be read would hold all letters."""
        templates, is_owner = self._desk.house.templates, visit.may(Right.OWN)
        lines = [name for name in NAMES if typed[name] and typed[name] != now[name]]
        told = {name: line_mistake(templates, name, typed[name], is_trusted=is_owner) for name in lines}
        return {name: [in_prose(f"It {words}.")] for name, words in told.items() if words}

    def _foresee(self, visit: Visit, times: str, zone: str, holidays: str) -> Foreseen:
        return foresee(times, zone, holidays, site_zone=self._desk.house.config.site.time_zone, now=visit.now)

    def _page(self, visit: Visit, sheet: Sheet, *, status: int = 200) -> Response:
        config, typed = self._desk.house.config, sheet.typed
        chosen = typed["columns"].split()
        known = {slug: table.name or slug for slug, table in config.columns.items()}
        values = {
            "slug": sheet.slug,
            "new_slug": sheet.new_slug,
            "name": self._desk.house.newsletters[sheet.slug].name if sheet.slug else "",
            "digest": digest_of(sheet.text),
            "sheet": sheet,
            "groups": [
                (title, [(one, visit.may(one.right, sheet.slug)) for one in fields]) for title, fields in GROUPS
            ],
            "times_help": shape_at(("newsletters", "NAME", "schedule")).description,
            "columns": [
                (slug, known.get(slug, slug), chosen.index(slug) + 1 if slug in chosen else "")
                for slug in (*known, *(one for one in chosen if one not in known))
            ],
            "segments": list(config.segments),
            "zones": self._zones,
            "site_zone": config.site.time_zone,
            "site_from": config.mail.sender if config.mail else "",
            "foreseen": {
                name: self._foresee(visit, typed[f"schedule-{name}"], typed["time_zone"], typed["holidays"])
                for name in CADENCES
            },
        }
        return self._desk.page(visit, "desk/newsletter_edit.html", values, status=status)


def _on_top_of(visit: Visit, text: str) -> Visit:
    """A new table touches nobody's: it may be added to whatever config.toml says by now."""
    fields = {**visit.fields, "digest": (digest_of(text),)}
    return Visit(request=visit.request, signed_in=visit.signed_in, ip=visit.ip, now=visit.now, fields=fields)


def _table(text: str, slug: str) -> Mapping[str, object]:
    found = value_at(values_of(text), ("newsletters", slug))
    if not isinstance(found, Mapping):
        raise WrongUse(f"config.toml has no newsletter {slug!r} any more; somebody took it out just now")
    return found


def _typed(visit: Visit, name: str) -> str:
    """What stands in a field; of columns, those with a number, in the order of their numbers."""
    if name != "columns":
        return visit.text(name)
    places = ((one.removeprefix("column-"), visit.text(one)) for one in visit.fields if one.startswith("column-"))
    numbered = [(float(place) if _is_number(place) else float("inf"), slug) for slug, place in places if place]
    return " ".join(slug for _, slug in sorted(numbered, key=lambda one: one[0]))


def _is_number(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdigit()


def _with_new(text: str, slug: str, typed: Typed) -> str:
    return with_edits(text, [Edit(key=("newsletters", slug), value=table_of(typed))])


def _wrong_slug(slug: str, text: str) -> dict[str, list[str]]:
    try:
        read_slug(slug)
    except Refused as wrong:
        return {"slug": [in_prose(f"It {wrong.wrong}: {wrong.cure}.")]}
    if value_at(values_of(text), ("newsletters", slug)) is not None:
        return {"slug": ["There is a newsletter of that name already: choose another."]}
    return {}


def _wrong(text: str, slug: str) -> dict[str, list[str]]:
    """Every mistake of a text, by the field of the newsletter that it stands at."""
    found: dict[str, list[str]] = {}
    for mistake in _mistakes(values_of(text)):
        is_here = mistake.key[:2] == ("newsletters", slug)
        name = field_of(mistake.key[2:]) if is_here else ""
        place = "" if name else f"{dotted(mistake.key)} "
        is_empty = name and mistake.wrong == "is missing"
        sentence = EMPTY if is_empty else in_prose(f"{place or 'It '}{mistake.sentence()}.")
        if sentence not in found.setdefault(name, []):
            found[name].append(sentence)
    return found


def _mistakes(values: Mapping[str, object]) -> list[Mistake]:
    found: list[Mistake] = []
    try:
        Config.model_validate(values, by_alias=True, by_name=False)
    except ValidationError as wrong:
        found = list(mistakes_of(wrong))
    return [*found, *crossing_mistakes(values)]


def doors(desk: Desk) -> list[Door]:
    form = NewsletterForm(desk)

    def about(visit: Visit) -> str:
        return slug_of(desk, visit)

    # No slug has a low line: these stand in no newsletter's way.
    return [
        Door(path="/newsletters/_dates/part", handler=form.dates, right=Right.EDIT, about=Somewhere.ANY),
        Door(path="/newsletters/_new", handler=form.begin, right=Right.EDIT),
        Door(path="/newsletters/_new", handler=form.add, right=Right.EDIT, method=Method.POST),
        Door(path="/newsletters/{slug}/edit", handler=form.edit, right=Right.EDIT, about=about),
        Door(path="/newsletters/{slug}/edit", handler=form.change, right=Right.EDIT, about=about, method=Method.POST),
    ]
