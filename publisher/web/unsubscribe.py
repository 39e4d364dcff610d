"""Leaving: the page that a letter's link opens, and the one-click request of mail programs.

GET never changes anything: programs that check links in mail open them all. It shows a
page with a button. POST takes effect in a transaction of its own before it is answered,
and does the same however often it comes. No cookie and no login stand before it
(RFC 8058 §3.2), and it is answered by no redirect (RFC 8058 §3.1): whoever holds the link
may leave, and the link tells nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from publisher.model.subscriber import Subscriber, Subscription, SubscriptionState
from publisher.store import signups, subscribers
from publisher.store.database import Store
from publisher.subscribe.masking import masked
from publisher.tokens import Purpose, row_of
from publisher.web.forms import fields_of
from publisher.web.pages import HEADERS, PRIVATE, Pages, spoken

MOST_FIELDS = 10


class Leaving(StrEnum):
    """How somebody leaves; kept with the subscription as proof."""

    ONE_CLICK = "one-click"  # a mail program's button
    PAGE = "page"  # our page's button


class UnsubscribePages:
    """The pages below `unsubscribe/`."""

    def __init__(self, pages: Pages, store: Store, clock: Callable[[], datetime]) -> None:
        self._pages = pages
        self._store = store
        self._clock = clock

    def explain(self, request: Request) -> Response:
        """For who comes without a link of his own, from a letter shown as a page."""
        return self._pages.page(request, "unsubscribe_help.html", {})

    async def answer(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return await run_in_threadpool(self._ask, request)
        if request.method != "POST":
            raise HTTPException(405, headers={"Allow": "GET, HEAD, POST"})
        fields = await fields_of(request, most=MOST_FIELDS)
        how = leaving_in({name: values[-1] for name, values in fields.items()})
        if how is None:
            raise HTTPException(400)
        return await run_in_threadpool(self._leave, request, how)

    def _ask(self, request: Request) -> Response:
        """The page with the button; changes nothing."""
        found = self._find(request)
        if found is None:
            return self._unknown(request)
        reader, subscription = found
        values = {
            **self._told_of(subscription),
            "address": masked(reader.email),
            "has_left": subscription.state is SubscriptionState.LEFT,
            "is_asked": subscription.state is SubscriptionState.PENDING or self._is_asked(request, subscription),
        }
        return self._pages.page(request, "unsubscribe.html", values)

    def _leave(self, request: Request, how: Leaving) -> Response:
        subscription, before, now = self._row(request), self._find(request), self._clock()
        left, declined = None, False
        if subscription is not None:
            with self._store.write() as conn:
                declined = self._may_decline(request) and signups.decline(conn, subscription, now=now)
                left = True if declined else subscribers.leave(conn, subscription, now=now, how=how)
        found = self._find(request)
        if left is None or found is None:
            return self._unknown(request)
        told = self._told_of(found[1])
        if declined or (before and before[1].state is SubscriptionState.PENDING):
            return self._declined(request, how, told)
        if how is Leaving.ONE_CLICK:  # a program reads it, if anybody does
            return PlainTextResponse(f"You have left {told['newsletter']}.\n", headers=HEADERS | PRIVATE)
        return self._pages.page(request, "unsubscribe_done.html", told)

    def _declined(self, request: Request, how: Leaving, told: dict[str, object]) -> Response:
        """It was asked for and never confirmed: there was nothing to leave yet."""
        if how is Leaving.ONE_CLICK:
            return PlainTextResponse(f"Nothing of {told['newsletter']} will come.\n", headers=HEADERS | PRIVATE)
        return self._pages.page(request, "confirm_declined.html", told)

    def _row(self, request: Request) -> int | None:
        keys, token = self._pages.site.keys, request.path_params["token"]
        row = row_of(keys, Purpose.UNSUBSCRIBE, token)
        return row if row is not None else row_of(keys, Purpose.DECLINE, token)

    def _may_decline(self, request: Request) -> bool:
        """It is the way out of a letter that asks: as long as something is asked, what is read stays as it is."""
        return row_of(self._pages.site.keys, Purpose.DECLINE, request.path_params["token"]) is not None

    def _is_asked(self, request: Request, subscription: Subscription) -> bool:
        if not self._may_decline(request):
            return False
        with self._store.read() as conn:
            return signups.find_open(conn, subscription.id, now=self._clock()) is not None

    def _find(self, request: Request) -> tuple[Subscriber, Subscription] | None:
        row = self._row(request)
        if row is None:
            return None
        with self._store.read() as conn:
            return subscribers.find_of_subscription(conn, row)

    def _told_of(self, subscription: Subscription) -> dict[str, object]:
        """The newsletter's name, and the language that it and its pages speak."""
        known = self._pages.site.newsletters.get(subscription.newsletter)
        if known is None:
            return {"newsletter": subscription.newsletter}
        return {"newsletter": known.name, **spoken(known.language)}

    def _unknown(self, request: Request) -> Response:
        return self._pages.page(request, "unsubscribe_unknown.html", {}, status=404)


def leaving_in(fields: Mapping[str, str]) -> Leaving | None:
    """What a POST asks for; None where it is not a wish to leave."""
    if fields.get("List-Unsubscribe", "").strip().lower() == "one-click":  # RFC 8058 §3.2
        return Leaving.ONE_CLICK
    return Leaving.PAGE if fields.get("confirm") == "1" else None
