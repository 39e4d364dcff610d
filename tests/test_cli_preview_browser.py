"""The page of a preview in a real browser: safe, without script, and the letter in every light."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from publisher.cli import run
from tests.browsing import AROUND_FRAMES, told_by_axe
from tests.browsing import browser as browser
from tests.letter_stand import override


@pytest.fixture
def shown(courier: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The address of a preview's page."""

    def tell(*arguments: str) -> str:
        assert run(["preview", *arguments, "--json"]) == 0
        return Path(json.loads(capsys.readouterr().out)["files"]["page"]).as_uri()

    return tell


FRAMES = "[...document.querySelectorAll('iframe')]"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (360, "light")])
def test_the_page_is_safe_and_shows_the_letter_in_every_light(
    courier: Path, shown: Any, browser: Browser, width: int, scheme: Any
) -> None:
    """Opened as a file, as people open it; axe-core (npm) looks at the page around the letters."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(shown("morning"))
    for element in page.query_selector_all("iframe"):
        element.scroll_into_view_if_needed()  # it is loaded when it is seen
        frame = element.content_frame()
        assert frame is not None
        frame.wait_for_selector("h1")
        frame.wait_for_function("[...document.images].every((one) => one.complete)")
    assert page.evaluate(f"{FRAMES}.length") == 5
    assert all("allow-scripts" not in sandbox for sandbox in page.evaluate(f"{FRAMES}.map((one) => one.sandbox.value)"))
    assert page.evaluate("document.querySelectorAll('script').length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    grounds = [
        frame.evaluate("getComputedStyle(document.querySelector('table table')).backgroundColor")
        for frame in page.frames[1:]
    ]
    light, dark = grounds[0], grounds[2]
    assert grounds == [light, light, dark, dark, light]
    assert light != dark
    loaded = [
        frame.evaluate("[...document.images].filter((one) => one.naturalWidth).length") for frame in page.frames[1:]
    ]
    assert loaded[0] > 0
    assert loaded[4] == 0
    assert all("img-src 'none'" in line for line in said), said
    assert told_by_axe(page, AROUND_FRAMES) == []
    page.close()


def test_a_letter_from_hell_stays_in_its_frame(courier: Path, shown: Any, browser: Browser) -> None:
    override(
        courier,
        "letter/digest.html",
        ('{{ _("In this letter") }}', "<script>top.document.title = 'broken'; fetch('https://a.example')</script>"
         "<img src=x onerror=\"top.document.title = 'broken'\" alt=''></iframe></textarea>\"'><h1>out</h1>"),
    )  # fmt: skip
    page = browser.new_page()
    page.goto(shown("morning"))
    letter = page.query_selector("iframe")
    assert letter is not None
    frame = letter.content_frame()
    assert frame is not None
    frame.wait_for_selector("text=out")
    assert "broken" not in page.title()
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    page.close()
