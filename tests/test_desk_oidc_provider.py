"""Signing in by a provider that others wrote and certified, with its own pages, in a browser."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browsing import browser as browser
from tests.desk_people import log_of, somebody
from tests.desk_stand import Stand, desk_stand
from tests.openid_provider import CLIENT, SECRET
from tests.test_desk_oidc import config_for

NPM = Path(__file__).parent / "npm"


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    """With the provider that it names."""
    command = [Path(sys.executable).parent / "node", NPM / "openid_provider.mjs"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as provider:
        assert provider.stdin
        assert provider.stdout
        try:
            issuer = f"http://127.0.0.1:{provider.stdout.readline().strip()}"
            with desk_stand(tmp_path, config_for(tmp_path, issuer)) as opened:
                told = {"client": CLIENT, "secret": SECRET, "callback": f"{opened.url}/login/oidc/callback"}
                provider.stdin.write(json.dumps(told) + "\n")
                provider.stdin.flush()
                assert provider.stdout.readline() == "ready\n"
                yield opened
        finally:
            provider.kill()


def test_who_was_invited_signs_in_at_the_provider_and_is_at_the_desk(stand: Stand, browser: Browser) -> None:
    somebody(stand, "ada@courier.example")
    page = browser.new_page()
    page.goto(f"{stand.url}/log")
    page.get_by_role("button", name="Sign in with the Courier’s login").click()
    page.get_by_placeholder("Enter any login").fill("ada")
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{stand.url}/log")
    assert page.get_by_role("heading", name="Log", exact=True).is_visible()
    assert log_of(stand, "login.done")[0].after == "the Courier’s login"
    assert log_of(stand, "user.oidc")[0].after.endswith(" ada")


def test_who_is_known_to_the_provider_alone_stays_outside(stand: Stand, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{stand.url}/login/oidc")
    page.get_by_placeholder("Enter any login").fill("mallory")
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("an owner has to invite").wait_for()
    page.goto(f"{stand.url}/log")
    assert page.url == f"{stand.url}/login?next=/desk/log"
