"""Whole days at the desk, from outside: the real program, a real browser, a relay and a column's page on loopback.

From the link that the first start prints to a digest that has reached whom it could, and a mistake in config.toml
that somebody repairs. The owner goes by keyboard where it says so, the editor without JavaScript at first.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.abroad import Abroad, abroad_site
from tests.browsing import browser as browser
from tests.lives import Site, a_site
from tests.smtp_servers import Fault, Relay
from tests.test_life_serve import Serving, serving

READERS = 24
HALF = READERS // 2
FULL = "reader7@quay.example"  # has no room, for a while
WAIT_MS = 40_000  # the machine may be busy
OWNER = ("ada@gazette.example", "four lamps on the mole")
EDITOR = ("tove@gazette.example", "herring before sunrise")


@dataclass
class Mailboxes:
    """The readers' server: it takes its time half way, and one of them has no room."""

    has_room: bool = False
    goes_on: threading.Event = field(default_factory=threading.Event)

    def answer(self, verb: str, argument: str, taken: int) -> bytes | Fault | None:
        if verb == "RCPT" and FULL in argument and not self.has_room:
            return b"552 5.2.2 this mailbox is full"
        if verb == "END" and taken >= HALF:
            self.goes_on.wait(2 * WAIT_MS / 1000)
        return None


@dataclass
class Day:
    """What a day needs."""

    site: Site
    abroad: Abroad
    relay: Relay
    mailboxes: Mailboxes
    up: Serving
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    @property
    def desk(self) -> str:
        return f"{self.up.address}/desk"

    def page(self, *, scripts: bool = True) -> Page:
        """Somebody's browser."""
        context = self.browser.new_context(
            viewport={"width": 1280, "height": 900}, java_script_enabled=scripts, locale="en"
        )
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("console", lambda message: self._listen(page, message.text))
        page.on("pageerror", lambda wrong: self.complaints.append(f"{page.url}: {wrong}"))
        return page

    def _listen(self, page: Page, words: str) -> None:
        if "status of 422" not in words:  # a form that is to be mended
            self.complaints.append(f"{page.url}: {words}")


@contextmanager
def a_day(folder: Path, browser: Browser) -> Iterator[Day]:
    """A site that was never started, with a column of its own and nobody who reads it."""
    site, mailboxes = a_site(folder / "site"), Mailboxes()
    with abroad_site() as abroad, Relay(answer=mailboxes.answer) as relay:
        site.edit('url = "catcher://"', f'url = "{relay.url()}"')
        site.edit("[web]", '[collect]\nprivate_hosts = ["127.0.0.1"]\n\n[web]')
        with serving(site) as up:
            try:
                yield Day(site=site, abroad=abroad, relay=relay, mailboxes=mailboxes, up=up, browser=browser)
                up.stop()
            finally:
                mailboxes.goes_on.set()


def first_link(up: Serving) -> str:
    """What the first start prints."""
    assert up.process.stdout is not None
    for _ in range(9):
        found = re.search(r"http://\S+/desk/first/\S+", up.process.stdout.readline())
        if found:
            return found[0]
    raise AssertionError("no link for the first owner")


def told(page: Page, words: str) -> None:
    """What the page says about what was just done."""
    expect(page.locator(".told").filter(has_text=words).first).to_be_visible(timeout=WAIT_MS)


def test_a_day_from_the_first_start_to_the_last_letter(browser: Browser, tmp_path: Path) -> None:
    with a_day(tmp_path, browser) as day:
        owner = make_the_first_owner(day)
        editor = invite_an_editor(day, owner)
        add_a_column(day, editor)
        set_a_weekly_digest(day, editor)
        import_readers(day, owner, tmp_path)
        issue = draft_preview_and_test(day)
        approve_and_watch(day, owner, issue)
        look_up_and_retry(day, owner, issue)
        write_a_mistake_and_repair_it(day, owner)
        assert day.complaints == []


def make_the_first_owner(day: Day) -> Page:
    """By keyboard alone."""
    page = day.page()
    page.goto(first_link(day.up))
    expect(page.get_by_role("heading", name="Welcome to your new desk")).to_be_visible(timeout=WAIT_MS)
    fields = (page.get_by_label("Email address"), page.get_by_label("Your name"), page.get_by_label("Password"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused(timeout=WAIT_MS)
    for one, words in zip(fields, (OWNER[0], "Ada Holm", OWNER[1]), strict=True):
        page.keyboard.press("Tab")
        expect(one).to_be_focused(timeout=WAIT_MS)
        page.keyboard.type(words)
    page.keyboard.press("Enter")
    told(page, "Welcome, Ada Holm.")
    return page


def invite_an_editor(day: Day, owner: Page) -> Page:
    """The invitation is taken up without JavaScript; then they sign in elsewhere."""
    owner.get_by_role("link", name="Users").click()
    owner.get_by_role("button", name="Invite somebody").click()
    owner.get_by_label("Email address").fill(EDITOR[0])
    owner.locator("select").first.select_option("editor")
    owner.get_by_role("button", name="Make the link").click()
    link = owner.locator("textarea.link").input_value()
    plain = day.page(scripts=False)
    plain.goto(day.up.address + "/desk" + link.partition("/desk")[2])
    plain.get_by_label("Your name").fill("Tove")
    plain.get_by_label("Password").fill(EDITOR[1])
    plain.get_by_role("button", name="Come in").click()
    told(plain, "You are in.")
    expect(plain.get_by_role("link", name="Users")).to_have_count(0)
    plain.get_by_role("button", name="Sign out").click()
    plain.context.close()
    return sign_in(day, EDITOR)


def sign_in(day: Day, who: tuple[str, str], *, scripts: bool = True) -> Page:
    page = day.page(scripts=scripts)
    page.goto(day.desk)
    page.get_by_label("Email address").fill(who[0])
    page.get_by_label("Password").fill(who[1])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible(timeout=WAIT_MS)
    return page


def add_a_column(day: Day, page: Page) -> None:
    """From its page, which has no feed: tried first, then saved, then visited at once."""
    page.get_by_role("link", name="Columns").click()
    page.get_by_role("button", name="Add a column or a source").click()
    page.get_by_label("Address").fill(f"{day.abroad.root}/page")
    page.get_by_role("button", name="Look what is there").click()
    expect(page.get_by_text("2 articles on a page")).to_be_visible(timeout=WAIT_MS)  # a second between two visits
    expect(page.get_by_text("Related stories: The ninth boat").first).to_be_visible(timeout=WAIT_MS)
    page.get_by_label("Tides").check()
    page.get_by_label("What is there at the first visit").select_option("all")
    page.get_by_role("button", name="Save it to config.toml").click()
    page.get_by_role("link", name="Quay Letters").click(timeout=WAIT_MS)  # it comes by itself
    page.get_by_role("button", name="Collect now").click()
    told(page, "quay-letters is being visited now.")
    expect(page.locator("#standing")).to_contain_text("Visited by hand", timeout=WAIT_MS)
    expect(page.get_by_role("link", name="Story number 2 of the quay")).to_be_visible(timeout=WAIT_MS)


def set_a_weekly_digest(day: Day, page: Page) -> None:
    """By keyboard, with the dates that come while one types."""
    page.get_by_role("link", name="Newsletters").press("Enter")
    page.get_by_role("link", name="Tides").press("Enter")
    page.get_by_role("button", name="Edit").press("Enter")
    page.get_by_label("Weekly").focus()
    page.keyboard.type("every Monday at 07:00")
    dates = page.locator("#dates-schedule-weekly")
    expect(dates.locator("li")).to_have_count(5, timeout=WAIT_MS)
    expect(dates).to_contain_text("Europe/Oslo", timeout=WAIT_MS)
    page.get_by_label("Time zone").focus()
    page.keyboard.type("Europe/Berlin")
    expect(dates).to_contain_text("Europe/Berlin", timeout=WAIT_MS)
    expect(dates.locator("li").first).to_contain_text("Mon", timeout=WAIT_MS)
    expect(dates.locator("li").first).to_contain_text("07:00", timeout=WAIT_MS)
    page.keyboard.press("Enter")
    told(page, "Saved")
    expect(page.get_by_role("heading", name="Weekly")).to_be_visible(timeout=WAIT_MS)
    assert 'weekly = "every Monday at 07:00"' in day.site.config.read_text("utf-8")


def import_readers(day: Day, page: Page, folder: Path) -> None:
    path = folder / "readers.csv"
    path.write_text("email,name\n" + "".join(f"reader{n}@quay.example,Reader {n}\n" for n in range(READERS)), "utf-8")
    page.goto(f"{day.desk}/readers")
    page.get_by_role("button", name="Import a list").click()
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_label("How often").select_option("weekly")
    page.get_by_label("Where their consent comes from").fill("signed at the fish market")
    page.get_by_role("button", name="Try it: nothing is changed").click()
    page.get_by_role("button", name=f"Add {READERS} readers").click()
    expect(page.get_by_text("What became of the rows")).to_be_visible(timeout=WAIT_MS)


def draft_preview_and_test(day: Day) -> str:
    """The editor, without JavaScript; the address of the issue."""
    page = sign_in(day, EDITOR, scripts=False)
    page.get_by_role("link", name="Issues").click()
    page.get_by_text("Make a draft now").click()
    page.get_by_label("Next issue of").select_option(label="Tides, weekly")
    page.get_by_role("button", name="Make the draft").click()
    told(page, "This is the draft.")
    issue = page.url.partition("/desk")[2]
    page.get_by_role("button", name="Preview and test").click()
    page.get_by_label("As this reader gets it").fill("reader3@quay.example")
    page.get_by_role("button", name="Show").click()
    expect(page.frame_locator("iframe").get_by_text("Story number 2 of the quay").first).to_be_visible(timeout=WAIT_MS)
    page.get_by_label("To").fill("proof@gazette.example")
    page.get_by_role("button", name="Send a test…").click()
    page.get_by_role("button", name="Send it").click()
    told(page, "proof@gazette.example: taken")
    assert day.relay.recipients() == ["proof@gazette.example"]
    page.goto(f"{day.desk}{issue}")
    expect(page.get_by_role("button", name="Send…")).to_have_count(0)
    page.context.close()
    return issue


def approve_and_watch(day: Day, page: Page, issue: str) -> None:
    page.goto(day.desk)
    page.get_by_role("link", name="Tides, weekly").first.click()
    assert page.url == f"{day.desk}{issue}"
    page.get_by_role("button", name="Send…").click()
    page.get_by_label("Now").check()
    page.get_by_role("button", name=f"Send to {READERS} readers").click()
    told(page, f"{READERS} letters on the way")
    expect(page.locator("#progress")).to_contain_text("sent", timeout=WAIT_MS)  # by itself
    page.get_by_role("button", name="Pause").click()
    told(page, "Paused. No more letters go")
    day.mailboxes.goes_on.set()
    gone = when_still(day)
    assert HALF <= gone < READERS
    page.get_by_role("button", name="Resume").click()
    told(page, "It goes on")
    expect(page.locator("p.row .badge").first).to_have_text("sent", timeout=WAIT_MS)
    assert len(day.relay.recipients()) == READERS  # one is of nobody, one was the test
    expect(page.locator("#progress")).to_contain_text("1 failed", timeout=WAIT_MS)


def when_still(day: Day) -> int:
    """How many letters went, when no more go."""
    before = -1
    while before != len(day.relay.letters):
        before = len(day.relay.letters)
        time.sleep(0.8)
    return before


def look_up_and_retry(day: Day, page: Page, issue: str) -> None:
    """Why one reader did not get it: on the page of the reader, who has made room by now."""
    page.get_by_role("link", name="mailbox full").first.click()
    expect(page.get_by_text("5.2.2")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("link", name=FULL).click()
    expect(page.get_by_text("this mailbox is full").first).to_be_visible(timeout=WAIT_MS)
    page.locator("input[name=post]").fill("Story number 2")
    page.get_by_role("button", name="Tell why").click()
    why = page.locator("section[aria-labelledby=why]")
    expect(why).to_contain_text("this mailbox is full", timeout=WAIT_MS)
    expect(why).to_contain_text("“Try again” on the issue’s page tries it once more")
    day.mailboxes.has_room = True
    page.goto(f"{day.desk}{issue}")
    page.get_by_role("button", name="Try again").click()
    told(page, "1 letter to be tried again.")
    expect(page.locator("p.row .badge").first).to_have_text("sent", timeout=WAIT_MS)
    assert FULL in day.relay.recipients()
    assert len(set(day.relay.recipients())) == READERS + 1


def write_a_mistake_and_repair_it(day: Day, page: Page) -> None:
    before = day.site.config.read_text("utf-8")
    page.get_by_role("link", name="Config").click()
    page.get_by_role("link", name="Text").click()
    text = page.locator("#text")
    typed = text.input_value()
    text.fill(typed.replace("Europe/Berlin", "Europe/Bärlin"))
    page.get_by_role("button", name="Look at the changes").click()
    told(page, "1 mistake in this text; nothing was saved.")
    line = next(n for n, row in enumerate(before.splitlines(), 1) if "Europe/Berlin" in row)
    expect(page.get_by_role("button", name=f"Line {line}")).to_be_visible(timeout=WAIT_MS)
    assert day.site.config.read_text("utf-8") == before
    page.get_by_role("button", name=f"Line {line}").click()
    expect(text).to_be_focused(timeout=WAIT_MS)
    text.fill(typed.replace("# A small site", "# A site by the sea, small"))
    page.get_by_role("button", name="Look at the changes").click()
    page.get_by_label("What is it for?").fill("the sea")
    page.get_by_role("button", name="Save").click()
    told(page, "Saved")
    assert day.site.config.read_text("utf-8") == before.replace("# A small site", "# A site by the sea, small")


@pytest.fixture(autouse=True)
def closed(browser: Browser) -> Iterator[None]:
    yield
    for context in browser.contexts:
        context.close()
