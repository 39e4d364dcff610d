"""The second factor of one's own account: set up with a QR code, given up, recovery codes shown once.

The key of a factor that is being set up stands sealed in the form, and is kept no earlier than a
code of it was typed: so nobody is shut out by a phone that did not take it.
"""

from __future__ import annotations

import segno
from sqlalchemy import Connection
from starlette.responses import Response

from publisher.errors import WrongUse
from publisher.house import secondfactor
from publisher.model.user import Right
from publisher.store import users
from publisher.web.desk.account import AccountPages
from publisher.web.desk.doors import Door, Method, Somewhere
from publisher.web.desk.entrance import Entrance
from publisher.web.desk.visit import Visit

NOT_RIGHT = "That code is not right. Look whether the phone's clock is, and type the code that it shows now."


class SecondStepPages:
    def __init__(self, entrance: Entrance, account: AccountPages) -> None:
        self._desk = entrance.desk
        self._account = account

    def begin(self, visit: Visit) -> Response:
        """A new key, as a picture and as text; it is not kept yet."""
        if visit.user.has_second_factor:
            raise WrongUse("you have a second factor already; turn it off first")
        refused = self._account.refused(visit, "factor_password")
        return refused or self._show_key(visit, secondfactor.new_key())

    def confirm(self, visit: Visit) -> Response:
        """The phone has it: from now on it is asked for."""
        opened = secondfactor.unseal(self._desk.house.keys, visit.text("sealed")) or ""
        owner, _, key = opened.partition(" ")
        if owner != str(visit.user.id):
            raise WrongUse("that page is too old; begin again")
        step = secondfactor.step_of(key, visit.text("code"), now=visit.now)
        if step is None:
            return self._show_key(visit, key, problem=NOT_RIGHT)
        codes = secondfactor.new_recovery_codes()
        with self._desk.house.store.write() as conn:
            if users.get(conn, visit.user.id).has_second_factor:
                raise WrongUse("you have a second factor already; turn it off first")
            sealed = secondfactor.seal(self._desk.house.keys, key)
            digests = tuple(secondfactor.recovery_digest(code) for code in codes)
            users.set_second_factor(conn, visit.user.id, sealed, digests)
            users.use_step(conn, visit.user.id, step)
            self._note(conn, visit, before="off", after="on")
        return self._desk.page(visit, "desk/account_codes.html", {"codes": codes, "is_new": True})

    def give_up(self, visit: Visit) -> Response:
        refused = self._account.refused(visit, "factor_password")
        if refused is not None:
            return refused
        with self._desk.house.store.write() as conn:
            users.set_second_factor(conn, visit.user.id, "", ())
            self._note(conn, visit, before="on", after="off")
        return self._desk.back(visit, "/account", "The second factor is off; the password alone lets you in.")

    def new_codes(self, visit: Visit) -> Response:
        """New recovery codes; the old ones are over. The key stays, with the step that was used last."""
        if not visit.user.has_second_factor:
            raise WrongUse("recovery codes belong to a second factor, and you have none")
        refused = self._account.refused(visit, "factor_password")
        if refused is not None:
            return refused
        codes = secondfactor.new_recovery_codes()
        with self._desk.house.store.write() as conn:
            kept = users.secrets_of(conn, visit.user.id)
            digests = tuple(secondfactor.recovery_digest(code) for code in codes)
            users.set_second_factor(conn, visit.user.id, kept.totp, digests)
            users.use_step(conn, visit.user.id, kept.totp_step)
            self._note(conn, visit, before="", after="new recovery codes")
        return self._desk.page(visit, "desk/account_codes.html", {"codes": codes, "is_new": False})

    def to_account(self, visit: Visit) -> Response:
        """Who comes to a step by its address, or asks for a page of codes again."""
        return self._desk.back(visit, "/account")

    def _show_key(self, visit: Visit, key: str, problem: str = "") -> Response:
        address = secondfactor.address_of(key, email=visit.user.email, site=self._desk.house.config.site.name)
        values = {
            "picture": segno.make(address, error="m").svg_data_uri(scale=5, dark="#000", light="#fff"),
            "key": secondfactor.in_groups(key),
            "sealed": secondfactor.seal(self._desk.house.keys, f"{visit.user.id} {key}"),
            "problem": problem,
        }
        return self._desk.page(visit, "desk/account_factor.html", values, status=422 if problem else 200)

    def _note(self, conn: Connection, visit: Visit, *, before: str, after: str) -> None:
        self._desk.note(conn, visit, "user.second-factor", f"user:{visit.user.id}", before=before, after=after)


def doors(entrance: Entrance) -> list[Door]:
    pages = SecondStepPages(entrance, AccountPages(entrance))
    deeds = {
        "/account/second-factor": pages.begin,
        "/account/second-factor/confirm": pages.confirm,
        "/account/second-factor/off": pages.give_up,
        "/account/recovery": pages.new_codes,
    }
    return [
        *(Door(path=path, handler=pages.to_account, right=Right.LOOK, about=Somewhere.ANY) for path in deeds),
        *(
            Door(path=path, handler=deed, right=Right.LOOK, about=Somewhere.ANY, method=Method.POST)
            for path, deed in deeds.items()
        ),
    ]
