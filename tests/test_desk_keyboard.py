"""Every page of the desk by keyboard: Tab comes to all that can be used, in order, and one sees where one is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browsing import browser as browser
from tests.desk_stand import Stand
from tests.desk_tour import busy_site, open_page, pages_of

# Numbers what Tab should come to, and writes down what it comes to. A group of radio buttons is one stop; what is in a
# frame is a page of its own, and so is what Chromium lets one scroll by keys.
WATCH = """(within) => {
  const may = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const groups = new Set();
  const stops = [...document.querySelector(within).querySelectorAll(may)].filter((one) => {
    if (one.disabled || one.tabIndex < 0 || !one.checkVisibility({visibilityProperty: true})) return false;
    if (one.type !== 'radio') return true;
    const checked = document.querySelector(`input[type=radio][name="${one.name}"]:checked`);
    if (checked ? checked !== one : groups.has(one.name)) return false;
    groups.add(one.name);
    return true;
  });
  const seen = window.seen = [];
  document.addEventListener('focusin', ({target}) => {
    const look = getComputedStyle(target);
    const outlined = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0;
    const place = stops.indexOf(target);
    if (place >= 0) seen.push([place, outlined || look.boxShadow !== 'none']);
  });
  const parts = 8 * document.querySelectorAll('input[type^=date]').length
    + 60 * document.querySelectorAll('iframe').length;
  if (within !== 'body') document.querySelector(within).focus();
  return [stops.map((one) => one.outerHTML.slice(0, 120)), parts + 12];
}"""
# Whatever has the focus is where one sees it, and nothing lies over it.
HIDDEN = """() => {
  const may = 'main a[href], main button, main input:not([type=hidden]), main select, main textarea, main summary';
  const wrong = [];
  for (const one of document.querySelectorAll(may)) {
    if (one.disabled || one.tabIndex < 0 || !one.checkVisibility({visibilityProperty: true})) continue;
    one.focus();
    const {left, top, width, height} = one.getClientRects()[0];
    const middle = [left + width / 2, Math.min(top + height / 2, top + 20)];
    const there = document.elementFromPoint(...middle);
    const isThere = there && (one.contains(there) || there.contains(one) || there.closest('label')?.contains(one));
    if (document.activeElement !== one || !isThere) wrong.push(one.outerHTML.slice(0, 120));
  }
  return wrong;
}"""

# Pages of each kind: forms, lists, bars that stay where they are, the editor.
PACKED = (
    "",
    "/calendar",
    "/config/text",
    "/issues/1",
    "/issues/1/recipients",
    "/issues/2",
    "/newsletters/morning",
    "/newsletters/morning/edit",
    "/readers",
    "/readers/1",
)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with busy_site(tmp_path_factory.mktemp("keyboard")) as opened:
        yield opened


def page_of(browser: Browser, stand: Stand, width: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 700}, reduced_motion="reduce")
    cookie: Any = stand.cookie("owner")
    context.add_cookies([cookie])
    return context.new_page()


def test_tab_comes_to_everything_in_order_and_one_sees_where_it_is(browser: Browser, stand: Stand) -> None:
    page, wrong = page_of(browser, stand, 1280), list[str]()
    been: set[str] = set()
    for path in pages_of(stand):
        open_page(page, stand, path)
        if page.url in been:  # it led on to another page
            continue
        stops, more = page.evaluate(WATCH, "main" if been else "body")  # what is around it is the same everywhere
        been.add(page.url)
        seen = walk(page, len(stops), more)
        sees = dict(reversed(seen))  # where it came to twice, the first time counts
        wrong += [f"{path}: never comes to {stops[place]}" for place in range(len(stops)) if place not in sees]
        wrong += [f"{path}: one does not see the focus of {stops[place]}" for place in sees if not sees[place]]
        order = list(dict.fromkeys(place for place, _ in seen))
        wrong += [f"{path}: comes to {[stops[place] for place in order]}"] if order != sorted(order) else []
    page.context.close()
    assert wrong == []


def walk(page: Page, stops: int, more: int) -> list[tuple[int, bool]]:
    """Press Tab as often as there are stops, and where that is not enough, some more: which stops it came to."""
    seen: list[tuple[int, bool]] = []
    for presses in (stops, more):
        if len({place for place, _ in seen}) < stops:
            for _ in range(presses):
                page.keyboard.press("Tab")
            seen = page.evaluate("window.seen")
    return seen


def test_on_a_phone_nothing_lies_over_what_has_the_focus(browser: Browser, stand: Stand) -> None:
    page, wrong = page_of(browser, stand, 390), list[str]()
    for path in PACKED:
        open_page(page, stand, path)
        wrong += [f"{path}: {one}" for one in page.evaluate(HIDDEN)]
    page.context.close()
    assert wrong == []
