"""Scripts and styles of the desk: others' files are what they published, and all have addresses that may be kept."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import httpx2

from publisher.web.desk.files import TYPES, VENDORED, addresses_of, read_files
from tests.desk_stand import desk_stand


def test_each_file_of_others_is_the_one_whose_hash_is_written_down() -> None:
    written = dict(re.findall(r"\| `([^`]+)` \| `([0-9a-f]{64})` \|", (VENDORED / "README.md").read_text("utf-8")))
    kept = {path.name: path.read_bytes() for path in VENDORED.iterdir() if path.suffix in TYPES}
    assert {name: hashlib.sha256(content).hexdigest() for name, content in kept.items()} == written


def test_files_are_kept_for_ever_under_addresses_that_change_with_them_and_nothing_else_is_there(
    tmp_path: Path,
) -> None:
    with desk_stand(tmp_path) as stand:
        addresses = addresses_of(read_files(stand.house.templates))
        for address in addresses.values():
            answer = httpx2.get(f"{stand.url}/{address}")
            assert answer.status_code == 200, address
            assert "immutable" in answer.headers["cache-control"]
        for path in ("README.md", "..%2Fdesk.py", "%2e%2e/desk.py", "desk.py", ""):
            assert httpx2.get(f"{stand.url}/files/{path}").status_code == 404, path
    assert {"htmx.min.js", "pico.min.css", "uPlot.iife.min.js", "desk.css", "charts.js"} <= set(addresses)
