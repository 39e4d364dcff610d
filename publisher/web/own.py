"""A reader's own page: all that comes to an address, to be changed, paused, taken away and erased.

The passing link of a letter is the key (`linking.py`): it went to that address alone and ends after
a day. So the page shows what the link of each letter does not, which may have been passed on: the
whole address, the name, everything that is kept. GET changes nothing but hands over the data; each
POST takes effect before it is answered, and its answer is the page as it is then.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_network

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from publisher.assemble.service import Courier
from publisher.model.subscriber import Subscriber, SubscriberState, Subscription
from publisher.store import erasing, pauses, signups, subscribers
from publisher.store.database import Store
from publisher.subscribe.joinform import Wanted, read_wishes
from publisher.subscribe.owndata import facts_of
from publisher.subscribe.preferences import Fields, Offer
from publisher.tokens import Purpose, passing_row_of
from publisher.web import joinwords
from publisher.web.clients import address_of
from publisher.web.forms import fields_of
from publisher.web.joindesk import at_the_next_beat
from publisher.web.ownacts import WRONG, Deed, Done, OwnActs, Told, chosen_now
from publisher.web.pages import HEADERS, PRIVATE, Pages, spoken
from publisher.web.site import SignUp
from publisher.wording.catalogs import SPOKEN

FIELDS_BESIDE_NEWSLETTERS = 10
FIELDS_OF_NEWSLETTER = 4  # beside one for each column
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class OwnPages:
    """The pages below `you/`."""

    def __init__(self, pages: Pages, courier: Courier, *, store: Store, clock: Callable[[], datetime]) -> None:
        self._pages = pages
        self._store = store
        self._clock = clock
        self._acts = OwnActs(pages.site, courier, store=store, clock=clock)
        self._proxies = [ip_network(proxy) for proxy in pages.site.proxies]

    def routes(self) -> list[Route]:
        return [
            Route("/you/{token}", self.answer, methods=_METHODS),
            Route("/you/{token}/data.json", self._data),
            Route("/you/{token}/erase", self.answer_erasing, methods=_METHODS),
        ]

    async def answer(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return await run_in_threadpool(self._show, request)
        begun, fields = time.monotonic(), await self._fields(request)
        response = await run_in_threadpool(self._do, request, fields)
        if fields.get("do", [""])[-1] == Deed.MOVE:  # whether somebody reads with the new address is nobody's business
            await at_the_next_beat(begun, (self._pages.site.signup or SignUp(offers={})).beat_seconds)
        return response

    async def answer_erasing(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return await run_in_threadpool(self._ask_to_erase, request)
        return await run_in_threadpool(self._erase, request, await self._fields(request))

    async def _fields(self, request: Request) -> Fields:
        if request.method != "POST":
            raise HTTPException(405, headers={"Allow": "GET, HEAD, POST"})
        columns = sum(len(one.columns) for one in self._pages.site.newsletters.values())
        most = FIELDS_BESIDE_NEWSLETTERS + columns + FIELDS_OF_NEWSLETTER * len(self._pages.site.newsletters)
        return await fields_of(request, most=most)

    def _show(self, request: Request) -> Response:
        found = self._find(request)
        return self._page(request, found[0]) if found else self._over(request)

    def _do(self, request: Request, fields: Fields) -> Response:
        found = self._find(request)
        if found is None:
            return self._over(request)
        asked = fields.get("do", [""])[-1]
        if asked not in list(Deed):
            raise HTTPException(400)
        reader, wish = found
        done = self._acts.do(Deed(asked), reader, wish.id, fields, ip=address_of(request, self._proxies))
        if done.told not in WRONG:
            with self._store.write() as conn:
                signups.answered(conn, reader.id)  # whoever asks for a link and uses it may ask for another
        found = self._find(request)
        if found is None:
            return self._over(request)
        return self._page(request, found[0], done=done, fields=fields)

    def _page(
        self, request: Request, reader: Subscriber, *, done: Done | None = None, fields: Fields | None = None
    ) -> Response:
        with self._store.read() as conn:
            until = pauses.paused_until(conn, reader.id)
        now, site = self._clock(), self._pages.site
        language = reader.language or site.language
        wording = self._pages.speak(language)
        unclear = fields if done and done.told is Told.UNCLEAR else None
        today = now.astimezone(site.zone).date()
        values = {
            **spoken(language),
            "address": reader.email,
            "name": reader.name,
            "tongue": reader.language,
            "tongues": [(tag, self._pages.speak(tag).own_name) for tag in SPOKEN],
            "gets_no_mail": reader.state is SubscriberState.SUPPRESSED,
            "paused_until": wording.day(until.astimezone(site.zone).date()) if until else "",
            "day": until.astimezone(site.zone).date().isoformat() if until else "",
            "first_day": (today + timedelta(days=1)).isoformat(),
            "last_day": (today + timedelta(days=365)).isoformat(),
            "newsletters": self._newsletters(reader, unclear),
            "told": done.told if done else "",
            "is_wrong": done is not None and done.told in WRONG,
            "faults": {name: joinwords.in_words(fault, wording) for name, fault in done.faults.items()} if done else {},
            "first_fault": next(iter(done.faults), "") if done else "",
            "typed": done.typed if done else "",
            "token": request.path_params["token"],
        }
        return self._pages.page(request, "you.html", values, status=422 if values["is_wrong"] else 200)

    def _newsletters(self, reader: Subscriber, fields: Fields | None) -> list[dict[str, object]]:
        """What there is to choose; as it was filled in where that is not clear, else as it stands."""
        offers = self._acts.offers(reader)
        if fields is not None:
            wanted = read_wishes(fields, offers, set(fields.get("newsletter", ())))[0]
        else:
            had = chosen_now(reader)
            wanted = {
                slug: Wanted(
                    chosen=slug in had,
                    cadence=had[slug].cadence if slug in had else offer.cadences[0],
                    some=bool(had[slug].columns) if slug in had else False,
                    columns=had[slug].columns if slug in had else (),
                )
                for slug, offer in offers.items()
            }
        return [self._row(slug, offer, wanted[slug]) for slug, offer in offers.items()]

    def _row(self, slug: str, offer: Offer, wanted: Wanted) -> dict[str, object]:
        site, known = self._pages.site, self._pages.site.columns()
        newsletter = site.newsletters[slug]
        return {
            "slug": slug,
            "name": newsletter.name,
            **spoken(newsletter.language),
            "description": site.signup.offers.get(slug, "") if site.signup else "",
            "chosen": wanted.chosen,
            "cadences": offer.cadences,
            "cadence": wanted.cadence,
            "all": not wanted.some,
            "columns": [
                {
                    "slug": column,
                    "name": known[column].name if column in known else column.replace("-", " ").title(),
                    "tagline": known[column].tagline if column in known else "",
                    "chosen": column in wanted.columns,
                }
                for column in offer.columns
            ],
        }

    def _data(self, request: Request) -> Response:
        """Everything that is kept, as a file."""
        found = self._find(request)
        if found is None:
            return self._over(request)
        with self._store.read() as conn:
            facts = facts_of(conn, found[0])
        content = json.dumps(facts, ensure_ascii=False, indent=2) + "\n"
        named = {"Content-Disposition": 'attachment; filename="my-data.json"'}
        return Response(content, media_type="application/json", headers=HEADERS | PRIVATE | named)

    def _ask_to_erase(self, request: Request, *, unsure: bool = False) -> Response:
        found = self._find(request)
        if found is None:
            return self._over(request)
        reader = found[0]
        values = {
            **spoken(reader.language or self._pages.site.language),
            "address": reader.email,
            "unsure": unsure,
            "token": request.path_params["token"],
        }
        return self._pages.page(request, "you_erase.html", values, status=422 if unsure else 200)

    def _erase(self, request: Request, fields: Fields) -> Response:
        found = self._find(request)
        if found is None:
            return self._over(request)
        if fields.get("sure", [""])[-1] != "1":
            return self._ask_to_erase(request, unsure=True)
        with self._store.write() as conn:
            erasing.erase(conn, found[0].id, now=self._clock())
        values = spoken(found[0].language or self._pages.site.language)
        return self._pages.page(request, "you_erased.html", values)

    def _find(self, request: Request) -> tuple[Subscriber, Subscription] | None:
        token = request.path_params["token"]
        row = passing_row_of(self._pages.site.keys, Purpose.OWN_PAGE, token, now=self._clock())
        if row is None:
            return None
        with self._store.read() as conn:
            found = subscribers.find_of_subscription(conn, row)
        return None if found is None or found[0].state is SubscriberState.ERASED else found

    def _over(self, request: Request) -> Response:
        return self._pages.page(request, "you_over.html", {}, status=404)
