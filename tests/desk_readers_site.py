"""The example site with a second newsletter, and readers of whom something is known."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select, update

from publisher.model.asking import Choice, Proof
from publisher.model.issue import Variant
from publisher.model.letter import Letter
from publisher.model.reason import Reason
from publisher.model.standing import Standing, State
from publisher.model.subscriber import Cadence
from publisher.model.suppression import Grounds
from publisher.store import (
    audience,
    issues,
    messages,
    pauses,
    schema,
    signups,
    standings,
    subscribers,
    suppressions,
    tags,
)
from publisher.store.joiner import Joiner
from tests.desk_stand import TOP, Stand
from tests.writers import a_post, an_issue, put_posts

STRANGE = '<script>alert("x")</script>'
WEEKEND = """
[newsletters.weekend]
name = "Weekend"
columns = ["harbour-notes"]
schedule = { weekly = "Sat 09:00" }

[segments.patrons]
tags = ["patron"]
"""


def config() -> str:
    return (TOP / "config.toml").read_text("utf-8").replace("[mail]\n", WEEKEND + "\n[mail]\n", 1)


def fill(stand: Stand, *, crowd: int = 8) -> dict[str, int]:
    """Some readers; their numbers by name. Ada reads both newsletters, Bo the weekend alone."""
    now = stand.clock()
    with stand.house.store.write() as conn:
        people = {
            "ada": _join(conn, stand, "ada", "morning", name="Ada Lind"),
            "bo": _join(conn, stand, "bo", "weekend", cadence=Cadence.WEEKLY, name="Bo"),
            "cy": _join(conn, stand, "cy", "morning", name=STRANGE),
            "di": _join(conn, stand, "di", "morning", name="Di"),
            "ed": _join(conn, stand, "ed", "morning", name="Ed"),
        }
        _join(conn, stand, "ada", "weekend", cadence=Cadence.WEEKLY)
        for number in range(crowd):
            _join(conn, stand, f"reader{number}", "morning", name=f"Reader {number}")
        tags.put(conn, people["ada"], ["patron", STRANGE])
        _letters(conn, stand)
        messages.settle(
            conn,
            messages.keep(conn, "a-digest", b"Subject: returned\n\n", came_by="pipe", came_to=(), now=now),
            {
                "kind": "bounce", "subscriber": people["ada"], "reason": Reason.MAILBOX_FULL.value,
                "detail": f"452 no room {STRANGE}", "acted": "counted",
            },
        )  # fmt: skip
        standings.put(
            conn, people["ada"], Standing(state=State.RESTING, until=now + timedelta(days=3), why=Reason.MAILBOX_FULL)
        )
        pauses.pause(conn, people["di"], until=now + timedelta(days=9))
        suppressions.put(conn, "ed@readers.example", why=Grounds.COMPLAINT, detail=STRANGE, now=now)
        suppressions.put(conn, "nobody@readers.example", why=Grounds.BY_HAND, detail="asked by telephone", now=now)
        proof = Proof(ip="192.0.2.7", form=signups.keep_text(conn, f"I want it {STRANGE}", now=now), at=now)
        choice = Choice(newsletter="weekend", cadence=Cadence.WEEKLY)
        signups.ask(conn, "fay@readers.example", [choice], proof)
        fay = subscribers.find(conn, "fay@readers.example")
        assert fay
        people["fay"] = fay.id
    return people


def _join(
    conn: Connection, stand: Stand, who: str, newsletter: str, *, cadence: Cadence = Cadence.DAILY, name: str = ""
) -> int:
    joiner = Joiner(
        email=f"{who}@readers.example", newsletter=newsletter, cadence=cadence, name=name, consent="signed at the fair"
    )
    subscribers.join(conn, joiner, now=stand.clock())
    reader = subscribers.find(conn, joiner.email)
    assert reader
    return reader.id


def _letters(conn: Connection, stand: Stand) -> None:
    """An issue for all of the morning; Ada's letter is put off, with the relay's last words."""
    now = stand.clock()
    seqs = put_posts(conn, [a_post(1, column="harbour-notes", title="The ferry that waits")])
    letter = Letter(subject=f"The ferry that waits {STRANGE}", html="<p>News.</p>", text="News.\n")
    wishes = tuple(audience.wishes(conn, "morning", Cadence.DAILY))
    issue = an_issue(through_seq=max(seqs), now=now)
    after = {one: type(one)(columns=one.columns, seen_seq=max(seqs), ahead=()) for one in wishes}
    variant = Variant(key="all", wishes=wishes, seqs=tuple(seqs))
    frozen = issues.freeze(conn, issue, [(variant, letter)], after=after)
    wishes_of = schema.subscriptions
    ada = select(wishes_of.c.id).join(schema.subscribers, schema.subscribers.c.id == wishes_of.c.subscriber)
    ada = ada.where(schema.subscribers.c.address_key == "ada@readers.example", wishes_of.c.newsletter == "morning")
    facts = {"state": "deferred", "code": 452, "enhanced": "4.2.2", "reply": f"no room {STRANGE}", "attempts": 2}
    facts |= {"reason": Reason.MAILBOX_FULL.value, "next_try": now + timedelta(hours=1)}
    ledger = schema.deliveries
    mine = (ledger.c.issue == frozen.issue, ledger.c.subscription.in_(ada))
    assert conn.execute(update(ledger).where(*mine).values(facts)).rowcount == 1
