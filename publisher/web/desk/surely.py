"""Who changes who may do what proves once more who they are, where that was longer ago than a quarter of an hour.

The page that asks has all that the form had, so that nothing typed is lost: the password goes on
with it. Who signs in by an OpenID provider alone is sent through it again, and comes back to the
page they were at. A second factor is not asked for again: it was, when this session began.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from starlette.responses import Response

from publisher.house.signingin import Doorman
from publisher.store import sessions
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import PROOF, Handler
from publisher.web.desk.entrance import caller_of, wait_of
from publisher.web.desk.visit import Visit
from publisher.web.desk.wayback import LONGEST

FIELD = "password_again"
WRONG = "That is not your password."


class NotSure(Exception):
    """Nothing was done: somebody has to say their password first."""

    def __init__(self, page: Response) -> None:
        super().__init__()
        self.page = page


def be_sure(desk: Desk, visit: Visit) -> None:
    """Go on, where it is sure who asks. Raises NotSure."""
    signed_in = visit.signed_in
    if signed_in is None or is_sure(visit):
        return
    if not visit.has(FIELD):
        raise NotSure(_asking(desk, visit, ""))
    typed = (visit.fields.get(FIELD) or ("",))[-1]
    answer = Doorman(desk.house, desk.passwords).is_own_password(visit.user, typed, caller_of(visit))
    if answer.user is None:
        problem, seconds = wait_of(answer, visit)
        page = _asking(desk, visit, problem or WRONG, status=429 if seconds else 422)
        if seconds:
            page.headers["Retry-After"] = seconds
        raise NotSure(page)
    with desk.house.store.write() as conn:
        sessions.be_sure(conn, signed_in.session.id, now=visit.now)


def is_sure(visit: Visit) -> bool:
    return visit.signed_in is not None and visit.now - visit.signed_in.session.sure <= sessions.SURE_FOR


def surely(desk: Desk, deed: Handler) -> Handler:
    """A deed that asks first."""

    def handler(visit: Visit) -> Response:
        try:
            be_sure(desk, visit)
        except NotSure as asks:
            return asks.page
        return deed(visit)

    return handler


def _asking(desk: Desk, visit: Visit, problem: str, *, status: int = 403) -> Response:
    oidc = desk.house.config.web.oidc if visit.user.subject else None
    back = urlsplit(visit.request.headers.get("referer", "")).path[:LONGEST]
    values = {
        "email": visit.user.email,
        "problems": {FIELD: problem} if problem else {},
        "field": FIELD,
        "kept": [(name, one) for name, all_ in visit.fields.items() if name not in (PROOF, FIELD) for one in all_],
        "has_password": visit.user.has_password,
        "provider": oidc.name if oidc else "",
        "provider_query": urlencode({"again": "yes", "next": back}),
        "minutes": int(sessions.SURE_FOR.total_seconds() // 60),
    }
    return desk.page(visit, "desk/again.html", values, status=status)
