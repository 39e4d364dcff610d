"""The ways to send an issue that `sending.py` compares, each a function from a task to how many letters were sent.

Ours is the whole sender. The others are kind to themselves where it is not the point: letters
prebuilt, styles inlined once, nothing written down.
"""

from __future__ import annotations

import asyncio
import smtplib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import jinja2

from parts.signing_keys import DOMAIN, keys, keys_for_dkimpy, signatures_by_dkimpy
from publisher.house.opened import House
from publisher.house.relaying import letter_context
from publisher.mail.dkim import Signers
from publisher.model.delivery import Delivery
from publisher.model.letter import Slot
from publisher.model.outcome import Outcome
from publisher.send.commands import Parcel
from publisher.send.deliver import send_due
from publisher.send.parcels import Packer
from publisher.send.relay import Relay, read_relay
from publisher.send.route import Route
from publisher.send.session import Session
from publisher.send.traffic import Traffic
from publisher.store import entries, issues, ledger

PREBUILT = 64  # different letters, sent in turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One round of one contender."""

    folder: Path
    port: int
    letters: int
    connections: int


Way = Callable[[Task], int]


def ours(house: House, *, signed: bool) -> Way:
    context = letter_context(house)
    if signed:
        context = replace(context, signers=Signers(by_domain={DOMAIN: keys()}))
    return lambda task: send_due(house.store, _traffic(house, task), context, stop=lambda: False).sent


def _traffic(house: House, task: Task) -> Traffic:
    return Traffic(routes=[Route(relay=_relay(task))], presence=house.var / "senders")


def _relay(task: Task) -> Relay:
    return read_relay(
        f"smtp://127.0.0.1:{task.port}",
        name="only",
        connections=task.connections,
        per_connection=10_000_000,  # the others do not end theirs either
        timeout=timedelta(seconds=60),
    )


def wire_only(house: House) -> Way:
    parcels = prebuilt(house)
    return lambda task: asyncio.run(_send_over_sessions(parcels, task))


async def _send_over_sessions(parcels: Sequence[Parcel], task: Task) -> int:
    relay, wake, sent = _relay(task), asyncio.Event(), 0

    def settled(_key: int, outcome: Outcome) -> None:
        nonlocal sent
        sent += outcome.code == 250
        wake.set()

    def returned(_parcel: Parcel, outcome: Outcome) -> None:
        raise AssertionError(f"the sink ends no connection, but: {outcome.text}")

    sessions: list[Session] = []
    given = 0
    while sent < task.letters:
        wake.clear()
        sessions = [session for session in sessions if not session.ended]
        while len(sessions) < task.connections and given < task.letters:
            sessions.append(Session(relay, on_settled=settled, on_returned=returned, on_change=wake.set))
            await sessions[-1].connect()
        for session in sessions:
            while session.room and given < task.letters:
                session.give(parcels[given % len(parcels)])
                given += 1
        if sent < task.letters:
            await wake.wait()
    for session in sessions:
        session.finish()
    await asyncio.gather(*(session.wait_closed() for session in sessions))
    return sent


def smtplib_prebuilt(house: House) -> Way:
    parcels = prebuilt(house)
    return partial(_by_smtplib, lambda at: parcels[at % len(parcels)])


def _by_smtplib(make: Callable[[int], Parcel], task: Task) -> int:
    """Each thread keeps a connection and sends its share, as sendmail() does it: stop and wait."""

    def share(first: int) -> None:
        with smtplib.SMTP("127.0.0.1", task.port, local_hostname="sender.example") as smtp:
            for at in range(first, task.letters, task.connections):
                parcel = make(at)
                smtp.sendmail(parcel.sender, [parcel.recipient], parcel.message)

    threads = [threading.Thread(target=share, args=(first,)) for first in range(task.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return task.letters


def usual(house: House, *, signed: bool) -> Way:
    """Each letter rendered, built and, where asked for, signed for its reader, as most programs do it."""
    templates = _Templates(house)
    secrets = keys_for_dkimpy(keys()) if signed else ()

    def make(at: int) -> Parcel:
        octets = templates.letter_for(at)
        for secret in secrets:
            octets = signatures_by_dkimpy(octets, secret) + octets
        sender, recipient = f"b+{at}@{DOMAIN}", f"reader{at}@readers.example"
        return Parcel(key=at, sender=sender, recipient=recipient, envelope_id=str(at), pieces=[octets])

    return partial(_by_smtplib, make)


class _Templates:
    def __init__(self, house: House) -> None:
        letter = the_letter(house)
        html = letter["html"].replace(Slot.NAME.mark, "{{ name }}").replace(Slot.UNSUBSCRIBE_URL.mark, "{{ leave }}")
        text = letter["text"].replace(Slot.NAME.mark, "{{ name }}").replace(Slot.UNSUBSCRIBE_URL.mark, "{{ leave }}")
        self._html = jinja2.Environment(autoescape=True).from_string(html)
        self._text = jinja2.Environment(autoescape=False).from_string(text)  # plain text
        self._subject = letter["subject"]

    def letter_for(self, at: int) -> bytes:
        values = {"name": f"Reader {at}", "leave": f"https://{DOMAIN}/unsubscribe/{at:060}"}
        message = EmailMessage()
        message["From"] = f"The Courier <desk@{DOMAIN}>"
        message["To"] = f"Reader {at} <reader{at}@readers.example>"
        message["Subject"] = self._subject
        message["Message-ID"] = f"<{at}@{DOMAIN}>"
        message["List-Unsubscribe"] = f"<{values['leave']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(self._text.render(values))
        message.add_alternative(self._html.render(values), subtype="html")
        return message.as_bytes()


def the_letter(house: House) -> dict[str, str]:
    """The first letter of the issue, with the marks of its slots."""
    with house.store.read() as conn:
        letter = issues.find_letter(conn, 1)
    assert letter
    return {"subject": letter.subject, "html": letter.html, "text": letter.text}


def prebuilt(house: House) -> list[Parcel]:
    """Real letters of the issue, whole and unsigned."""
    packer = Packer(letter_context(house))
    with house.store.read() as conn:
        rows = entries.of(conn, 1, list(ledger.counts(conn, 1)), limit=PREBUILT)
        variant = conn.exec_driver_sql("SELECT min(id) FROM variants").scalar_one()
        deliveries = [
            Delivery(id=row.id, issue=1, variant=variant, subscription=row.id, email=row.email, name="", attempts=0)
            for row in rows
        ]
        return [packer.stencil_of(conn, delivery).pack(delivery) for delivery in deliveries]
