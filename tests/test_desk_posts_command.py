"""`publisher posts hold` and `release`: what the desk does, typed by hand."""

from __future__ import annotations

import json
from pathlib import Path

from tests.lives import a_site

LAMPS = "tide-table/eleven-lamps"
INSIDE = (
    "SELECT variants.issue, posts.slug FROM variant_posts JOIN variants ON variants.id = variant "
    "JOIN posts ON posts.seq = post ORDER BY 1"
)


def test_a_held_post_is_in_no_letter_until_it_is_let_go(tmp_path: Path) -> None:
    site = a_site(tmp_path / "site")
    site.prepare("collect")
    site.prepare("subscribers", "import", "readers.csv", "--newsletter", "tides")
    assert site.typed("posts", "hold", LAMPS).out == f"{LAMPS}: held\n"
    assert site.typed("posts", "hold", LAMPS).out == f"{LAMPS}: as before\n"
    assert site.typed("posts", "list", "--held").out == f"{LAMPS}  2026-02-10  Eleven lamps  (held)\n"
    assert "it goes into no letter until it is let go" in site.typed("posts", "show", LAMPS).out
    assert json.loads(site.typed("posts", "show", LAMPS, "--json").out)["held"]
    reader = site.ask("SELECT email FROM subscribers ORDER BY id LIMIT 1")[0][0]
    assert "the post is held since" in site.typed("why", str(reader), LAMPS).out
    site.prepare("assemble", "tides")
    assert site.typed("posts", "release", LAMPS).out == f"{LAMPS}: let go\n"
    assert site.typed("posts", "list", "--held").out == "no such post\n"
    site.prepare("assemble", "tides")
    assert site.ask(INSIDE) == [(1, "the-second-boat"), (2, "eleven-lamps")]


def test_a_post_that_comes_back_while_it_is_held_waits_until_it_is_let_go(tmp_path: Path) -> None:
    site = a_site(tmp_path / "site")
    site.prepare("collect")
    site.prepare("subscribers", "import", "readers.csv", "--newsletter", "tides")
    for deed in ("hold", "withdraw", "restore"):
        site.prepare("posts", deed, LAMPS)
    site.prepare("assemble", "tides")
    site.prepare("posts", "withdraw", LAMPS)
    site.prepare("posts", "release", LAMPS)
    site.prepare("posts", "restore", LAMPS)
    site.prepare("assemble", "tides")
    assert site.ask(INSIDE) == [(1, "the-second-boat"), (2, "eleven-lamps")]
