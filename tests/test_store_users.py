"""Accounts, links, sessions and the audit log, on both databases."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta

import pytest

from publisher.errors import WrongUse
from publisher.model.user import EVERYTHING, RIGHTS, Right, Role, User
from publisher.store import audit, sessions, users
from publisher.store.database import Store
from publisher.store.users import LinkPurpose
from tests.conftest import NOW

OWNER = {EVERYTHING: Role.OWNER}
SOON, LATER = NOW + timedelta(hours=1), NOW + timedelta(days=1)


def put(store: Store, email: str = "ada@courier.example", roles: dict[str, Role] | None = None) -> User:
    with store.write() as conn:
        return users.add(conn, email, name="", roles=OWNER if roles is None else roles, now=NOW)


def test_an_address_is_one_account_whatever_its_case(store: Store) -> None:
    ada = put(store, "Ada@Courier.Example")
    with pytest.raises(WrongUse, match="has an account already"):
        put(store, "ada@COURIER.example")
    with store.read() as conn:
        assert users.find(conn, "ADA@courier.example") == ada
        assert users.get_all(conn) == [ada]
        assert (ada.called, ada.has_password) == ("ada@courier.example", False)


def test_a_role_for_one_newsletter_is_none_for_another_or_for_the_site(store: Store) -> None:
    bea = put(store, "bea@courier.example", {"morning": Role.SENDER, "noon": Role.VIEWER})
    assert bea.may(Right.SEND, "morning")
    assert not bea.may(Right.SEND, "noon")
    assert bea.may(Right.LOOK, "noon")
    assert not bea.may(Right.LOOK, "evening")
    assert not bea.may(Right.LOOK)
    assert bea.may_somewhere(Right.EDIT)
    assert not bea.may_somewhere(Right.OWN)
    assert bea.newsletters(Right.LOOK, ("noon", "evening", "morning")) == ("noon", "morning")


def test_each_role_may_what_the_one_below_it_may() -> None:
    ladder = (Role.VIEWER, Role.EDITOR, Role.SENDER, Role.OWNER)
    for below, above in itertools.pairwise(ladder):
        assert RIGHTS[below] < RIGHTS[above]


def test_somebody_always_owns_the_site(store: Store) -> None:
    ada, bea = put(store), put(store, "bea@courier.example", {EVERYTHING: Role.EDITOR})
    for change in (
        lambda conn: users.set_roles(conn, ada.id, {"morning": Role.OWNER}),
        lambda conn: users.disable(conn, ada.id, now=NOW),
        lambda conn: users.remove(conn, ada.id),
    ):
        with pytest.raises(WrongUse, match="somebody has to own"), store.write() as conn:
            change(conn)
    with store.write() as conn:
        users.set_roles(conn, bea.id, OWNER)
        users.disable(conn, ada.id, now=NOW)
    with store.read() as conn:
        assert not users.get(conn, ada.id).may(Right.LOOK)
        assert users.get(conn, bea.id).may(Right.OWN)


def test_two_owners_who_take_the_role_from_each_other_do_not_both_lose_it(store: Store) -> None:
    pair = [put(store).id, put(store, "bea@courier.example").id]
    ready, refused = threading.Barrier(2), []

    def take_from(user: int) -> None:
        ready.wait()
        try:
            with store.write() as conn:
                users.set_roles(conn, user, {EVERYTHING: Role.VIEWER})
        except WrongUse as wrong:
            refused.append(wrong)

    crew = [threading.Thread(target=take_from, args=(user,)) for user in pair]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    with store.read() as conn:
        owners = [one for one in users.get_all(conn) if one.may(Right.OWN)]
    assert (len(owners), len(refused)) == (1, 1)


def test_a_link_is_good_once_and_the_next_one_makes_it_void(store: Store) -> None:
    ada = put(store)
    with store.write() as conn:
        users.put_link(conn, "first", LinkPurpose.RESET, ada.id, now=NOW, ends=LATER)
        users.put_link(conn, "second", LinkPurpose.RESET, ada.id, now=NOW, ends=LATER)
        assert users.find_link(conn, "first", now=NOW) is None
        assert users.find_link(conn, "second", now=LATER) is None
        assert users.use_link(conn, "second", now=NOW) == users.Link(purpose=LinkPurpose.RESET, user=ada.id)
        assert users.use_link(conn, "second", now=NOW) is None


def test_a_new_password_ends_the_links_to_choose_one(store: Store) -> None:
    ada = put(store)
    with store.write() as conn:
        users.put_link(conn, "link", LinkPurpose.RESET, ada.id, now=NOW, ends=LATER)
        users.set_password(conn, ada.id, "hash")
        assert users.find_link(conn, "link", now=NOW) is None
        assert users.secrets_of(conn, ada.id).password == "hash"


def test_a_step_of_the_second_factor_and_a_recovery_code_are_taken_once(store: Store) -> None:
    ada = put(store)
    with store.write() as conn:
        users.set_second_factor(conn, ada.id, "sealed", ("one", "two"))
        assert users.use_step(conn, ada.id, 7)
        assert not users.use_step(conn, ada.id, 7)
        assert not users.use_step(conn, ada.id, 6)
        assert users.use_recovery(conn, ada.id, "two")
        assert not users.use_recovery(conn, ada.id, "two")
        assert users.secrets_of(conn, ada.id).recovery == ("one",)


def test_a_session_ends_by_idleness_by_age_and_by_hand(store: Store) -> None:
    ada = put(store)
    with store.write() as conn:
        mine = sessions.begin(conn, "a", ada.id, ip="192.0.2.1", agent="x" * 999, now=NOW)
        other = sessions.begin(conn, "b", ada.id, ip="192.0.2.2", agent="", now=SOON)
        assert sessions.find(conn, "a", now=NOW + sessions.IDLE) is not None
        assert sessions.find(conn, "a", now=NOW + sessions.IDLE + timedelta(seconds=1)) is None
        sessions.see(conn, mine, ip="192.0.2.3", now=NOW + sessions.LONGEST)
        assert sessions.find(conn, "a", now=NOW + sessions.LONGEST + timedelta(seconds=1)) is None
        assert [one.id for one in sessions.of_user(conn, ada.id, now=SOON)] == [mine, other]
        assert not sessions.end(conn, other, user=ada.id + 1)
        assert sessions.end_others(conn, ada.id, but=mine) == 1
        assert [one.id for one in sessions.of_user(conn, ada.id, now=SOON)] == [mine]


def test_whoever_is_disabled_or_removed_is_signed_out(store: Store) -> None:
    put(store)
    bea = put(store, "bea@courier.example", {"morning": Role.VIEWER})
    with store.write() as conn:
        sessions.begin(conn, "b", bea.id, ip="", agent="", now=NOW)
        users.disable(conn, bea.id, now=NOW)
        assert sessions.find(conn, "b", now=NOW) is None
        users.enable(conn, bea.id)
        sessions.begin(conn, "c", bea.id, ip="", agent="", now=NOW)
        users.remove(conn, bea.id)
        assert sessions.find(conn, "c", now=NOW) is None


def test_the_log_is_read_by_person_act_subject_and_newsletter(store: Store) -> None:
    with store.write() as conn:
        for number, (act, subject, newsletter) in enumerate(
            [
                ("issue.pause", "issue:1", "morning"),
                ("issue.resume", "issue:1", "morning"),
                ("issues", "", ""),
                ("config.save", "config", ""),
                ("issue.pause", "issue:2", "noon"),
            ]
        ):
            audit.add(
                conn, act, subject, who="Ada", user=number % 2, newsletter=newsletter, after="x" * 99_999, now=NOW
            )

    def found(*, before: int | None = None, **only: object) -> list[int]:
        with store.read() as conn:
            return [one.id for one in audit.newest(conn, only=audit.Only(**only), limit=9, before=before)]

    assert found() == [5, 4, 3, 2, 1]
    assert found(before=3) == [2, 1]
    assert found(act="issue") == [5, 2, 1]
    assert found(act="issue.pause") == [5, 1]
    assert found(user=0) == [5, 3, 1]
    assert found(subject="issue:1") == [2, 1]
    assert found(newsletters=("morning",)) == [2, 1]
    assert found(newsletters=()) == []
    with store.read() as conn:
        assert len(audit.newest(conn, only=audit.Only(), limit=1)[0].after) == audit.LONGEST
