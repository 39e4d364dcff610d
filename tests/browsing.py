"""Pages in a real browser: the browser, and what holds for each of our pages.

A module of tests imports the fixture by name: `from tests.browsing import browser as browser`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.test_web_preferences import told_by_axe


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = (os.environ.get("PUBLISHER_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    assert path, "there is no Chromium here: `apt-get install chromium`, or `./dev test` as root, which does it"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


def whole(page: Page, width: int) -> None:
    """Nothing sticks out, and axe-core finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert told_by_axe(page) == [], page.url
