"""Other people's web servers over a published tree, configured as docs/serving.md tells.

The configuration is taken from that page word for word; only the address, the folder and
the port of `publisher serve` are ours.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import brotli
import httpx2

TOP = Path(__file__).parent.parent
STARTS_WITHIN_SECONDS = 20.0
FEED = "<feed>" + "news of the harbour " * 200 + "</feed>"
TREE = {
    "index.html": "<!DOCTYPE html><title>All columns</title>",
    "atom.xml": FEED,
    "site.css": "body { color: black }",
    "columns.opml": "<opml/>",
    "sitemap.xml": "<urlset/>",
    "harbour-notes/index.html": "<!DOCTYPE html><title>Harbour Notes</title>",
    "harbour-notes/atom.xml": FEED,
    "harbour-notes/rss.xml": FEED.replace("feed", "rss"),
    "harbour-notes/feed.json": '{"items": "' + FEED + '"}',
    "harbour-notes/archive/2026-11/atom.xml": FEED,
    "harbour-notes/a-cold-tide.html": "<!DOCTYPE html><title>A cold tide</title>",
    "harbour-notes/.part-x1": "half a file",
    "night-desk/index.html": "<!DOCTYPE html><title>Night Desk</title>",
    "night-desk/atom.xml": FEED,
    "newsletters/morning/index.html": "<!DOCTYPE html><title>The Morning Tide</title>",
    "gossip/index.html": "<!DOCTYPE html><title>Gossip</title>",
    "media/0123456789abcdef0123.png": "not really a picture" * 10,
}


def program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"there is no {name} here; type `./dev test`, which fetches it, or as root: apt-get install {name}"
    return found


def configured(language: str, folder: Path, publisher_port: int) -> str:
    """The longest block of that language on the page, which is the whole configuration, for a tree in `folder`."""
    page = (TOP / "docs" / "serving.md").read_text(encoding="utf-8")
    block = max(re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL), key=len)
    return str(block.replace("/srv/courier", str(folder)).replace("127.0.0.1:8080", f"127.0.0.1:{publisher_port}"))


def make_tree(folder: Path) -> None:
    for name, text in TREE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if path.suffix in (".xml", ".json", ".html", ".css", ".opml") and len(text) >= 200:
            for ending, content in ((".gz", gzip.compress(text.encode())), (".br", brotli.compress(text.encode()))):
                copy = Path(f"{path}{ending}")
                copy.write_bytes(content)
                os.utime(copy, ns=(path.stat().st_mtime_ns,) * 2)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[httpx2.Client]:
    """The server until the block ends, and a client of it."""
    with log.open("wb") as told:
        process = subprocess.Popen(
            command, stdout=told, stderr=told, cwd=log.parent, env=os.environ | {"HOME": str(log.parent)}
        )
    try:
        patience = time.monotonic() + STARTS_WITHIN_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < patience, log.read_text()
                time.sleep(0.02)
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            yield client
    finally:
        process.terminate()
        process.wait(10)


FEED_TYPES = {
    "/atom.xml": ("application/atom+xml", "application/xml"),
    "/harbour-notes/atom.xml": ("application/atom+xml", "application/xml"),
    "/harbour-notes/rss.xml": ("application/rss+xml", "application/xml"),
    "/harbour-notes/feed.json": ("application/feed+json", "application/json"),
    "/harbour-notes/archive/2026-11/atom.xml": ("application/atom+xml", "application/xml"),
}


def kind(answer: httpx2.Response) -> str:
    told = answer.headers["content-type"].lower().replace(" ", "")
    assert told.endswith(";charset=utf-8")
    return str(told.partition(";")[0])


def check_feeds(client: httpx2.Client, codings: tuple[str, ...]) -> None:
    """Types, validators, packed bodies, and what is told in the head."""
    for path, (type_, page_type) in FEED_TYPES.items():
        got = client.get(path)
        assert (got.status_code, kind(got), got.text) == (200, type_, TREE[path.removeprefix("/")])
        assert got.headers.get_list("cache-control") == ["public, max-age=1800"]
        assert f'<https://courier.example{path}>; rel="self"' in got.headers["link"]
        assert ('rel="hub"' in got.headers["link"]) == ("/archive/" not in path)
        varies = {part.strip().lower() for part in got.headers["vary"].split(",")}
        assert {"accept-encoding", "sec-fetch-dest"} <= varies
        assert got.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src *")

        page = client.get(f"{path}?from=here", headers={"Sec-Fetch-Dest": "document"})
        assert (page.status_code, kind(page), page.text) == (200, page_type, got.text)
        for same in ("cache-control", "link", "vary", "content-security-policy"):
            assert page.headers.get_list(same) == got.headers.get_list(same)
        assert kind(client.get(path, headers={"Accept": "text/html"})) == type_  # never by Accept

        for coding in (*codings, "identity"):
            asked = {"Accept-Encoding": coding}
            packed = client.get(path, headers=asked)
            assert packed.headers.get("content-encoding", "identity") == coding
            assert packed.text == got.text
            for validator in (
                {"If-None-Match": packed.headers["etag"]},
                {"If-Modified-Since": packed.headers["last-modified"]},
            ):
                again = client.get(path, headers=asked | validator)
                assert (again.status_code, again.content) == (304, b"")
                assert again.headers["etag"] == packed.headers["etag"]
                assert again.headers["cache-control"] == "public, max-age=1800"
        head = client.head(path)
        assert (head.status_code, head.content, kind(head)) == (200, b"", type_)


def check_pages(client: httpx2.Client) -> None:
    for path, name, type_ in (
        ("/", "index.html", "text/html"),
        ("/harbour-notes/", "harbour-notes/index.html", "text/html"),
        ("/harbour-notes/a-cold-tide.html", "harbour-notes/a-cold-tide.html", "text/html"),
        ("/newsletters/morning/", "newsletters/morning/index.html", "text/html"),
        ("/site.css", "site.css", "text/css"),
        ("/columns.opml", "columns.opml", "text/x-opml"),
    ):
        got = client.get(path)
        assert (got.status_code, kind(got), got.text) == (200, type_, TREE[name])
        assert got.headers["cache-control"] == "public, max-age=300"
        assert "link" not in got.headers
        assert "frame-ancestors 'none'" in got.headers["content-security-policy"]
    picture = client.get("/media/0123456789abcdef0123.png", headers={"Range": "bytes=0-2"})
    assert (picture.status_code, picture.content) == (206, b"not")
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "public, max-age=31536000, immutable"
    for hidden in ("/harbour-notes/.part-x1", "/nothing", "/harbour-notes/nothing.html"):
        assert client.get(hidden).status_code == 404


def check_given_up(client: httpx2.Client) -> None:
    for old, new in (
        ("/port-diary/atom.xml", "/harbour-notes/atom.xml"),
        ("/port-diary/", "/harbour-notes/"),
        ("/port-diary/archive/2026-11/atom.xml", "/harbour-notes/archive/2026-11/atom.xml"),
    ):
        got = client.get(old)
        assert (got.status_code, got.headers["location"]) == (301, new)
    for over in ("/night-desk/atom.xml", "/gossip/", "/gossip/index.html", "/gossip"):
        assert client.get(over).status_code == 410
    assert client.get("/night-desk/").status_code == 200


def check_live(client: httpx2.Client) -> None:
    """What `publisher serve` answers comes through as it is."""
    for path, kept, text in (
        ("/unsubscribe", "no-store", "</html>"),
        ("/unsubscribe/some-token", "no-store", "</html>"),
        ("/preferences/some-token", "no-store", "</html>"),
        ("/subscribe", "no-store", "There is no such page"),  # not open at this site: it says so itself
        ("/subscribe.js", "no-store", "There is no such page"),
        ("/confirm/some-token", "no-store", "</html>"),
        ("/api/subscribe", "no-store", "</html>"),
        ("/newsletters/morning/daily-2026-11-22.html", "no-store", "There is no such page"),
    ):
        got = client.get(path)
        assert got.headers.get_list("cache-control") == [kept]
        assert len(got.headers.get_list("content-security-policy")) == 1
        assert got.headers.get_list("x-frame-options") == ["DENY"]
        assert text in got.text
