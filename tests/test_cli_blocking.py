"""Domains that send letters back for what is about us: paused, told of, and counted by what each of them said."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from publisher.bounce.mailbox import Received
from publisher.cli import run
from publisher.house.keepingup import bring_up_to_date
from publisher.house.opened import House, utc_now
from publisher.house.returning import taker_of
from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason
from publisher.store import blocks, claims, destinations, ledger, schema
from publisher.store.blocks import Counted
from publisher.store.database import Store
from publisher.store.ledger import Settled
from tests.conftest import NOW
from tests.letter_stand import edit, house_of
from tests.returned_mail import SENT, address_of, bounce_of, complaint_of
from tests.test_send_returns import half_sent
from tests.writers import SENDER, move_readers, put_issue_on_its_way

SOUTH = "south.example"
SPAM = "554 5.7.1 Message rejected as spam by content scanning"
FULL = "552 5.2.2 The mailbox is over its quota"


def come_back(house: House, deliveries: list[int], said: str = SPAM) -> None:
    take = taker_of(house, "imap", lambda paused: pytest.fail(str(paused)))
    for one in deliveries:
        octets = bounce_of(0, f"x@{SOUTH}", said, to=address_of(one, house.keys))
        take(Received(place="", octets=octets))


def going_out(house: House) -> tuple[int, list[int], list[int]]:
    """An issue of which half is sent: those letters that went to one domain, and those that went to others."""
    issue, ids = half_sent(house, readers=90, letters=92)
    with house.store.write() as conn:
        move_readers(conn, SOUTH, every=3)
        people, wishes, rows = schema.subscribers, schema.subscriptions, schema.deliveries
        reader = rows.join(wishes, wishes.c.id == rows.c.subscription).join(people, people.c.id == wishes.c.subscriber)
        wanted = select(rows.c.id).select_from(reader).where(people.c.email.like(f"%@{SOUTH}"), rows.c.id.in_(ids))
        south = list(conn.execute(wanted.order_by(rows.c.id)).scalars())
    return issue, south, [one for one in ids if one not in south]


def paused(house: House) -> dict[str, str]:
    with house.store.read() as conn:
        return {name: one.why for name, one in destinations.paused(conn).items() if one.is_paused(utc_now())}


def look(house: House) -> list[str]:
    """As is done each minute."""
    said: list[str] = []
    bring_up_to_date(house, lambda: False, said.append)
    return said


@pytest.fixture
def never_pauses(courier: Path) -> Path:
    """A site whose issues do not pause for it, however few their letters are."""
    edit(courier, "[mail]", "[mail]\npause_at = { refused = 100, blamed = 200 }")
    return courier


def test_a_domain_that_sends_many_letters_back_for_what_is_about_us_is_left_alone(never_pauses: Path) -> None:
    with house_of(never_pauses) as house:
        issue, south, others = going_out(house)
        assert len(south) == 30
        come_back(house, south[:14])
        assert (look(house), paused(house)) == ([], {}), "fewer than half"
        come_back(house, south[14:15])
        come_back(house, others[:9])
        why = f"15 of 30 letters of issue {issue} came back: spam 15"
        (said,) = look(house)
        assert said.startswith(f"{SOUTH} is paused until ")
        assert said.endswith(f": {why}; to try it at once: publisher relays resume {SOUTH}")
        assert paused(house) == {SOUTH: why}
        assert look(house) == [], "once"
        with house.store.write() as conn:
            assert destinations.end_pause(conn, SOUTH)
        come_back(house, south[15:24])
        assert look(house) == [], "what it was paused for is not counted again"
        come_back(house, south[24:25])
        assert len(look(house)) == 1
        with house.store.read() as conn:
            assert not conn.execute(select(schema.suppressions.c.email)).all()
            assert not conn.execute(select(schema.standings.c.subscriber)).all()


def test_what_is_about_readers_pauses_no_domain(never_pauses: Path) -> None:
    with house_of(never_pauses) as house:
        _, south, _ = going_out(house)
        come_back(house, south[:20], FULL)
        assert (look(house), paused(house)) == ([], {})


def test_domains_that_config_takes_for_one_are_counted_as_one(never_pauses: Path) -> None:
    text = (never_pauses / "config.toml").read_text()
    table = f'[destinations."readers.example"]\nalso = ["{SOUTH}"]\nlimit = {{ second = 100 }}\n'
    (never_pauses / "config.toml").write_text(f"{text}\n{table}")
    with house_of(never_pauses) as house:
        issue, south, others = going_out(house)
        come_back(house, south[:20] + others[:25])
        assert look(house) == [], "45 of 92"
        come_back(house, others[25:26])
        assert len(look(house)) == 1
        assert paused(house) == {"readers.example": f"46 of 92 letters of issue {issue} came back: spam 46"}


def test_whoever_only_fetches_pauses_it_too(never_pauses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = never_pauses / "box"
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True)
    text = (never_pauses / "config.toml").read_text()
    (never_pauses / "config.toml").write_text(f'{text}\n[bounces.box]\nurl = "maildir:box"\n')
    with house_of(never_pauses) as house:
        _, south, _ = going_out(house)
        for one in south[:16]:
            (folder / "new" / str(one)).write_bytes(bounce_of(0, f"x@{SOUTH}", SPAM, to=address_of(one, house.keys)))
    capsys.readouterr()
    assert run(["bounces", "fetch"]) == 0
    told = capsys.readouterr()
    assert "box: 16 stored" in told.out
    assert f"{SOUTH} is paused until " in told.err
    assert run(["bounces", "fetch"]) == 0
    assert capsys.readouterr().err == ""


@pytest.fixture
def said(courier: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command that goes well prints."""

    def say(*arguments: str) -> str:
        capsys.readouterr()
        assert run([*arguments]) == 0
        return capsys.readouterr().out

    return say


def test_domains_are_listed_with_what_they_said_those_that_block_us_first(
    never_pauses: Path, said: Callable[..., str]
) -> None:
    assert said("bounces", "domains") == "nothing came back or was refused within 7 days\n"
    with house_of(never_pauses) as house:
        issue, south, others = going_out(house)
        come_back(house, south[:15])
        come_back(house, others[:2], FULL)
        complaint = complaint_of(f"Return-Path: <{address_of(others[4], house.keys)}>")
        taker_of(house, "imap", lambda _: None)(Received(place="", octets=complaint))
        look(house)
    shown = said("bounces", "domains").splitlines()
    assert shown[0] == f"{SOUTH}: 30 letters, 15 blocked (50 %)"
    assert shown[1].startswith("  paused until ")
    assert f"15 of 30 letters of issue {issue} came back: spam 15; to try it at once" in shown[1]
    assert shown[2:] == [
        "  came back:  spam 15",
        "readers.example: 62 letters",
        "  came back:  mailbox full 2",
        "  complaints: 1",
    ]
    assert said("bounces", "domains", "--limit", "1").splitlines() == shown[:3]
    first, second = json.loads(said("bounces", "domains", "--json"))
    assert (first.pop("paused_until") or "") > utc_now().isoformat()
    assert first == {
        "domain": SOUTH, "letters": 30, "blocked": 15, "came_back": {"spam": 15}, "refused": {}, "complaints": 0,
        "pauses": 1, "why": f"15 of 30 letters of issue {issue} came back: spam 15",
    }  # fmt: skip
    assert second == {
        "domain": "readers.example", "letters": 62, "blocked": 0, "came_back": {"mailbox-full": 2}, "refused": {},
        "complaints": 1, "paused_until": None, "pauses": 0, "why": "",
    }  # fmt: skip


def test_what_came_back_and_what_was_refused_are_counted_by_domain_and_each_letter_once(store: Store) -> None:
    issue = put_issue_on_its_way(store, 9)
    outcomes = {
        0: SENT,
        1: Outcome(verdict=Verdict.NEVER, code=550, text="no such user", reason=Reason.USER_UNKNOWN),
        2: Outcome(verdict=Verdict.LATER, code=550, text="spam", reason=Reason.SPAM),
    }
    with store.write() as conn:
        ids = sorted(one.id for one in claims.claim(conn, SENDER, limit=9, now=NOW).claimed)
        ledger.mark_sending(conn, SENDER, ids, now=NOW)
        later = NOW + timedelta(hours=1)
        done = [Settled(id=one, outcome=outcomes[one % 3], next_try=later if one % 3 == 2 else None) for one in ids]
        ledger.settle(conn, SENDER, done, now=NOW)
        move_readers(conn, "South.example", every=2)
        people = dict(conn.execute(select(schema.deliveries.c.id, schema.subscriptions.c.subscriber).join_from(
            schema.deliveries, schema.subscriptions)).all())  # fmt: skip
        message = {
            "came": NOW, "came_by": "imap", "came_to": "", "raw": b"x", "issue": issue, "address": "", "detail": "",
            "acted": "counted",
        }  # fmt: skip
        sent = [one for one in ids if not one % 3]
        for number, (delivery, kind, reason) in enumerate(
            [(sent[0], "bounce", "policy"), (sent[0], "bounce", "policy"), (sent[1], "bounce", "spam"),
             (sent[1], "delay", "spam"), (sent[2], "complaint", ""), (sent[2], "bounce", "mailbox-full")]
        ):  # fmt: skip
            facts = {"digest": str(number), "kind": kind, "reason": reason, "delivery": delivery}
            conn.execute(schema.messages.insert().values(message | facts | {"subscriber": people[delivery]}))
    where = {delivery: "readers.example" if people[delivery] % 2 else SOUTH for delivery in ids}

    def counted(kind: str, *found: tuple[int, str]) -> set[Counted]:
        places = [(where[delivery], reason) for delivery, reason in found]
        return {
            Counted(domain=domain, kind=kind, reason=reason, letters=places.count((domain, reason)))
            for domain, reason in places
        }

    blocked = counted("bounce", (sent[0], "policy"), (sent[1], "spam"))
    refused = [(one, "user-unknown" if one % 3 == 1 else "spam") for one in ids if one % 3]
    with store.read() as conn:
        assert set(blocks.came_back(conn, issue)) == blocked
        assert set(blocks.since(conn, NOW)) == (
            blocked
            | counted("bounce", (sent[2], "mailbox-full"))
            | counted("complaint", (sent[2], ""))
            | counted("refused", *refused)
        )
        assert blocks.since(conn, NOW + timedelta(seconds=1)) == []
        places = [where[one] for one in ids]
        both = {"readers.example", SOUTH}
        assert blocks.letters_since(conn, NOW, both) == {domain: places.count(domain) for domain in both}
        assert blocks.letters_since(conn, NOW, {"elsewhere.example"}) == {}
        went = [where[one] for one in sent]
        assert blocks.went_to(conn, issue, both) == {domain: went.count(domain) for domain in set(went)}
        assert blocks.paused_for(conn, issue, SOUTH) == {}
    with store.write() as conn:
        blocks.remember_pause(conn, issue, SOUTH, {"letters": 9, "blocked": 5})
        assert blocks.paused_for(conn, issue, SOUTH) == {"letters": 9, "blocked": 5}
        assert blocks.paused_for(conn, issue, "readers.example") == {}
