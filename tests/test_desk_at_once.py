"""Several people press buttons of the desk at the same moment: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from publisher.assemble.releasing import release
from publisher.assemble.settling import Assembled
from publisher.house import accounts
from publisher.house.making import assembly_of
from publisher.house.opened import House, utc_now
from publisher.model.delivery import DeliveryState
from publisher.model.issue import Issue, IssueEvent, IssueState
from publisher.model.user import EVERYTHING, Right, Role
from publisher.store import audit, issues, ledger, schema, users
from publisher.store.audit import Only
from tests.desk_issues import clear, fill, let_happen, put_draft, put_issue, seen_by, send_all
from tests.desk_people import proof_in, visitor
from tests.desk_stand import Stand, config_on, desk_stand

FAILED = DeliveryState.FAILED


@pytest.fixture
def stand(database_url: str, tmp_path: Path) -> Iterator[Stand]:
    with desk_stand(tmp_path, config_on(database_url)) as opened:
        fill(opened.house)
        yield opened


def at_once(*deeds: Callable[[], object]) -> None:
    """Each in a thread of its own, begun together; raises what one of them raises."""
    start = threading.Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> None:
        start.wait()
        deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        for under_way in [pool.submit(do, deed) for deed in deeds]:
            under_way.result()


def acts(house: House, act: str) -> list[str]:
    with house.store.read() as conn:
        return [one.after for one in audit.newest(conn, only=Only(act=act), limit=50)]


def test_an_issue_that_several_send_and_one_cancels_goes_once_or_not_at_all(stand: Stand) -> None:
    house = stand.house
    for number in range(3):
        issue = put_draft(house, key=f"2026-12-0{number + 1}")
        answers: list[int] = []
        seen = seen_by(stand, "sender", issue)

        def press(who: str, button: str, issue: int = issue, answers: list[int] = answers, **fields: str) -> None:
            answers.append(stand.send(who, f"/issues/{issue}/{button}", fields).status_code)

        at_once(
            *(
                lambda who=who, seen=seen: press(who, "send", when="now", **seen)
                for who in ("sender", "owner", "morning-sender")
            ),
            lambda: press("editor", "posts/down", post="1"),
            lambda: press("owner", "cancel"),
        )
        assert set(answers) <= {303, 422}
        with house.store.read() as conn:
            state, counts = issues.get_issue(conn, issue).state, ledger.counts(conn, issue)
        waits = counts.get(DeliveryState.DUE, 0)
        if state is IssueState.CANCELLED:
            assert waits == 0
        else:
            assert (state, waits) == (IssueState.QUEUED, 4)
        went = acts(house, "issue.send")
        assert len(went) <= 1
        assert len(acts(house, "issue.cancel")) == (1 if state is IssueState.CANCELLED else 0)
        sent = send_all(house)
        assert sent == waits
        clear(house)


def test_letters_that_several_try_again_are_tried_once(stand: Stand) -> None:
    house = stand.house
    issue = put_issue(house)
    let_happen(house, issue, [(FAILED, "mailbox-full"), (FAILED, "mailbox-full")], then=IssueState.SENT)
    at_once(*(lambda who=who: stand.send(who, f"/issues/{issue}/retry") for who in ("sender", "owner") * 2))
    with house.store.read() as conn:
        assert ledger.counts(conn, issue)[DeliveryState.DUE] == 2
    assert acts(house, "issue.retry") == ["2 letters to be tried again (all)"]
    assert send_all(house) == 2


def test_one_link_makes_one_owner(stand: Stand) -> None:
    house = stand.house
    with house.store.write() as conn:
        conn.execute(schema.users.delete())
        offer = accounts.first_offer(conn, now=stand.clock())
    assert offer
    answers: list[int] = []

    def come(name: str) -> None:
        with visitor(stand) as client:
            fields = {"email": f"{name}@courier.example", "name": name, "password": "nine kites over the weir"}
            answers.append(client.post(offer.path, data=fields).status_code)

    at_once(*(lambda name=name: come(name) for name in ("ada", "bo", "cy", "di")))
    assert sorted(answers) == [303, 404, 404, 404]
    with house.store.read() as conn:
        assert len(users.get_all(conn)) == 1


def test_of_two_owners_who_lock_each_other_out_one_stays(stand: Stand) -> None:
    house = stand.house
    with house.store.write() as conn:
        first, second = users.find(conn, "owner@courier.example"), users.find(conn, "sender@courier.example")
        assert first
        assert second
        users.set_roles(conn, second.id, {EVERYTHING: Role.OWNER})
    answers: list[int] = []
    with stand.client("owner") as here, stand.client("sender") as there:
        proofs = {client: proof_in(client.get("/desk/about").text) for client in (here, there)}

        def lock_out(client: httpx2.Client, user: int) -> None:
            headers = {"Sec-Fetch-Site": "same-origin"}
            path = f"/desk/users/{user}/disable"
            answers.append(client.post(path, data={"proof": proofs[client]}, headers=headers).status_code)

        at_once(lambda: lock_out(here, second.id), lambda: lock_out(there, first.id))
    # The other one was the last owner by then, or who asked was signed in no more.
    assert sorted(answers) in ([303, 422], [303, 401], [303, 403])
    with house.store.read() as conn:
        owners = [one for one in users.get_all(conn) if one.may(Right.OWN)]
    assert len(owners) == 1


@pytest.mark.parametrize("event", [IssueEvent.CANCEL, IssueEvent.HOLD])
def test_what_is_held_or_cancelled_while_it_is_let_go_gets_no_letters_and_its_posts_stay_news(
    stand: Stand, event: IssueEvent
) -> None:
    house = stand.house
    issue = put_draft(house)
    with house.store.read() as conn:
        before = set(conn.execute(select(schema.subscriptions.c.id, schema.subscriptions.c.seen_seq)).all())
    with ThreadPoolExecutor(1) as pool:
        with house.store.write() as conn:
            assert issues.move_if(conn, issue, event, now=utc_now(), why="by hand")
            with house.store.read() as other:
                draft = issues.get_issue(other, issue)  # nobody sees the other word yet
            under_way = pool.submit(send_now, house, draft)
            time.sleep(0.5)
        made = under_way.result()
    with house.store.read() as conn:
        is_now, letters = issues.get_issue(conn, issue).state, ledger.counts(conn, issue)
        after = set(conn.execute(select(schema.subscriptions.c.id, schema.subscriptions.c.seen_seq)).all())
    assert not made.deliveries
    assert (is_now, sum(letters.values())) == (
        {IssueEvent.CANCEL: IssueState.CANCELLED, IssueEvent.HOLD: IssueState.HELD}[event],
        0,
    )
    assert after == before


def send_now(house: House, draft: Issue) -> Assembled:
    return release(
        house.store,
        assembly_of(house, draft.newsletter),
        draft.id,
        now=utc_now(),
        templates=house.templates,
        enqueue=lambda _conn, _issue: None,
    )
