"""Joining in a real browser: on a phone and on a desk, by keyboard, without script, and for who hears the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import browser as browser
from tests.browsing import whole
from tests.join_stand import SIGN_UP, Stand, join_stand
from tests.web_site import own_store

BITS = 12  # some thousand hashes: what the script works out must be right, and need not take long


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("site")
    signup = replace(SIGN_UP, work_bits=BITS)
    with own_store(folder) as store, join_stand(store, folder, signup=signup) as stand:
        yield stand


@pytest.fixture
def stand(shared: Stand) -> Stand:
    shared.clock.pass_by(hours=1)
    return shared


def at(stand: Stand, path: str) -> str:
    return f"http://127.0.0.1:{stand.port}{path}"


def states(stand: Stand, email: str) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    wishes = stand.reader(email).subscriptions
    return {wish.newsletter: (str(wish.state), str(wish.cadence), wish.columns) for wish in wishes}


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_join_and_confirm(browser: Browser, stand: Stand, width: int, scheme: Any) -> None:
    email = f"mira{width}@readers.example"
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if "policy" in message.text.lower() else None)
    page.on("pageerror", lambda wrong: told.append(str(wrong)))
    page.goto(at(stand, "/subscribe"))
    whole(page, width)
    assert not page.get_by_label("Weekly").first.is_visible()  # what a newsletter offers matters to who wants it
    page.get_by_label("The Morning Tide All the").check()
    page.get_by_label("Weekly").check()
    page.get_by_label("Only these:").check()
    page.get_by_label("Council Chamber").check()
    page.get_by_label("Your mail address").fill(email)
    whole(page, width)
    page.get_by_role("button", name="Subscribe").click()
    page.get_by_role("heading", name="Look into your mailbox").wait_for()
    whole(page, width)
    page.goto(at(stand, stand.link(email)))
    whole(page, width)
    page.get_by_label("Your name").fill("Mira Voss")
    page.get_by_role("button", name="Yes, subscribe me").click()
    page.get_by_role("heading", name="You are subscribed").wait_for()
    whole(page, width)
    assert states(stand, email) == {"morning": ("active", "weekly", ("council",))}
    page.get_by_role("link", name="Your preferences").click()
    assert page.get_by_label("Weekly").is_checked()
    assert told == []
    page.close()


def test_by_keyboard_on_a_small_phone_without_script(browser: Browser, stand: Stand) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(at(stand, "/subscribe/morning"))
    stand.clock.pass_by(seconds=20)
    page.keyboard.press("Tab")  # the way past the head
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("keys@readers")
    page.keyboard.press("Enter")
    assert "This is not a mail address." in page.locator(".fault").inner_text()
    field = page.get_by_label("Your mail address")
    expect(field).to_be_focused()
    assert field.get_attribute("aria-describedby") == "fault-email"
    page.keyboard.press("End")
    page.keyboard.type(".example")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # from daily to weekly
    stand.clock.pass_by(seconds=20)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Look into your mailbox").wait_for()
    page.goto(at(stand, stand.link("keys@readers.example")))
    page.get_by_label("Your name").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="You are subscribed").wait_for()
    assert states(stand, "keys@readers.example")["morning"] == ("active", "weekly", ())
    context.close()


def test_without_script_who_is_too_quick_presses_once_more_and_nothing_typed_is_lost(
    browser: Browser, stand: Stand
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(at(stand, "/subscribe/morning"))
    page.get_by_label("Your mail address").fill("quick@readers.example")
    page.get_by_label("Each story by itself").check()
    page.get_by_role("button", name="Subscribe").click()
    assert "press the button once more" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Each story by itself").is_checked()
    stand.clock.pass_by(seconds=4)
    page.get_by_role("button", name="Subscribe").click()
    page.get_by_role("heading", name="Look into your mailbox").wait_for()
    context.close()


def test_what_is_wrong_is_heard_and_seen_at_its_field(browser: Browser, stand: Stand) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(at(stand, "/subscribe"))
    page.get_by_role("button", name="Subscribe").click()
    page.locator(".fault").first.wait_for()
    whole(page, 390)
    faults = page.locator(".fault").all_inner_texts()
    assert faults == ["Please choose at least one newsletter.", "Please write your mail address here."]
    page.get_by_label("The Morning Tide All the").check()
    page.get_by_label("Only these:").check()
    page.get_by_label("Your mail address").fill("heard@readers.example")
    page.get_by_role("button", name="Subscribe").click()
    page.locator("#fault-columns-morning").wait_for()
    whole(page, 390)
    assert page.get_by_label("Only these:").evaluate("field => field === document.activeElement")
    described = page.get_by_role("group", name="Which columns?").get_attribute("aria-describedby")
    assert described == "fault-columns-morning"
    page.close()


def test_who_declines_and_who_comes_with_an_old_link_see_whole_pages(browser: Browser, stand: Stand) -> None:
    stand.send(email="no@readers.example")
    link = stand.link("no@readers.example")
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.goto(at(stand, link))
    page.get_by_role("button", name="I did not ask for this").click()
    page.get_by_role("heading", name="Nothing will come").wait_for()
    whole(page, 390)
    page.goto(at(stand, link))
    whole(page, 390)
    page.get_by_role("link", name="Ask for a new letter").click()
    page.get_by_role("heading", name="Our newsletters").wait_for()
    page.close()


@pytest.fixture
def stranger(stand: Stand) -> Iterator[str]:
    """Another site, whose page has our plain form and our form in a frame."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ours = at(stand, "/subscribe/noon")
            content = (
                "<!doctype html><title>Elsewhere</title>"
                f'<form action="{ours}" method="post"><input name="email"><button>Go</button></form>'
                f'<iframe src="{ours}/embed" title="ours" width="600" height="700"></iframe>'
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://localhost:{server.server_port}"  # not the host of our site: another site to a browser
        server.shutdown()
        thread.join()


def test_a_plain_form_of_any_site_leads_to_ours_and_a_frame_is_for_those_that_are_named(
    browser: Browser, stand: Stand, stranger: str, tmp_path: Path
) -> None:
    page = browser.new_page()
    page.goto(stranger)
    framed = page.frame_locator("iframe")
    assert framed.get_by_role("button", name="Subscribe").count() == 0  # it is not named
    page.locator("form input").fill("elsewhere@readers.example")
    page.get_by_role("button", name="Go").click()
    assert "press the button once more" in page.get_by_role("alert").inner_text()
    assert stand.reader("elsewhere@readers.example") is None
    page.get_by_role("button", name="Subscribe").click()
    page.get_by_role("heading", name="Look into your mailbox").wait_for()
    assert stand.reader("elsewhere@readers.example")
    signup = replace(SIGN_UP, origins=(stranger,), work_bits=BITS)
    with own_store(tmp_path) as store, join_stand(store, tmp_path, signup=signup) as friend:
        page.goto(stranger)
        page.evaluate("url => { document.querySelector('iframe').src = url }", at(friend, "/subscribe/noon/embed"))
        framed.get_by_label("Your mail address").fill("framed@readers.example")
        framed.get_by_role("button", name="Subscribe").click()
        framed.get_by_role("heading", name="Look into your mailbox").wait_for()
        assert friend.reader("framed@readers.example")
    page.close()


def test_who_presses_before_the_work_is_done_waits_and_is_told_so(browser: Browser, tmp_path: Path) -> None:
    signup = replace(SIGN_UP, work_bits=17)
    with own_store(tmp_path) as store, join_stand(store, tmp_path, signup=signup) as stand:
        page = browser.new_page()
        page.goto(at(stand, "/subscribe/noon"))
        page.get_by_label("Your mail address").fill("patient@readers.example")
        page.evaluate(
            "() => { const button = document.querySelector('button[type=submit]'); button.click(); button.click(); }"
        )
        page.get_by_role("heading", name="Look into your mailbox").wait_for(timeout=60_000)
        assert len(stand.letters()) == 1
        page.close()
