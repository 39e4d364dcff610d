"""A newsletter to make issues of, with letters so short that a test can make hundreds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from publisher.assemble.assembly import Assembled, Assembly
from publisher.assemble.drafting import draft
from publisher.assemble.releasing import approve, release
from publisher.assemble.singles import assemble_singles
from publisher.assemble.slots import assemble
from publisher.model.column import Column
from publisher.model.issue import Issue, IssueState, Newsletter
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence, Preference
from publisher.store import columns, issues, schema, subscribers
from publisher.store.database import Store
from publisher.store.preferences import Preferred, prefer
from publisher.store.subscribers import Joiner
from publisher.templating import Templates, open_templates
from tests.conftest import NOW
from tests.writers import a_post, put_posts

COLUMNS = ("harbour", "council", "weather")
QUIET = timedelta(minutes=10)
GRACE = timedelta(hours=6)
AHEAD = timedelta(hours=3)

HTML = """<!doctype html><html lang="en" dir="ltr"><head><title>{{ newsletter.name }}</title></head><body>
<h1>{{ newsletter.name }}</h1>{% for story in stories %}<h2>{{ story.post.title }}</h2>{% endfor %}
<p>{{ postal_address | join(' ') }}</p><p><a href="{{ slot.unsubscribe_url }}">Leave</a></p></body></html>
"""
TEXT = """{{ newsletter.name }}
{% for story in stories %}{{ story.post.title }}
{% endfor %}{{ postal_address | join(' ') }}
Leave: {{ slot.unsubscribe_url }}
"""


def brief_templates(folder: Path) -> Templates:
    """The template `brief`: titles, the address, the way to leave."""
    (folder / "letter").mkdir(parents=True)
    (folder / "letter" / "brief.html").write_text(HTML, encoding="utf-8")
    (folder / "letter" / "brief.txt").write_text(TEXT, encoding="utf-8")
    return open_templates(folder)


def an_assembly() -> Assembly:
    return Assembly(
        newsletter=Newsletter(
            slug="morning",
            name="The Morning Courier",
            columns=COLUMNS,
            from_name="The Courier",
            from_address="desk@courier.example",
            subject="{% if posts %}{{ lead.title }}{% else %}Nothing new{% endif %}",
            template="brief",
            related=0,
        ),
        columns={slug: Column(slug=slug, feed_id=f"tag:courier.example,2026:{slug}", name=slug) for slug in COLUMNS},
        site_name="The Courier",
        site_url="https://courier.example",
        postal_address="1 Quay Street",
        zone=ZoneInfo("Europe/Berlin"),
        maximum=5,
        quiet=QUIET,
        grace=GRACE,
        lifetime=timedelta(hours=24),
    )


class Meanwhile(Templates):
    """Templates of a folder; when a letter's HTML is rendered, something else happens to the house."""

    def __init__(self, real: Templates, then: Callable[[], object], *, times: int) -> None:
        super().__init__(own=real.own, defaults=real._defaults, catalogs=real._catalogs)
        self._then = [then] * times

    def render(self, name: str, values: Mapping[str, object]) -> str:
        if self._then and name.endswith(".html"):
            self._then.pop()()
        return super().render(name, values)


@dataclass
class Desk:
    """One newsroom's newsletter: posts come, readers come, issues are made; all by the real functions."""

    store: Store
    templates: Templates
    assembly: Assembly = field(default_factory=an_assembly)
    now: datetime = NOW
    queued: list[int] = field(default_factory=list)  # what the engine was told of
    at_release: Callable[[], object] | None = None  # happens when all is written and nothing is committed

    def __post_init__(self) -> None:
        with self.store.write() as conn:
            columns.put_newsletters(conn, [("morning", "The Morning Courier")], now=NOW)

    def change(self, **facts: object) -> None:
        """What config.toml says from now on."""
        self.assembly = replace(self.assembly, **facts)

    def meanwhile(self, then: Callable[[], object], *, times: int = 1) -> None:
        """Let this happen while the next letters are composed."""
        self.templates = Meanwhile(self.templates, then, times=times)

    def publish(self, *slugs: str) -> list[int]:
        """New posts of these columns, seen now."""
        with self.store.write() as conn:
            known = len(conn.execute(select(schema.posts.c.seq)).all())
            new = [
                replace(a_post(number, column=slug), first_seen=self.now)
                for number, slug in enumerate(slugs, known + 1)
            ]
            return put_posts(conn, new)

    def join(self, name: str, *slugs: str, cadence: Cadence = Cadence.DAILY) -> None:
        joiner = Joiner(
            email=f"{name}@readers.example", newsletter="morning", cadence=cadence, columns=slugs, consent="a test"
        )
        with self.store.write() as conn:
            subscribers.join(conn, joiner, now=self.now)

    def leave(self, name: str) -> None:
        with self.store.write() as conn:
            subscribers.leave_all(conn, f"{name}@readers.example", now=self.now, how="one-click")

    def prefer(self, name: str, cadence: Cadence, slugs: tuple[str, ...]) -> bool:
        """A reader chooses anew; False where nothing changed."""
        with self.store.write() as conn:
            person = subscribers.find(conn, f"{name}@readers.example")
            assert person
            wanted = Preference(cadence=cadence, columns=slugs)
            done = prefer(conn, person.subscriptions[0].id, wanted, columns=COLUMNS, now=self.now)
        return done is Preferred.SAVED

    def slot(self, *, at: datetime | None = None) -> Slot:
        moment = at or self.now
        return Slot(key=f"{moment:%Y%m%dT%H%M}", at=moment)

    def assemble(self, cadence: Cadence = Cadence.DAILY, *, at: datetime | None = None) -> Assembled:
        """The issue of the slot at `at`, made now."""
        return assemble(
            self.store,
            self.assembly,
            cadence=cadence,
            slot=self.slot(at=at),
            now=self.now,
            templates=self.templates,
            enqueue=self._enqueue,
        )

    def draft(self, cadence: Cadence = Cadence.DAILY, *, at: datetime | None = None) -> Assembled:
        """The draft of the slot at `at`, else of one that is three hours ahead."""
        slot = self.slot(at=at or self.now + AHEAD)
        return draft(self.store, self.assembly, cadence=cadence, slot=slot, now=self.now, templates=self.templates)

    def singles(self) -> list[Assembled]:
        return assemble_singles(
            self.store, self.assembly, now=self.now, templates=self.templates, enqueue=self._enqueue
        )

    def release(self, issue: int) -> Assembled:
        return release(self.store, self.assembly, issue, now=self.now, templates=self.templates, enqueue=self._enqueue)

    def approve(self, issue: int) -> Assembled:
        return approve(self.store, self.assembly, issue, now=self.now, templates=self.templates, enqueue=self._enqueue)

    def _enqueue(self, conn: Connection, issue: int) -> None:
        assert issues.get_issue(conn, issue).state is IssueState.QUEUED
        self.queued.append(issue)
        if self.at_release:
            self.at_release()

    def issue(self, number: int) -> Issue:
        with self.store.read() as conn:
            return issues.get_issue(conn, number)

    def got(self) -> dict[str, list[list[int]]]:
        """The posts of each letter of each reader, by the name in the address; in the order they were made."""
        ledger, variants, held = schema.deliveries, schema.variants, schema.variant_posts
        wishes, people = schema.subscriptions, schema.subscribers
        wanted = (
            select(people.c.email, ledger.c.id, held.c.post)
            .select_from(ledger)
            .join(wishes, wishes.c.id == ledger.c.subscription)
            .join(people, people.c.id == wishes.c.subscriber)
            .join(variants, variants.c.id == ledger.c.variant)
            .outerjoin(held, held.c.variant == variants.c.id)
            .order_by(ledger.c.id, held.c.position)
        )
        found: dict[str, dict[int, list[int]]] = {}
        with self.store.read() as conn:
            for email, delivery, post in conn.execute(wanted):
                letter = found.setdefault(email.partition("@")[0], {}).setdefault(delivery, [])
                letter += [post] if post is not None else []
        return {name: list(letters.values()) for name, letters in found.items()}

    def places(self) -> dict[str, tuple[int, tuple[int, ...]]]:
        """How far each reader has been told the news, and what was had ahead of that."""
        with self.store.read() as conn:
            return {
                person.email.partition("@")[0]: (wish.seen_seq, wish.ahead)
                for person in subscribers.get_all(conn)
                for wish in person.subscriptions
            }

    def rows(self, *tables: str) -> list[int]:
        with self.store.read() as conn:
            return [len(conn.execute(schema.metadata.tables[name].select()).all()) for name in tables]
