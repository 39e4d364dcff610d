"""What hubs say at the address that only they know: verifications, denials, and pushes.

Everything is stored before it is answered. A push is kept as it came, to be taken later,
so that a hub gets its answer at once (WebSub §7). One that is not signed as we asked for it
is thanked for like any other and does no more than have its source looked at soon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from publisher.collect.websub.decide import answer_to, is_trusted
from publisher.collect.websub.keeping import rely_no_more, wake
from publisher.collect.websub.signature import is_signed
from publisher.model.lease import Lease, LeaseState
from publisher.store import hubleases, pushes
from publisher.store.database import Store

MOST_WAITING = 100  # pushes of one hub that are not taken yet


class Heard(StrEnum):
    """What became of a push."""

    KEPT = "kept"
    HINT = "hint"  # not signed as it must be
    UNWANTED = "unwanted"  # nobody asked for it, or no longer
    TOO_MANY = "too many"  # so many wait that it must come again later


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A document as it came."""

    content: bytes
    content_type: str
    signature: str  # `X-Hub-Signature`
    is_packed: bool = False  # nobody may pack what is signed as it stands; it is not unpacked


def verify(store: Store, token: str, query: Mapping[str, str], *, now: datetime) -> str | None:
    """The challenge to be said back, "" where there is none; None: nobody asked (WebSub §5.3.1)."""
    with store.read() as conn:
        if hubleases.find(conn, token) is None:
            return None
    with store.write() as conn:
        lease = hubleases.find(conn, token)
        answer = answer_to(lease, query, now=now) if lease else None
        if lease is None or answer is None:
            return None
        if answer.lease is None:
            hubleases.drop(conn, [token])
        else:
            hubleases.put(conn, [answer.lease])
            if answer.lease.state is LeaseState.DENIED:
                rely_no_more(conn, lease, now=now)
    return answer.challenge


def is_awaited(store: Store, token: str) -> bool:
    """Whether a push at this address is read at all."""
    with store.read() as conn:
        return _is_wanted(hubleases.find(conn, token))


def hear(store: Store, token: str, sent: Sent, *, now: datetime) -> Heard:
    """Keep a push, if its hub has signed it."""
    with store.read() as conn:
        lease = hubleases.find(conn, token)
    if lease is None or not _is_wanted(lease):
        return Heard.UNWANTED
    proven = not sent.is_packed and is_trusted(lease) and is_signed(sent.content, sent.signature, lease.secret)
    with store.write() as conn:
        if not proven:
            wake(conn, lease.source, now=now)
            return Heard.HINT
        if pushes.count(conn, token) >= MOST_WAITING:
            return Heard.TOO_MANY
        pushes.put(
            conn, token=token, source=lease.source, content_type=sent.content_type, content=sent.content, came=now
        )
    return Heard.KEPT


def _is_wanted(lease: Lease | None) -> bool:
    return lease is not None and lease.callback != "" and lease.state is not LeaseState.LEAVING
