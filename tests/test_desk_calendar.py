"""The calendar of the desk, and its promise: the dates that pages tell are those at which the clock does something."""

from __future__ import annotations

import html
import re
from collections.abc import Container, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser
from sqlalchemy import update

from publisher.config.holidays import read_holidays
from publisher.config.timing import ever_comes, read_timing
from publisher.house.scheduledates import dates_of
from publisher.house.scheduledeeds import bring_in_line, leave_out, slots_on
from publisher.house.timetable import entries_of
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueEvent
from publisher.model.schedule import ScheduleEvent, Slot
from publisher.schedule.jobs import Clockwork, Entry
from publisher.schedule.plan import first_slot, plan
from publisher.schedule.slots import ByTheWall, by_the_wall, next_slot, slots_between
from publisher.store import issues, schedules, schema, skips
from publisher.store.database import Store
from publisher.store.skips import Skip
from publisher.web.desk.calendarmonth import Entry as Line
from publisher.web.desk.calendarmonth import Month, days_of, month_named
from tests.browsing import browser as browser
from tests.browsing import whole
from tests.desk_stand import TOP, Stand, desk_stand
from tests.test_config_schedulewords import recurrences
from tests.writers import a_post, freeze_for_all, put_posts, put_readers

BERLIN = ZoneInfo("Europe/Berlin")
HOSTILE = "<script>alert(1)</script>"
GRACE = timedelta(hours=6)
zones = st.sampled_from(
    ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Nuuk", "Asia/Gaza")
).map(ZoneInfo)
moments = st.integers(0, 40 * 366 * 1440).map(lambda minutes: datetime(2000, 2, 1, tzinfo=UTC) + minutes * MINUTE)
MINUTE = timedelta(minutes=1)
rests = st.lists(
    st.dates(date(1999, 1, 1), date(2040, 1, 1)).map(lambda day: f"{day:%m-%d}/{day + timedelta(days=9):%m-%d}"),
    max_size=3,
)
crons = st.sampled_from(("0 7 * * mon-fri", "30 2 * * *", "0 */6 * * *", "15 9 1,15 * *", "0 12 29 2 *"))


def a_skip(slot: Slot) -> Skip:
    return Skip(schedule="one", slot=slot, asked=slot.at, who="Ada")


def runs_of(when: ByTheWall, now: datetime, taken: Container[str], number: int) -> list[Slot]:
    """What the clock decides to run, if it is looked at whenever a slot has come."""
    waiting, found = first_slot(when, now=now), []
    while len(found) < number:
        decided = plan(when, waiting, now=waiting.at, grace=GRACE, skips=taken)
        found += [decided.run] if decided.run else []
        waiting = decided.next
    return found


@settings(max_examples=50)
@given(text=recurrences.map(str) | crons, zone=zones, holidays=rests, now=moments, out=st.sets(st.integers(0, 5)))
def test_the_next_five_dates_are_those_that_the_clock_runs(
    text: str, zone: ZoneInfo, holidays: list[str], now: datetime, out: set[int]
) -> None:
    rest = read_holidays(holidays)
    assume(ever_comes(read_timing(text), rest))
    when = by_the_wall(text, zone, rest)
    coming = [next_slot(when, after=now)]
    while len(coming) < max(out, default=0) + 1:
        coming.append(next_slot(when, after=coming[-1].at))
    taken = {coming[number].key: a_skip(coming[number]) for number in out}
    told = dates_of(when, now=now, site_zone=UTC, skips=taken)
    assert list(told.slots) == runs_of(when, now, taken, 5)
    assert {skip.slot.key for skip in told.left_out} == {
        key for key, skip in taken.items() if skip.slot.at <= told.slots[-1].at
    }


@settings(max_examples=20)
@given(text=recurrences.map(str) | crons, zone=zones, newsroom=zones, now=moments, holidays=rests)
def test_a_season_of_months_holds_each_slot_once_on_its_day(
    text: str, zone: ZoneInfo, newsroom: ZoneInfo, now: datetime, holidays: list[str]
) -> None:
    assume(ever_comes(read_timing(text), read_holidays(holidays)))
    when, month = by_the_wall(text, zone, read_holidays(holidays)), month_named("", today=now.date())
    begin, found = month.start(newsroom), []
    for _ in range(3):
        start, end = month.start(newsroom), month.end(newsroom)
        slots = slots_between(when, after=start - timedelta(microseconds=1), until=end - timedelta(microseconds=1))
        entries = [a_line(slot.at, name=slot.key) for slot in slots]
        for day in days_of(month, entries, newsroom, today=now.date()):
            for line in day.lines:
                assert line.entry.at.astimezone(newsroom).date().isoformat() == day.iso
                found.append(line.entry.newsletter)
        assert month.after
        month = month.after
    everything = slots_between(when, after=begin - timedelta(microseconds=1), until=end - timedelta(microseconds=1))
    assert found == [slot.key for slot in everything]


def a_line(at: datetime, *, name: str = "Morning") -> Line:
    return Line(at=at, newsletter=name, cadence="daily", badge=("to come", ""), path="/newsletters/morning")


@pytest.mark.parametrize(
    ("text", "month", "day", "clocks"),
    [
        ("daily 02:30", "2027-03", 28, ["03:30"]),  # the clocks jump over it
        ("daily 02:30", "2026-10", 25, ["02:30"]),  # they show it twice, and it comes once
        ("0 2,3 * * *", "2026-10", 25, ["02:00", "03:00"]),
        ("daily 00:15", "2027-03", 28, ["00:15"]),
        ("daily 23:45", "2026-10", 25, ["23:45"]),
    ],
)
def test_both_nights_on_which_clocks_change(text: str, month: str, day: int, clocks: list[str]) -> None:
    shown = month_named(month, today=date(2026, 1, 1))
    start, end = shown.start(BERLIN), shown.end(BERLIN)
    slots = slots_between(by_the_wall(text, BERLIN), after=start, until=end)
    days = days_of(shown, [a_line(slot.at) for slot in slots], BERLIN, today=date(2026, 1, 1))
    assert [line.clock for line in days[day - 1].lines] == clocks
    assert len(days) == 31
    assert {len(one.lines) for one in days} == {len(clocks)}


def test_many_of_a_day_stand_in_one_line() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    entries = [a_line(start + hour * timedelta(hours=1)) for hour in range(24)]
    day = days_of(Month(year=2026, month=11), entries, UTC, today=date(2026, 11, 23))[22]
    assert [(line.clock, line.number) for line in day.lines] == [("00:00 to 23:00", 24)]
    assert (day.name, day.is_today) == ("Monday 23 November", True)


@given(text=st.text(max_size=9) | st.from_regex(r"[0-9]{4}-[0-9]{2}", fullmatch=True))
def test_any_text_names_a_month(text: str) -> None:
    found = month_named(text, today=date(2026, 11, 23))
    assert found.text == text or found == Month(year=2026, month=11)
    assert 28 <= len(days_of(found, [], BERLIN, today=date(2026, 11, 23))) <= 31
    neighbours = [one for one in (found.before, found, found.after) if one]
    assert all(one.after == two for one, two in pairwise(neighbours))


CONFIG = (TOP / "config.toml").read_text("utf-8").replace('"daily 07:00"', '"weekdays 07:00"').replace(
    '[newsletters.morning]', '[newsletters.morning]\nholidays = ["2026-12-25"]'
) + f"""
[newsletters.tokyo]
name = "Tokyo {HOSTILE}"
schedule = {{ weekly = "Fri 06:00" }}
time_zone = "Asia/Tokyo"
"""  # fmt: skip
DAILY = "newsletter:morning:daily"


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """On Wednesday, 2 December 2026, at noon in Berlin: one issue is out, and the 10th is left out."""
    with desk_stand(tmp_path_factory.mktemp("calendar"), CONFIG) as opened:
        now = datetime(2026, 12, 2, 11, tzinfo=UTC)
        opened.clock.ahead = now - datetime.now(UTC)
        house = opened.house
        bring_in_line(house)
        with house.store.write() as conn:
            for name, entry in entries_of(house, lambda _run: "").items():  # what a clock at that time waits for
                schedules.put(conn, name, next_slot(entry.when, after=now))
            put_posts(conn, [a_post(1)])
            put_readers(conn, 3)
            issue = freeze_for_all(conn, slot="2026-12-01")
            due = datetime(2026, 12, 1, 6, tzinfo=UTC)
            conn.execute(update(schema.issues).where(schema.issues.c.id == issue).values(due=due))
            ledger = schema.deliveries
            conn.execute(update(ledger).values(state=DeliveryState.SENT))
            conn.execute(update(ledger).where(ledger.c.id == 1).values(state=DeliveryState.FAILED, reason="mailbox"))
            assert issues.move_if(conn, issue, IssueEvent.START, now=due)
            assert issues.move_if(conn, issue, IssueEvent.FINISH, now=due)
            slots = slots_on(house, DAILY, date(2026, 12, 10), now=now)
            leave_out(conn, house, DAILY, slots, who=f"Ada {HOSTILE}", now=now)
            missed = Slot(key="2026-12-02", at=datetime(2026, 12, 2, 6, tzinfo=UTC))
            schedules.miss(conn, DAILY, missed, now=now, note="nothing was running then")
        yield opened


def lines_on(page: str, day: str) -> list[str]:
    """The lines of a day, without their tags."""
    (cell,) = re.findall(rf'<time datetime="{day}">.*?</h2>(.*?)</li>\s*(?=<li class="day|</ol>)', page, re.DOTALL)
    lines = re.findall(r"<li[^>]*>(.*?)</li>", cell + "</li>", re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", line)).split()) for line in lines]


def test_a_month_shows_what_went_what_comes_and_what_does_not(stand: Stand) -> None:
    page = stand.get("viewer", "/calendar?month=2026-12").text
    assert "<h1>December 2026</h1>" in page
    assert lines_on(page, "2026-12-01") == ["07:00 Morning Courier sent daily, 3 letters, 1 failed"]
    assert lines_on(page, "2026-12-02") == ["07:00 Morning Courier missed daily: nothing was running then"]
    assert lines_on(page, "2026-12-03") == [
        "07:00 Morning Courier to come daily",
        f"22:00 Tokyo {HOSTILE} to come weekly, 06:00 in Asia/Tokyo",
    ]
    assert lines_on(page, "2026-12-05") == []
    assert lines_on(page, "2026-12-10")[0] == "07:00 Morning Courier left out daily: by a colleague"
    told = stand.get("editor", "/calendar?month=2026-12").text
    assert lines_on(told, "2026-12-10")[0] == f"07:00 Morning Courier left out daily: by Ada {HOSTILE}"
    assert lines_on(page, "2026-12-25") == ["07:00 Morning Courier holiday daily"]
    assert 'aria-current="date"' in page
    assert HOSTILE not in page


def test_months_lead_to_their_neighbours_and_keep_the_newsletter(stand: Stand) -> None:
    page = stand.get("viewer", "/calendar?month=2026-12&newsletter=tokyo").text
    assert "Morning Courier</span>" not in page
    assert "calendar?month=2027-01&amp;newsletter=tokyo" in page
    assert "calendar?month=2026-11&amp;newsletter=tokyo" in page
    assert stand.get("viewer", "/calendar?newsletter=nothing").status_code == 404
    assert stand.get("viewer", "/calendar?month=1999-12").text.count("<h1>December 2026</h1>") == 1
    assert "Nothing stands in this month" in stand.get("viewer", "/calendar?month=2000-01").text


def test_somebody_of_one_newsletter_sees_that_alone(stand: Stand) -> None:
    page = stand.get("morning-editor", "/calendar?month=2026-12").text
    assert "Morning Courier" in page
    assert "Tokyo" not in page
    assert stand.get("morning-editor", "/calendar?newsletter=tokyo").status_code == 404


def test_what_is_paused_says_so(stand: Stand) -> None:
    with stand.house.store.write() as conn:
        assert schedules.set_state(conn, "newsletter:tokyo:weekly", ScheduleEvent.PAUSE)
    try:
        page = stand.get("viewer", "/calendar?month=2027-01&newsletter=tokyo").text
        assert f"22:00 Tokyo {HOSTILE} paused weekly, 06:00 in Asia/Tokyo" in lines_on(page, "2027-01-07")
        assert "to come" not in page
    finally:
        with stand.house.store.write() as conn:
            assert schedules.set_state(conn, "newsletter:tokyo:weekly", ScheduleEvent.RESUME)


def test_an_issue_that_was_moved_stands_where_it_goes_and_leaves_its_date(stand: Stand) -> None:
    moved, home = datetime(2027, 1, 2, 9, tzinfo=UTC), "2026-12-31"
    with stand.house.store.write() as conn:
        issue = freeze_for_all(conn, slot=home)
        conn.execute(update(schema.issues).where(schema.issues.c.id == issue).values(due=moved))
    assert lines_on(stand.get("viewer", "/calendar?month=2026-12&newsletter=morning").text, home) == []
    january = stand.get("viewer", "/calendar?month=2027-01&newsletter=morning").text
    assert lines_on(january, "2027-01-02") == ["10:00 Morning Courier queued daily, 3 letters"]


def test_the_dates_of_the_page_are_those_of_the_real_clock(stand: Stand, sqlite_store: Store) -> None:
    """The page is asked by a browser; the clockwork is the real one, on another database, and walks to each slot."""
    text = "the first Monday of the month at 2:30"
    with stand.client("editor") as client:
        page = client.get(
            "/desk/newsletters/_dates/part", params={"schedule-monthly": text, "time_zone": "Europe/Berlin"}
        )
    told = [datetime.fromisoformat(at).astimezone(UTC) for at in re.findall(r'<time datetime="([^"]+)"', page.text)]
    done: list[datetime] = []
    now = stand.clock()
    entry = Entry(when=by_the_wall(text, BERLIN), grace=GRACE, job=lambda run: done.append(run.slot.at) or "done")
    works = Clockwork(sqlite_store, {"one": entry}, lambda: now)
    works.sync()
    while len(done) < 5:
        with sqlite_store.read() as conn:
            (waiting,) = schedules.get_waiting(conn)
        assert waiting.next_slot
        now = waiting.next_slot.at
        works.run_due()
    assert told == done


def test_the_page_of_a_newsletter_and_its_month_tell_the_same_dates(stand: Stand) -> None:
    page = stand.get("viewer", "/newsletters/morning").text
    dates = re.search(r'<ol class="dates">(.*?)</ol>', page, re.DOTALL)
    assert dates
    told = [datetime.fromisoformat(at) for at in re.findall(r'<time datetime="([^"]+)"', dates[1])]
    calendar = stand.get("viewer", "/calendar?month=2026-12&newsletter=morning").text
    for at in told:
        assert any(line.startswith(f"{at:%H:%M} Morning Courier") for line in lines_on(calendar, f"{at:%Y-%m-%d}"))
    with stand.house.store.read() as conn:
        assert list(skips.of_one(conn, DAILY)) == ["2026-12-10"]


def test_the_calendar_is_whole_on_a_phone_and_on_a_wide_screen(browser: Browser, stand: Stand) -> None:
    cookie: Any = stand.cookie("owner")
    for width, scheme in ((390, "dark"), (1280, "light")):
        colours: Any = scheme
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=colours)
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(f"{stand.url}/calendar?month=2026-12")
        whole(page, width)
        columns = len(page.evaluate("getComputedStyle(document.querySelector('.month')).gridTemplateColumns").split())
        assert (columns == 7) == (width == 1280)
        context.close()
