"""Links by which one chooses a password: of the first owner, of who is invited, of who forgot it.

Looking at the page uses nothing up, so that programs which look into links do no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from publisher.house import accounts
from publisher.house.hands import SOMEBODY, Hand
from publisher.house.onetime import digest_of
from publisher.house.passwordrules import complaint
from publisher.model.user import User
from publisher.store import users
from publisher.store.users import LinkPurpose
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.entrance import Entrance
from publisher.web.desk.mistakes import mistakes_in
from publisher.web.desk.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The form as it was sent."""

    email: str
    name: str
    password: str


class WelcomePages:
    """The pages of one purpose."""

    def __init__(self, entrance: Entrance, purpose: LinkPurpose) -> None:
        self._entrance = entrance
        self._desk = entrance.desk
        self._purpose = purpose

    def show(self, visit: Visit) -> Response:
        is_good, user = self._look(visit)
        if not is_good:
            return self._over(visit)
        filled = Filled(email=user.email if user else "", name=user.name if user else "", password="")
        return self._form(visit, user, filled, {})

    def choose(self, visit: Visit) -> Response:
        is_good, user = self._look(visit)
        if not is_good:
            return self._over(visit)
        typed = (visit.fields.get("password") or ("",))[-1]
        filled = Filled(email=user.email if user else visit.text("email"), name=visit.text("name"), password=typed)
        problems = self._problems(filled)
        if problems:
            return self._form(visit, user, filled, problems)
        hashed = self._entrance.doorman.passwords.hash(typed)
        return self._take(visit, filled, hashed)

    def _take(self, visit: Visit, filled: Filled, hashed: str) -> Response:
        """Use the link up; who came with it is in, where no second factor is asked for."""
        with self._desk.house.store.write() as conn:
            link = users.use_link(conn, digest_of(visit.part("token")), now=visit.now)
            if link is None or link.purpose is not self._purpose:
                return self._over(visit)
            hand = Hand(who=SOMEBODY, ip=visit.ip, now=visit.now)
            if link.user is None:
                user = accounts.make_first(conn, hand, email=filled.email, name=filled.name, hashed=hashed)
            else:
                user = users.get(conn, link.user)
                hand = Hand(who=user.called, user=user.id, ip=visit.ip, now=visit.now)
                accounts.choose_password(conn, hand, user, hashed)
                if self._purpose is LinkPurpose.INVITE:
                    users.rename(conn, user.id, name=accounts.personal_name(filled.name))
            before = visit.signed_in.session if visit.signed_in else None
            if user.has_second_factor:
                return self._desk.back(visit, "/login", "Your new password is kept. Sign in with it.")
            entered = self._entrance.doorman.enter(
                conn, user, self._entrance.caller(visit), instead=before, how=f"{link.purpose} link"
            )
        return self._entrance.go_in(
            visit, entered, "", f"Welcome, {user.called}." if link.user is None else "You are in."
        )

    def _look(self, visit: Visit) -> tuple[bool, User | None]:
        """Whether the link is good, and whose it is; the first owner's is nobody's."""
        with self._desk.house.store.read() as conn:
            link = users.find_link(conn, digest_of(visit.part("token")), now=visit.now)
            if link is None or link.purpose is not self._purpose:
                return False, None
            user = users.find_id(conn, link.user) if link.user is not None else None
            return (user is not None and user.disabled is None) or not users.is_anybody(conn), user

    def _problems(self, filled: Filled) -> dict[str, str]:
        """By field, what is wrong with it."""
        looks: dict[str, Callable[[], object]] = {"name": lambda: accounts.personal_name(filled.name)}
        if self._purpose is LinkPurpose.FIRST:
            looks["email"] = lambda: accounts.address(filled.email)
        problems = mistakes_in(looks)
        told = complaint(filled.password, (filled.email, filled.name, self._desk.house.config.site.name))
        return problems | ({"password": told} if told else {})

    def _form(self, visit: Visit, user: User | None, filled: Filled, problems: dict[str, str]) -> Response:
        values = {
            "purpose": self._purpose.value,
            "email": filled.email,
            "name": filled.name,
            "role": accounts.in_words(user.roles) if user else "",
            "problems": problems,
        }
        return self._desk.page(visit, "desk/welcome.html", values, status=422 if problems else 200)

    def _over(self, visit: Visit) -> Response:
        return self._desk.page(visit, "desk/link_over.html", {"purpose": self._purpose.value}, status=404)


def doors(entrance: Entrance) -> list[Door]:
    found = []
    for purpose in LinkPurpose:
        page, path = WelcomePages(entrance, purpose), f"/{purpose}/{{token}}"
        found.append(Door(path=path, handler=page.show, right=None))
        found.append(Door(path=path, handler=page.choose, right=None, method=Method.POST, proof=False))
    return found
