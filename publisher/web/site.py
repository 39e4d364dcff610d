"""What the pages need to know of the site; whoever starts the web fills it from config.toml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from publisher.assemble.service import Courier
from publisher.bounce.hearing import Hearing
from publisher.model.column import Column
from publisher.model.issue import Newsletter
from publisher.model.subscriber import Cadence
from publisher.push.reception import Bounds
from publisher.subscribe.bounds import Bounds as SignUpBounds
from publisher.web.addresses import GivenUp


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """How people join by themselves."""

    offers: Mapping[str, str]  # slugs of newsletters that may be joined, in order, each with its description or ""
    origins: tuple[str, ...] = ()  # of other sites that may show the form in a frame, send theirs, or ask by script
    privacy_url: str = ""  # a page; "": there is none
    bounds: SignUpBounds = field(default_factory=SignUpBounds)
    work_bits: int = 16  # of the work that a browser does; 0: none
    beat_seconds: float = 0.5  # answers are given at multiples of this, so that nobody learns from their time


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The facts, and the folder that is served."""

    name: str
    url: str  # without a slash at its end; may have a path
    language: str  # BCP 47
    zone: tzinfo  # in which dates are told
    newsletters: Mapping[str, Newsletter]  # by slug
    keys: tuple[bytes, ...]  # that sign unsubscribe links; see publisher/tokens.py
    feeds: Path  # the published tree; it need not exist yet
    cadences: Mapping[str, tuple[Cadence, ...]] = field(default_factory=dict)  # that each newsletter offers
    columns: Callable[[], Mapping[str, Column]] = dict  # by slug, as they are called by now
    contact: str = ""  # an address for who is stuck; "" where there is none
    largest_push_bytes: int = 10 * 2**20  # of what hubs of other sites may send us
    hubs: tuple[str, ...] = ()  # WebSub hubs that are told of changed feeds
    hub: Bounds | None = None  # how much our own hub takes; None: we have none
    given_up: GivenUp = field(default_factory=GivenUp)
    unconditional: int = 60  # fetches of a feed an hour that do not ask whether it changed; 0: any number
    proxies: tuple[str, ...] = ()  # networks whose X-Forwarded-For is believed, beside this machine
    outbox: Path | None = None  # the folder of a catcher, shown to who sits at this machine; None: letters are sent
    courier: Courier | None = field(default=None, compare=False)  # writes letters of service; None: no newsletter
    signup: SignUp | None = None  # None: nobody joins by himself
    welcomes: frozenset[str] = frozenset()  # newsletters that welcome who joins with a letter
    hooks: Mapping[str, Hearing | None] = field(default_factory=dict)  # webhooks by name; None: it cannot be used
