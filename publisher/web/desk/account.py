"""One's own account: name, password, and where one is signed in. The second factor is in `secondstep.py`."""

from __future__ import annotations

from starlette.responses import Response

from publisher.errors import WrongUse
from publisher.house import accounts
from publisher.house.hands import Hand
from publisher.house.passwordrules import SHORTEST, complaint
from publisher.model.user import Right
from publisher.store import sessions, users, wantedaddresses
from publisher.store.sessions import Session
from publisher.web.desk.agents import in_words
from publisher.web.desk.doors import Door, Method, Somewhere
from publisher.web.desk.entrance import Entrance, caller_of, wait_of
from publisher.web.desk.visit import Visit

WRONG_PASSWORD = "That is not your password."  # noqa: S105  what a page says


class AccountPages:
    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self._desk = entrance.desk

    def show(self, visit: Visit) -> Response:
        return self.page(visit, {})

    def page(self, visit: Visit, problems: dict[str, str], *, status: int = 200) -> Response:
        """The page; `problems`: by field, after what was sent could not be done."""
        with self._desk.house.store.read() as conn:
            own = sessions.of_user(conn, visit.user.id, now=visit.now)
            wanted = wantedaddresses.find(conn, visit.user.id)
            left = len(users.secrets_of(conn, visit.user.id).recovery)
        here = visit.signed_in.session.id if visit.signed_in else 0
        values = {
            "email": visit.user.email,
            "name": visit.text("name") if "name" in problems else visit.user.name,
            "new_email": visit.text("new_email") if "new_email" in problems else "",
            "wanted": wanted.email if wanted else "",
            "roles": accounts.in_words(visit.user.roles),
            "shortest": SHORTEST,
            "problems": problems,
            "has_password": visit.user.has_password,
            "has_second_factor": visit.user.has_second_factor,
            "codes_left": left,
            "sessions": [self._shown(one, is_here=one.id == here) for one in own],
        }
        return self._desk.page(visit, "desk/account.html", values, status=status)

    def rename(self, visit: Visit) -> Response:
        try:
            name = accounts.personal_name(visit.text("name"))
        except WrongUse as wrong:
            return self.page(visit, {"name": str(wrong)}, status=422)
        if name != visit.user.name:
            with self._desk.house.store.write() as conn:
                users.rename(conn, visit.user.id, name=name)
                before = visit.user.name
                self._desk.note(conn, visit, "user.name", f"user:{visit.user.id}", before=before, after=name)
        return self._desk.back(visit, "/account", "Your name is kept.")

    def change_password(self, visit: Visit) -> Response:
        """Asks for the present one; all other browsers are signed out."""
        new = (visit.fields.get("new") or ("",))[-1]
        told = complaint(new, (visit.user.email, visit.user.name, self._desk.house.config.site.name))
        if told:
            return self.page(visit, {"new": told}, status=422)
        refused = self.refused(visit, "present")
        if refused is not None:
            return refused
        hashed = self._entrance.doorman.passwords.hash(new)
        with self._desk.house.store.write() as conn:
            here = visit.signed_in.session.id if visit.signed_in else None
            accounts.choose_password(conn, hand_of(visit), visit.user, hashed, but=here)
            if here is not None:
                sessions.be_sure(conn, here, now=visit.now)
        return self._desk.back(visit, "/account", "Your new password is kept. You are signed out everywhere else.")

    def refused(self, visit: Visit, field: str) -> Response | None:
        """The page with what is wrong, where the password in `field` is not their own; None: it is."""
        if not visit.user.has_password:
            return self.page(visit, {field: "You have no password here; ask for a link to choose one."}, status=422)
        typed = (visit.fields.get(field) or ("",))[-1]
        answer = self._entrance.doorman.is_own_password(visit.user, typed, caller_of(visit))
        if answer.user is not None:
            return None
        problem, seconds = wait_of(answer, visit)
        response = self.page(visit, {field: problem or WRONG_PASSWORD}, status=429 if seconds else 422)
        if seconds:
            response.headers["Retry-After"] = seconds
        return response

    def end_session(self, visit: Visit) -> Response:
        """Of one browser; one's own is ended by signing out."""
        with self._desk.house.store.write() as conn:
            if not sessions.end(conn, visit.number("id"), user=visit.user.id):
                raise WrongUse("that browser is not signed in any more")
            self._desk.note(conn, visit, "user.sessions", f"user:{visit.user.id}", after="signed out one browser")
        return self._desk.back(visit, "/account", "That browser is signed out.")

    def end_others(self, visit: Visit) -> Response:
        with self._desk.house.store.write() as conn:
            here = visit.signed_in.session.id if visit.signed_in else None
            ended = sessions.end_others(conn, visit.user.id, but=here)
            if ended:
                self._desk.note(
                    conn, visit, "user.sessions", f"user:{visit.user.id}", after=f"signed out {ended} other browsers"
                )
        return self._desk.back(visit, "/account", "You are signed out everywhere else.")

    def _shown(self, one: Session, *, is_here: bool) -> dict[str, object]:
        return {
            "id": one.id,
            "browser": in_words(one.agent),
            "ip": one.ip,
            "created": self._desk.moment(one.created),
            "seen": self._desk.moment(one.seen),
            "is_here": is_here,
        }


def hand_of(visit: Visit) -> Hand:
    """Whose doing it is, for the log."""
    return Hand(who=visit.user.called, user=visit.user.id, ip=visit.ip, now=visit.now)


def doors(entrance: Entrance) -> list[Door]:
    pages = AccountPages(entrance)
    deeds = {
        "/account/name": pages.rename,
        "/account/password": pages.change_password,
        "/account/sessions/end": pages.end_others,
        "/account/sessions/{id:int}/end": pages.end_session,
    }
    return [
        Door(path="/account", handler=pages.show, right=Right.LOOK, about=Somewhere.ANY),
        *(
            Door(path=path, handler=deed, right=Right.LOOK, about=Somewhere.ANY, method=Method.POST)
            for path, deed in deeds.items()
        ),
    ]
