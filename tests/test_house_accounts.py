"""What the desk and `publisher users` do with accounts, on both databases; tries to sign in; the log's pages."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.errors import WrongUse
from publisher.house import accounts
from publisher.house.hands import Hand, by_command
from publisher.house.loginlimits import OF_ACCOUNT, OF_CLIENT, WINDOW_SECONDS, Try, counted_for, take_room
from publisher.house.onetime import digest_of
from publisher.house.singlesignon import Known, account_of
from publisher.model.schedule import RunState, Slot
from publisher.model.user import EVERYTHING, Role
from publisher.store import audit, runs, schedules, sessions, users
from publisher.store.audit import Only
from publisher.store.database import Store
from publisher.store.users import LinkPurpose
from tests.conftest import NOW

OWNER = {EVERYTHING: Role.OWNER}
HAND = Hand(who="Mira", user=1, ip="192.0.2.1", now=NOW)
KEY = b"a key of the site"


def test_a_first_start_makes_one_link_and_only_while_nobody_is_there(store: Store) -> None:
    with store.write() as conn:
        void, offer = accounts.first_offer(conn, now=NOW), accounts.first_offer(conn, now=NOW)
        assert void
        assert offer
        assert users.find_link(conn, digest_of(void.token), now=NOW) is None
        assert users.find_link(conn, digest_of(offer.token), now=NOW)
        assert users.find_link(conn, digest_of(offer.token), now=NOW + timedelta(hours=24)) is None
        accounts.make_first(conn, by_command(NOW), email="Mira@courier.example", name="Mira", hashed="x")
        assert accounts.first_offer(conn, now=NOW) is None
        (change,) = audit.newest(conn, only=Only(act="user.first"), limit=9)
        assert (change.who, change.after) == ("command line", "mira@courier.example\nMira\nowner of everything")


def test_what_an_owner_does_with_an_account_is_done_once_and_written_down(store: Store) -> None:
    with store.write() as conn:
        with pytest.raises(WrongUse, match="has to be an owner"):
            accounts.invite(conn, HAND, email="a@courier.example", name="", roles={"": Role.EDITOR}, known=())
        accounts.invite(conn, HAND, email="a@courier.example", name="", roles=OWNER, known=())
        jon, offer = accounts.invite(
            conn, HAND, email="jon@courier.example", name="Jon", roles={"morning": Role.SENDER}, known=("morning",)
        )
        assert offer.purpose is LinkPurpose.INVITE
        accounts.choose_password(conn, HAND, jon, "hash")
        jon = users.get(conn, jon.id)
        sessions.begin(conn, "digest", jon.id, ip="", agent="", now=NOW)
        assert accounts.offer_again(conn, HAND, jon).purpose is LinkPurpose.RESET
        assert accounts.sign_out_everywhere(conn, HAND, jon) == 1
        assert accounts.sign_out_everywhere(conn, HAND, jon) == 0
        assert not accounts.drop_second_factor(conn, HAND, jon)
        assert accounts.change_roles(conn, HAND, jon, roles={"noon": Role.VIEWER}, known=("noon",))
        assert accounts.disable(conn, HAND, jon)
        accounts.remove(conn, HAND, users.get(conn, jon.id))
        acts = [row.act for row in audit.newest(conn, only=Only(subject=f"user:{jon.id}"), limit=20)]
    assert acts == [f"user.{word}" for word in (
        "remove", "disable", "roles", "sessions", "link", "password", "invite",
    )]  # fmt: skip


def test_a_newsletter_that_is_gone_can_be_kept_in_the_roles_and_given_to_nobody_new(store: Store) -> None:
    with store.write() as conn:
        accounts.invite(conn, HAND, email="a@courier.example", name="", roles=OWNER, known=())
        jon = users.add(conn, "jon@courier.example", name="", roles={"gone": Role.EDITOR}, now=NOW)
        assert accounts.change_roles(conn, HAND, jon, roles={"gone": Role.VIEWER}, known=("morning",))
        with pytest.raises(WrongUse, match="there is no newsletter 'gone'"):
            accounts.change_roles(
                conn,
                HAND,
                replace(jon, roles={"morning": Role.VIEWER}),
                roles={"gone": Role.VIEWER},
                known=("morning",),
            )


def test_tries_that_come_at_once_are_all_counted(store: Store) -> None:
    """Half of them in two threads; a place too many may be taken at the last moment, and no more."""
    one = Try(account="mira@courier.example", client="192.0.2.9", is_known=False)
    taken: list[bool] = []

    def come() -> None:
        for _ in range(OF_ACCOUNT.letters):
            with store.write() as conn:
                taken.append(take_room(conn, counted_for(KEY, one), now=NOW) is None)

    threads = [threading.Thread(target=come) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert OF_ACCOUNT.letters <= sum(taken) <= OF_ACCOUNT.letters + 1
    with store.write() as conn:
        until = take_room(conn, counted_for(KEY, one), now=NOW)
        assert until
        assert NOW < until <= NOW + timedelta(seconds=WINDOW_SECONDS * 1.05)
        assert take_room(conn, counted_for(KEY, one), now=until) is None
        other = Try(account="jon@courier.example", client="192.0.2.10", is_known=False)
        assert take_room(conn, counted_for(KEY, other), now=NOW) is None


def test_a_client_has_its_own_limit_whatever_accounts_it_tries(store: Store) -> None:
    with store.write() as conn:
        rooms = [
            take_room(conn, counted_for(KEY, Try(account=f"a{n}", client="192.0.2.9", is_known=False)), now=NOW)
            for n in range(OF_CLIENT.letters + 1)
        ]
        assert [until is None for until in rooms] == [True] * OF_CLIENT.letters + [False]
        known = Try(account="a1", client="192.0.2.9", is_known=True)
        assert take_room(conn, counted_for(KEY, known), now=NOW) is None


def test_a_subject_is_one_account_for_ever(store: Store) -> None:
    with store.write() as conn:
        ada = users.add(conn, "ada@courier.example", name="", roles=OWNER, now=NOW)
        first = account_of(conn, Known(subject="i ada", email="ada@courier.example"), domains=(), hand=HAND)
        again = account_of(conn, Known(subject="i ada", email=""), domains=("elsewhere.example",), hand=HAND)
        thief = account_of(conn, Known(subject="i eve", email="ada@courier.example"), domains=(), hand=HAND)
    assert (first and first.id, again and again.id, thief) == (ada.id, ada.id, None)


def test_the_log_is_read_in_pages_both_ways(store: Store) -> None:
    with store.write() as conn:
        ids = [audit.add(conn, f"issue.{n}", "", who="x", now=NOW) for n in range(9)]
        audit.add(conn, "issues", "", who="x", now=NOW)
        audit.add(conn, "logout", "", who="x", now=NOW)
        only = Only(act="issue")
        page = [row.id for row in audit.newest(conn, only=only, limit=3, before=ids[7])]
        back = [row.id for row in audit.newest(conn, only=only, limit=3, after=page[0])]
        assert page == ids[6:3:-1]
        assert back == [ids[8], ids[7]]
        assert audit.kinds(conn) == ["issue", "issues", "logout"]
        assert [row.act for row in audit.newest(conn, only=Only(act="logout"), limit=9)] == ["logout"]


def test_runs_are_read_from_the_newest_on(store: Store) -> None:
    with store.write() as conn:
        for number, name in enumerate(("collect", "tides", "collect")):
            slot = Slot(key=str(number), at=NOW + timedelta(hours=number))
            schedules.put(conn, name, slot)
            schedules.add_run(conn, name, slot)
        run = schedules.claim_run(conn, "collect", "0", now=NOW)
        assert run
        schedules.fail_run(conn, run.id, now=NOW, note="no room")
        newest = runs.newest(conn, limit=9)
        assert [one.schedule for one in newest] == ["collect", "tides", "collect"]
        (failed,) = runs.newest(conn, limit=9, state=RunState.FAILED)
        assert (failed.note, failed.started) == ("no room", NOW)
        assert runs.newest(conn, limit=9, before=newest[1].id) == [failed]
        assert [one.id for one in runs.newest(conn, limit=9, schedules=["tides"])] == [newest[1].id]


def test_when_somebody_was_seen_last_is_known_of_all(store: Store) -> None:
    with store.write() as conn:
        one = users.add(conn, "a@courier.example", name="", roles=OWNER, now=NOW)
        two = users.add(conn, "b@courier.example", name="", roles=OWNER, now=NOW)
        for minute in (3, 9):
            sessions.begin(conn, f"d{minute}", one.id, ip="", agent="", now=NOW + timedelta(minutes=minute))
        assert sessions.last_seen(conn) == {one.id: NOW + timedelta(minutes=9)}
        assert two.id not in sessions.last_seen(conn)
