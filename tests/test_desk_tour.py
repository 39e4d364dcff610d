"""Every page of the desk in a real browser: whole, clean to axe-core, and nothing that its policy refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browsing import AROUND_FRAMES, told_by_axe
from tests.browsing import browser as browser
from tests.desk_stand import Stand
from tests.desk_tour import busy_site, open_page, pages_of


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with busy_site(tmp_path_factory.mktemp("tour")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("width", "scheme", "script"),
    [(390, "dark", True), (1280, "light", True), (640, "light", False)],  # 640: a wide screen at 200 %
)
def test_every_page_is_whole(browser: Browser, stand: Stand, width: int, scheme: str, script: bool) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script
    )
    context.add_cookies([stand.cookie("owner")])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda wrong: complaints.append(f"{page.url}: {wrong}"))
    seen: set[str] = set()
    for path in pages_of(stand):
        status = open_page(page, stand, path)
        if page.url in seen:  # it led on to another page
            continue
        seen.add(page.url)
        if status >= 400:
            complaints.append(f"{path}: {status}")
        elif script:
            too_wide = page.evaluate("document.documentElement.scrollWidth") > width
            complaints += [f"{path}: wider than {width}"] if too_wide else []
            complaints += [f"{path}: {one}" for one in told_by_axe(page, AROUND_FRAMES)]
    context.close()
    assert complaints == []
    assert len(seen) > 3
