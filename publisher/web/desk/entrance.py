"""The end of each way in: a session begins, its cookie is set, and the page that was asked for comes."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from starlette.responses import RedirectResponse, Response

from publisher.house.onetime import SAFE
from publisher.house.signingin import Answer, Caller, Doorman, Entered
from publisher.store.sessions import LONGEST
from publisher.web.desk.desk import COOKIE, SAFE_COOKIE, Desk, is_secure
from publisher.web.desk.visit import Visit
from publisher.web.pages import HEADERS, PRIVATE


class Entrance:
    """What the pages share by which one comes in."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.doorman = Doorman(desk.house, desk.passwords)

    def caller(self, visit: Visit) -> Caller:
        """Who comes in: over https their cookie is one that nobody else can set.

        `__Host-`: draft-ietf-httpbis-rfc6265bis, 4.1.3.2.
        """
        is_safe = is_secure(visit.request) and self.desk.house.config.site.url.startswith("https://")
        return replace(caller_of(visit), is_safe=is_safe)

    def go_in(self, visit: Visit, entered: Entered, path: str, told: str = "") -> Response:
        """On to a page of the desk, signed in."""
        response = RedirectResponse(f"{self.desk.root(visit)}{path}", status_code=303, headers=HEADERS | PRIVATE)
        safe = entered.token.startswith(SAFE)
        if safe:
            response.delete_cookie(COOKIE, path="/")
        response.set_cookie(
            SAFE_COOKIE if safe else COOKIE,
            entered.token,
            max_age=int(LONGEST.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=safe or is_secure(visit.request),
        )
        if told:
            self.desk.tell(visit, response, told)
        return response


def caller_of(visit: Visit) -> Caller:
    return Caller(ip=visit.ip, agent=visit.request.headers.get("user-agent", ""), now=visit.now)


def wait_of(answer: Answer, visit: Visit) -> tuple[str, str]:
    """After too many tries: a kind word, and what Retry-After says (RFC 9110 §10.2.3)."""
    if answer.until is None:
        return "", ""
    seconds = max(1, ceil((answer.until - visit.now).total_seconds()))
    minutes = max(1, ceil(seconds / 60))
    words = f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"There were many tries in a short time. Please try again in {words}; then all is as before.", str(seconds)
