"""Signing in by an OpenID provider: the way there, and the way back.

What the browser holds while it is away is sealed, ends after ten minutes, and is taken away when it
comes back. Who has a second factor here is asked for its code all the same.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from starlette.responses import RedirectResponse, Response

from publisher.config.outlets import OidcTable
from publisher.errors import WrongUse
from publisher.house import openid
from publisher.house.hands import SOMEBODY, Hand
from publisher.house.loginlimits import Try, counted_for, take_room
from publisher.house.openid import Begun
from publisher.house.secondfactor import derived
from publisher.house.signingin import Answer
from publisher.house.singlesignon import account_of, client_of
from publisher.store.sessions import SURE_FOR
from publisher.web.desk.desk import is_secure
from publisher.web.desk.doors import Door
from publisher.web.desk.entrance import Entrance, wait_of
from publisher.web.desk.login import LoginPages
from publisher.web.desk.visit import Visit
from publisher.web.desk.wayback import LONGEST
from publisher.web.pages import HEADERS, PRIVATE

AWAY = "desk-away"  # the cookie
AWAY_SECONDS = 600
NOT_ANEW = "Sign out there and try again, or choose a password here: another owner can give you a link."
UNKNOWN = "The provider knows you, but this site does not: an owner has to invite the address that you have there."


class OidcPages:
    def __init__(self, entrance: Entrance, table: OidcTable) -> None:
        self._desk = entrance.desk
        self._login = LoginPages(entrance)
        self._table = table
        self._client = client_of(entrance.desk.house, table)
        self._sealer = MultiFernet([Fernet(derived(key, b"publisher: away")) for key in entrance.desk.house.keys])

    def go(self, visit: Visit) -> Response:
        """To the provider."""
        busy = self._too_often(visit)
        if busy is not None:
            return busy
        anew = bool(visit.asked("again"))
        try:
            address, begun = openid.begin(self._client, self._callback(visit), anew=anew)
        except WrongUse as wrong:
            return self._refused(visit, str(wrong))
        kept = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier}
        kept |= {"next": visit.asked("next")[:LONGEST], "anew": visit.now.isoformat() if anew else ""}
        sealed = self._sealer.encrypt_at_time(json.dumps(kept).encode(), int(visit.now.timestamp())).decode()
        response = RedirectResponse(address, status_code=303, headers=HEADERS | PRIVATE)
        response.set_cookie(
            AWAY,
            sealed,
            max_age=AWAY_SECONDS,
            path="/",
            httponly=True,
            samesite="lax",  # it has to come along when the provider sends the browser back
            secure=is_secure(visit.request),
        )
        return response

    def come_back(self, visit: Visit) -> Response:
        """From the provider, with a code or with its refusal."""
        response = self._come_back(visit)
        response.delete_cookie(AWAY, path="/")
        return response

    def _come_back(self, visit: Visit) -> Response:
        kept = self._kept(visit)
        if kept is None or not kept["state"] or visit.asked("state") != kept["state"]:
            return self._refused(visit, "That took too long, or did not begin here. Please begin again.")
        if not visit.asked("code"):
            return self._refused(visit, f"{self._table.name} did not let you in.")
        begun = Begun(state=kept["state"], nonce=kept["nonce"], verifier=kept["verifier"])
        callback, code = self._callback(visit), visit.asked("code")
        try:
            known = openid.finish(self._client, callback, begun, code, now=visit.now)
        except WrongUse as wrong:
            return self._refused(visit, str(wrong))
        hand = Hand(who=SOMEBODY, ip=visit.ip, now=visit.now)
        with self._desk.house.store.write() as conn:
            user = account_of(conn, known, domains=self._table.domains, hand=hand)
            if user is None:
                hand.note(conn, "login.failed", "", after="known to the provider alone")
        if user is None:
            return self._refused(visit, UNKNOWN)
        if kept.get("anew") and not openid.is_anew(known, datetime.fromisoformat(kept["anew"])):
            return self._refused(visit, f"{self._table.name} let you through without asking who you are. {NOT_ANEW}")
        if user.has_second_factor:
            return self._login.ask_code(visit, user, kept["next"])
        # Who is known to the provider since this morning proved it this morning.
        sure = known.proved or visit.now - SURE_FOR - timedelta(seconds=1)
        return self._login.let_in(visit, user, kept["next"], how=self._table.name, sure=sure)

    def _kept(self, visit: Visit) -> dict[str, str] | None:
        sealed = visit.request.cookies.get(AWAY, "")
        try:
            now = int(visit.now.timestamp())
            found = json.loads(self._sealer.decrypt_at_time(sealed.encode(), AWAY_SECONDS, now))
        except (InvalidToken, ValueError):
            return None
        return {name: str(value) for name, value in found.items()}

    def _too_often(self, visit: Visit) -> Response | None:
        """Each asks the provider something, and is counted by where it comes from."""
        one = Try(account=f"oidc from {visit.ip}", client=visit.ip, is_known=False)
        with self._desk.house.store.write() as conn:
            until = take_room(conn, counted_for(self._desk.house.keys[0], one), now=visit.now)
        if until is None:
            return None
        words, seconds = wait_of(Answer(until=until), visit)
        response = self._refused(visit, words, status=429)
        response.headers["Retry-After"] = seconds
        return response

    def _refused(self, visit: Visit, words: str, *, status: int = 422) -> Response:
        return self._desk.page(visit, "desk/login_refused.html", {"problem": words}, status=status)

    def _callback(self, visit: Visit) -> str:
        """Our address as this browser sees it; the provider takes those alone that it was told before."""
        request = visit.request
        below = request.url.path.partition("/desk")[0]
        scheme = "https" if is_secure(request) else "http"
        return f"{scheme}://{request.url.netloc}{below}/desk/login/oidc/callback"


def doors(entrance: Entrance, table: OidcTable) -> list[Door]:
    pages = OidcPages(entrance, table)
    return [
        Door(path="/login/oidc", handler=pages.go, right=None),
        Door(path="/login/oidc/callback", handler=pages.come_back, right=None),
    ]
