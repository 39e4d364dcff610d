"""The site of the simulated year: forty columns, three newsletters in three zones, tiny templates of its own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.assemble.assembly import Assembly
from publisher.config.holidays import Holidays, read_holidays
from publisher.model.column import Column
from publisher.model.issue import Newsletter
from publisher.model.subscriber import Cadence
from publisher.schedule.slots import ByTheWall, by_the_wall

BEGIN = datetime(2028, 1, 1, tzinfo=UTC)  # a leap year
DAYS = 366
COLUMNS = tuple(f"column-{number:02}" for number in range(40))
SETS = 7  # sets of columns that readers of a newsletter choose from, beside all of them

_HTML = """<!DOCTYPE html>
<html lang="{{ language }}" dir="{{ direction }}">
<head><meta charset="utf-8"><title>{{ newsletter.name }}</title></head>
<body><h1>{{ newsletter.name }}</h1>
{% for story in stories %}<h2>{{ story.post.title }}</h2><p>{{ story.post.summary }}</p>{% endfor %}
<p>{% for line in postal_address %}{{ line }} {% endfor %}</p>
<p><a href="{{ slot.unsubscribe_url }}">Unsubscribe</a> <a href="{{ slot.preferences_url }}">Preferences</a></p></body>
</html>
"""
_TEXT = """{{ newsletter.name }}

{% for story in stories %}
{{ story.post.title }}

{{ story.post.summary }}

{% endfor %}
{% for line in postal_address %}
{{ line }}
{% endfor %}
Unsubscribe: {{ slot.unsubscribe_url }}
Preferences: {{ slot.preferences_url }}
"""
_FIRST_MORNING = "monthly 1 09:00"
_LAST_EVENING = "monthly last 18:00"
BROKEN = "{% for story in storys %}{% endfor %}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A newsletter with all that its table in config.toml would say."""

    assembly: Assembly
    schedule: dict[Cadence, str]
    holidays: Holidays
    draft: timedelta | None = None
    as_it_happens: bool = False
    sets: tuple[tuple[str, ...], ...]  # what readers choose from; () is all columns

    @property
    def slug(self) -> str:
        return self.assembly.newsletter.slug

    @property
    def columns(self) -> tuple[str, ...]:
        return self.assembly.newsletter.columns

    @property
    def cadences(self) -> tuple[Cadence, ...]:
        return (*self.schedule, Cadence.AS_IT_HAPPENS) if self.as_it_happens else tuple(self.schedule)

    def when(self, cadence: Cadence) -> ByTheWall:
        return by_the_wall(self.schedule[cadence], self.assembly.zone, self.holidays)


def papers(chance: random.Random) -> dict[str, Paper]:
    """The three newsletters; which sets of columns their readers like is drawn."""
    made = (
        _paper(
            chance, "harbour", COLUMNS[:18], "Europe/Berlin",
            schedule={Cadence.DAILY: "Mon,Wed,Fri 07:00", Cadence.WEEKLY: "Sun 02:30", Cadence.MONTHLY: _FIRST_MORNING},
            holidays=("12-24/01-01", "2028-04-14/2028-04-17"),
            draft=timedelta(hours=3), approve=True,
        ),
        _paper(
            chance, "evening", COLUMNS[12:30], "America/New_York",
            schedule={Cadence.DAILY: "Sun,Tue,Thu 02:30", Cadence.WEEKLY: "Fri 12:00", Cadence.MONTHLY: _LAST_EVENING},
            holidays=("07-04", "2028-11-23"),
            minimum=2, maximum=5,
        ),
        _paper(
            chance, "southern", COLUMNS[24:], "Pacific/Auckland",
            schedule={Cadence.DAILY: "30 2 * * 0,3", Cadence.WEEKLY: "Mon 18:30", Cadence.MONTHLY: "0 9 29 * *"},
            holidays=("02-06",),
            as_it_happens=True, skip_empty=False,
        ),
    )  # fmt: skip
    return {paper.slug: paper for paper in made}


def _paper(
    chance: random.Random,
    slug: str,
    columns: Sequence[str],
    zone: str,
    *,
    schedule: dict[Cadence, str],
    holidays: Sequence[str],
    minimum: int = 1,
    maximum: int = 20,
    skip_empty: bool = True,
    approve: bool = False,
    draft: timedelta | None = None,
    as_it_happens: bool = False,
) -> Paper:
    newsletter = Newsletter(
        slug=slug,
        name=f"The {slug.title()} Courier",
        columns=tuple(columns),
        from_name="The Courier",
        from_address="desk@courier.example",
        subject="{{ lead.title if posts else newsletter.name }}",
        template="tiny",
        related=0,
    )
    assembly = Assembly(
        newsletter=newsletter,
        columns={name: Column(slug=name, feed_id=feed_id_of(name), name=name.title()) for name in COLUMNS},
        site_name="The Courier",
        site_url="https://courier.example",
        postal_address="The Courier\n1 Quay Street\n20457 Portside",
        zone=ZoneInfo(zone),
        maximum=maximum,
        minimum=minimum,
        skip_empty=skip_empty,
        quiet=timedelta(minutes=10),
        approve=approve,
        grace=timedelta(hours=6),
        lifetime=timedelta(hours=24),
    )
    sets = {tuple(sorted(chance.sample(columns, chance.randint(1, 6)))) for _ in range(SETS)}
    return Paper(
        assembly=assembly,
        schedule=schedule,
        holidays=read_holidays(holidays),
        draft=draft,
        as_it_happens=as_it_happens,
        sets=((), *sorted(sets)),
    )


def feed_id_of(column: str) -> str:
    return f"tag:courier.example,2028:{column}"


def write_templates(folder: Path) -> None:
    """The site's own templates: as little as a letter must have, so that a year of letters is made quickly."""
    letters = folder / "letter"
    letters.mkdir(parents=True, exist_ok=True)
    (letters / "tiny.html").write_text(_HTML, encoding="utf-8")
    (letters / "tiny.txt").write_text(_TEXT, encoding="utf-8")


def break_template(folder: Path) -> None:
    (folder / "letter" / "tiny.txt").write_text(BROKEN, encoding="utf-8")
