"""Signing in and out: address and password, then a code where there is a second factor."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from publisher.errors import Crowded
from publisher.house.signingin import Answer
from publisher.model.user import User
from publisher.store import users
from publisher.web.desk.desk import COOKIE, SAFE_COOKIE
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.entrance import Entrance, caller_of, wait_of
from publisher.web.desk.visit import Visit
from publisher.web.desk.wayback import LONGEST, way_back
from publisher.web.pages import HEADERS, PRIVATE

WRONG = "That did not match. Look at the address and at the password; capital letters count."
CROWDED_SECONDS = "10"
WRONG_CODE = "That code is not right, or it was used before. Wait for the next one, and type that."


class LoginPages:
    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self._desk = entrance.desk
        self._doorman = entrance.doorman

    def show(self, visit: Visit) -> Response:
        """The form; who is signed in needs none."""
        if visit.signed_in is not None:
            return self._desk.back(visit, way_back(visit.asked("next")))
        return self._form(visit, visit.asked("next"))

    def enter(self, visit: Visit) -> Response:
        """Address and password."""
        typed = visit.fields.get("password") or ("",)
        asked = visit.text("next")
        try:
            answer = self._doorman.try_password(visit.text("email"), typed[-1], caller_of(visit))
        except Crowded as wrong:
            return self._crowded(visit, wrong)
        if answer.user is None:
            return self._form(visit, asked, answer=answer)
        if answer.user.has_second_factor:
            return self.ask_code(visit, answer.user, asked)
        return self.let_in(visit, answer.user, asked, how="password")

    def enter_code(self, visit: Visit) -> Response:
        """The second step."""
        asked = visit.text("next")
        user = self._doorman.read_halfway(visit.text("halfway"), now=visit.now)
        if user is None:
            return self._desk.back(visit, "/login", "That took too long, please begin again.", wrong=True)
        answer = self._doorman.try_code(user, visit.text("code"), caller_of(visit))
        if answer.user is None:
            return self.ask_code(visit, user, asked, answer=answer)
        return self.let_in(visit, user, asked, how="password and code")

    def to_form(self, visit: Visit) -> Response:
        """Who comes to the second step by its address begins with the first."""
        return self._desk.back(visit, "/login")

    def leave(self, visit: Visit) -> Response:
        """Whoever comes: afterwards this browser is nobody's."""
        if visit.signed_in is not None:
            with self._desk.house.store.write() as conn:
                self._doorman.leave(conn, visit.user, visit.signed_in.session, caller_of(visit))
        path = f"{self._desk.root(visit)}/login"
        response = RedirectResponse(path, status_code=303, headers=HEADERS | PRIVATE)
        response.delete_cookie(COOKIE, path="/")
        response.delete_cookie(SAFE_COOKIE, path="/", secure=True)
        self._desk.tell(visit, response, "You are signed out.")
        return response

    def let_in(self, visit: Visit, user: User, asked: str, *, how: str, sure: datetime | None = None) -> Response:
        """Who has proven who they are; `sure`: when that was, None: now."""
        before = visit.signed_in.session if visit.signed_in else None
        with self._desk.house.store.write() as conn:
            entered = self._doorman.enter(conn, user, self._entrance.caller(visit), instead=before, how=how, sure=sure)
        return self._entrance.go_in(visit, entered, way_back(asked))

    def _form(self, visit: Visit, asked: str, answer: Answer | None = None) -> Response:
        problem, seconds = wait_of(answer, visit) if answer else ("", "")
        oidc = self._desk.house.config.web.oidc
        values = {
            "next": asked[:LONGEST],
            "email": visit.text("email"),
            "problem": problem or (WRONG if answer else ""),
            "is_anybody": self._is_anybody(),
            "provider": oidc.name if oidc else "",
            "provider_query": urlencode({"next": asked[:LONGEST]}),
        }
        status = 200 if answer is None else 429 if seconds else 422
        return _waiting(self._desk.page(visit, "desk/login.html", values, status=status), seconds)

    def _crowded(self, visit: Visit, wrong: Crowded) -> Response:
        response = self._desk.page(visit, "desk/login_refused.html", {"problem": str(wrong)}, status=503)
        return _waiting(response, CROWDED_SECONDS)

    def _is_anybody(self) -> bool:
        with self._desk.house.store.read() as conn:
            return users.is_anybody(conn)

    def ask_code(self, visit: Visit, user: User, asked: str, answer: Answer | None = None) -> Response:
        """The second step, for who has one."""
        problem, seconds = wait_of(answer, visit) if answer else ("", "")
        values = {
            "next": asked[:LONGEST],
            "halfway": self._doorman.halfway(user, now=visit.now),
            "problem": problem or (WRONG_CODE if answer else ""),
        }
        status = 200 if answer is None else 429 if seconds else 422
        return _waiting(self._desk.page(visit, "desk/login_code.html", values, status=status), seconds)


def _waiting(response: Response, seconds: str) -> Response:
    if seconds:
        response.headers["Retry-After"] = seconds
    return response


def doors(entrance: Entrance) -> list[Door]:
    page = LoginPages(entrance)
    return [
        Door(path="/login", handler=page.show, right=None),
        Door(path="/login", handler=page.enter, right=None, method=Method.POST, proof=False),
        Door(path="/login/code", handler=page.to_form, right=None),
        Door(path="/login/code", handler=page.enter_code, right=None, method=Method.POST, proof=False),
        Door(path="/logout", handler=page.leave, right=None, method=Method.POST),
    ]
