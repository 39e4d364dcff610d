"""Which letter of ours a message is about: tokens that only we can make are believed, nothing else is.

Whoever knows a return address can send it a bounce that names anybody. So of all that a message says,
what it does to a reader goes by a token of ours: of the delivery in the return address, the envelope's
id or the Message-ID; of the subscription in a link to leave. Without one the addresses it names may
still be looked up, by whoever wants to; `is_ours` says which of the two it is.

Pure: keys come in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publisher.bounce.reading import read
from publisher.mail.mailbox import same
from publisher.model.incoming import Failure, Incoming, Kind, Place
from publisher.tokens import Purpose, row_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """A message, and whose letter it is about."""

    incoming: Incoming
    delivery: int | None = None  # the row that its token names; None: no token of ours
    subscription: int | None = None  # the same of a link to leave
    is_test: bool = False  # of a letter that was sent to try it out: acted on by nobody
    place: Place | None = None  # where the token was found

    @property
    def kind(self) -> Kind:
        return self.incoming.kind

    @property
    def is_ours(self) -> bool:
        """Whether it is about a letter that went out from here, by a token that nobody else can make."""
        return self.delivery is not None or self.subscription is not None

    def failure_of(self, reader: str) -> Failure | None:
        """What a bounce says of the reader that its letter was for; None: it says nothing of anybody."""
        failures = self.incoming.failures
        own = (each for each in failures if any(same(address, reader) for address in each.addresses))
        return next(own, failures[0] if failures else None)


def classify(octets: bytes, *, keys: tuple[bytes, ...], came_to: Sequence[str] = ()) -> Classified:
    """What a message is, and which letter of ours it is about.

    `came_to` are recipients of its envelope, where the one who took it knows them: LMTP, a webhook.
    """
    return named(read(octets, came_to=came_to), keys)


def named(incoming: Incoming, keys: tuple[bytes, ...]) -> Classified:
    """Which letter of ours it is about, by its traces."""
    delivery, place = _named(incoming, keys, Purpose.DELIVERY)
    subscription, other = _named(incoming, keys, Purpose.UNSUBSCRIBE)
    test, _ = _named(incoming, keys, Purpose.TEST)
    return Classified(
        incoming=incoming,
        delivery=delivery,
        subscription=subscription,
        is_test=test is not None and delivery is None and subscription is None,
        place=place or other,
    )


def _named(incoming: Incoming, keys: tuple[bytes, ...], purpose: Purpose) -> tuple[int | None, Place | None]:
    """The row that the first token of ours names, and where it stood."""
    for trace in incoming.traces:
        row = row_of(keys, purpose, trace.token)
        if row is not None:
            return row, trace.place
    return None, None
