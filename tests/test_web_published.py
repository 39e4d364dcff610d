"""The published tree over HTTP: right types, nothing hidden, nothing outside, nothing stale."""

from __future__ import annotations

import gzip
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import brotli
import pytest

from publisher.model.entitytag import plain_tag, tag_of
from publisher.store.database import Store
from publisher.wholefile import WholeFiles
from tests.web_site import Visit, own_store, site_of, visiting

FILES = {
    "index.html": "<!DOCTYPE html><title>All columns</title>",
    "site.css": "body { color: black }",
    "feed.css": "feed { color: black }",
    "atom.xml": '<feed xmlns="http://www.w3.org/2005/Atom"/>',
    "harbour/index.html": "<!DOCTYPE html><title>Harbour</title>",
    "harbour/rss.xml": "<rss/>",
    "harbour/a-cold-tide.html": "<!DOCTYPE html><title>A cold tide</title>",
    "harbour/.part-x1": "half a file",
    "media/0123456789abcdef0123.png": "not really a picture",
    "media/0123456789abcdef0123.webp": "nor this",
    "media/0123456789abcdef0123.svg": "<svg/>",
    ".git/config": "a secret",
    "README.md": "What is published.",
}


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    tmp_path = tmp_path_factory.mktemp("site")
    for name, content in FILES.items():
        path = tmp_path / "feeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (tmp_path / "secret.key").write_text("the key")
    (tmp_path / "feeds" / "harbour" / "out.txt").symlink_to(tmp_path / "secret.key")
    with own_store(tmp_path) as store, visiting(store, tmp_path) as visit:
        yield visit


@pytest.mark.parametrize(
    ("path", "file", "kind"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/index.html", "index.html", "text/html; charset=utf-8"),
        ("/harbour/", "harbour/index.html", "text/html; charset=utf-8"),
        ("/harbour/a-cold-tide.html", "harbour/a-cold-tide.html", "text/html; charset=utf-8"),
        ("/site.css", "site.css", "text/css; charset=utf-8"),
        ("/atom.xml", "atom.xml", "application/atom+xml; charset=utf-8"),
        ("/harbour/rss.xml", "harbour/rss.xml", "application/rss+xml; charset=utf-8"),
        ("/media/0123456789abcdef0123.png", "media/0123456789abcdef0123.png", "image/png"),
        ("/media/0123456789abcdef0123.webp", "media/0123456789abcdef0123.webp", "image/webp"),
        ("/media/0123456789abcdef0123.svg", "media/0123456789abcdef0123.svg", "image/svg+xml"),
        ("/README.md", "README.md", "text/plain; charset=utf-8"),
    ],
)
def test_a_file_is_served_as_it_lies_there_with_its_type(visit: Visit, path: str, file: str, kind: str) -> None:
    got = visit.client.get(path)
    assert (got.status_code, got.headers["content-type"], got.text) == (200, kind, FILES[file])
    head = visit.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == str(len(FILES[file]))


def test_a_feed_in_a_browser_is_shown_by_its_stylesheet(visit: Visit) -> None:
    got = visit.client.get("/atom.xml", headers={"Sec-Fetch-Dest": "document"})
    assert got.headers["content-type"] == "application/xml; charset=utf-8"
    assert got.headers["vary"] == "Accept-Encoding, Sec-Fetch-Dest"
    assert "style-src 'self'" in got.headers["content-security-policy"]
    assert (
        visit.client.get("/atom.xml", headers={"Accept": "text/html"})
        .headers["content-type"]
        .startswith("application/atom+xml")
    )


@pytest.mark.parametrize("path", ["/atom.xml", "/harbour/", "/media/0123456789abcdef0123.png"])
def test_each_validator_alone_is_enough_for_304(visit: Visit, path: str) -> None:
    first = visit.client.get(path)
    etag, since = first.headers["etag"], first.headers["last-modified"]
    for asked in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"other", W/{etag}'},
        {"If-Modified-Since": since},
    ):
        again = visit.client.get(path, headers=asked)
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["last-modified"]) == (etag, since)
        assert again.headers["cache-control"] == first.headers["cache-control"]
    assert visit.client.get(path, headers={"If-None-Match": '"other"', "If-Modified-Since": since}).status_code == 200


def test_pictures_are_kept_for_ever_and_feeds_for_half_an_hour(visit: Visit) -> None:
    def kept(path: str) -> str:
        answer: str = visit.client.get(path).headers["cache-control"]
        return answer

    assert kept("/media/0123456789abcdef0123.png") == "public, max-age=31536000, immutable"
    assert kept("/harbour/rss.xml") == "public, max-age=1800"
    assert kept("/harbour/") == "public, max-age=300"


@pytest.mark.parametrize(
    "path",
    [
        "/harbour/.part-x1", "/.git/config", "/.git/", "/harbour/out.txt", "/../secret.key", "/%2e%2e/secret.key",
        "/harbour/..%2f..%2fsecret.key", "/harbour/%2e%2e/%2e%2e/secret.key", "//etc/passwd", "/media/",
        "/nothing", "/nothing/", "/atom.xml/", "/harbour/a%00b.html", "/" + "x" * 5000, "/%ff%fe", "/harbour\\..\\x",
        "/index.html/../../secret.key", "/~root/", "/CON", "/harbour/atom.xml?x=../../secret.key",
    ],
)  # fmt: skip
def test_what_is_hidden_missing_or_outside_is_not_there(visit: Visit, path: str) -> None:
    """Sent as it stands, since a client's library would tidy the path up."""
    with socket.create_connection(("127.0.0.1", visit.port), timeout=10) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n".encode("latin-1"))
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert b"There is no such page" in body
    assert b"the key" not in answer
    assert b"a secret" not in answer


def test_a_folder_without_its_slash_is_led_there_by_path_alone(visit: Visit) -> None:
    got = visit.client.get("/harbour", headers={"Host": "evil.example"})
    assert (got.status_code, got.headers["location"]) == (301, "./harbour/")
    assert visit.client.get("/harbour", follow_redirects=True).text == FILES["harbour/index.html"]


def test_before_anything_is_published_every_page_is_missing_and_then_is_there(
    sqlite_store: Store, tmp_path: Path
) -> None:
    with visiting(sqlite_store, tmp_path) as visit:
        assert visit.client.get("/").status_code == 404
        visit.feeds.mkdir()
        (visit.feeds / "index.html").write_text("here")
        assert visit.client.get("/").text == "here"


def test_a_file_that_may_not_be_read_is_not_there(sqlite_store: Store, tmp_path: Path) -> None:
    """Root may read anything, so the folder is a file to the server: what it cannot open is a 404 too."""
    (tmp_path / "feeds").write_text("a file in place of the folder")
    with visiting(sqlite_store, tmp_path) as visit:
        assert visit.client.get("/index.html").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_the_tree_can_only_be_read(visit: Visit, method: str) -> None:
    got = visit.client.request(method, "/atom.xml")
    assert (got.status_code, got.headers["allow"]) == (405, "GET, HEAD")
    assert "can only be read" in got.text


@pytest.mark.parametrize("prefix", ["", "/news/today"])
def test_a_site_below_a_path_is_served_with_and_without_it(sqlite_store: Store, tmp_path: Path, prefix: str) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "atom.xml").write_text("<feed/>")
    site = site_of(tmp_path / "feeds", url="https://courier.example/news/today")
    with visiting(sqlite_store, tmp_path, site=site) as visit:
        assert visit.client.get(f"{prefix}/atom.xml").text == "<feed/>"
        page = visit.client.get(f"{prefix}/unsubscribe/no-token")
        assert page.status_code == 404
        assert 'href="../site.css"' in page.text
        missing = visit.client.get(f"{prefix}/a/b/c")
        assert missing.status_code == 404
        assert 'href="../../site.css"' in missing.text


def test_every_answer_has_the_headers_that_keep_readers_safe(visit: Visit) -> None:
    for path in ("/", "/atom.xml", "/nothing", "/healthz", "/unsubscribe", "/unsubscribe/x", "/web.css", "/harbour"):
        got = visit.client.get(path)
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["referrer-policy"] == "no-referrer"
        policy = got.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script" not in policy
        assert "unsafe" not in policy
        assert "server" not in got.headers
        assert "set-cookie" not in got.headers


FEED = "<feed>" + "news of the harbour " * 200 + "</feed>"


@pytest.fixture
def packed(sqlite_store: Store, tmp_path: Path) -> Iterator[Visit]:
    """A feed and a recording, with copies of the feed as publishing makes them; and two hubs."""
    folder = tmp_path / "feeds" / "harbour"
    folder.mkdir(parents=True)
    pack(folder / "atom.xml", FEED)
    pack(folder / "archive" / "2026-11" / "atom.xml", FEED)
    (folder / "tide.mp3").write_bytes(bytes(range(256)) * 10)
    site = replace(site_of(tmp_path / "feeds"), hubs=("https://courier.example/hub", "https://hub.example/"))
    with visiting(sqlite_store, tmp_path, site=site) as visit:
        yield visit


def pack(path: Path, text: str) -> None:
    """As publishing does it: copies first, each whole, all of one moment."""
    now, plain = time.time_ns(), text.encode()
    path.parent.mkdir(exist_ok=True, parents=True)
    with WholeFiles() as writer:
        writer.write(path.with_name(f"{path.name}.gz"), gzip.compress(plain), mtime_ns=now)
        writer.write(path.with_name(f"{path.name}.br"), brotli.compress(plain, quality=5), mtime_ns=now)
        writer.write(path, plain, mtime_ns=now)


@pytest.mark.parametrize(("accepted", "coding"), [("br, gzip", "br"), ("gzip", "gzip"), ("identity", ""), ("", "")])
def test_the_copy_that_the_client_takes_is_sent_under_a_tag_of_its_own(
    packed: Visit, accepted: str, coding: str
) -> None:
    asked = {"Accept-Encoding": accepted}
    got = packed.client.get("/harbour/atom.xml", headers=asked)
    assert got.text == FEED
    assert got.headers.get("content-encoding", "") == coding
    assert got.headers["vary"] == "Accept-Encoding, Sec-Fetch-Dest"
    assert bool(coding) == (int(got.headers["content-length"]) < len(FEED) / 10)
    head = packed.client.head("/harbour/atom.xml", headers=asked)
    assert {**head.headers} == {**got.headers}
    tags = {
        packed.client.get("/harbour/atom.xml", headers={"Accept-Encoding": other}).headers["etag"]
        for other in ("br", "gzip", "identity")
    }
    assert len(tags) == 3
    for tag in tags:  # whichever it kept, and whatever it would take now
        again = packed.client.get("/harbour/atom.xml", headers=asked | {"If-None-Match": tag})
        assert (again.status_code, again.headers["etag"]) == (304, tag)
    by_date = packed.client.get(
        "/harbour/atom.xml", headers=asked | {"If-Modified-Since": got.headers["last-modified"]}
    )
    assert (by_date.status_code, by_date.headers["etag"]) == (304, got.headers["etag"])


def test_a_copy_of_another_time_is_of_another_version_and_not_sent(packed: Visit) -> None:
    copy = packed.feeds / "harbour" / "atom.xml.br"
    os.utime(copy, ns=(copy.stat().st_mtime_ns + 1,) * 2)
    got = packed.client.get("/harbour/atom.xml", headers={"Accept-Encoding": "br"})
    assert (got.text, "content-encoding" in got.headers) == (FEED, False)
    assert (
        packed.client.get("/harbour/atom.xml", headers={"Accept-Encoding": "br, gzip"}).headers["content-encoding"]
        == "gzip"
    )


def test_the_tag_is_that_of_the_bytes_and_not_of_the_time(packed: Visit, tmp_path: Path) -> None:
    tag = packed.client.get("/harbour/atom.xml").headers["etag"]
    assert tag == f'"{tag_of(FEED.encode())}-br"'  # what this client takes
    (packed.feeds / "copy").mkdir()
    pack(packed.feeds / "copy" / "atom.xml", FEED)
    os.utime(packed.feeds / "copy" / "atom.xml", (0, 0))
    assert (
        packed.client.get("/copy/atom.xml", headers={"Accept-Encoding": "identity"}).headers["etag"]
        == f'"{tag_of(FEED.encode())}"'
    )


def test_a_feed_that_changes_is_new_at_once_and_the_old_one_is_never_called_unchanged(packed: Visit) -> None:
    path = packed.feeds / "harbour" / "atom.xml"
    for number in range(20):
        seen = packed.client.get("/harbour/atom.xml", headers={"If-None-Match": '"x"'})
        asked = {"If-None-Match": seen.headers["etag"]}
        assert packed.client.get("/harbour/atom.xml", headers=asked).status_code == 304
        text = FEED.replace("news", f"{number:04}")  # as long as before
        pack(path, text)
        got = packed.client.get("/harbour/atom.xml", headers=asked)
        assert (got.status_code, got.text) == (200, text)


def test_what_is_true_of_a_200_is_said_in_a_304_too_and_no_more(packed: Visit) -> None:
    first = packed.client.get("/harbour/atom.xml")
    asked = {"If-None-Match": first.headers["etag"]}
    told = {"etag", "last-modified", "cache-control", "vary", "link"}
    for _ in range(2):  # the first one the long way
        got = packed.client.get("/harbour/atom.xml", headers=asked)
        assert got.status_code == 304
        assert set(got.headers) == told | {"date"}
        assert {name: got.headers[name] for name in told} == {name: first.headers[name] for name in told}
        assert "expires" not in got.headers
    head = packed.client.head("/harbour/atom.xml", headers=asked)
    assert (head.status_code, set(head.headers)) == (304, told | {"date"})


def test_a_feed_names_itself_and_its_hubs_in_the_head(packed: Visit) -> None:
    hubs = '<https://courier.example/hub>; rel="hub", <https://hub.example/>; rel="hub"'
    assert packed.client.get("/harbour/atom.xml").headers["link"] == (
        f'<https://courier.example/harbour/atom.xml>; rel="self", {hubs}'
    )
    # An archive document is no topic: nothing new comes there.
    assert packed.client.get("/harbour/archive/2026-11/atom.xml").headers["link"] == (
        '<https://courier.example/harbour/archive/2026-11/atom.xml>; rel="self"'
    )
    assert "link" not in packed.client.get("/harbour/tide.mp3").headers


def test_a_feed_as_a_page_has_a_policy_of_its_own(packed: Visit) -> None:
    got = packed.client.get("/harbour/atom.xml", headers={"Sec-Fetch-Dest": "document"})
    assert got.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src *")
    assert got.headers["etag"] == packed.client.get("/harbour/atom.xml").headers["etag"]  # the bytes are the same
    assert got.text == FEED


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=0-3", 206, b"\x00\x01\x02\x03"),
        ("bytes=-2", 206, b"\xfe\xff"),
        ("bytes=9999-", 416, None),
        ("lines=1-2", 200, None),
        ("bytes=what", 200, None),
        ("bytes", 200, None),
    ],
)
def test_recordings_may_be_asked_for_in_parts(packed: Visit, asked: str, status: int, content: bytes | None) -> None:
    whole = packed.client.get("/harbour/tide.mp3")
    got = packed.client.get("/harbour/tide.mp3", headers={"Range": asked})
    assert got.status_code == status
    assert got.content == (content if content is not None else b"" if status == 416 else whole.content)
    assert whole.headers["accept-ranges"] == "bytes"
    stale = packed.client.get("/harbour/tide.mp3", headers={"Range": "bytes=0-3", "If-Range": '"another"'})
    assert (stale.status_code, stale.content) == (200, whole.content)


def test_a_text_comes_whole(packed: Visit) -> None:
    got = packed.client.get("/harbour/atom.xml", headers={"Range": "bytes=0-3"})
    assert (got.status_code, got.text) == (200, FEED)
    assert "accept-ranges" not in got.headers


def test_a_large_text_is_sent_in_pieces_and_packed_all_the_same(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    text = "".join(f"<entry>{number}</entry>" for number in range(100_000))
    pack(tmp_path / "feeds" / "rss.xml", text)
    with visiting(sqlite_store, tmp_path) as visit:
        for accepted in ("br", "identity"):
            got = visit.client.get("/rss.xml", headers={"Accept-Encoding": accepted, "Range": "bytes=0-3"})
            assert (got.status_code, got.text) == (200, text)
            assert got.headers["etag"].startswith(f'"{tag_of(text.encode())}')


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"If-Match": '"another"'}, 412),
        ({"If-Match": "*"}, 200),
        ({"If-Unmodified-Since": "Sun, 01 Jan 2006 00:00:00 GMT"}, 412),
    ],
)
def test_who_wants_one_version_alone_gets_no_other(packed: Visit, asked: dict[str, str], status: int) -> None:
    for _ in range(2):
        assert packed.client.get("/harbour/atom.xml", headers=asked).status_code == status


def test_a_feed_that_is_replaced_all_the_time_is_always_one_whole_version(packed: Visit) -> None:
    path = packed.feeds / "harbour" / "atom.xml"
    versions = [FEED.replace("news", f"{number:04}") for number in range(8)]
    tags = {tag_of(text.encode()): text for text in [*versions, FEED]}
    done = threading.Event()

    def replace_it() -> None:
        while not done.is_set():
            for text in versions:
                pack(path, text)

    writer = threading.Thread(target=replace_it)
    writer.start()
    try:
        for turn in range(150):
            asked = {"Accept-Encoding": ("br", "gzip", "identity")[turn % 3], "If-None-Match": '"x"'}
            got = packed.client.get("/harbour/atom.xml", headers=asked)
            if got.status_code == 200:
                assert got.text == tags[plain_tag(got.headers["etag"].strip('"'))]
            else:
                assert (got.status_code, got.headers["retry-after"]) == (503, "1")
    finally:
        done.set()
        writer.join()
