"""Another address to sign in with: asked for on one's account, confirmed by a link that an owner passes on."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.errors import WrongUse
from publisher.house import readdressing
from publisher.model.user import Right
from publisher.store import users
from publisher.web.desk.account import AccountPages, hand_of
from publisher.web.desk.desk import is_secure
from publisher.web.desk.doors import Door, Method, Somewhere
from publisher.web.desk.entrance import Entrance
from publisher.web.desk.surely import surely
from publisher.web.desk.visit import Visit


class AddressPages:
    def __init__(self, entrance: Entrance, account: AccountPages) -> None:
        self._desk = entrance.desk
        self._account = account

    def ask(self, visit: Visit) -> Response:
        """Somebody wants another one for their own account."""
        try:
            with self._desk.house.store.write() as conn:
                wanted = readdressing.ask(conn, hand_of(visit), visit.user, visit.text("new_email"))
        except WrongUse as wrong:
            return self._account.page(visit, {"new_email": str(wrong)}, status=422)
        told = f"You sign in with {visit.user.email} still: an owner of this site sends a link to {wanted.email}."
        return self._desk.back(visit, "/account", told)

    def take_back(self, visit: Visit) -> Response:
        with self._desk.house.store.write() as conn:
            done = readdressing.take_back(conn, hand_of(visit), visit.user)
        return self._desk.back(visit, "/account", "Your address stays." if done else "It was so already.")

    def pass_on(self, visit: Visit) -> Response:
        """An owner makes the link, and is shown whom to write to."""
        with self._desk.house.store.read() as conn:
            user = users.find_id(conn, visit.number("id"))
        if user is None:
            raise HTTPException(404)
        with self._desk.house.store.write() as conn:
            made = readdressing.pass_on(conn, hand_of(visit), user)
        request, site = visit.request, self._desk.house.config.site.name
        scheme, below = "https" if is_secure(request) else "http", request.url.path.partition("/desk")[0]
        link = f"{scheme}://{request.url.netloc}{below}{made.path}"
        subject = f"Your address at the desk of {site}"
        values = {
            "user": {"id": user.id, "called": user.called, "email": user.email},
            "email": made.email,
            "link": link,
            "ends": self._desk.moment(made.ends),
            "to_new": _letter_to(made.email, subject, f"Open this to sign in with this address from now on:\n{link}\n"),
            "to_old": _letter_to(
                user.email,
                subject,
                f"Somebody who was signed in as you wants to sign in with {made.email} from now on.\n"
                "If that was not you, tell us at once.\n",
            ),
        }
        return self._desk.page(visit, "desk/address_link.html", values)

    def show(self, visit: Visit) -> Response:
        """The link's page; looking at it uses nothing up."""
        with self._desk.house.store.read() as conn:
            found = readdressing.find(conn, visit.part("token"), now=visit.now)
        if found is None:
            return self._over(visit)
        user, email = found
        return self._desk.page(visit, "desk/address_confirm.html", {"before": user.email, "email": email})

    def confirm(self, visit: Visit) -> Response:
        with self._desk.house.store.write() as conn:
            user = readdressing.confirm(conn, visit.part("token"), ip=visit.ip, now=visit.now)
        if user is None:
            return self._over(visit)
        path = "/account" if visit.signed_in and visit.user.id == user.id else "/login"
        return self._desk.back(visit, path, "Done: this address signs in from now on, and the old one does not.")

    def _over(self, visit: Visit) -> Response:
        return self._desk.page(visit, "desk/link_over.html", {"purpose": "address"}, status=404)


def _letter_to(address: str, subject: str, body: str) -> str:
    """A `mailto:` link with all in it (RFC 6068)."""
    query = urlencode({"subject": subject, "body": body.replace("\n", "\r\n")}, quote_via=quote)
    return f"mailto:{quote(address, safe='@')}?{query}"


def doors(entrance: Entrance) -> list[Door]:
    pages, post = AddressPages(entrance, AccountPages(entrance)), Method.POST
    asks, passes = surely(entrance.desk, pages.ask), surely(entrance.desk, pages.pass_on)
    return [
        Door(path="/account/address", handler=asks, right=Right.LOOK, about=Somewhere.ANY, method=post),
        Door(
            path="/account/address/stays", handler=pages.take_back, right=Right.LOOK, about=Somewhere.ANY, method=post
        ),
        Door(path="/users/{id:int}/address", handler=passes, right=Right.OWN, method=post),
        Door(path="/address/{token}", handler=pages.show, right=None),
        Door(path="/address/{token}", handler=pages.confirm, right=None, method=post),
    ]
