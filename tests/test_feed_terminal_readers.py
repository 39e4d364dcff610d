"""What the readers of Debian find in our documents: newsboat and sfeed, the programs themselves.

newsboat keeps what it read in an SQLite file, sfeed writes a line an entry, tabs between
its fields. Neither knows our code, nor do they share any with each other.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from publisher.feed.atom import atom_bytes
from publisher.feed.rss import rss_bytes
from tests.feed_cases import DOCUMENTS, channel_of_case

FORMATS = {"atom": atom_bytes, "rss": rss_bytes}


def program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not installed; `./dev test` does it as root, else type: apt-get install {name}"
    return found


def read_by_newsboat(document: bytes, folder: Path) -> list[dict[str, Any]]:
    (folder / "feed.xml").write_bytes(document)
    (folder / "urls").write_text(f"file://{folder}/feed.xml\n")
    (folder / "config").write_text("")
    command = [program("newsboat"), "-C", folder / "config", "-u", folder / "urls", "-c", folder / "cache.db"]
    environment = os.environ | {"HOME": str(folder), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    subprocess.run([*command, "-x", "reload"], env=environment, check=True, capture_output=True, timeout=60)
    with sqlite3.connect(folder / "cache.db") as cache:
        cache.row_factory = sqlite3.Row
        rows = [dict(row) for row in cache.execute("SELECT * FROM rss_item")]
    cache.close()
    return rows


def read_by_sfeed(document: bytes) -> list[list[str]]:
    """Time, title, link, content, kind of content, id, author, enclosure, categories."""
    done = subprocess.run(
        [program("sfeed"), "https://elsewhere.example/"], input=document, capture_output=True, check=True, timeout=60
    )
    return [line.split("\t") for line in done.stdout.decode().splitlines()]


def unfolded(field: str) -> str:
    """A field of sfeed as it was: it writes line ends and tabs as C does."""
    return field.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")


def in_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("kind", FORMATS)
def test_newsboat_finds_every_entry_as_it_was(name: str, kind: str, tmp_path: Path) -> None:
    channel = channel_of_case(name)
    found = {row["guid"]: row for row in read_by_newsboat(FORMATS[kind](channel), tmp_path)}
    assert set(found) == {entry.id for entry in channel.entries}
    for entry in channel.entries:
        row = found[entry.id]
        assert in_one_line(row["title"]) == entry.title
        assert row["url"] == entry.link
        assert any(row["author"].startswith(author.name) for author in entry.authors)  # of RSS's it takes the last
        assert int(row["pubDate"]) == int(entry.published.timestamp())
        assert in_one_line(row["content"]) == in_one_line(entry.content)


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("kind", FORMATS)
def test_sfeed_finds_every_entry_as_it_was(name: str, kind: str) -> None:
    channel = channel_of_case(name)
    found = {line[5]: line for line in read_by_sfeed(FORMATS[kind](channel))}
    assert set(found) == {entry.id for entry in channel.entries}
    for entry in channel.entries:
        line = found[entry.id]
        assert unfolded(line[1]) == entry.title
        assert line[2] == entry.link
        assert line[4] == "html"
        assert unfolded(line[6]).startswith(entry.authors[0].name)
        assert int(line[0]) == int(entry.published.timestamp())
        assert in_one_line(unfolded(line[3])) == in_one_line(entry.content)
