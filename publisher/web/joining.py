"""The pages where people join: `subscribe`, `subscribe/NEWSLETTER`, and that in a frame of another site.

GET changes nothing. A form that comes without a ticket of ours (from another site, from a page that
was open for long, a second time) is shown again with what was filled in, and a new ticket: so
every site may have a form that leads here, and no page but ours makes us send anything.

The form works without script, by keyboard, and in a frame of the sites that `signup.origins` names.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from ipaddress import ip_network

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from publisher.subscribe.joinform import NEWSLETTER, TICKET, TRAP, WORK, Filled, blank, read_form
from publisher.subscribe.preferences import Fields, Offer
from publisher.web.clients import address_of
from publisher.web.forms import fields_of
from publisher.web.joindesk import Answer, Arrival, JoinDesk, Verdict, at_the_next_beat
from publisher.web.joinpage import JoinPage
from publisher.web.joinwords import said
from publisher.web.origins import is_from_here
from publisher.web.pages import Pages
from publisher.web.script import WITH_SCRIPT

FIELDS_BESIDE_NEWSLETTERS = 10
FIELDS_OF_NEWSLETTER = 4  # beside one for each column
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class JoiningPages:
    """The pages below `subscribe`."""

    def __init__(self, pages: Pages, desk: JoinDesk) -> None:
        self._pages = pages
        self._desk = desk
        self._proxies = [ip_network(proxy) for proxy in pages.site.proxies]

    def routes(self) -> list[Route]:
        return [
            Route("/subscribe", self.answer, methods=_METHODS),
            Route("/subscribe/", self.answer, methods=_METHODS),
            Route("/subscribe/{newsletter}", self.answer, methods=_METHODS),
            Route("/subscribe/{newsletter}/embed", self.answer_framed, methods=_METHODS),
        ]

    async def answer(self, request: Request) -> Response:
        return await self._answer(request, framed=False)

    async def answer_framed(self, request: Request) -> Response:
        if not self._desk.signup.origins:
            raise HTTPException(404)
        return await self._answer(request, framed=True)

    async def _answer(self, request: Request, *, framed: bool) -> Response:
        page = self._page(request, framed=framed)
        if request.method in ("GET", "HEAD"):
            chosen = request.query_params.get(NEWSLETTER, "")
            return await run_in_threadpool(self._form, page, blank(page.offers, chosen=chosen))
        if request.method != "POST":
            raise HTTPException(405, headers={"Allow": "GET, HEAD, POST"})
        begun = time.monotonic()
        response = await run_in_threadpool(self._take, page, await self._fields(request, page.offers))
        await at_the_next_beat(begun, self._desk.signup.beat_seconds)
        return response

    async def _fields(self, request: Request, offers: Mapping[str, Offer]) -> Fields:
        of_newsletters = sum(len(offer.columns) + FIELDS_OF_NEWSLETTER for offer in offers.values())
        return await fields_of(request, most=FIELDS_BESIDE_NEWSLETTERS + of_newsletters)

    def _page(self, request: Request, *, framed: bool) -> JoinPage:
        slug = request.path_params.get("newsletter", "")
        site, signup = self._pages.site, self._desk.signup
        offered = [site.newsletters[one] for one in signup.offers if slug in ("", one)]
        if not offered:
            raise HTTPException(404)
        return JoinPage(self._pages, request, signup, newsletters=offered, framed=framed)

    def _take(self, page: JoinPage, fields: Fields) -> Response:
        filled = read_form(fields, page.offers)
        if filled.faults:
            return self._form(page, filled, status=422)
        answer = self._desk.take(filled.email, filled.choices, self._arrival(page, fields))
        if answer.verdict is Verdict.TAKEN:
            return self._protected(page, page.sent(filled))
        return self._refusal(page, filled, answer)

    def _refusal(self, page: JoinPage, filled: Filled, answer: Answer) -> Response:
        if answer.verdict is Verdict.AGAIN:
            return self._form(page, filled, notice=page.once_more())
        response = self._form(page, filled, notice=page.too_many(answer.wait), status=429)
        response.headers["Retry-After"] = str(int(answer.wait.total_seconds()) + 1)
        return response

    def _arrival(self, page: JoinPage, fields: Fields) -> Arrival:
        def last(name: str) -> str:
            return fields.get(name, [""])[-1]

        request, site = page.request, self._pages.site
        return Arrival(
            address=address_of(request, self._proxies),
            ticket=last(TICKET),
            number=last(WORK),
            trap=last(TRAP),
            is_from_here=is_from_here(request.headers, site_url=site.url, origins=self._desk.signup.origins),
            said=said(page.wording, page.newsletters, self._desk.signup),
        )

    def _form(self, page: JoinPage, filled: Filled, *, notice: str = "", status: int = 200) -> Response:
        ticket = self._desk.ticket()
        return self._protected(page, page.form(filled, ticket=ticket, notice=notice, status=status))

    def _protected(self, page: JoinPage, response: Response) -> Response:
        """Its own script may run; in a frame, it may be shown by the sites that are named."""
        policy = WITH_SCRIPT
        if page.framed:
            policy = policy.replace("frame-ancestors 'none'", " ".join(["frame-ancestors", *self._desk.signup.origins]))
            del response.headers["X-Frame-Options"]
        response.headers["Content-Security-Policy"] = policy
        return response
