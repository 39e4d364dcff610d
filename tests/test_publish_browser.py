"""The published tree in a real browser, served with the strictest policy that it must live under."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from publisher.publish.site import Shelf, publish_shelves
from publisher.publish.tree import Folders
from publisher.templating import open_templates
from tests.shelves import COLUMN, MIRA, WHEN, a_full_post
from tests.test_publish_site import FACTS

POLICY = "default-src 'none'; style-src 'self'; img-src *"
PAGES = ("index.html", "harbour-notes/index.html", "harbour-notes/post-4.html", "harbour-notes/post-3.html")

# The lowest contrast of any text to the page behind it (WCAG 2.2 §1.4.3 wants 4.5).
LOWEST_CONTRAST = """() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = luminance(getComputedStyle(document.body).backgroundColor);
  const inks = [...document.body.querySelectorAll("*")].filter((element) => element.innerText)
    .map((element) => luminance(getComputedStyle(element).color));
  return Math.min(...inks.map((ink) => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)));
}"""


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
    root: Path = tmp_path_factory.mktemp("site")
    folders = Folders(feeds=root / "feeds", media=root / "media", manifest=root / "var" / "published")
    posts = [a_full_post(4), a_full_post(3, language="ar", title="ليلة في الميناء"), a_full_post(2), a_full_post(1)]
    long = a_full_post(0, title="Donaudampfschifffahrtsgesellschaft" * 3, url="https://a.example/" + "x" * 200)
    shelf = Shelf(column=COLUMN, created=WHEN, authors=[MIRA], posts=[*posts, long])
    publish_shelves([shelf], facts=FACTS, folders=folders, templates=open_templates(None))
    for name in ("mira", "quay", "lock", "wall"):
        (folders.feeds / "media").mkdir(exist_ok=True)
        shutil.copy(Path(__file__).parent / "cases" / "feed" / "dot.png", folders.feeds / "media" / f"{name}.png")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folders.feeds))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = (os.environ.get("PUBLISHER_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    assert path, "there is no Chromium here: `apt-get install chromium`, or `./dev test` as root, which does it"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


def open_page(browser: Browser, url: str, *, width: int, scheme: Any) -> tuple[Any, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(url)
    return page, said


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_pages_fit_the_screen_can_be_read_and_need_no_exception_from_the_policy(
    browser: Browser, site: str, width: int, scheme: str
) -> None:
    for name in PAGES:
        page, said = open_page(browser, f"{site}/{name}", width=width, scheme=scheme)
        assert said == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(LOWEST_CONTRAST) >= 4.5, name
        broken = "[...document.images].filter((image) => image.complete && !image.naturalWidth).length"
        assert page.evaluate(broken) == 0, name
        page.close()


@pytest.mark.parametrize(
    ("name", "shown", "hidden"),
    [("atom.xml", "entry > title", "entry > content"), ("harbour-notes/rss.xml", "item > title", "item > guid")],
)
def test_a_feed_in_a_browser_is_a_page_to_read(browser: Browser, site: str, name: str, shown: str, hidden: str) -> None:
    page, said = open_page(browser, f"{site}/{name}", width=1280, scheme="light")
    display = "selector => getComputedStyle(document.querySelector(selector)).display"
    assert (page.evaluate(display, shown), page.evaluate(display, hidden)) == ("block", "none")
    assert "web feed" in page.evaluate("getComputedStyle(document.documentElement, '::before').content")
    assert said == []
    page.close()
