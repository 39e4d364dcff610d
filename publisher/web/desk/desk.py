"""What all pages of the desk share: the house, who is signed in, how a page is answered, what is noted."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_network
from urllib.parse import quote, urlsplit

from sqlalchemy import Connection
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from publisher.errors import PublisherError, StorageError
from publisher.fetch.dns import Resolver
from publisher.house.onetime import SAFE, digest_of
from publisher.house.opened import House
from publisher.house.passwords import Passwords
from publisher.house.standby import Standby
from publisher.model.user import IN_WORDS, RIGHTS, Right
from publisher.store import audit, sessions, users
from publisher.web.clients import address_of
from publisher.web.desk.doors import PROOF, Door, Handler
from publisher.web.desk.files import addresses_of, read_files
from publisher.web.desk.insteadwords import said_at_the_desk
from publisher.web.desk.keeping import kept_of, words_in
from publisher.web.desk.moments import Moment, moment_of
from publisher.web.desk.readercensus import KeptCensus
from publisher.web.desk.visit import SignedIn, Visit
from publisher.web.origins import is_from_here
from publisher.web.pages import HEADERS, PRIVATE, root_of

COOKIE = "desk"  # over http, and of sessions that began before there was the next one
SAFE_COOKIE = (
    "__Host-desk"  # over https: no other host of our domain, and no page without TLS, can put one in its place
)
TOLD = "desk-told"  # a word about what was done, shown by the next page and then gone
LONGEST_TOLD = 2000  # bytes of it: a browser forgets a cookie of more than 4096
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PLACES = {"sources": "columns"}  # pages that stand under another one in the menu
# Forms tell by Origin where they come from; nothing is told to other sites.
_OWN = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}

log = logging.getLogger(__name__)


class Desk:
    """One site's desk."""

    def __init__(
        self,
        house: House,
        clock: Callable[[], datetime],
        *,
        resolver: Resolver | None = None,
        passwords: Passwords | None = None,
    ) -> None:
        self.house = house
        self.clock = clock
        self.resolver = resolver or Resolver()
        self.passwords = passwords or Passwords()
        self._standby = Standby(house.store, house.templates)
        self.census = KeptCensus(house.store)
        self.files = read_files(self._standby)
        self._addresses = addresses_of(self.files)
        self._proxies = [ip_network(proxy) for proxy in house.config.web.proxies]

    def greet(self, request: Request) -> SignedIn | None:
        """Who asks, by the session that the cookie names."""
        token = token_in(request)
        if not token:
            return None
        now, digest = self.clock(), digest_of(token)
        with self.house.store.read() as conn:
            session = sessions.find(conn, digest, now=now)
            user = users.find_id(conn, session.user) if session else None
        if session is None or user is None or user.disabled is not None:
            return None
        if now - session.seen >= sessions.SEEN_EVERY:
            with self.house.store.write() as conn:
                sessions.see(conn, session.id, ip=self.ip_of(request), now=now)
        return SignedIn(user=user, session=session, proof=self._mac(f"proof:{digest}"))

    def may_see_letters(self, request: Request) -> bool:
        """Whether somebody sees what the catcher kept, of all newsletters; anybody, while nobody has an account."""
        with self.house.store.read() as conn:
            if not users.is_anybody(conn):
                return True
        signed_in = self.greet(request)
        return signed_in is not None and signed_in.user.may(Right.EDIT)

    def plain_visit(self, request: Request, signed_in: SignedIn | None) -> Visit:
        return Visit(request=request, signed_in=signed_in, ip=self.ip_of(request), now=self.clock())

    def ip_of(self, request: Request) -> str:
        return address_of(request, self._proxies)

    def is_from_here(self, request: Request) -> bool:
        return is_from_here(request.headers, site_url=self.house.config.site.url, origins=())

    def turn_away(self, visit: Visit, door: Door) -> Response:
        """Who is not known may sign in and comes back; who has no right is told what it takes."""
        if visit.signed_in is None:
            if "hx-request" in visit.request.headers:  # part of a page that is open: the login has no place in there
                login = f"{visit.request.url.path.partition('/desk')[0]}/desk/login"
                return self.page(visit, "desk/signed_out_part.html", {"login": login}, status=401)
            path = visit.request.url.path + (f"?{visit.request.url.query}" if visit.request.url.query else "")
            return RedirectResponse(f"{self.root(visit)}/login?next={quote(path)}", status_code=303, headers=HEADERS)
        needs = [IN_WORDS[role] for role, rights in RIGHTS.items() if door.right in rights]
        return self.page(visit, "desk/not_allowed.html", {"needs": needs}, status=403)

    def hand_back(self, visit: Visit) -> Response:
        """A form that was sent after its session was over, or by another one: all that was typed, to be sent again."""
        kept = [] if visit.files else kept_of(visit.fields, proof=PROOF)
        values = {"kept": kept, "words": words_in(kept)}
        return self.page(visit, "desk/signed_out.html", values, status=403 if visit.signed_in else 401)

    def carry_out(self, visit: Visit, handler: Handler) -> Response:
        """What a person did wrong, or what cannot be done, is told on a page; nothing was changed then."""
        try:
            return handler(visit)
        except StorageError:
            raise
        except PublisherError as wrong:
            back = visit.request.headers.get("referer", "")
            is_ours = URL(back).netloc == visit.request.url.netloc
            values = {
                "problem": said_at_the_desk(str(wrong)),
                "back": "/" + urlsplit(back).path.lstrip("/") if is_ours else f"{self.root(visit)}",
            }
            return self.page(visit, "desk/refused.html", values, status=422)

    def page(
        self, visit: Visit, template: str, values: Mapping[str, object], *, status: int = 200, policy: str = POLICY
    ) -> Response:
        """A page, or a part of one, by its template below templates/."""
        told = self._told(visit)
        content = self._standby.render(template, {**self._shared(visit), "told": told, **values})
        headers = HEADERS | PRIVATE | _OWN | {"Content-Security-Policy": policy}
        response = HTMLResponse(content, status_code=status, headers=headers)
        if told and "hx-request" not in visit.request.headers:
            response.delete_cookie(TOLD, path="/")
        return response

    def back(self, visit: Visit, path: str, told: str = "", *, wrong: bool = False) -> Response:
        """After a change: to another page of the desk (`/issues/12`), which says what was done."""
        response = RedirectResponse(f"{self.root(visit)}{path}", status_code=303, headers=HEADERS | PRIVATE | _OWN)
        if told:
            self.tell(visit, response, told, wrong=wrong)
        return response

    def tell(self, visit: Visit, response: Response, told: str, *, wrong: bool = False) -> None:
        """A word for the next page; where it names a command, the button that does the same."""
        short = said_at_the_desk(told).encode("utf-8", "replace")[:LONGEST_TOLD].decode("utf-8", "ignore")
        content = base64.urlsafe_b64encode(json.dumps([short, wrong], ensure_ascii=False).encode()).decode()
        signed = f"{content}.{self._mac(f'told:{content}')}"
        response.set_cookie(
            TOLD, signed, max_age=120, path="/", httponly=True, samesite="lax", secure=is_secure(visit.request)
        )

    def tell_again(self, response: Response, visit: Visit, sealed: str) -> None:
        """The word that a page was handed, for that page as it is asked for anew; `sealed` as pages get it."""
        if told := self.told_in(sealed):
            self.tell(visit, response, str(told["words"]), wrong=bool(told["wrong"]))

    def note(
        self,
        conn: Connection,
        visit: Visit,
        act: str,
        subject: str,
        *,
        newsletter: str = "",
        before: str = "",
        after: str = "",
    ) -> None:
        """Write a change down in the audit log, in the transaction that makes it; `act`: `issue.pause`, …"""
        user = visit.signed_in.user if visit.signed_in else None
        who, number = (user.called, user.id) if user else ("nobody signed in", None)
        audit.add(
            conn, act, subject, who=who, user=number, ip=visit.ip, newsletter=newsletter, before=before, after=after,
            now=visit.now,
        )  # fmt: skip

    def root(self, visit: Visit) -> str:
        """Where the desk begins, as seen from the page that is asked for."""
        return f"{root_of(visit.request)}/desk"

    def moment(self, at: datetime | None) -> Moment | None:
        """A time as pages tell it: on the newsroom's clock."""
        return moment_of(at, self.house.zone, now=self.clock()) if at else None

    def _shared(self, visit: Visit) -> dict[str, object]:
        config = self.house.config
        signed_in = visit.signed_in
        return {
            "language": "en",
            "site": {"name": config.site.name, "url": config.site.url, "zone": config.site.time_zone},
            "root": self.root(visit),
            "top": root_of(visit.request),
            "here": _place_in_menu(visit.request.url.path),
            "me": signed_in.user if signed_in else None,
            "rights": {
                right.value: {
                    "site": bool(signed_in and signed_in.user.may(right)),
                    "any": bool(signed_in and signed_in.user.may_somewhere(right)),
                }
                for right in Right
            },
            "proof": signed_in.proof if signed_in else "",
            "proof_field": PROOF,
            "files": self._addresses,
        }

    def _told(self, visit: Visit) -> dict[str, object] | None:
        return self.told_in(visit.request.cookies.get(TOLD, ""))

    def told_in(self, sealed: str) -> dict[str, object] | None:
        """The word that we sealed; None where it is none of ours."""
        content, _, mac = sealed.partition(".")
        if not content or not hmac.compare_digest(mac.encode(), self._mac(f"told:{content}").encode()):
            return None
        try:
            words, wrong = json.loads(base64.urlsafe_b64decode(content))
        except (ValueError, binascii.Error):
            return None
        return {"words": words, "wrong": wrong, "sealed": sealed}

    def _mac(self, about: str) -> str:
        return hmac.digest(self.house.keys[0], f"desk:{about}".encode(), "sha256").hex()


def token_in(request: Request) -> str:
    """What the cookie says; "" where there is none.

    A session that began with the safe cookie is known by that alone: else whoever can set cookies for our
    domain could hand on their own.
    """
    safe, plain = request.cookies.get(SAFE_COOKIE, ""), request.cookies.get(COOKIE, "")
    return safe or ("" if plain.startswith(SAFE) else plain)


def _place_in_menu(path: str) -> str:
    first = path.partition("/desk")[2].lstrip("/").partition("/")[0]
    return _PLACES.get(first, first)


def is_secure(request: Request) -> bool:
    """Whether a cookie for this browser may ask for TLS: by the connection, or as the proxy before us says."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "") == "https"
