"""Who works at the desk: invite, give roles, lock out, let in again, take away. For owners."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.errors import WrongUse
from publisher.house import accounts
from publisher.house.accounts import Offer
from publisher.model.user import EVERYTHING, IN_WORDS, Right, Role, User
from publisher.store import sessions, users, wantedaddresses
from publisher.web.desk.account import hand_of
from publisher.web.desk.desk import Desk, is_secure
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.mistakes import mistakes_in
from publisher.web.desk.surely import surely
from publisher.web.desk.visit import Visit

FOR_EVERYTHING = (Role.VIEWER, Role.EDITOR, Role.SENDER, Role.OWNER)
FOR_ONE = (Role.VIEWER, Role.EDITOR, Role.SENDER)


class UserPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show_all(self, visit: Visit) -> Response:
        with self._desk.house.store.read() as conn:
            everybody = users.get_all(conn)
            seen = sessions.last_seen(conn)
            wanted = wantedaddresses.get_all(conn)
        rows = [{**self._shown(user, seen.get(user.id)), "wanted": user.id in wanted} for user in everybody]
        return self._desk.page(visit, "desk/users.html", {"users": rows})

    def show_new(self, visit: Visit) -> Response:
        return self._new_form(visit, {})

    def invite(self, visit: Visit) -> Response:
        """Make the account, and show the link to pass on."""
        house, roles = self._desk.house, _roles_of(visit)
        email, name = visit.text("email"), visit.text("name")
        problems = mistakes_in(
            {
                "email": lambda: accounts.address(email),
                "name": lambda: accounts.personal_name(name),
                "roles": lambda: accounts.check_roles(roles, house.newsletters),
            }
        )
        if problems:
            return self._new_form(visit, problems)
        try:
            with house.store.write() as conn:
                user, offer = accounts.invite(
                    conn, hand_of(visit), email=email, name=name, roles=roles, known=house.newsletters
                )
        except WrongUse as wrong:  # there is such an account
            return self._new_form(visit, {"email": str(wrong)})
        return self._show_link(visit, user, offer)

    def show(self, visit: Visit) -> Response:
        return self._page(visit, self._user(visit), {})

    def change_roles(self, visit: Visit) -> Response:
        user, house = self._user(visit), self._desk.house
        try:
            with house.store.write() as conn:
                changed = accounts.change_roles(
                    conn, hand_of(visit), user, roles=_roles_of(visit), known=house.newsletters
                )
        except WrongUse as wrong:
            return self._page(visit, user, {"roles": str(wrong)})
        told = f"{user.called}: the roles are changed." if changed else "The roles were so already."
        return self._desk.back(visit, f"/users/{user.id}", told)

    def make_link(self, visit: Visit) -> Response:
        user = self._user(visit)
        with self._desk.house.store.write() as conn:
            offer = accounts.offer_again(conn, hand_of(visit), user)
        return self._show_link(visit, user, offer)

    def disable(self, visit: Visit) -> Response:
        user = self._user(visit)
        with self._desk.house.store.write() as conn:
            accounts.disable(conn, hand_of(visit), user)
        return self._desk.back(visit, f"/users/{user.id}", f"{user.called} cannot sign in any more.")

    def enable(self, visit: Visit) -> Response:
        user = self._user(visit)
        with self._desk.house.store.write() as conn:
            accounts.enable(conn, hand_of(visit), user)
        return self._desk.back(visit, f"/users/{user.id}", f"{user.called} may sign in again.")

    def remove(self, visit: Visit) -> Response:
        user = self._user(visit)
        if not visit.has("sure"):
            raise WrongUse("tick the box beside the button, if the account shall go for good")
        with self._desk.house.store.write() as conn:
            accounts.remove(conn, hand_of(visit), user)
        return self._desk.back(visit, "/users", f"The account of {user.called} is gone.")

    def drop_second_factor(self, visit: Visit) -> Response:
        user = self._user(visit)
        with self._desk.house.store.write() as conn:
            accounts.drop_second_factor(conn, hand_of(visit), user)
        return self._desk.back(visit, f"/users/{user.id}", f"The password alone lets {user.called} in now.")

    def sign_out(self, visit: Visit) -> Response:
        user = self._user(visit)
        with self._desk.house.store.write() as conn:
            accounts.sign_out_everywhere(conn, hand_of(visit), user)
        return self._desk.back(visit, f"/users/{user.id}", f"{user.called} is signed out everywhere.")

    def _user(self, visit: Visit) -> User:
        with self._desk.house.store.read() as conn:
            user = users.find_id(conn, visit.number("id"))
        if user is None:
            raise HTTPException(404)
        return user

    def _page(self, visit: Visit, user: User, problems: Mapping[str, str]) -> Response:
        with self._desk.house.store.read() as conn:
            own = sessions.of_user(conn, user.id, now=visit.now)
            wanted = wantedaddresses.find(conn, user.id)
        chosen = _roles_of(visit) if problems else user.roles
        values = {
            "user": self._shown(user, own[0].seen if own else None),
            "is_me": user.id == visit.user.id,
            "sessions": len(own),
            "wanted": wanted.email if wanted else "",
            "problems": problems,
            "places": self._places(chosen),
        }
        return self._desk.page(visit, "desk/user.html", values, status=422 if problems else 200)

    def _new_form(self, visit: Visit, problems: Mapping[str, str]) -> Response:
        values = {
            "email": visit.text("email"),
            "name": visit.text("name"),
            "problems": problems,
            "places": self._places(_roles_of(visit)),
        }
        return self._desk.page(visit, "desk/user_new.html", values, status=422 if problems else 200)

    def _show_link(self, visit: Visit, user: User, offer: Offer) -> Response:
        request = visit.request
        scheme = "https" if is_secure(request) else "http"
        below = request.url.path.partition("/desk")[0]
        values = {
            "user": self._shown(user, None),
            "purpose": offer.purpose.value,
            "link": f"{scheme}://{request.url.netloc}{below}{offer.path}",
            "ends": self._desk.moment(offer.ends),
        }
        return self._desk.page(visit, "desk/user_link.html", values)

    def _places(self, chosen: Mapping[str, Role]) -> list[dict[str, object]]:
        """For what there may be a role: a choice each."""
        names = {slug: one.name for slug, one in self._desk.house.newsletters.items()}
        names |= {slug: slug for slug in chosen if slug and slug not in names}  # config.toml has it no more
        return [_place(EVERYTHING, "Everything, and the site itself", FOR_EVERYTHING, chosen)] + [
            _place(slug, name, FOR_ONE, chosen) for slug, name in names.items()
        ]

    def _shown(self, user: User, seen: datetime | None) -> dict[str, object]:
        return {
            "id": user.id,
            "called": user.called,
            "name": user.name,
            "email": user.email,
            "roles": accounts.in_words(user.roles),
            "is_invited": not user.has_password and not user.subject,
            "has_second_factor": user.has_second_factor,
            "is_disabled": user.disabled is not None,
            "created": self._desk.moment(user.created),
            "seen": self._desk.moment(seen),
        }


def _place(slug: str, name: str, roles: tuple[Role, ...], chosen: Mapping[str, Role]) -> dict[str, object]:
    choices = [{"value": role.value, "name": IN_WORDS[role], "is_chosen": chosen.get(slug) is role} for role in roles]
    return {"field": f"role:{slug}", "name": name, "choices": choices}


def _roles_of(visit: Visit) -> dict[str, Role]:
    """What the form gives; a word that is no role is none."""
    known = {role.value: role for role in Role}
    fields = [name for name in visit.fields if name.startswith("role:")]
    return {name.removeprefix("role:"): known[visit.text(name)] for name in fields if visit.text(name) in known}


def doors(desk: Desk) -> list[Door]:
    pages = UserPages(desk)
    deeds = {
        "/users/new": pages.invite,
        "/users/{id:int}/roles": pages.change_roles,
        "/users/{id:int}/link": pages.make_link,
        "/users/{id:int}/disable": pages.disable,
        "/users/{id:int}/enable": pages.enable,
        "/users/{id:int}/remove": pages.remove,
        "/users/{id:int}/second-factor/off": pages.drop_second_factor,
        "/users/{id:int}/sessions/end": pages.sign_out,
    }
    return [
        Door(path="/users", handler=pages.show_all, right=Right.OWN),
        Door(path="/users/new", handler=pages.show_new, right=Right.OWN),
        Door(path="/users/{id:int}", handler=pages.show, right=Right.OWN),
        *(
            Door(path=path, handler=surely(desk, deed), right=Right.OWN, method=Method.POST)
            for path, deed in deeds.items()
        ),
    ]
