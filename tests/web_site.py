"""A site on a real socket for tests of the web: a store, a published tree, a running server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import httpx2

from publisher.model.issue import Newsletter
from publisher.store.database import Store, open_store
from publisher.templating import open_templates
from publisher.tokens import Purpose, token_for
from publisher.web.app import build_app
from publisher.web.server import serve_in_thread
from publisher.web.site import Site
from tests.conftest import NOW

KEYS = (b"the key that signs now", b"the key that signed before")

MORNING = Newsletter(
    slug="morning",
    name="The Morning Tide",
    columns=("harbour",),
    from_name="The Courier",
    from_address="desk@courier.example",
    subject="{{ lead.title }}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A client of the running site, and where its files lie."""

    client: httpx2.Client
    feeds: Path
    port: int


def site_of(feeds: Path, *, url: str = "https://courier.example") -> Site:
    return Site(
        name="The Courier",
        url=url,
        language="en",
        zone=UTC,
        newsletters={"morning": MORNING},
        keys=KEYS,
        feeds=feeds,
        contact="desk@courier.example",
    )


def unsubscribe_path(subscription: int, *, keys: tuple[bytes, ...] = KEYS) -> str:
    return f"/unsubscribe/{token_for(keys, Purpose.UNSUBSCRIBE, subscription)}"


@contextmanager
def own_store(folder: Path) -> Iterator[Store]:
    """A store for the tests of a whole module, since starting and stopping a server takes its time."""
    store = open_store("sqlite:///publisher.db", root=folder)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def visiting(store: Store, folder: Path, *, site: Site | None = None, own: Path | None = None) -> Iterator[Visit]:
    """The site on a free port; what it serves is in `folder/feeds`."""
    facts = site or site_of(folder / "feeds")
    app = build_app(facts, store=store, templates=open_templates(own), clock=lambda: NOW)
    server = serve_in_thread(app, "127.0.0.1", 0)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=10) as client:
            yield Visit(client=client, feeds=facts.feeds, port=server.port)
    finally:
        server.stop()
        assert not server.is_alive
