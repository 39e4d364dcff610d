"""Somebody joins, from outside: the published page, the form, the letter, its link, the welcome; another declines."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

from publisher.subscribe.tickets import solve
from tests.join_stand import hidden
from tests.lives import PATIENCE_SECONDS, Site, a_site, part_of, wait_for
from tests.test_life_serve import Serving, letter_to, serving

ADA, BO = "ada.quay@example.org", "bo.quay@example.org"


def send_form(up: Serving, email: str) -> str:
    page = up.get("/subscribe/tides")[1]
    ticket, bits = hidden(page, "ticket"), re.search(r'data-bits="(\d+)"', page)
    assert bits
    fields = {"email": email, "ticket": ticket, "work": solve(ticket, int(bits[1]))}
    status, page = up.get("/subscribe/tides", urlencode(fields).encode())
    assert status == 200
    return page


def link_in(site: Site, email: str) -> str:
    """Where the letter that asks leads, at this server."""
    text = part_of(letter_to(site, email), "plain")
    found = re.search(r"https://gazette\.example(/confirm/[0-9a-v]{32})", text)
    assert found, text
    return found[1]


def test_somebody_joins_and_somebody_else_did_not_ask_for_it(tmp_path: Path) -> None:
    site = a_site(tmp_path / "site")
    with serving(site) as up:
        wait_for(lambda: up.get("/")[0] == 200, "the front page")
        assert 'href="./subscribe"' in up.get("/")[1]
        assert 'href="../../subscribe/tides"' in up.get("/newsletters/tides/")[1]
        for email in (ADA, BO, ADA):
            assert "Look into your mailbox" in send_form(up, email)
        wait_for(lambda: {ADA, BO} <= set(site.recipients()), "the letters that ask")

        link = link_in(site, ADA)
        assert up.get(link)[0] == 200
        rows = "SELECT state FROM subscribers WHERE email = '{}'"
        assert site.ask(rows.format(ADA)) == [("pending",)]
        status, page = up.get(link, urlencode({"confirm": "1", "newsletter": "tides", "name": "Ada"}).encode())
        assert status == 200
        assert "You are subscribed" in page
        assert site.ask(rows.format(ADA)) == [("confirmed",)]
        wait_for(lambda: site.recipients().count(ADA) == 2, "the welcome")

        leaving = str(letter_to(site, BO)["List-Unsubscribe"]).partition(">")[0].strip("<")
        path = leaving.removeprefix("https://gazette.example")
        assert up.get(path, b"List-Unsubscribe=One-Click")[0] == 200
        assert up.get(link_in(site, BO))[0] == 404
        assert site.ask(
            f"SELECT count(*) FROM consents WHERE subscriber = (SELECT id FROM subscribers WHERE email = '{BO}')"
        ) == [(0,)]
        up.process.terminate()
        told = up.process.communicate(timeout=PATIENCE_SECONDS)[1]
    assert not [word for word in (ADA, BO, link.rpartition("/")[2]) if word in told]
    assert site.recipients().count(BO) == 1
