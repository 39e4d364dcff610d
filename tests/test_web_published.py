"""The published tree over HTTP: right types, nothing hidden, nothing outside, nothing stale."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.store.database import Store
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
        page = visit.client.get(f"{prefix}/newsletters/morning/")
        assert page.status_code == 200
        assert 'href="../../site.css"' in page.text
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
