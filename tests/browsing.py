"""Pages in a real browser: the browser, and what holds for each of our pages.

A module of tests imports the fixture by name: `from tests.browsing import browser as browser`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import runs

AXE = Path(__file__).parent / "npm" / "node_modules" / "axe-core" / "axe.min.js"
# What we put into frames is sandboxed: axe-core cannot run there, and would ask each frame in vain, half a second long.
AROUND_FRAMES = "{resultTypes: ['violations'], iframes: false}"


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Iterator[Browser]:
    """One for all modules; what a module opened in it is closed at the module's end."""
    with runs(chromium._loop):
        yield chromium
        for context in chromium.contexts:
            context.close()


def told_by_axe(page: Page, options: str = AROUND_FRAMES) -> list[Any]:
    """What axe-core (npm) finds against WCAG 2.2 AA, contrast among it, and good practice."""
    look = f"typeof axe === 'undefined' ? null : axe.run(document, {options})"
    told = page.evaluate(look)
    if not told:
        _bring_axe(page)
        told = page.evaluate(look)
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in told["violations"]]


def _bring_axe(page: Page) -> None:
    """Into this page, and into those that its context opens later: Chromium then compiles it once, not for each."""
    assert AXE.is_file(), "run `npm ci` in tests/npm, or `./dev test`, which does it"
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.context.add_init_script(path=AXE)


def whole(page: Page, width: int) -> None:
    """Nothing sticks out, and axe-core finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert told_by_axe(page) == [], page.url
