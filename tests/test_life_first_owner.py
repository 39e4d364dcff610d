"""The first start of a new site: the link that `publisher serve` prints makes its owner, once."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import httpx2

from tests.lives import PATIENCE_SECONDS, a_site
from tests.test_life_serve import Serving, serving


def link_of(up: Serving) -> str:
    """What is printed below the greeting."""
    told = ""
    assert up.process.stdout
    while not (found := re.search(r"http://\S+/desk/first/[\w-]{43}$", told, re.M)):
        line = up.process.stdout.readline()
        assert line, told
        told += line
    return found[0]


def test_the_link_of_the_last_start_makes_the_owner_and_the_next_start_prints_none(tmp_path: Path) -> None:
    site = a_site(tmp_path / "site")
    with serving(site) as up:
        void = link_of(up)
        up.stop()
    with serving(site) as up:
        link = link_of(up)
        fields = {"email": "mira@courier.example", "name": "Mira", "password": "seven lamps at dusk"}
        with httpx2.Client(headers={"Sec-Fetch-Site": "same-origin"}) as client:
            old = void.replace(re.sub(r"/desk/.*", "", void), up.address)
            assert client.get(old).status_code == 404
            assert client.get(link).status_code == 200
            assert client.post(link, data=fields).status_code == 303
            assert "owner of everything" in client.get(f"{up.address}/desk/account").text
            assert client.get(link).status_code == 404
        told = up.stop()
        assert link.rpartition("/")[2] not in told
    with serving(site) as up:
        up.process.send_signal(signal.SIGTERM)
        told, _ = up.process.communicate(timeout=PATIENCE_SECONDS)
        assert "/desk/first/" not in told
    assert "mira@courier.example (Mira)  active  owner of everything" in site.run("users", "list").out
