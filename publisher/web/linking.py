"""The page that brings a reader to their own one: `you`. A letter goes to the address, with a link that ends by itself.

No password: whoever reads mail at an address may say what comes there. The form is taken as one to
join is (`joindesk.py`): the same answer after the same time, whether or not anybody reads with the
address.
"""

from __future__ import annotations

import time
from ipaddress import ip_network

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from publisher.subscribe.joinform import EMAIL, TICKET, TRAP, WORK, read_address
from publisher.subscribe.preferences import Fields
from publisher.web import joinwords
from publisher.web.clients import address_of
from publisher.web.forms import fields_of
from publisher.web.joindesk import Arrival, JoinDesk, Verdict, at_the_next_beat
from publisher.web.origins import is_from_here
from publisher.web.pages import Pages
from publisher.web.script import WITH_SCRIPT

MOST_FIELDS = 10


class LinkingPages:
    """The page `you`."""

    def __init__(self, pages: Pages, desk: JoinDesk) -> None:
        self._pages = pages
        self._desk = desk
        self._proxies = [ip_network(proxy) for proxy in pages.site.proxies]
        self._wording = pages.speak(pages.site.language)

    async def answer(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return await run_in_threadpool(self._form, request)
        if request.method != "POST":
            raise HTTPException(405, headers={"Allow": "GET, HEAD, POST"})
        begun = time.monotonic()
        response = await run_in_threadpool(self._take, request, await fields_of(request, most=MOST_FIELDS))
        await at_the_next_beat(begun, self._desk.signup.beat_seconds)
        return response

    def _take(self, request: Request, fields: Fields) -> Response:
        typed, email, fault = read_address(fields)
        if fault:
            return self._form(request, typed=typed, fault=joinwords.in_words(fault, self._wording), status=422)
        site = self._pages.site
        answer = self._desk.take_link(email, self._arrival(request, fields), newsletters=list(site.newsletters))
        if answer.verdict is Verdict.AGAIN:
            return self._form(request, typed=typed, notice=joinwords.once_more(self._wording))
        if answer.verdict is Verdict.TOO_MANY:
            notice = joinwords.too_many(answer.wait, self._wording)
            response = self._form(request, typed=typed, notice=notice, status=429)
            response.headers["Retry-After"] = str(int(answer.wait.total_seconds()) + 1)
            return response
        return self._pages.page(request, "you_sent.html", {"address": typed})

    def _form(
        self, request: Request, *, typed: str = "", fault: str = "", notice: str = "", status: int = 200
    ) -> Response:
        values = {
            "email": typed,
            "fault": fault,
            "notice": notice,
            "bits": self._desk.signup.work_bits,
            "ticket": self._desk.ticket(),
            "names": {"email": EMAIL, "ticket": TICKET, "work": WORK, "trap": TRAP},
        }
        response = self._pages.page(request, "you_ask.html", values, status=status)
        response.headers["Content-Security-Policy"] = WITH_SCRIPT
        return response

    def _arrival(self, request: Request, fields: Fields) -> Arrival:
        def last(name: str) -> str:
            return fields.get(name, [""])[-1]

        site = self._pages.site
        return Arrival(
            address=address_of(request, self._proxies),
            ticket=last(TICKET),
            number=last(WORK),
            trap=last(TRAP),
            is_from_here=is_from_here(request.headers, site_url=site.url, origins=()),
            said="",
        )
