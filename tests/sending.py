"""Runs of the sender for tests: relays that take all, from a folder beside the database."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome
from publisher.send.deliver import send_due
from publisher.send.parcels import Context
from publisher.send.relay import Relay
from publisher.send.report import SendReport
from publisher.send.route import Destination, Route
from publisher.send.traffic import Manners, Told, Traffic
from publisher.send.wellbeing import Limits
from publisher.store.database import Store
from tests.conftest import NOW


def senders_of(store: Store) -> Path:
    """A folder that all senders for this database share."""
    url = store._engine.url
    if url.get_backend_name() == "sqlite":
        return Path(str(url.database)).parent / "senders"
    return Path(tempfile.gettempdir()) / f"senders-of-{url.database}"


def routes_of(*relays: Relay | Route) -> Sequence[Route]:
    return [one if isinstance(one, Route) else Route(relay=one) for one in relays]


def send_by(
    store: Store,
    *relays: Relay | Route,
    context: Context,
    stop: Callable[[], bool] = lambda: False,
    destinations: Sequence[Destination] = (),
    limits: Limits | None = None,
    zone: tzinfo = UTC,
    progress: Callable[[SendReport], None] = lambda _: None,
    answered: Callable[[Delivery, Outcome], None] = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
    **manners: Any,
) -> SendReport:
    """One run with a clock that stands, and little patience with relays."""
    quick = {"clock": lambda: NOW, "reconnect_seconds": (0.01, 0.02), "drain_seconds": 1.0}
    traffic = Traffic(
        routes=routes_of(*relays),
        presence=senders_of(store),
        destinations=destinations,
        zone=zone,
        limits=limits or Limits(),
    )
    told = Told(progress=progress, answered=answered, say=say)
    return send_due(store, traffic, context, stop=stop, told=told, manners=Manners(**quick | manners))
