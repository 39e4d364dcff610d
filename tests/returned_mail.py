"""Messages that come back of letters in a test's ledger, and letters that went out for it."""

from __future__ import annotations

from datetime import datetime

from publisher.mail.leaving import leave_address
from publisher.mail.wire import return_path
from publisher.model.outcome import Outcome, Verdict
from publisher.model.subscriber import Subscriber
from publisher.store import claims, ledger, subscribers
from publisher.store.database import Store
from publisher.store.ledger import Settled
from publisher.tokens import Purpose, token_for
from tests.conftest import NOW
from tests.writers import SENDER, put_issue_on_its_way

KEYS = (b"k" * 32,)
DOMAIN = "bounces.courier.example"
SENT = Outcome(verdict=Verdict.SENT, code=250, enhanced="2.0.0", text="queued")

_BOUNCE = """From: MAILER-DAEMON@mx.readers.example
To: {to}
Subject: failure notice

Hi. This is the mail program at mx.readers.example.

<{address}>:
{said}
"""
_COMPLAINT = """From: abuse@provider.example
To: fbl@courier.example
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

One of our users calls this spam.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1
Version: 1

--b
Content-Type: message/rfc822

{fields}
Subject: A morning

News.
--b--
"""


def address_of(delivery: int, keys: tuple[bytes, ...] = KEYS) -> str:
    return return_path(token_for(keys, Purpose.DELIVERY, delivery), DOMAIN)


def bounce_of(delivery: int, address: str, said: str = "550 5.1.1 no such user", *, to: str = "") -> bytes:
    return _BOUNCE.format(to=to or address_of(delivery), address=address, said=said).encode()


def complaint_of(fields: str) -> bytes:
    return _COMPLAINT.format(fields=fields).encode()


def leaving_of(subscription: int) -> bytes:
    to = leave_address(token_for(KEYS, Purpose.UNSUBSCRIBE, subscription), DOMAIN)
    return f"From: somebody@elsewhere.example\nTo: {to}\nSubject: unsubscribe\n\n".encode()


def reader(store: Store, number: int = 0) -> Subscriber:
    with store.read() as conn:
        found = subscribers.find(conn, f"reader{number}@readers.example")
    assert found
    return found


def sent_letters(store: Store, readers: int, *, now: datetime = NOW) -> list[int]:
    """An issue that went to so many readers; its deliveries, in the readers' order."""
    put_issue_on_its_way(store, readers)
    return send_all(store, now=now)


def send_all(store: Store, *, now: datetime, outcome: Outcome = SENT) -> list[int]:
    """Send what is due, all of it with the same answer."""
    with store.write() as conn:
        ids = sorted(one.id for one in claims.claim(conn, SENDER, limit=1000, now=now).claimed)
        marked = sorted(ledger.mark_sending(conn, SENDER, ids, now=now))
        ledger.settle(conn, SENDER, [Settled(id=one, outcome=outcome) for one in marked], now=now)
    return marked
