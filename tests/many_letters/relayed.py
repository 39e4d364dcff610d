"""A real Postfix between us and whoever catches the letters: it takes them by our own session and passes them on.

It knows one way on: to the catcher.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

from publisher.mail import headers
from publisher.model.outcome import Verdict
from publisher.send.aside import send_aside
from publisher.send.commands import Parcel
from publisher.send.relay import Relay, read_relay
from tests import smtp_servers
from tests.many_letters.made import Made
from tests.postfix import postfix

_MAIN = """myhostname = relay.fernmoor.example
relayhost = [127.0.0.1]:{next_hop}
"""
_TOKEN = re.compile(r"<b\+([0-9a-v]{32})@")
PATIENCE_SECONDS = 300.0

Relayed = Callable[[Sequence[Made]], list[Made]]


def parcel_of(made: Made, key: int) -> Parcel:
    return Parcel(
        key=key,
        sender=made.sender,
        recipient=headers.address_on_the_wire(made.reader.address),
        envelope_id=made.reader.token,
        pieces=[made.message],
        utf8_header=made.issue.compiled.smtputf8_needed(made.reader),
        plain_lines=True,
    )


@contextmanager
def through_postfix() -> Iterator[Relayed]:
    """A way through Postfix: letters that go in come out, in the same order, or AssertionError says what happened."""
    with smtp_servers.Relay() as catcher, postfix(_MAIN.format(next_hop=catcher.port)) as running:
        relay = read_relay(f"smtp://127.0.0.1:{running.port}", name="postfix", timeout=timedelta(seconds=60))
        yield partial(_relayed, catcher, relay)


def _relayed(catcher: smtp_servers.Relay, relay: Relay, letters: Sequence[Made]) -> list[Made]:
    catcher.letters.clear()
    done = send_aside(relay, [parcel_of(made, key) for key, made in enumerate(letters)])
    refused = [str(one) for one in done.outcomes if one.verdict is not Verdict.SENT]
    assert not refused, refused[:5]
    ends = time.monotonic() + PATIENCE_SECONDS
    while len(catcher.letters) < len(letters) and time.monotonic() < ends:
        time.sleep(0.1)
    came = {found[1]: one for one in list(catcher.letters) if (found := _TOKEN.search(one.mail))}
    assert len(catcher.letters) == len(came) == len(letters), f"{len(letters)} went in, {len(catcher.letters)} came out"
    return [_as_it_came(made, came[made.reader.token]) for made in letters]


def _as_it_came(made: Made, caught: smtp_servers.Caught) -> Made:
    wanted = headers.address_on_the_wire(made.reader.address)
    assert caught.recipient.lower() == wanted.lower(), (caught.recipient, wanted)
    assert f"ENVID={made.reader.token}" in caught.mail, caught.mail
    return replace(made, message=caught.body)
