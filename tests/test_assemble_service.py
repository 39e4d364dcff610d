"""Letters of service: written with what they answer, one issue an hour, sent like any other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from publisher.assemble.service import Courier
from publisher.cli.issuelist import listed
from publisher.model.asking import Choice, Proof
from publisher.model.delivery import Delivery, DeliveryState
from publisher.model.issue import IssueEvent, IssueKind, IssueState
from publisher.model.service import Welcome
from publisher.model.subscriber import Cadence
from publisher.send.parcels import Packer
from publisher.store import archive, claims, issues, ledger, newsstart, schema, signups, subscribers
from publisher.store.database import Store
from publisher.templating import open_templates
from publisher.tokens import Purpose, passing_row_of, row_of
from tests.assembling import COLUMNS, Desk, an_assembly
from tests.conftest import NOW
from tests.test_mail_wire import body_of
from tests.test_send_deliver import CONTEXT
from tests.writers import SENDER, put_issue_on_its_way

HOUR = timedelta(hours=1)
PLAIN = replace(CONTEXT, head_of=lambda issue: replace(CONTEXT.head_of(issue), list_name="The Morning Courier"))


@dataclass
class Counter:
    """Readers ask for letters of service; all by the real functions."""

    store: Store
    welcome: Welcome = Welcome.LETTER
    told: list[int] = field(default_factory=list)  # what the engine was told of
    at_the_end: Callable[[], None] | None = None  # happens when all is written and nothing is committed

    def __post_init__(self) -> None:
        self.desk = Desk(self.store, open_templates(None))
        newsletter = replace(an_assembly().newsletter, template="digest")
        self.assembly = replace(an_assembly(), newsletter=newsletter, welcome=self.welcome)
        self.courier = Courier(
            lambda _slug: self.assembly,
            store=self.store,
            templates=self.desk.templates,
            enqueue=lambda _conn, issue: self.told.append(issue),
        )

    def ask(self, email: str, *, after: timedelta = timedelta(0)) -> signups.Asked:
        now = NOW + after
        prepared = self.courier.prepare(IssueKind.CONFIRM, "morning", now=now)
        with self.store.write() as conn:
            choice = Choice(newsletter="morning", cadence=Cadence.DAILY)
            asked = signups.ask(conn, email, [choice], Proof(ip="", form="", at=now))
            if asked.letter:
                assert self.courier.post(conn, prepared, asked.subscription, now=now)
            if self.at_the_end:
                self.at_the_end()
        return asked

    def post(self, kind: IssueKind, subscription: int, *, language: str = "") -> bool:
        prepared = self.courier.prepare(kind, "morning", language=language, now=NOW)
        with self.store.write() as conn:
            return self.courier.post(conn, prepared, subscription, now=NOW)

    def letter(self) -> str:
        """The text of the only letter that waits, as its reader gets it."""
        with self.store.read() as conn:
            row = conn.execute(select(schema.deliveries).where(schema.deliveries.c.state == "due")).mappings().one()
            facts = {name: row[name] for name in ("id", "issue", "variant", "subscription", "attempts")}
            delivery = Delivery(**facts, email="iva@readers.example", name="")
            return body_of(Packer(PLAIN).stencil_of(conn, delivery).pack(delivery).message, "plain")

    def send_all(self) -> None:
        """A sender takes them, and a relay too."""
        with self.store.write() as conn:
            issues.start_queued(conn, now=NOW)
            for delivery in claims.claim(conn, SENDER, limit=100, now=NOW).claimed:
                assert ledger.mark_sending(conn, SENDER, [delivery.id], now=NOW)
                conn.execute(schema.deliveries.update().values(state=DeliveryState.SENT))
            issues.finish_done(conn, now=NOW)

    def issues(self) -> list[tuple[str, IssueState]]:
        with self.store.read() as conn:
            return [(one.slot, one.state) for one in reversed(issues.recent(conn, limit=99, kinds=tuple(IssueKind)))]


@pytest.fixture
def counter(sqlite_store: Store) -> Counter:
    return Counter(sqlite_store)


def test_letters_of_an_hour_are_one_issue_that_goes_on_as_they_come(counter: Counter) -> None:
    counter.ask("iva@readers.example")
    assert counter.issues() == [("confirm/en/2026-11-22T07", IssueState.QUEUED)]
    counter.send_all()
    assert counter.issues() == [("confirm/en/2026-11-22T07", IssueState.SENT)]
    counter.ask("jon@readers.example", after=timedelta(minutes=1))
    assert counter.issues() == [("confirm/en/2026-11-22T07", IssueState.QUEUED)]
    assert counter.told == [1, 1]
    counter.send_all()
    counter.ask("kim@readers.example", after=HOUR)
    assert [slot for slot, _ in counter.issues()] == ["confirm/en/2026-11-22T07", "confirm/en/2026-11-22T08"]


def test_the_link_of_the_letter_confirms_for_a_week_and_names_nobody_else(counter: Counter) -> None:
    asked = counter.ask("iva@readers.example")
    (token,) = set(re.findall(r"https://courier\.example/confirm/(\w+)", counter.letter()))
    (out,) = set(re.findall(r"https://courier\.example/unsubscribe/(\w+)", counter.letter()))
    assert row_of(CONTEXT.keys, Purpose.DECLINE, out) == asked.subscription
    for after, named in ((HOUR, asked.subscription), (timedelta(days=7), asked.subscription), (8 * 24 * HOUR, None)):
        assert passing_row_of(CONTEXT.keys, Purpose.CONFIRM, token, now=NOW + after) == named
    assert passing_row_of(CONTEXT.keys, Purpose.OWN_PAGE, token, now=NOW) is None


def test_a_letter_with_a_link_to_the_own_page_is_good_for_a_day(counter: Counter) -> None:
    counter.desk.join("iva")
    assert counter.post(IssueKind.LINK, 1)
    (token,) = set(re.findall(r"https://courier\.example/you/(\w+)", counter.letter()))
    assert passing_row_of(CONTEXT.keys, Purpose.OWN_PAGE, token, now=NOW + 24 * HOUR) == 1
    assert passing_row_of(CONTEXT.keys, Purpose.OWN_PAGE, token, now=NOW + 26 * HOUR) is None


def test_a_reader_gets_one_letter_of_a_kind_an_hour(counter: Counter) -> None:
    counter.desk.join("iva")
    assert [counter.post(IssueKind.LINK, 1) for _ in range(3)] == [True, False, False]
    assert counter.post(IssueKind.WELCOME, 1)


def test_a_letter_of_service_goes_before_what_is_left_of_a_long_issue(counter: Counter) -> None:
    long = put_issue_on_its_way(counter.store, 5)
    counter.ask("iva@readers.example")
    with counter.store.write() as conn:
        issues.start_queued(conn, now=NOW)
        first = claims.claim(conn, SENDER, limit=1, now=NOW).claimed
        then = claims.claim(conn, SENDER, limit=2, now=NOW).claimed
    assert [one.email for one in first] == ["iva@readers.example"]
    assert [one.issue for one in then] == [long, long]


def test_letters_are_in_the_language_that_is_asked_for(counter: Counter) -> None:
    counter.desk.join("iva")
    assert counter.post(IssueKind.LINK, 1, language="de")
    assert "Ihre" in counter.letter() or "Deine" in counter.letter()


def test_who_asked_is_written_to_though_the_wish_is_not_active_and_who_was_erased_is_not(counter: Counter) -> None:
    counter.ask("iva@readers.example")
    counter.ask("jon@readers.example")
    with counter.store.write() as conn:
        people = schema.subscribers
        conn.execute(people.update().where(people.c.email == "jon@readers.example").values(state="erased"))
    counter.desk.join("kim")
    counter.desk.leave("kim")
    assert counter.post(IssueKind.LINK, 3)
    assert counter.post(IssueKind.WELCOME, 3)  # and left before it went
    with counter.store.write() as conn:
        issues.start_queued(conn, now=NOW)
        claimed = claims.claim(conn, SENDER, limit=100, now=NOW).claimed
        marked = ledger.mark_sending(conn, SENDER, [one.id for one in claimed], now=NOW)
    assert [one.email for one in claimed if one.id in marked] == ["iva@readers.example", "kim@readers.example"]


def test_what_an_admin_cancels_or_pauses_stays_so(counter: Counter) -> None:
    counter.ask("iva@readers.example")
    with counter.store.write() as conn:
        issues.move_if(conn, 1, IssueEvent.PAUSE, now=NOW)
    counter.ask("jon@readers.example")
    assert counter.issues()[0][1] is IssueState.PAUSED
    assert counter.told == [1]
    with counter.store.write() as conn:
        issues.move_if(conn, 1, IssueEvent.CANCEL, now=NOW)
    counter.desk.join("kim")
    prepared = counter.courier.prepare(IssueKind.CONFIRM, "morning", now=NOW)
    with counter.store.write() as conn:
        assert not counter.courier.post(conn, prepared, 3, now=NOW)


def test_no_archive_shows_them_and_nobody_s_news_begins_by_them(counter: Counter) -> None:
    with counter.store.read() as conn:
        mark = archive.shown_mark(conn, "morning")
    counter.desk.publish("harbour", "harbour")
    counter.ask("iva@readers.example", after=40 * 24 * HOUR)
    with counter.store.read() as conn:
        assert archive.shown_issues(conn, "morning") == []
        assert archive.shown_mark(conn, "morning") == mark
        assert newsstart.news_start(conn, "morning", Cadence.AS_IT_HAPPENS, now=NOW) == 0
        assert issues.recent(conn, limit=9) == []  # as if the newsletter never had an issue
        assert [one.kind for one in listed(conn, of_service=True)] == [IssueKind.CONFIRM]


def test_a_welcome_brings_the_latest_issue_where_that_is_wanted(sqlite_store: Store) -> None:
    counter = Counter(sqlite_store, welcome=Welcome.LATEST)
    counter.desk.join("iva")
    assert counter.post(IssueKind.WELCOME, 1)
    counter.desk.templates = open_templates(None)
    counter.desk.assembly = counter.assembly
    counter.desk.publish(*COLUMNS)
    assert counter.desk.assemble().deliveries == 1
    counter.courier = Courier(
        lambda _slug: counter.assembly,
        store=sqlite_store,
        templates=counter.desk.templates,
        enqueue=lambda _conn, _issue: None,
    )
    prepared = counter.courier.prepare(IssueKind.WELCOME, "morning", language="fr", now=NOW)
    assert prepared.letter
    assert all(f"Post {number}" in prepared.letter.text for number in (1, 2, 3))
    with sqlite_store.read() as conn:
        first = issues.find_letter(conn, 1)
        held = conn.execute(select(func.count()).select_from(schema.variant_posts)).scalar_one()
    assert first
    assert "Post 1" not in first.text  # there was no issue yet
    assert held == 3  # of the issue alone: a welcome holds no news back


def test_a_letter_and_what_it_answers_stand_or_fall_together(counter: Counter) -> None:
    def end() -> None:
        raise RuntimeError("the process ended")

    counter.at_the_end = end
    with pytest.raises(RuntimeError, match="the process ended"):
        counter.ask("iva@readers.example")
    assert counter.issues() == []
    with counter.store.read() as conn:
        assert subscribers.find(conn, "iva@readers.example") is None
    counter.at_the_end = None
    assert counter.ask("iva@readers.example").letter
