"""The published tree in a real browser, served with the strictest policy that it must live under."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browsing import browser as browser
from tests.browsing import told_by_axe
from tests.page_site import letter_lists, pages, write_site

POLICY = "default-src 'none'; style-src 'self'; img-src *; media-src *"
PAGES = (
    *(name for name in pages() if "/archive/" not in name or name.endswith("notes/archive/2026-02.html")),
    *letter_lists(),
)

BROKEN = "[...document.images].filter((image) => image.complete && !image.naturalWidth).length"


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {".xml": "application/xml"}

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":  # browsers ask; there is none
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("site")
    write_site(folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def open_page(browser: Browser, url: str, *, width: int, scheme: Any) -> tuple[Any, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(url)
    return page, said


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_pages_fit_the_screen_need_no_exception_from_the_policy_and_axe_finds_nothing(
    browser: Browser, site: str, width: int, scheme: str
) -> None:
    """320 pixels are what is left of 1280 at four times the size (WCAG 2.2 §1.4.10).

    axe-core (npm) looks for the rules of WCAG 2.2 AA, contrast among them, and of good practice.
    """
    page, said = open_page(browser, f"{site}/{PAGES[0]}", width=width, scheme=scheme)
    for name in PAGES:
        page.goto(f"{site}/{name}")
        assert said == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(BROKEN) == 0, name
        assert told_by_axe(page) == [], name
    page.close()


def test_every_link_is_reached_by_keyboard_and_is_seen_to_be(browser: Browser, site: str) -> None:
    page, _said = open_page(browser, f"{site}/harbour-notes/post-5.html", width=1280, scheme="light")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    links = page.evaluate("document.querySelectorAll('a').length")
    reached = set()
    for _ in range(links + 30):  # players have buttons of their own
        page.keyboard.press("Tab")
        found = page.evaluate("[document.activeElement.tagName, document.activeElement.href]")
        if found[0] == "A":
            style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert style != "none", found
            reached.add(found[1])
    assert len(reached) >= len(set(page.evaluate("[...document.querySelectorAll('a')].map((link) => link.href)"))) - 1
    page.close()


@pytest.mark.parametrize(
    ("name", "shown", "hidden"),
    [
        ("harbour-notes/atom.xml", "entry > title", "entry > content"),
        ("harbour-notes/rss.xml", "item > title", "item > guid"),
    ],
)
def test_a_feed_in_a_browser_is_a_page_to_read(browser: Browser, site: str, name: str, shown: str, hidden: str) -> None:
    page, said = open_page(browser, f"{site}/{name}", width=1280, scheme="light")
    display = "selector => getComputedStyle(document.querySelector(selector)).display"
    assert (page.evaluate(display, shown), page.evaluate(display, hidden)) == ("block", "none")
    assert "web feed" in page.evaluate("getComputedStyle(document.documentElement, '::before').content")
    assert said == []
    page.close()
