"""A reader's own page in a real browser: on a phone and on a desk, by keyboard, without script, and as it is heard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from publisher.model.subscriber import Cadence
from publisher.model.suppression import Grounds
from publisher.store import pauses, suppressions
from tests.browsing import browser as browser
from tests.browsing import whole
from tests.join_stand import SIGN_UP, Stand, join_stand
from tests.test_web_own import page_of, pending, reads
from tests.web_site import own_store

BITS = 8  # what the script works out is right whatever their number


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("site")
    with own_store(folder) as store, join_stand(store, folder, signup=replace(SIGN_UP, work_bits=BITS)) as stand:
        yield stand


@pytest.fixture
def stand(shared: Stand) -> Stand:
    shared.clock.pass_by(hours=1)
    return shared


def at(stand: Stand, path: str) -> str:
    return f"http://127.0.0.1:{stand.port}{path}"


def active(stand: Stand, email: str) -> dict[str, tuple[Cadence, tuple[str, ...]]]:
    """What comes to an address."""
    wishes = stand.reader(email).subscriptions
    return {wish.newsletter: (wish.cadence, wish.columns) for wish in wishes if wish.state == "active"}


def press(page: Page, deed: str) -> None:
    """A button of the page, by what it does: two are called Save."""
    page.locator(f'button[name="do"][value="{deed}"]').click()


def told(page: Page, role: Any = "status") -> str:
    return page.get_by_role(role).inner_text()


def has_focus(page: Page, selector: str) -> bool:
    return bool(page.locator(selector).evaluate("field => field === document.activeElement"))


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_everything_a_reader_may_do(browser: Browser, stand: Stand, width: int, scheme: Any, tmp_path: Path) -> None:
    email, new = reads(stand, f"mira{width}", "noon"), f"mira{width}@elsewhere.example"
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if "policy" in message.text.lower() else None)
    page.on("pageerror", lambda fault: wrong.append(str(fault)))
    page.goto(at(stand, "/you"))
    whole(page, width)
    page.get_by_label("Your mail address").fill(email)
    page.get_by_role("button", name="Send me the link").click()
    page.get_by_role("heading", name="Look into your mailbox").wait_for()
    whole(page, width)
    link = stand.link(email, "link")
    page.goto(at(stand, link))
    whole(page, width)
    choose(page, stand, email)
    whole(page, width)
    pause_and_go_on(page, stand, email, width)
    page.get_by_label("Your name").fill("Mira Voss")
    page.get_by_label("Language of this page").select_option(label="Deutsch")
    press(page, "person")
    assert page.locator("html").get_attribute("lang") == "de"
    assert stand.reader(email).name == "Mira Voss"
    whole(page, width)
    move(page, stand, email, new, width)
    page.goto(at(stand, link))
    with page.expect_download() as taken:
        page.locator("a[download]").click()
    taken.value.save_as(tmp_path / taken.value.suggested_filename)
    assert json.loads((tmp_path / "my-data.json").read_text(encoding="utf-8"))["address"] == new
    press(page, "leave")
    page.get_by_role("status").wait_for()
    assert active(stand, new) == {}
    erase(page, stand, new, width)
    page.goto(at(stand, link))
    whole(page, width)  # it opens nothing any more
    assert wrong == []
    page.close()


def choose(page: Page, stand: Stand, email: str) -> None:
    assert not page.get_by_label("Weekly").is_visible()  # what a newsletter offers matters to who wants it
    page.get_by_label("The Morning Tide All the").check()
    page.get_by_label("Weekly").check()
    page.get_by_label("Only these:").check()
    page.get_by_label("Council Chamber").check()
    page.get_by_label("At Noon").uncheck()
    press(page, "choose")
    assert told(page).startswith("It is saved.")
    assert active(stand, email) == {"morning": (Cadence.WEEKLY, ("council",))}


def pause_and_go_on(page: Page, stand: Stand, email: str, width: int) -> None:
    day = (stand.clock.now + timedelta(days=20)).date()
    page.get_by_label("Send me nothing until").fill(day.isoformat())
    press(page, "pause")
    assert "nothing comes until" in told(page)
    with stand.store.read() as conn:
        until = pauses.paused_until(conn, stand.reader(email).id)
    assert until
    assert until.astimezone(stand.site.zone).date() == day
    assert page.get_by_label("Send me nothing until").input_value() == day.isoformat()
    whole(page, width)
    press(page, "go-on")
    assert told(page).startswith("Letters come again")


def move(page: Page, stand: Stand, old: str, new: str, width: int) -> None:
    page.locator("#email").fill(new)
    press(page, "move")
    assert new in told(page)
    assert stand.reader(old)
    page.goto(at(stand, stand.link(new, "change")))
    whole(page, width)
    page.locator("button[name=confirm]").click()
    page.get_by_role("status").wait_for()
    whole(page, width)
    assert active(stand, new) == {"morning": (Cadence.WEEKLY, ("council",))}


def erase(page: Page, stand: Stand, email: str, width: int) -> None:
    page.locator("a[href$='/erase']").click()
    page.get_by_role("checkbox").wait_for()
    whole(page, width)
    page.evaluate("document.querySelectorAll('form').forEach(form => { form.noValidate = true })")
    page.locator("main form button").click()
    page.get_by_role("alert").wait_for()
    assert has_focus(page, "input[name=sure]")
    whole(page, width)
    page.get_by_role("checkbox").check()
    page.locator("main form button").click()
    page.get_by_role("link", name="Zur Startseite").wait_for()
    whole(page, width)
    assert stand.reader(email) is None


def test_by_keyboard_on_a_small_phone_without_script(browser: Browser, stand: Stand) -> None:
    email = reads(stand, "keys", "morning")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(at(stand, "/you"))
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("keys@readers")
    stand.clock.pass_by(seconds=20)
    page.keyboard.press("Enter")
    assert "This is not a mail address." in page.locator(".fault").inner_text()
    assert has_focus(page, "#email")
    page.keyboard.press("End")
    page.keyboard.type(".example")
    stand.clock.pass_by(seconds=20)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Look into your mailbox").wait_for()
    page.goto(at(stand, stand.link(email, "link")))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator("input[name=cadence-morning][value=daily]").focus()
    page.keyboard.press("ArrowDown")  # to weekly
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # from all columns to some
    page.keyboard.press("Enter")
    assert told(page, "alert").startswith("Please look below")
    assert has_focus(page, "input[name=columns-morning][value=some]")
    assert page.get_by_label("Weekly").is_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert told(page).startswith("It is saved.")
    assert active(stand, email) == {"morning": (Cadence.WEEKLY, ("harbour",))}
    page.locator("#until").focus()
    page.keyboard.press("Enter")  # no day is chosen
    assert "a day from tomorrow on" in told(page, "alert")
    assert has_focus(page, "#until")
    page.get_by_role("button", name="Leave everything").focus()
    page.keyboard.press("Enter")
    assert told(page).startswith("You have left everything.")
    assert active(stand, email) == {}
    context.close()


def test_what_is_wrong_is_heard_and_seen_at_its_field(browser: Browser, stand: Stand) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(at(stand, page_of(stand, reads(stand, "eve", "morning"))))
    page.get_by_label("Only these:").check()
    press(page, "choose")
    page.locator("#fault-columns-morning").wait_for()
    assert page.get_by_role("group", name="Which columns?").get_attribute("aria-describedby") == "fault-columns-morning"
    assert has_focus(page, "input[name=columns-morning][value=some]")
    whole(page, 390)
    page.locator("#email").fill("nowhere")
    press(page, "move")
    page.locator("#fault-email").wait_for()
    assert has_focus(page, "#email")
    assert page.locator("#email").input_value() == "nowhere"
    whole(page, 390)
    press(page, "pause")
    assert "a day from tomorrow on" in told(page, "alert")
    assert has_focus(page, "#until")
    whole(page, 390)
    page.close()


def test_who_gets_no_mail_and_who_was_only_asked_see_whole_pages(browser: Browser, stand: Stand) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640}, color_scheme="dark")
    email = reads(stand, "mia", "noon")
    with stand.store.write() as conn:
        suppressions.put(conn, email, why=Grounds.GONE, detail="", now=stand.clock.now)
    page.goto(at(stand, page_of(stand, email)))
    assert "At the moment nothing comes" in page.locator(".wrong").inner_text()
    whole(page, 320)
    press(page, "choose")
    assert told(page).startswith("It is saved.")
    assert page.locator(".wrong").count() == 0
    page.goto(at(stand, pending(stand, "ola")))
    whole(page, 320)
    page.get_by_role("button", name="I did not ask for this").click()
    page.get_by_role("heading", name="Nothing will come").wait_for()
    page.goto(at(stand, "/unsubscribe"))
    whole(page, 320)
    page.get_by_role("link", name="Everything you get").click()
    page.get_by_label("Your mail address").wait_for()
    page.close()
