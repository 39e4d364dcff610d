"""Newsletters at the desk: what a page shows, what a button does, what a form makes of config.toml."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from publisher.config.edits import with_edits
from publisher.config.load import read_config
from publisher.house.configsaving import text_now
from publisher.house.scheduledeeds import bring_in_line
from publisher.model.issue import IssueState
from publisher.model.schedule import ScheduleState
from publisher.store import audit, configversions, issues, schedules, skips
from publisher.web.desk.newsletterfields import FIELDS, Kind, edits_of, in_prose, shown
from tests.browsing import browser as browser
from tests.browsing import whole
from tests.desk_stand import TOP, Stand, desk_stand
from tests.writers import put_readers

DAY = timedelta(days=1)
HOSTILE = "<script>alert(1)</script>"
DAILY = "newsletter:morning:daily"
MORE = f"""
[segments.patrons]
tags = ["patron"]

[newsletters.week]  # the best of seven days
name = "The Week {HOSTILE}"
description = '''
  Friday {HOSTILE}
and Saturday
'''
schedule = {{ weekly = "Fri 12:00", monthly = "0 9 1 * *" }}
time_zone = "Asia/Tokyo"
look = {{ accent = "#00574b" }}

[newsletters.alarm]
name = "Alarm"
as_it_happens = true
"""
CONFIG = (TOP / "config.toml").read_text("utf-8") + MORE


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("newsletters"), CONFIG) as opened:
        bring_in_line(opened.house)
        with opened.house.store.write() as conn:
            put_readers(conn, 3)
        yield opened


@pytest.fixture
def untouched(stand: Stand) -> Iterator[str]:
    """The text of config.toml, which stands there again after the test."""
    yield CONFIG
    stand.house.file.path.write_text(CONFIG, "utf-8")


def form_of(page: str) -> dict[str, str]:
    """The fields of a page's form as a browser would send them."""
    (form,) = re.findall(r'<form[^>]*class="newsletter-form">(.*?)</form>', page, re.DOTALL)
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        told = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if "name" in told and " disabled" not in tag and (told.get("type") != "checkbox" or " checked" in tag):
            fields[told["name"]] = told.get("value", "")
    for name, text in re.findall(r'<textarea[^>]*name="([\w-]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        fields[name] = html.unescape(text)
    for name, options in re.findall(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        fields[name] = (re.findall(r"<option selected>([^<]*)</option>", options) or [""])[0]
    del fields["proof"]
    return fields


def send(stand: Stand, who: str, slug: str, changes: dict[str, Any]) -> httpx2.Response:
    page = stand.get(who, f"/newsletters/{slug}/edit")
    return stand.send(who, f"/newsletters/{slug}/edit", {**form_of(page.text), **changes})


def told_on_next_page(stand: Stand, who: str, answer: httpx2.Response) -> str:
    with stand.client(who) as client:
        client.cookies.update(answer.cookies)
        found = re.search(r'<p class="told[^>]*>(.*?)</p>', client.get(answer.headers["location"]).text, re.DOTALL)
    assert found
    return html.unescape(found[1])


def test_the_list_tells_times_in_words_and_readers(stand: Stand) -> None:
    page = stand.get("viewer", "/newsletters").text
    assert "every day at 07:00" in page
    assert "on the 1st of each month at 09:00" in page
    assert "each post as a letter of its own, once it stood unchanged for 10 minutes" in page
    assert HOSTILE not in page
    assert html.escape(HOSTILE) in page


def test_somebody_of_one_newsletter_sees_no_other(stand: Stand) -> None:
    page = stand.get("morning-editor", "/newsletters").text
    assert "Morning Courier" in page
    assert "Alarm" not in page
    assert stand.get("morning-editor", "/newsletters/week").status_code == 403
    assert stand.get("morning-editor", "/newsletters/week/edit").status_code == 403
    assert stand.get("morning-editor", "/newsletters/nothing").status_code == 404
    assert stand.get("morning-editor", "/newsletters/_new").status_code == 403


def test_a_page_shows_dates_readers_and_what_the_file_says(stand: Stand) -> None:
    page = stand.get("viewer", "/newsletters/week").text
    assert "Asia/Tokyo time" in page
    assert page.count("<time") >= 10
    assert 'fill="#00574b"' in page
    assert HOSTILE not in page
    assert "Leave out" not in page  # a viewer has no buttons
    assert "Pause" not in page
    assert "Leave out" in stand.get("editor", "/newsletters/week").text
    assert "Run now" not in stand.get("editor", "/newsletters/week").text
    assert "Run now" in stand.get("sender", "/newsletters/week").text


def test_a_schedule_is_paused_and_resumed_with_a_line_in_the_log(stand: Stand) -> None:
    assert stand.send("editor", "/newsletters/morning/daily/pause").status_code == 403
    answer = stand.send("sender", "/newsletters/morning/daily/pause")
    assert "paused" in told_on_next_page(stand, "sender", answer)
    with stand.house.store.read() as conn:
        found = schedules.find(conn, DAILY)
        (line, *_) = audit.newest(conn, only=audit.Only(act="schedule"), limit=1)
    assert found
    assert found.state is ScheduleState.PAUSED
    assert (line.act, line.who, line.newsletter) == ("schedule.pause", "Sender", "morning")
    assert "paused" in stand.get("viewer", "/newsletters").text
    assert stand.send("sender", "/newsletters/morning/daily/resume").status_code == 303
    assert stand.send("sender", "/newsletters/morning/weekly/pause").status_code == 404


def test_a_date_is_left_out_and_taken_back(stand: Stand) -> None:
    page = stand.get("editor", "/newsletters/morning").text
    key = re.findall(r'name="slot" value="([^"]+)"', page)[0]
    answer = stand.send("morning-editor", "/newsletters/morning/daily/skip", {"slot": key})
    assert "is left out; its posts come with the next issue" in told_on_next_page(stand, "morning-editor", answer)
    assert "left out by Morning-Editor" in stand.get("editor", "/newsletters/morning").text
    assert "left out by a colleague" in stand.get("viewer", "/newsletters/morning").text
    assert '<span class="badge wait">left out</span>' in stand.get("viewer", "").text  # Today tells it, too
    with stand.house.store.read() as conn:
        assert list(skips.of_one(conn, DAILY)) == [key]
    assert stand.send("editor", "/newsletters/morning/daily/unskip", {"slot": key}).status_code == 303
    with stand.house.store.read() as conn:
        assert skips.of_one(conn, DAILY) == {}


@pytest.mark.parametrize("key", ["", "2020-01-01", "../../etc", "99999-99-99", "2030-01-01T00:00:00"])
def test_what_is_no_date_of_it_is_refused(stand: Stand, key: str) -> None:
    answer = stand.send("editor", "/newsletters/morning/daily/skip", {"slot": key})
    assert answer.status_code == 422
    assert "is no date of it that is still to come" in answer.text


def test_a_job_is_run_now(stand: Stand) -> None:
    answer = stand.send("sender", "/newsletters/morning/daily/run")
    assert "Done: " in told_on_next_page(stand, "sender", answer)
    with stand.house.store.read() as conn:
        assert all(one.state is IssueState.QUEUED for one in issues.recent(conn, limit=9, newsletter="morning"))


@pytest.mark.parametrize(
    ("field", "line", "said"),
    [
        ("subject", "{{ lead.title", "no template we can read"),
        ("greeting", "Dear {{ nobody }}", "“nobody” is not known here"),
        ("subject", "{{ 'a' * 10 ** 9 }}", "more than a line needs (mul)"),
        ("subject", "{{ posts | map('center', 999999999) | join }}", "filter map with another"),
        ("subject", "{% for a in posts %}{% for b in posts %}{% endfor %}{% endfor %}", "a loop in a loop"),
        ("greeting", "{{ _('%(name)999999999s', name=name) }}", "(call)"),
        ("greeting", "{{ name | replace('', name) | replace('', name) }}", "replace more than once"),
        ("greeting", "a" * 1001, "longer than 1000"),
    ],
)
def test_a_line_that_would_hold_or_harm_all_letters_is_told_at_its_field(
    stand: Stand, untouched: str, field: str, line: str, said: str
) -> None:
    answer = send(stand, "morning-editor", "morning", {field: line})
    assert answer.status_code == 422
    (told,) = re.findall(rf'id="wrong-{field}-1"[^>]*>(.*?)</', answer.text, re.DOTALL)
    assert said in html.unescape(told)
    assert text_now(stand.house) == untouched


def test_a_line_with_values_conditions_and_a_loop_is_everybodys_and_more_is_the_owners(
    stand: Stand, untouched: str
) -> None:
    plain = "{% for one in posts %}{{ one.title | lower }}{% if not loop.last %}, {% endif %}{% endfor %} ({{ date }})"
    assert send(stand, "morning-editor", "morning", {"subject": plain}).status_code == 303
    assert plain in text_now(stand.house)
    assert send(stand, "owner", "morning", {"subject": "{{ '=' * 3 }} {{ lead.title }}"}).status_code == 303


@pytest.mark.parametrize("path", ["/newsletters/morning?saved=1", "/newsletters?saved=morning"])
def test_a_file_that_somebody_left_broken_takes_no_page_away(stand: Stand, untouched: str, path: str) -> None:
    stand.house.file.path.write_text(untouched + "\n[oops\n", "utf-8")
    assert stand.get("owner", path).status_code == 200


def test_a_button_that_is_pressed_twice_makes_one_issue(stand: Stand) -> None:
    page = stand.get("sender", "/newsletters/week").text
    (asked, *_) = re.findall(r'/week/weekly/run".*?name="asked" value="([^"]+)"', page, re.DOTALL)

    def press(_number: int) -> httpx2.Response:
        return stand.send("sender", "/newsletters/week/weekly/run", {"asked": html.unescape(asked)})

    def runs() -> int:
        with stand.house.store.read() as conn:
            return len(schedules.runs_between(conn, "newsletter:week:weekly", stand.clock() - DAY, stand.clock() + DAY))

    before = runs()
    with ThreadPoolExecutor(3) as clicks:
        told = [told_on_next_page(stand, "sender", answer) for answer in clicks.map(press, range(3))]
    assert sum(one.startswith("That was pressed already") for one in told) == 2
    assert runs() == before + 1
    for nonsense in ("", "yesterday", "9999-12-31T23:59:59+00:00"):
        stand.send("sender", "/newsletters/week/weekly/run", {"asked": nonsense})
    assert runs() == before + 4


def test_a_form_that_nobody_changed_changes_nothing(stand: Stand, untouched: str) -> None:
    for slug in ("morning", "week", "alarm"):
        answer = send(stand, "owner", slug, {})
        assert told_on_next_page(stand, "owner", answer) == "Nothing was changed."
    assert text_now(stand.house) == untouched


def test_an_edit_changes_its_line_and_no_other_byte(stand: Stand, untouched: str) -> None:
    answer = send(stand, "editor", "morning", {"schedule-daily": "every weekday at 6:45", "holidays": "12-25\n12-26"})
    assert "Saved." in told_on_next_page(stand, "editor", answer)
    new = text_now(stand.house)
    before, after = untouched.splitlines(), new.splitlines()
    assert [line for line in before if line not in after] == [
        'schedule = { daily = "daily 07:00" }     # or "weekdays 07:00", "Mon,Thu 18:30"; also weekly and monthly'
    ]
    table = read_config(stand.house.file.path).config.newsletters["morning"]
    assert table.schedule == {"daily": "weekdays 06:45"}
    assert table.holidays == ("12-25", "12-26")
    with stand.house.store.read() as conn:
        (newest, *_) = configversions.newest(conn, limit=1)
        (line, *_) = audit.newest(conn, only=audit.Only(act="newsletter"), limit=1)
    assert (newest.who, newest.note) == ("Editor", "newsletter morning: daily, holidays")
    assert (line.act, line.newsletter) == ("newsletter.edit", "morning")
    assert '+holidays = ["12-25", "12-26"]' in line.after


def test_a_page_says_while_what_was_saved_is_not_taken_up_yet(stand: Stand, untouched: str) -> None:
    answer = send(stand, "editor", "morning", {"greeting": "Good day"})
    page = stand.get("editor", answer.headers["location"].partition("/desk")[2]).text
    assert "What was saved is being taken up" in page  # here nothing watches the file
    stand.house.file.path.write_text(untouched, "utf-8")
    assert "is being taken up" not in stand.get("editor", "/newsletters/morning?saved=1").text
    assert "is being taken up" not in stand.get("editor", "/newsletters?saved=morning").text
    assert "is being taken up" not in stand.get("editor", "/newsletters?saved=nothing").text
    with_one_more = untouched + '[newsletters.more]\nname = "More"\nas_it_happens = true\n'
    stand.house.file.path.write_text(with_one_more, "utf-8")
    assert "The newsletter is being taken up" in stand.get("editor", "/newsletters?saved=more").text


def test_columns_stand_in_the_order_of_their_numbers(stand: Stand, untouched: str) -> None:
    send(stand, "editor", "morning", {"column-harbour-notes": "3", "column-night-desk": "1.5"})
    assert read_config(stand.house.file.path).config.newsletters["morning"].columns == ("night-desk", "harbour-notes")
    send(stand, "editor", "morning", {"column-harbour-notes": "", "column-night-desk": ""})
    assert read_config(stand.house.file.path).config.newsletters["morning"].columns == ()
    assert len(text_now(stand.house)) < len(untouched)


def test_all_fields_are_read_back_as_they_were_typed(stand: Stand, untouched: str) -> None:
    typed = {
        "name": "Morning “Courier”", "description": "One line\nand another", "signup": "", "approve": "on",
        "schedule-daily": "", "schedule-weekly": "Fri 12:00", "schedule-monthly": "the last day of the month at 9:00",
        "as_it_happens": "on", "quiet": "30m", "time_zone": "Europe/Oslo", "holidays": "12-25, 2027-04-02/2027-04-05",
        "draft": "3h", "grace": "2h", "subject": "{{ newsletter }}", "greeting": "Good morning", "minimum": "2",
        "maximum": "7", "skip_empty": "", "from": "Desk <desk@courier.example>", "reply_to": "to@courier.example",
        "audience": "patrons",
    }  # fmt: skip
    fields = {name: value for name, value in typed.items() if value or name.startswith("schedule")}
    page = form_of(stand.get("sender", "/newsletters/morning/edit").text)
    left = {name: value for name, value in page.items() if typed.get(name) != "" or name.startswith("schedule")}
    assert stand.send("sender", "/newsletters/morning/edit", {**left, **fields}).status_code == 303
    table = read_config(stand.house.file.path).config.newsletters["morning"]
    assert table.schedule == {"weekly": "Fri 12:00", "monthly": "monthly last 09:00"}
    assert (table.draft, table.grace, table.quiet) == (timedelta(hours=3), timedelta(hours=2), timedelta(minutes=30))
    assert (table.minimum, table.maximum, table.skip_empty, table.approve) == (2, 7, False, True)
    assert (table.sender, table.audience, table.signup) == ("Desk <desk@courier.example>", "patrons", False)
    assert table.description == "One line\nand another"
    again = form_of(stand.get("sender", "/newsletters/morning/edit").text)
    assert {name: again.get(name, "") for name in typed} == {**typed, "holidays": "12-25\n2027-04-02/2027-04-05"}
    assert all(line in text_now(stand.house) for line in re.findall(r"(?m)^#.*$", untouched))


def test_who_may_not_send_changes_nothing_of_that(stand: Stand, untouched: str) -> None:
    page = stand.get("editor", "/newsletters/week/edit")
    assert "Only an editor who may send changes this." in page.text
    assert "from" not in form_of(page.text)
    forged = {"from": "Evil <evil@elsewhere.example>", "approve": "on", "audience": "patrons", "was-from": "x"}
    answer = send(stand, "editor", "week", {**forged, "greeting": "Hello"})
    assert answer.status_code == 303
    table = read_config(stand.house.file.path).config.newsletters["week"]
    assert (table.sender, table.approve, table.audience, table.greeting) == (None, False, None, "Hello")
    assert stand.send("viewer", "/newsletters/week/edit", {"name": "x"}).status_code == 403
    del untouched


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("schedule-daily", "weekdays 7 pm", "`7 pm` is `19:00`"),
        ("schedule-daily", "fryday 7:00", "did you mean `friday`?"),
        ("schedule-daily", "first Monday 7:00", "say of what: `monthly first Mon 09:00`"),
        ("holidays", "12-25\n25-12", "the month stands first: write `12-25`"),
        ("time_zone", "Europe/Berlinn", "is not a time zone we know"),
        ("draft", "three hours", "is not a length of time"),
        ("minimum", "many", "is not a whole number"),
        ("maximum", "9000", "write 200 or less"),
        ("minimum", "30", "is more than `maximum`"),
        ("name", "", "It cannot be empty"),
        ("from", "nobody", ""),
        ("quiet", "5m", "add `as_it_happens = true`"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_saved(
    stand: Stand, untouched: str, field: str, typed: str, words: str
) -> None:
    answer = send(stand, "owner", "morning", {field: typed, "greeting": f"kept {HOSTILE}"})
    assert answer.status_code == 422
    assert text_now(stand.house) == untouched
    (wrong,) = re.findall(rf'<span class="wrong-field" id="wrong-{field}-1">(.*?)</span>', answer.text)
    assert in_prose(words) in html.unescape(wrong)
    assert re.search(
        rf'id="{field}"[^>]*aria-describedby="help-{field} wrong-{field}-1" aria-invalid="true"', answer.text
    )
    assert form_of(answer.text)["greeting"] == f"kept {HOSTILE}"
    assert HOSTILE not in answer.text


def test_without_any_times_the_form_says_so(stand: Stand, untouched: str) -> None:
    answer = send(stand, "owner", "morning", {"schedule-daily": ""})
    assert answer.status_code == 422
    assert "says nowhere when it comes" in answer.text
    assert text_now(stand.house) == untouched


def test_the_next_dates_are_shown_without_saving(stand: Stand, untouched: str) -> None:
    typed = {"schedule-daily": "", "schedule-monthly": "the first Monday of the month at 9:30", "look": "1"}
    answer = send(stand, "editor", "morning", typed)
    assert answer.status_code == 200
    assert "On the first Monday of each month at 09:30" in answer.text
    assert len(re.findall(r"<li><time", answer.text)) == 5
    assert text_now(stand.house) == untouched


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"schedule-daily": "every weekday at 07:00"}, "Every weekday at 07:00"),
        ({"schedule-weekly": "0 12 * * fri", "time_zone": "Asia/Tokyo"}, "Every Friday at 12:00"),
        ({"schedule-daily": "weekdays"}, "write days and a time from 00:00 to 23:59"),
        ({"schedule-daily": "daily 7:00", "time_zone": "Nowhere/At-all"}, "is not a time zone we know"),
        ({"schedule-daily": "daily 7:00", "holidays": "13-45"}, "does not exist"),
        ({"schedule-daily": "daily 7:00", "holidays": "01-01/12-31"}, "never comes: all its days are holidays"),
        ({"schedule-daily": f"daily {HOSTILE}"}, "write days and a time"),
        ({"schedule-daily": "daily 7:00", "holidays": "12-25," * 3000}, "That is too long."),
    ],
)
def test_dates_are_told_while_somebody_types(stand: Stand, query: dict[str, str], words: str) -> None:
    with stand.client("editor") as client:
        answer = client.get("/desk/newsletters/_dates/part", params=query)
    assert answer.status_code == 200
    assert words in html.unescape(answer.text)
    assert HOSTILE not in answer.text
    assert "<html" not in answer.text


def test_the_second_of_two_sees_what_the_first_changed(stand: Stand, untouched: str) -> None:
    begun = form_of(stand.get("editor", "/newsletters/morning/edit").text)
    send(stand, "owner", "morning", {"name": "Early Courier", "greeting": "Good day"})
    theirs = text_now(stand.house)
    changed = {**begun, "greeting": "Good morning", "draft": "1h"}
    answer = stand.send("editor", "/newsletters/morning/edit", changed)
    assert answer.status_code == 409
    assert text_now(stand.house) == theirs != untouched
    fields = form_of(answer.text)
    assert (fields["name"], fields["greeting"], fields["draft"]) == ("Early Courier", "Good morning", "1h")
    assert "Somebody else wrote meanwhile: Good day" in answer.text
    assert stand.send("editor", "/newsletters/morning/edit", fields).status_code == 303
    table = read_config(stand.house.file.path).config.newsletters["morning"]
    assert (table.name, table.greeting, table.draft) == ("Early Courier", "Good morning", timedelta(hours=1))


def test_a_newsletter_is_added_behind_the_others(stand: Stand, untouched: str) -> None:
    assert stand.send("morning-editor", "/newsletters/_new", {"slug": "sun"}).status_code == 403
    page = form_of(stand.get("editor", "/newsletters/_new").text)
    answer = stand.send("editor", "/newsletters/_new", {**page, "slug": "Sun Day", "name": "Sunday"})
    assert answer.status_code == 422
    assert "cannot stand in an address" in answer.text
    answer = stand.send("editor", "/newsletters/_new", {**page, "slug": "morning", "name": "Sunday"})
    assert "There is a newsletter of that name already" in answer.text
    answer = stand.send("editor", "/newsletters/_new", {**page, "slug": "sunday", "name": ""})
    assert answer.status_code == 422
    assert text_now(stand.house) == untouched
    typed = {"slug": "sunday", "name": "Sunday", "schedule-weekly": "Sundays at 9:00", "column-night-desk": "1"}
    answer = stand.send("editor", "/newsletters/_new", {**page, **typed})
    assert "Sunday is added." in told_on_next_page(stand, "editor", answer)
    new = text_now(stand.house)
    assert new.startswith(untouched.rstrip("\n"))
    assert new.removeprefix(untouched.rstrip("\n")).split() == [
        "[newsletters.sunday]", "name", "=", '"Sunday"', "columns", "=", '["night-desk"]',
        "schedule", "=", "{", "weekly", "=", '"Sundays', "at", '9:00"', "}",
    ]  # fmt: skip
    assert read_config(stand.house.file.path).config.newsletters["sunday"].schedule == {"weekly": "Sun 09:00"}


typed_text = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12).map(str.strip)
TYPED = {
    Kind.SWITCH: st.sampled_from(("", "on")),
    Kind.NUMBER: st.integers(0, 999).map(str) | st.just(""),
    Kind.LINES: st.lists(st.from_regex(r"[0-9/-]{1,8}", fullmatch=True), max_size=3).map("\n".join),
    Kind.COLUMNS: st.lists(st.sampled_from(("harbour-notes", "night-desk", "none")), unique=True).map(" ".join),
}


@settings(max_examples=40)
@given(data=st.data(), slug=st.sampled_from(("morning", "week", "alarm")))
def test_whatever_is_typed_reads_back_and_nothing_else_is_touched(data: st.DataObject, slug: str) -> None:
    now = shown(_values(CONFIG)["newsletters"][slug])
    fields = data.draw(st.lists(st.sampled_from(FIELDS), max_size=4, unique=True))
    typed = now | {field.name: data.draw(TYPED.get(field.kind, typed_text)) for field in fields}
    new = with_edits(CONFIG, edits_of(("newsletters", slug), typed, now))
    said = _values(new)
    assert shown(said["newsletters"][slug]) == typed
    before = _values(CONFIG)
    assert {**said, "newsletters": 0} == {**before, "newsletters": 0}
    assert {**said["newsletters"], slug: 0} == {**before["newsletters"], slug: 0}
    assert [line for line in CONFIG.splitlines() if line.startswith(("#", "["))] == [
        line for line in new.splitlines() if line.startswith(("#", "["))
    ]


def _values(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def test_where_nothing_is_ready_for_letters_the_form_says_what_lacks(tmp_path: Path) -> None:
    bare = (TOP / "config.toml").read_text("utf-8").partition("# ── Newsletters")[0]
    with desk_stand(tmp_path, bare) as opened:
        assert "There is no newsletter yet" in opened.get("owner", "/newsletters").text
        assert "Nothing stands in this month" in opened.get("owner", "/calendar").text
        page = form_of(opened.get("owner", "/newsletters/_new").text)
        typed = {"slug": "week", "name": "Week", "schedule-daily": "daily 7:00"}
        answer = opened.send("owner", "/newsletters/_new", {**page, **typed})
        assert answer.status_code == 422
        assert "need a sender, and there is no table “[mail]”" in answer.text
        assert text_now(opened.house) == bare


@pytest.fixture
def page(browser: Browser, stand: Stand) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
    cookie: Any = stand.cookie("owner")
    context.add_cookies([cookie])
    opened = context.new_page()
    told: list[str] = []
    opened.on("console", lambda message: told.append(message.text))
    opened.on("pageerror", lambda wrong: told.append(str(wrong)))
    yield opened
    context.close()
    assert told == []


def test_dates_appear_while_one_types_and_the_enter_key_saves(page: Page, stand: Stand, untouched: str) -> None:
    page.goto(f"{stand.url}/newsletters/morning/edit")
    page.get_by_label("Monthly").fill("the first Monday of the month at 9:30")
    page.locator("#dates-schedule-monthly li").nth(4).wait_for()
    assert "On the first Monday of each month at 09:30" in page.locator("#dates-schedule-monthly").inner_text()
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    page.locator("#dates-schedule-monthly", has_text="Asia/Tokyo").wait_for()
    page.locator("#dates-schedule-daily", has_text="Asia/Tokyo").wait_for()
    page.get_by_label("Weekly").fill("fryday 7:00")
    page.locator("#dates-schedule-weekly", has_text="did you mean").wait_for()
    page.get_by_label("Weekly").fill("")
    page.get_by_label("Time zone").press("Enter")
    page.get_by_text("Saved.").wait_for()
    assert 'monthly = "the first Monday of the month at 9:30"' in text_now(stand.house) != untouched


@pytest.mark.parametrize("path", ["/newsletters/week", "/newsletters/week/edit"])  # others: tests/test_desk_tour.py
def test_the_pages_of_a_weekly_newsletter_are_whole(page: Page, stand: Stand, path: str) -> None:
    page.goto(stand.url + path)
    whole(page, 390)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(stand.url + path)
    whole(page, 1280)
