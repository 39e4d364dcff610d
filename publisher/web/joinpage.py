"""One request's sign-up form as a page: what templates/web/subscribe.html is handed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from publisher.model.issue import Newsletter
from publisher.subscribe.joinform import EMAIL, NEWSLETTER, TICKET, TRAP, WORK, Filled
from publisher.subscribe.preferences import Offer
from publisher.web import joinwords
from publisher.web.pages import Pages, spoken
from publisher.web.site import SignUp


class JoinPage:
    """The form of these newsletters, in the language of the only one, else in the site's."""

    def __init__(
        self, pages: Pages, request: Request, signup: SignUp, *, newsletters: Sequence[Newsletter], framed: bool
    ) -> None:
        self.request = request
        self.newsletters = newsletters
        self.framed = framed
        self.offers: Mapping[str, Offer] = {
            one.slug: Offer(cadences=pages.site.cadences[one.slug], columns=one.columns) for one in newsletters
        }
        self._pages = pages
        self._signup = signup
        self._only = newsletters[0] if len(newsletters) == 1 else None
        self._language = self._only.language if self._only else pages.site.language
        self.wording = pages.speak(self._language)

    def form(self, filled: Filled, *, ticket: str, notice: str, status: int) -> Response:
        """The form as it was filled in, with what cannot be used beside its fields."""
        values = self._shared() | {
            "newsletters": [self._row(one, filled) for one in self.newsletters],
            "email": filled.typed,
            "faults": {name: joinwords.in_words(fault, self.wording) for name, fault in filled.faults.items()},
            "first_fault": next(iter(filled.faults), ""),
            "notice": notice,
            "promise": joinwords.promise(self.wording),
            "privacy_url": self._signup.privacy_url,
            "bits": self._signup.work_bits,
            "ticket": ticket,
            "names": {"email": EMAIL, "newsletter": NEWSLETTER, "ticket": TICKET, "work": WORK, "trap": TRAP},
        }
        return self._pages.page(self.request, "subscribe.html", values, status=status)

    def sent(self, filled: Filled) -> Response:
        """The same for everybody: look into your mailbox."""
        first = next(one for one in self.newsletters if one.slug == filled.choices[0].newsletter)
        values = self._shared() | {"address": filled.typed, "sender": first.from_address}
        return self._pages.page(self.request, "subscribe_sent.html", values)

    def once_more(self) -> str:
        return joinwords.once_more(self.wording)

    def too_many(self, wait: timedelta) -> str:
        return joinwords.too_many(wait, self.wording)

    def _shared(self) -> dict[str, object]:
        return spoken(self._language) | {
            "framed": self.framed,
            "newsletter": self._only.name if self._only else "",
            "description": self._signup.offers[self._only.slug] if self._only else "",
        }

    def _row(self, newsletter: Newsletter, filled: Filled) -> dict[str, object]:
        """A newsletter with what there is to choose, and what is chosen."""
        known, wanted = self._pages.site.columns(), filled.wanted[newsletter.slug]
        return {
            "slug": newsletter.slug,
            "name": newsletter.name,
            **spoken(newsletter.language),
            "description": self._signup.offers[newsletter.slug],
            "chosen": wanted.chosen,
            "cadences": self.offers[newsletter.slug].cadences,
            "cadence": wanted.cadence,
            "all": not wanted.some,
            "columns": [
                {
                    "slug": slug,
                    "name": known[slug].name if slug in known else slug.replace("-", " ").title(),
                    "tagline": known[slug].tagline if slug in known else "",
                    "chosen": slug in wanted.columns,
                }
                for slug in newsletter.columns
            ],
        }
