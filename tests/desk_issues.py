"""Issues for the desk's tests: the example's posts, readers, a draft, an issue to which all happened that can."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta

from sqlalchemy import select, update

from publisher.house.making import assemble_issue, draft_issue
from publisher.house.opened import House, utc_now
from publisher.house.relaying import send
from publisher.house.routing import open_traffic
from publisher.house.steps import collect
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.send.traffic import Told
from publisher.store import progress, schema, subscribers
from publisher.store.progress import By, Went
from publisher.store.subscribers import Joiner
from tests.desk_stand import Stand

DAY = timedelta(days=1)
BOTH: tuple[str, ...] = ()


def join(
    house: House, name: str, *columns: str, cadence: Cadence = Cadence.DAILY, domain: str = "quay.example"
) -> None:
    """A confirmed reader of the morning newsletter."""
    joiner = Joiner(
        email=f"{name}@{domain}", newsletter="morning", cadence=cadence, columns=columns, consent="a test", name=""
    )
    with house.store.write() as conn:
        subscribers.join(conn, joiner, now=utc_now() - 30 * DAY)


def fill(house: House, readers: int = 3) -> None:
    """All posts, and readers of both columns; ada has the night desk alone."""
    collect(house, now=utc_now())
    for number in range(readers):
        join(house, f"reader{number}")
    join(house, "ada", "night-desk")


def clear(house: House) -> None:
    """No issue, no caught letter, and all posts are news to all readers."""
    with house.store.write() as conn:
        for table in (schema.progress, schema.deliveries, schema.issues, schema.marks, schema.uses, schema.audit):
            conn.execute(table.delete())
        people = schema.subscribers
        conn.execute(people.delete().where(people.c.email.like("zoe%")))
        conn.execute(update(schema.subscriptions).values(seen_seq=0, ahead=""))
    shutil.rmtree(house.outbox, ignore_errors=True)


def put_draft(house: House, *, hours: int = 12, key: str = "2026-12-01") -> int:
    """The draft of a slot so many hours ahead."""
    now = utc_now()
    slot = Slot(key=key, at=now + timedelta(hours=hours))
    made = draft_issue(house, "morning", Cadence.DAILY, slot, now=now)
    assert made.issue, made
    return made.issue


def seen_by(stand: Stand, who: str, issue: int) -> dict[str, str]:
    """What the page that asks whether an issue goes says to its own button."""
    page = stand.get(who, f"/issues/{issue}/send").text
    found = re.search(r'name="seen" value="([^"]+)"', page)
    return {"seen": found[1]} if found else {}


def put_issue(house: House, *, key: str = "2026-11-20") -> int:
    """An issue that is queued."""
    now = utc_now()
    made = assemble_issue(house, "morning", Cadence.DAILY, Slot(key=key, at=now), now=now)
    assert made.deliveries, made
    return made.issue


def send_all(house: House) -> int:
    """A run of the sender; how many letters it sent."""
    with open_traffic(house) as traffic:
        return send(house, traffic, stop=lambda: False, told=Told()).sent


def let_happen(house: House, issue: int, states: list[tuple[DeliveryState, str]], *, then: IssueState) -> None:
    """Let the first letters of an issue stand so, each with a reason, and the rest be sent."""
    table = schema.deliveries
    with house.store.write() as conn:
        ids = list(conn.execute(select(table.c.id).where(table.c.issue == issue).order_by(table.c.id)).scalars())
        for number, one in enumerate(ids):
            state, reason = states[number] if number < len(states) else (DeliveryState.SENT, "")
            answer = {"code": 550, "enhanced": "5.1.1", "reply": "<script>alert(1)</script> no such user"}
            facts = answer if reason else {"code": 250, "enhanced": "", "reply": ""}
            later = utc_now() + timedelta(minutes=20) if state is DeliveryState.DEFERRED else None
            changed = update(table).where(table.c.id == one)
            conn.execute(changed.values(state=state, reason=reason, attempts=1, next_try=later, **facts))
        conn.execute(update(schema.issues).where(schema.issues.c.id == issue).values(state=then))
        went = [
            Went(by=By.RELAY, name="out", sent=max(0, len(ids) - len(states)), deferred=1, failed=len(states)),
            Went(by=By.DOMAIN, name="quay.example", sent=max(0, len(ids) - len(states)), failed=len(states)),
        ]
        progress.put(conn, progress.NOBODY, issue, went, now=utc_now())
