"""The web application: which path leads where.

A site whose address has a path (`https://example.org/news`) is served below that path and
at the root, so that it does not matter whether a proxy before it strips the path.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, ExceptionHandler

from publisher.bounce.webhooks.event import LARGEST_BYTES as LARGEST_TOLD_BYTES
from publisher.errors import PublisherError, StorageError
from publisher.store import schedules
from publisher.store.database import Store
from publisher.templating import Templates
from publisher.web.callback import Callback
from publisher.web.confirming import ConfirmingPages
from publisher.web.desk.desk import Desk
from publisher.web.desk.doorplan import desk_routes
from publisher.web.doorway import Doorway
from publisher.web.guard import Guard
from publisher.web.hooks import HookDesk
from publisher.web.hub import HubDesk
from publisher.web.joinapi import JoinApi
from publisher.web.joindesk import JoinDesk
from publisher.web.joining import JoiningPages
from publisher.web.letters import LetterPages
from publisher.web.linking import LinkingPages
from publisher.web.outbox import OutboxPages
from publisher.web.own import OwnPages
from publisher.web.pages import Pages
from publisher.web.preferences import PreferencePages
from publisher.web.published import PublishedTree
from publisher.web.script import work_script
from publisher.web.site import SignUp, Site
from publisher.web.testletters import TrialPages
from publisher.web.unsubscribe import UnsubscribePages

LARGEST_BODY_BYTES = 16 * 1024  # the largest thing anybody has to send here is a form of a few fields
RETRY_SECONDS = "60"
ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")  # else the tree at the end answers for it

log = logging.getLogger(__name__)


def build_app(
    site: Site, *, store: Store, templates: Templates, clock: Callable[[], datetime], desk: Desk | None = None
) -> ASGIApp:
    """The whole application; without a desk it has public pages alone."""
    pages = Pages(site, templates, store)
    tree = PublishedTree(site, store=store, clock=clock)
    routes = [*(desk_routes(desk) if desk else ()), *_routes(pages, store, clock, desk), Mount("/", app=tree)]
    below = urlsplit(site.url).path.rstrip("/")
    app = Starlette(
        routes=[Mount(below, routes=routes), *routes] if below else routes,
        middleware=[Middleware(Guard), Middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY_BYTES)],
        exception_handlers=_handlers(pages),
    )
    return Doorway(app, tree.known)


def _routes(pages: Pages, store: Store, clock: Callable[[], datetime], desk: Desk | None) -> list[BaseRoute]:
    leaving = UnsubscribePages(pages, store, clock)
    choosing = PreferencePages(pages, store, clock)

    def healthz(_request: Request) -> Response:
        return PlainTextResponse("alive\n")

    def readyz(_request: Request) -> Response:
        with store.read() as conn:
            schedules.get_all(conn)
        return PlainTextResponse("ready\n")

    def stylesheet(_request: Request) -> Response:
        return Response(pages.render("web/web.css", {}), media_type="text/css")

    return [
        *_hub_routes(pages.site, store, clock),
        *_callback_routes(pages.site, store, clock),
        *_joining_routes(pages, store, clock),
        _hook_route(pages.site, store, clock),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/web.css", stylesheet),
        Route("/unsubscribe", leaving.explain),
        Route("/unsubscribe/{token}", leaving.answer, methods=ALL_METHODS),
        Route("/preferences", choosing.explain),
        Route("/preferences/{token}", choosing.answer, methods=ALL_METHODS),
        Route("/test-letter/{token}", TrialPages(pages).answer, methods=ALL_METHODS),
        *LetterPages(pages, store).routes(),
        *_outbox_routes(pages, desk),
    ]


def _outbox_routes(pages: Pages, desk: Desk | None) -> list[Route]:
    if pages.site.outbox is None:
        return []
    may_see = desk.may_see_letters if desk else (lambda _request: True)
    return OutboxPages(pages, pages.site.outbox, may_see=may_see).routes()


def _hub_routes(site: Site, store: Store, clock: Callable[[], datetime]) -> list[BaseRoute]:
    if site.hub is None:
        return []
    return [Route("/hub", HubDesk(site, site.hub, store=store, clock=clock).answer, methods=ALL_METHODS)]


def _joining_routes(pages: Pages, store: Store, clock: Callable[[], datetime]) -> list[BaseRoute]:
    """Where people join, and where they confirm it; what was asked for can be confirmed where nobody joins any more."""
    site, courier = pages.site, pages.site.courier
    if courier is None:
        return []
    confirming = ConfirmingPages(pages, courier, store=store, clock=clock)
    desk = JoinDesk(site.signup or SignUp(offers={}), courier, store=store, keys=site.keys, clock=clock)
    routes: list[BaseRoute] = [
        Route("/confirm/{token}", confirming.answer, methods=ALL_METHODS),
        Route("/you", LinkingPages(pages, desk).answer, methods=ALL_METHODS),
        *OwnPages(pages, courier, store=store, clock=clock).routes(),
        Route("/subscribe.js", work_script(pages)),
    ]
    if site.signup is None:
        return routes
    api = Route("/api/subscribe", JoinApi(pages, desk).answer, methods=ALL_METHODS)
    return [*routes, api, *JoiningPages(pages, desk).routes()]


def _callback_routes(site: Site, store: Store, clock: Callable[[], datetime]) -> list[BaseRoute]:
    # What hubs push may be as large as what we fetch.
    bound = Middleware(RequestBodyLimitMiddleware, max_body_size=site.largest_push_bytes)
    answer = Callback(store, clock).answer
    return [Route("/websub/{token}", answer, methods=ALL_METHODS, middleware=[bound])]


def _hook_route(site: Site, store: Store, clock: Callable[[], datetime]) -> BaseRoute:
    bound = Middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_TOLD_BYTES)
    return Route(
        "/hooks/{name}", HookDesk(site, store=store, clock=clock).answer, methods=ALL_METHODS, middleware=[bound]
    )


def _handlers(pages: Pages) -> dict[type[Exception] | int, ExceptionHandler]:
    def refused(request: Request, wrong: Exception) -> Response:
        status, headers = (wrong.status_code, wrong.headers) if isinstance(wrong, HTTPException) else (500, None)
        return pages.sorry(request, status, headers)

    def busy(request: Request, wrong: Exception) -> Response:
        log.error("%s", wrong)
        return pages.sorry(request, 503, {"Retry-After": RETRY_SECONDS})

    def broken(request: Request, wrong: Exception) -> Response:
        log.error("%s", wrong)
        return pages.sorry(request, 500)

    def faulty(request: Request, _wrong: Exception) -> Response:
        return pages.sorry(request, 500)  # the server logs the traceback and closes the connection

    return {HTTPException: refused, StorageError: busy, PublisherError: broken, Exception: faulty}
