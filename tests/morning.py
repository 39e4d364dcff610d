"""The Morning Courier: a newsletter of two columns to make issues of, with the real templates, and who gets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembled, Assembly
from publisher.assemble.slots import assemble
from publisher.model.column import Column
from publisher.model.issue import Newsletter
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import subscribers
from publisher.store.database import Store
from publisher.store.subscribers import Joiner
from publisher.templating import Templates, open_templates
from tests.conftest import NOW
from tests.writers import a_post, put_posts, put_readers

SITE = "https://courier.example"
ADDRESS = "The Courier\n1 Quay Street\n20457 Portside"
COLUMNS = {
    slug: Column(slug=slug, feed_id=f"tag:courier.example,2026:{slug}", name=slug.title())
    for slug in ("harbour", "council")
}
NEWSLETTER = Newsletter(
    slug="morning",
    name="The Morning Courier",
    columns=("harbour", "council"),
    from_name="The Courier",
    from_address="desk@courier.example",
    subject="{{ lead.title }}",
)
ASSEMBLY = Assembly(
    newsletter=NEWSLETTER,
    columns=COLUMNS,
    site_name="The Courier",
    site_url=SITE,
    postal_address=ADDRESS,
    zone=ZoneInfo("Pacific/Auckland"),
    maximum=3,
    grace=timedelta(hours=6),
    lifetime=timedelta(hours=24),
)
SLOT = Slot(key="2026-11-22", at=NOW)


def day(number: int) -> Slot:
    return Slot(key=f"2026-11-{22 + number}", at=NOW + timedelta(days=number))


def ignore(conn: Connection, issue: int) -> None:
    """An engine that looks for itself needs no call."""


def make(
    store: Store,
    assembly: Assembly = ASSEMBLY,
    *,
    slot: Slot = SLOT,
    now: datetime | None = None,
    templates: Templates | None = None,
    enqueue: Callable[[Connection, int], object] = ignore,
) -> Assembled:
    return assemble(
        store,
        assembly,
        cadence=Cadence.DAILY,
        slot=slot,
        now=now or slot.at,
        templates=templates or open_templates(None),
        enqueue=enqueue,
    )


def put_reader(conn: Connection, name: str, *columns: str) -> None:
    joiner = Joiner(
        email=f"{name}@readers.example", newsletter="morning", cadence=Cadence.DAILY, columns=columns, consent="a test"
    )
    subscribers.join(conn, joiner, now=NOW)


def fill(store: Store, *, lead: str = "High tide") -> None:
    """Two posts of two columns; two readers of both, and ada, who has just the second."""
    with store.write() as conn:
        put_posts(conn, [a_post(1, title=lead), a_post(2, column="council", title="The vote")])
        put_readers(conn, 2)
        put_reader(conn, "ada", "council")
