"""A reader's choice: how often a newsletter comes, and which of its columns.

As with leaving (unsubscribe.py): GET changes nothing, POST takes effect in a transaction of
its own before it is answered, and whoever holds the link of a letter may choose; no cookie,
no login. Because a letter may be passed on, the page tells of the reader no more than a
masked address, and changes nothing that stands in letters, such as the reader's name.

Each newsletter has its own link; one page for all that a reader gets is not here yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from publisher.model.issue import Newsletter
from publisher.model.subscriber import Subscriber, SubscriberState, Subscription, SubscriptionState
from publisher.store import preferences, subscribers
from publisher.store.database import Store
from publisher.store.preferences import Preferred
from publisher.subscribe.masking import masked
from publisher.subscribe.preferences import CADENCE, Fields, Offer, Unclear, read_choice
from publisher.tokens import Purpose, row_of, token_for
from publisher.web.forms import fields_of
from publisher.web.pages import Pages, spoken

FIELDS_BESIDE_COLUMNS = 10


class PreferencePages:
    """The pages below `preferences/`."""

    def __init__(self, pages: Pages, store: Store, clock: Callable[[], datetime]) -> None:
        self._pages = pages
        self._store = store
        self._clock = clock

    def explain(self, request: Request) -> Response:
        """For who comes without a link of his own, from a letter shown as a page."""
        return self._pages.page(request, "preferences_help.html", {})

    async def answer(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return await run_in_threadpool(self._show, request)
        if request.method != "POST":
            raise HTTPException(405, headers={"Allow": "GET, HEAD, POST"})
        most = FIELDS_BESIDE_COLUMNS + max(
            (len(one.columns) for one in self._pages.site.newsletters.values()), default=0
        )
        return await run_in_threadpool(self._save, request, await fields_of(request, most=most))

    def _show(self, request: Request) -> Response:
        """The form; changes nothing."""
        found = self._find(request)
        return self._form(request, *found) if found else self._unknown(request)

    def _save(self, request: Request, fields: Fields) -> Response:
        found = self._find(request)
        if found is None:
            return self._unknown(request)
        reader, had = found
        newsletter = self._pages.site.newsletters.get(had.newsletter)
        if newsletter is None:
            return self._form(request, reader, had)  # it has ended, and the page says so
        offer = self._offer_of(newsletter)
        choice = read_choice(fields, had, offer)
        if choice is Unclear.NOTHING:
            raise HTTPException(400)
        if isinstance(choice, Unclear):
            cadence = next((one for one in offer.cadences if one in fields.get(CADENCE, ())), had.cadence)
            return self._form(request, reader, replace(had, cadence=cadence), unclear=choice)
        with self._store.write() as conn:
            became = preferences.prefer(conn, had.id, choice, columns=newsletter.columns, now=self._clock())
        found = self._find(request)
        if found is None:
            return self._unknown(request)
        return self._form(request, *found, saved=became is not Preferred.LEFT)

    def _find(self, request: Request) -> tuple[Subscriber, Subscription] | None:
        row = row_of(self._pages.site.keys, Purpose.PREFERENCES, request.path_params["token"])
        if row is None:
            return None
        with self._store.read() as conn:
            return subscribers.find_of_subscription(conn, row)

    def _offer_of(self, newsletter: Newsletter) -> Offer:
        return Offer(cadences=self._pages.site.cadences.get(newsletter.slug, ()), columns=newsletter.columns)

    def _form(
        self,
        request: Request,
        reader: Subscriber,
        had: Subscription,
        *,
        saved: bool = False,
        unclear: Unclear | None = None,
    ) -> Response:
        site = self._pages.site
        newsletter = site.newsletters.get(had.newsletter)
        values: dict[str, object] = {
            "newsletter": newsletter.name if newsletter else had.newsletter,
            "address": masked(reader.email),
            "has_left": had.state is SubscriptionState.LEFT,
            "gets_no_mail": reader.state is SubscriberState.SUPPRESSED,
            "has_ended": newsletter is None,
            "leave_token": token_for(site.keys, Purpose.UNSUBSCRIBE, had.id),
            "saved": saved and unclear is None,
            "unclear": unclear,
        }
        if newsletter:
            values |= spoken(newsletter.language) | self._choices(newsletter, had, some=unclear is Unclear.NO_COLUMN)
        return self._pages.page(request, "preferences.html", values, status=422 if unclear else 200)

    def _choices(self, newsletter: Newsletter, had: Subscription, *, some: bool) -> dict[str, object]:
        """What there is to choose, and what is chosen now."""
        offer, known = self._offer_of(newsletter), self._pages.site.columns()
        columns = [
            {
                "slug": slug,
                "name": known[slug].name if slug in known else slug.replace("-", " ").title(),
                "tagline": known[slug].tagline if slug in known else "",
                "chosen": slug in had.columns,
            }
            for slug in offer.columns
        ]
        return {
            "is_choice": offer.is_choice,
            "cadences": offer.cadences,
            "cadence": had.cadence,
            "columns": columns,
            "all": not had.columns and not some,
        }

    def _unknown(self, request: Request) -> Response:
        return self._pages.page(request, "preferences_unknown.html", {}, status=404)
