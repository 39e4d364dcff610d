"""What the link of a letter that asks opens: who reads there says whether it was them.

GET changes nothing, since programs that check links in mail open them all. POST takes effect in a
transaction of its own, and the welcome is written in the same one. The token is the key: it went to
that address alone, it ends by itself, and what it stands for can be confirmed once.

A new address of somebody who reads already is confirmed here, too, by a link of its own kind: whoever
joins with an address does not find that a stranger has asked to move there, and press that button.

Who asked may have been a stranger, so nothing that he typed is shown but newsletters; a name is
asked for here, of who reads the letter, and what is known of them is not shown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from ipaddress import ip_network

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from publisher.assemble.service import Courier, Prepared
from publisher.errors import TemplateError
from publisher.feed.characters import one_line
from publisher.model.asking import Choice, Confirmed, Open
from publisher.model.issue import IssueKind
from publisher.model.subscriber import SubscriptionState
from publisher.store import moving, signups, subscribers
from publisher.store.database import Store
from publisher.subscribe.joinform import NEWSLETTER, Fault
from publisher.subscribe.masking import masked
from publisher.subscribe.preferences import Fields
from publisher.tokens import Purpose, passing_row_of, token_for
from publisher.web.clients import address_of
from publisher.web.forms import fields_of
from publisher.web.joinwords import in_words
from publisher.web.pages import Pages, spoken

CONFIRM, DECLINE, NAME = "confirm", "decline", "name"  # names of fields
LONGEST_NAME = 100
FIELDS_BESIDE_NEWSLETTERS = 10

log = logging.getLogger(__name__)


class ConfirmingPages:
    """The pages below `confirm/`."""

    def __init__(self, pages: Pages, courier: Courier, *, store: Store, clock: Callable[[], datetime]) -> None:
        self._pages = pages
        self._courier = courier
        self._store = store
        self._clock = clock
        self._proxies = [ip_network(proxy) for proxy in pages.site.proxies]

    async def answer(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return await run_in_threadpool(self._show, request)
        if request.method != "POST":
            raise HTTPException(405, headers={"Allow": "GET, HEAD, POST"})
        most = FIELDS_BESIDE_NEWSLETTERS + len(self._pages.site.newsletters)
        return await run_in_threadpool(self._take, request, await fields_of(request, most=most))

    def _show(self, request: Request, *, fault: str = "", status: int = 200) -> Response:
        """The page with the buttons; changes nothing."""
        row = self._row(request)
        found = self._find(request, row)
        if found is None:
            return self._over(request, row)
        if found.moving:
            language = spoken(found.moving.language or self._pages.site.language)
            values = {"old": masked(found.moving.email), "new": masked(found.reader.email), **language}
            return self._pages.page(request, "confirm_move.html", values)
        values = self._about(found) | {"address": masked(found.reader.email), "fault": fault}
        return self._pages.page(request, "confirm.html", values, status=status)

    def _take(self, request: Request, fields: Fields) -> Response:
        row = self._row(request)
        found = self._find(request, row)
        if row is None or found is None:
            return self._over(request, row)
        if DECLINE in fields:
            with self._store.write() as conn:
                signups.decline(conn, row, now=self._clock())
            return self._pages.page(request, "confirm_declined.html", self._about(found))
        if CONFIRM not in fields:
            raise HTTPException(400)
        if found.moving:
            return self._move(request, row)
        chosen = [one.newsletter for one in found.choices if one.newsletter in fields.get(NEWSLETTER, ())]
        if not chosen:
            words = in_words(Fault.NO_NEWSLETTER, self._pages.speak(str(self._about(found)["language"])))
            return self._show(request, fault=words, status=422)
        return self._confirm(request, row, chosen, name=one_line(fields.get(NAME, [""])[-1])[:LONGEST_NAME])

    def _confirm(self, request: Request, row: int, chosen: Collection[str], *, name: str) -> Response:
        now, site = self._clock(), self._pages.site
        welcomes = {slug: welcome for slug in chosen if (welcome := self._welcome(slug, now=now))}
        columns = {slug: site.newsletters[slug].columns for slug in chosen}
        with self._store.write() as conn:
            ip = address_of(request, self._proxies)
            confirmed = signups.confirm(conn, row, columns, ip=ip, now=now, name=name or None)
            if confirmed:
                self._greet(conn, confirmed, welcomes, now=now)
        return self._done(request, confirmed, chosen) if confirmed else self._over(request, row)

    def _welcome(self, newsletter: str, *, now: datetime) -> Prepared | None:
        """None where there is none, and where it cannot be written: nobody has to confirm again for that."""
        if newsletter not in self._pages.site.welcomes:
            return None
        try:
            return self._courier.prepare(IssueKind.WELCOME, newsletter, now=now)
        except TemplateError as wrong:
            log.error("nobody is welcomed to %s: %s", newsletter, wrong)  # noqa: TRY400  the message says it all
            return None

    def _greet(self, conn: Connection, confirmed: Confirmed, welcomes: dict[str, Prepared], *, now: datetime) -> None:
        for wish in confirmed.reader.subscriptions:
            if wish.id in confirmed.joined and wish.newsletter in welcomes:
                self._courier.post(conn, welcomes[wish.newsletter], wish.id, now=now)

    def _done(self, request: Request, confirmed: Confirmed, chosen: Collection[str]) -> Response:
        site = self._pages.site
        reads = [
            (site.newsletters[wish.newsletter].name, token_for(site.keys, Purpose.PREFERENCES, wish.id))
            for wish in confirmed.reader.subscriptions
            if wish.newsletter in chosen and wish.state is SubscriptionState.ACTIVE
        ]
        first = site.newsletters[next(iter(chosen))]
        welcomed = bool(confirmed.joined) and any(slug in site.welcomes for slug in chosen)
        values = {"reads": reads, "welcomed": welcomed, "sender": first.from_address, **spoken(first.language)}
        return self._pages.page(request, "confirm_done.html", values)

    def _move(self, request: Request, row: int) -> Response:
        with self._store.write() as conn:
            reader = moving.move(conn, row, ip=address_of(request, self._proxies), now=self._clock())
        if reader is None:
            return self._over(request, row)
        return self._pages.page(request, "confirm_moved.html", {"address": masked(reader.email)})

    def _about(self, found: Open) -> dict[str, object]:
        """What was asked for, in words."""
        site, known = self._pages.site, self._pages.site.columns()
        newsletters = [
            {
                "slug": one.newsletter,
                "name": site.newsletters[one.newsletter].name,
                **spoken(site.newsletters[one.newsletter].language),
                "cadence": one.cadence,
                "columns": [known[slug].name if slug in known else slug for slug in one.columns],
            }
            for one in found.choices
        ]
        language = self._spoken(found.choices[0]) if found.choices else spoken(site.language)
        return {"newsletters": newsletters, **language}

    def _spoken(self, choice: Choice) -> dict[str, object]:
        return spoken(self._pages.site.newsletters[choice.newsletter].language)

    def _row(self, request: Request) -> int | None:
        row = self._row_for(Purpose.CONFIRM, request)
        return self._row_for(Purpose.MOVE, request) if row is None else row

    def _row_for(self, purpose: Purpose, request: Request) -> int | None:
        return passing_row_of(self._pages.site.keys, purpose, request.path_params["token"], now=self._clock())

    def _find(self, request: Request, row: int | None) -> Open | None:
        """What this kind of link opens; newsletters that have ended since are left out."""
        if row is None:
            return None
        with self._store.read() as conn:
            found = signups.find_open(conn, row, now=self._clock())
        if found is None:
            return None
        if self._row_for(Purpose.MOVE, request) is not None:
            return Open(reader=found.reader, choices=(), moving=found.moving) if found.moving else None
        choices = tuple(one for one in found.choices if one.newsletter in self._pages.site.newsletters)
        return Open(reader=found.reader, choices=choices) if choices else None

    def _over(self, request: Request, row: int | None) -> Response:
        """A link that opens nothing (any more); who pressed the button twice is told that it is done."""
        with self._store.read() as conn:
            found = subscribers.find_of_subscription(conn, row) if row is not None else None
        if found and found[1].state is SubscriptionState.ACTIVE and found[1].newsletter in self._pages.site.newsletters:
            newsletter = self._pages.site.newsletters[found[1].newsletter]
            values = {"newsletter": newsletter.name, **spoken(newsletter.language)}
            return self._pages.page(request, "confirm_already.html", values)
        values = {"may_ask": self._pages.site.signup is not None}
        return self._pages.page(request, "confirm_over.html", values, status=404)
