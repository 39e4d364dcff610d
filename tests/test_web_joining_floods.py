"""Floods of sign-ups: one letter, few rows, narrow limits; and nobody learns who reads, by answer or by time."""

from __future__ import annotations

import asyncio
import itertools
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.model.asking import Choice, Proof
from publisher.model.subscriber import Cadence, SubscriberState
from publisher.store import schema, signups, subscribers, suppressions
from publisher.store.database import Store
from publisher.store.joining import Joiner
from publisher.subscribe.bounds import Bounds, counted_for
from publisher.web.joindesk import Arrival, JoinDesk, Verdict, at_the_next_beat
from tests.conftest import NOW
from tests.join_stand import SIGN_UP, Clock, Stand, join_stand
from tests.web_site import KEYS, own_store

HOUR = timedelta(hours=1)
NOON = [Choice(newsletter="noon", cadence=Cadence.DAILY)]


def desk_of(stand: Stand, *, bounds: Bounds, bits: int = 0) -> JoinDesk:
    assert stand.site.courier
    signup = replace(SIGN_UP, bounds=bounds, work_bits=bits)
    return JoinDesk(signup, stand.site.courier, store=stand.store, keys=KEYS, clock=stand.clock)


def arrival(desk: JoinDesk, *, address: str = "192.0.2.1", number: str = "") -> Arrival:
    return Arrival(address=address, ticket=desk.ticket(), number=number, trap="", is_from_here=True, said="Subscribe")


@pytest.fixture
def stand(store: Store, tmp_path: Path) -> Iterator[Stand]:
    """On SQLite and on PostgreSQL."""
    with join_stand(store, tmp_path) as stand:
        yield stand


def test_a_flood_for_one_address_sends_one_letter_and_the_database_does_not_grow(stand: Stand) -> None:
    desk = desk_of(stand, bounds=Bounds(client=10_000, domain=10_000, site=10_000))
    for number in range(3):
        assert take(desk, stand, "victim@readers.example", address=f"192.0.2.{number}") is Verdict.TAKEN
    tables = ("subscribers", "subscriptions", "consents", "consent_texts", "deliveries", "issues", "letters")
    before = [stand.count(table) for table in tables]
    for number in range(120):
        assert take(desk, stand, "Victim@Readers.Example", address=f"192.0.2.{number}") is Verdict.TAKEN
    assert [stand.count(table) for table in tables] == before
    assert before == [1, 1, 1, 1, 1, 1, 1]
    assert [who for who, _, _ in stand.letters()] == ["victim@readers.example"]


def take(desk: JoinDesk, stand: Stand, email: str, *, address: str = "192.0.2.1") -> Verdict:
    come = arrival(desk, address=address)
    stand.clock.pass_by(seconds=4)
    local, _, domain = email.partition("@")
    return desk.take(f"{local}@{domain.lower()}", NOON, come).verdict


def test_hundreds_of_wishes_for_one_address_within_an_hour_take_one_letter(sqlite_store: Store, tmp_path: Path) -> None:
    """Where no limit stood before it: the law is in the store. A hundred thousand were tried once: one letter, too."""
    with join_stand(sqlite_store, tmp_path), sqlite_store.write() as conn:
        letters = 0
        for number in range(600):
            proof = Proof(ip="192.0.2.1", form="", at=NOW + HOUR * number / 600)
            letters += signups.ask(conn, "victim@readers.example", NOON, proof).letter
        assert letters == 1


def test_limits_of_a_client_a_domain_and_the_site_hold_and_are_told_kindly(stand: Stand) -> None:
    desk = desk_of(stand, bounds=Bounds(client=2, domain=3, site=5))
    for number in range(2):
        assert take(desk, stand, f"a{number}@one.example") is Verdict.TAKEN
    assert take(desk, stand, "a3@two.example") is Verdict.TOO_MANY  # the client
    assert take(desk, stand, "a4@one.example", address="192.0.2.2") is Verdict.TAKEN
    assert take(desk, stand, "a5@one.example", address="192.0.2.3") is Verdict.TOO_MANY  # the domain
    assert take(desk, stand, "a6@two.example", address="192.0.2.3") is Verdict.TAKEN
    assert take(desk, stand, "a7@three.example", address="192.0.2.4") is Verdict.TAKEN
    before = [stand.count(table) for table in ("uses", "subscribers", "consents")]
    for number in range(20):
        assert take(desk, stand, f"b{number}@d{number}.example", address=f"198.51.100.{number}") is Verdict.TOO_MANY
    assert [stand.count(table) for table in ("uses", "subscribers", "consents")] == before  # a refusal writes nothing
    stand.clock.pass_by(minutes=62)
    assert take(desk, stand, "a8@two.example") is Verdict.TAKEN


def test_limits_are_kept_by_the_database_not_by_the_process(stand: Stand) -> None:
    bounds = Bounds(client=1)
    assert take(desk_of(stand, bounds=bounds), stand, "a1@one.example") is Verdict.TAKEN
    assert take(desk_of(stand, bounds=bounds), stand, "a2@two.example") is Verdict.TOO_MANY


def test_without_work_the_limits_are_much_narrower_and_do_not_touch_the_others(stand: Stand) -> None:
    desk = desk_of(stand, bounds=Bounds(client=10, domain=200, site=30), bits=20)
    assert [take(desk, stand, f"a{number}@one.example") for number in range(3)] == [
        Verdict.TAKEN, Verdict.TAKEN, Verdict.TOO_MANY,
    ]  # fmt: skip
    assert take(desk, stand, "b@one.example", address="192.0.2.2") is Verdict.TAKEN
    assert take(desk, stand, "c@one.example", address="192.0.2.3") is Verdict.TOO_MANY  # a tenth of the site's
    easy = desk_of(stand, bounds=Bounds(client=10, domain=200, site=30), bits=0)
    assert take(easy, stand, "d@one.example", address="192.0.2.3") is Verdict.TAKEN


def test_networks_of_ipv6_are_one_client_and_nobody_stands_in_clear_in_what_is_counted(stand: Stand) -> None:
    desk = desk_of(stand, bounds=Bounds(client=2))
    addresses = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:0db8:0001:0002::3"]
    verdicts = [
        take(desk, stand, f"v{number}@one.example", address=address) for number, address in enumerate(addresses)
    ]
    assert verdicts == [Verdict.TAKEN, Verdict.TAKEN, Verdict.TOO_MANY]
    assert take(desk, stand, "other@one.example", address="2001:db8:1:3::1") is Verdict.TAKEN
    with stand.store.read() as conn:
        keys = {row.key for row in conn.execute(schema.uses.select())}
    assert keys
    assert all(re.fullmatch(r"signup:[a-z ]+:[0-9a-f]{24}", key) for key in keys)


def test_a_ticket_is_good_for_one_address_also_when_two_come_at_once(stand: Stand) -> None:
    desk = desk_of(stand, bounds=Bounds())
    come = arrival(desk)
    stand.clock.pass_by(seconds=4)
    assert desk.take("first@one.example", NOON, come).verdict is Verdict.TAKEN
    assert desk.take("FIRST@one.example", NOON, come).verdict is Verdict.TAKEN
    assert desk.take("second@one.example", NOON, come).verdict is Verdict.AGAIN


def test_the_page_says_when_there_is_room_again(store: Store, tmp_path: Path) -> None:
    with join_stand(store, tmp_path, signup=replace(SIGN_UP, bounds=Bounds(client=1))) as stand:
        stand.send(email="first@readers.example")
        got = stand.send(email="second@readers.example")
        assert got.status_code == 429
        assert 3000 < int(got.headers["retry-after"]) <= 3720
        assert re.search(r"try again in (5\d|6[0-2]) minutes", got.text)
        assert 'value="second@readers.example"' in got.text
        assert "<form" in got.text
        assert stand.reader("second@readers.example") is None


KINDS = ("new", "pending", "asked", "confirmed", "left", "suppressed", "barred")


def prepare(stand: Stand, kind: str, number: int) -> str:
    """An address of each kind."""
    email, now = f"{kind}{number}@readers.example", stand.clock.now
    if kind == "new":
        return email
    with stand.store.write() as conn:
        if kind == "barred":  # nobody ever read with it
            suppressions.put(conn, email, why=suppressions.Grounds.BY_HAND, detail="", now=now)
        elif kind in ("pending", "asked"):
            at = now - timedelta(hours=5) if kind == "pending" else now
            signups.ask(conn, email, NOON, Proof(ip="", form="", at=at))
        else:
            subscribers.join(
                conn, Joiner(email=email, newsletter="noon", cadence=Cadence.DAILY, consent="a test"), now=now
            )
            reader = subscribers.find(conn, email)
            assert reader
            if kind == "left":
                subscribers.leave(conn, reader.subscriptions[0].id, now=now, how="page")
            if kind == "suppressed":
                suppressions.put(conn, email, why=suppressions.Grounds.COMPLAINT, detail="", now=now)
    return email


@pytest.fixture(scope="module")
def beating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A site that answers at multiples of a tenth of a second."""
    folder = tmp_path_factory.mktemp("site")
    with own_store(folder) as store, join_stand(store, folder, signup=replace(SIGN_UP, beat_seconds=0.1)) as stand:
        yield stand


def test_the_answer_is_the_same_for_every_kind_of_address_and_comes_at_the_same_time(beating: Stand) -> None:
    answers, took = set(), {}
    for kind in KINDS:
        times = []
        for number in range(4):
            email = prepare(beating, kind, number)
            ticket = beating.ticket()
            begun = time.perf_counter()
            got = beating.send(email=email, ticket=ticket)
            times.append(time.perf_counter() - begun)
            headers = tuple(sorted((name, value) for name, value in got.headers.items() if name not in ("date",)))
            length = len(email)
            shown = tuple((name, value) for name, value in headers if name != "content-length")
            answers.add(
                (got.status_code, got.text.replace(email, "·"), shown, int(got.headers["content-length"]) - 2 * length)
            )
        took[kind] = statistics.median(times)
    assert len(answers) == 1
    assert min(took.values()) >= 0.1
    # All in the same beat, or the machine is busy and some are beats late: by the machine, not by the address.
    assert max(took.values()) - min(took.values()) < 0.7


@pytest.mark.parametrize(("passed", "waits"), [(0.0, 0.1), (0.02, 0.08), (0.13, 0.07), (0.199, 0.001)])
def test_an_answer_waits_for_a_whole_multiple_of_its_beat(passed: float, waits: float) -> None:
    now = time.monotonic()
    asyncio.run(at_the_next_beat(now - passed, 0.1))
    took = time.monotonic() - now
    assert took >= waits - 0.005
    assert (took + passed) / 0.1 >= 0.99


def test_what_is_kept_of_a_known_reader_does_not_change_by_a_stranger_s_wish(stand: Stand) -> None:
    for kind in ("confirmed", "left", "suppressed"):
        email = prepare(stand, kind, 1)
        before = stand.reader(email)
        stand.send("/subscribe", email=email, newsletter=["noon", "morning"], **{"cadence-morning": "weekly"})
        after = stand.reader(email)
        assert (after.state, after.name, after.consent) == (before.state, before.name, before.consent)
        noon = next(one for one in after.subscriptions if one.newsletter == "noon")
        assert noon == before.subscriptions[0]
    assert before.state is SubscriberState.SUPPRESSED


def test_letters_that_nobody_answers_come_ever_more_rarely(sqlite_store: Store, tmp_path: Path) -> None:
    """Somebody asks four times a day for a hundred days."""
    clock = Clock()
    with join_stand(sqlite_store, tmp_path, clock=clock):
        sent = []
        with sqlite_store.write() as conn:
            while clock.now < NOW + timedelta(days=100):
                if signups.ask(conn, "victim@readers.example", NOON, Proof(ip="", form="", at=clock.now)).letter:
                    sent.append(clock.now)
                clock.pass_by(hours=6)
    gaps = [late - early for early, late in itertools.pairwise(sent)]
    assert gaps == sorted(gaps)
    assert len(sent) <= 12


def test_all_that_is_counted_is_named_in_the_same_order() -> None:
    bounds = Bounds()
    one = counted_for(KEYS[0], bounds, client="192.0.2.1", email="a@one.example", has_worked=False)
    assert len(one) == 6
    assert [each.key for each in one] == sorted(each.key for each in one)
    other = counted_for(KEYS[1], bounds, client="192.0.2.1", email="a@one.example", has_worked=False)
    assert not {each.key for each in one} & {each.key for each in other}
