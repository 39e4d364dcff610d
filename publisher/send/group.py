"""A letter on a connection, and what is said of it before its relay is listened to: its group (RFC 2920 §3.1).

By DATA that is MAIL, RCPT and DATA, by BDAT (RFC 3030) MAIL, RCPT and the whole letter. When it goes
and what becomes of it is decided by `transactions.py`. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from publisher.model.outcome import Outcome
from publisher.send import commands
from publisher.send.commands import Offer, Parcel
from publisher.send.outcome import Phase
from publisher.send.steps import Step

Group = tuple[tuple[Step, ...], list[bytes]]

_BY_DATA = (Step.MAIL, Step.RCPT, Step.DATA)
_BY_CHUNK = (Step.MAIL, Step.RCPT, Step.BDAT)


@dataclass(slots=True, kw_only=True, eq=False)
class Letter:
    """One that is ready, or on its way."""

    parcel: Parcel
    follows: bool = False  # another one began before it on this connection
    outcome: Outcome | None = None  # a refusal that its group still runs behind
    refused_at: Phase | None = None
    landing: bool = False  # its end is written, and not answered


def group_of(parcel: Parcel, offer: Offer, *, chunk: bool, after_reset: bool) -> Group:
    """Its steps, and what is said at each; at the last all that is left, for a chunk follows its command.

    `after_reset`: the relay may still have a transaction open.
    """
    steps, last = (_BY_CHUNK, commands.chunk_of(parcel)) if chunk else (_BY_DATA, (b"DATA\r\n",))
    parts = [commands.mail_command(parcel, offer), commands.rcpt_command(parcel, offer), *last]
    if after_reset:
        return (Step.RSET, *steps), [b"RSET\r\n", *parts]
    return steps, parts
