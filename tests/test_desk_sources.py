"""Columns and sources at the desk: how they are, collected now; an address tried out, read by selectors, and saved."""

from __future__ import annotations

import re
import threading
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from publisher.collect.fence import Fence
from publisher.collect.page.markup import marked
from publisher.collect.page.selectors import Selectors
from publisher.house.opened import utc_now
from publisher.house.steps import collect
from publisher.store import audit, posts, sources
from tests.api_sites import api_site, wordpress
from tests.browsing import browser as browser
from tests.browsing import told_by_axe
from tests.desk_stand import Stand, desk_stand
from tests.test_collect_wordpress import many

TOP = Path(__file__).parent.parent

PAGE = """<!doctype html><html><head><title>Quay Letters</title><script>alert(1)</script></head>
<body onload="alert(2)"><nav><a href="/about">About us all here</a></nav><h1>Quay Letters</h1>
<ul class="list">{items}</ul><iframe src="https://evil.example/"></iframe></body></html>"""
ITEM = '<li class="story"><h2><a href="/stories/{n}" onclick="alert(3)">Story number {n} of the quay</a></h2></li>'
STORY = """<!doctype html><html><head><title>Story {n}</title><meta property="og:title" content="Story number {n}">
<style>body {{ display: none }}</style></head><body><article><h1 class="headline">Story number {n} of the quay</h1>
<p class="writer">Lotte Berg</p><time class="when" datetime="2026-02-0{n}T07:00:00Z">then</time>
<div class="story-text"><p>The {n} boats came in at dusk, and nobody on the quay had counted on so many of them.</p>
<p>They tied up two abreast, as one does, and the harbour master wrote each name into his book by lamplight.</p>
<script>alert("inside")</script></div>
<aside class="more"><h2>More stories</h2><a href="/stories/9"><h3>The ninth boat</h3></a></aside>
<p class="blurb">Lotte Berg writes about boats. <img src=x onerror=alert(4)></p></article></body></html>"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Wire &lt;script&gt;</title><link>{root}/</link>
<description>What the wire says.</description>{items}</channel></rss>"""
ENTRY = """<item><title>Wire note {n} &lt;img src=x onerror=alert(1)&gt;</title><link>{root}/w/{n}</link>
<guid>{root}/w/{n}</guid><pubDate>Mon, 0{n} Feb 2026 06:00:00 GMT</pubDate>
<description>Short word {n}.</description></item>"""


@dataclass
class Abroad:
    """A site of somebody else, on this machine."""

    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str) -> tuple[int, str, str]:
        self.asked.append(path)
        if path == "/page":
            return 200, "text/html", PAGE.format(items="".join(ITEM.format(n=n) for n in (3, 2, 1)))
        if path.startswith("/stories/"):
            return 200, "text/html", STORY.format(n=path[-1])
        if path == "/feed.xml":
            items = "".join(ENTRY.format(n=n, root=self.root) for n in (3, 2, 1))
            return 200, "application/rss+xml", FEED.format(items=items, root=self.root)
        if path == "/site":
            link = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
            return 200, "text/html", f"<html><head>{link}</head><body><h1>Wire</h1></body></html>"
        return 404, "text/plain", "no"


@pytest.fixture(scope="module")
def abroad() -> Iterator[Abroad]:
    site = Abroad()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, text = site.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory, abroad: Abroad) -> Iterator[Stand]:
    wire = f'\n[sources.wire]\ncolumn = "night-desk"\nkind = "feed"\nurl = "{abroad.root}/feed.xml"\n'
    quay = f'\n[sources.quay]\ncolumn = "night-desk"  # kept\nkind = "page"\nurl = "{abroad.root}/page"\n'
    inside = '\n[collect]\nprivate_hosts = ["127.0.0.1"]\n'
    config = (TOP / "config.toml").read_text("utf-8") + wire + quay + inside
    with desk_stand(tmp_path_factory.mktemp("sources"), config) as opened:
        opened.house.hosts._apart_seconds = 0.0  # nobody there minds
        collect(opened.house, now=utc_now(), only="harbour-notes")
        yield opened


def until(look: Any, *, seconds: float = 60.0) -> Any:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come")


def tried(stand: Stand, who: str, path: str, fields: dict[str, str] | None = None) -> str:
    """Try an address to the end; the path of the trial."""
    answer = stand.send(who, path, fields)
    assert answer.status_code == 303, answer.text
    trial = "/sources" + answer.headers["location"].partition("/sources")[2]
    until(lambda: "aria-busy" not in stand.get(who, trial).text)
    return trial


def test_columns_are_shown_with_how_their_sources_are(stand: Stand) -> None:
    page = stand.get("viewer", "/columns").text
    assert "Harbour Notes" in page
    assert "well</span> harbour-notes" in page
    assert "Add a column" not in page
    page = stand.get("viewer", "/columns/harbour-notes").text
    for words in ("Mira Voss", "atom.xml", "Morning Courier", "Fog, and the people who like it", "All <span"):
        assert words in page
    assert "Collect now" not in page
    assert "Collect now" in stand.get("morning-editor", "/columns/harbour-notes").text
    assert stand.get("viewer", "/columns/nowhere").status_code == 404


def test_a_source_is_collected_now_and_published(stand: Stand) -> None:
    assert stand.send("viewer", "/sources/wire/collect").status_code == 403
    assert stand.send("editor", "/sources/nowhere/collect").status_code == 404
    assert stand.send("morning-editor", "/sources/wire/collect").status_code == 303
    page = until(
        lambda: (found := stand.get("viewer", "/columns/night-desk").text) and "Visited by hand" in found and found
    )
    assert re.search(r"3 new, 0 changed|as before", page)
    assert "had it visited" in page
    assert "<script>" not in page.partition("<main")[2]
    with stand.house.store.read() as conn:
        change = audit.newest(conn, only=audit.Only(act="source.collect"), limit=1)[0]
        assert (change.subject, change.newsletter) == ("source:wire", "morning")
    assert stand.house.to_publish.is_set()  # by the thread that publishes


def test_what_is_being_visited_is_not_visited_twice(stand: Stand, abroad: Abroad) -> None:
    assert stand.house.visiting.take("quay")
    try:
        answer = stand.send("editor", "/sources/quay/collect")
        assert answer.status_code == 303
        assert "being visited" in stand.get("viewer", "/columns/night-desk").text
        before = list(abroad.asked)
        told = collect(stand.house, now=utc_now())
        assert "quay" not in {one.source for one in told}
        assert "/page" not in abroad.asked[len(before) :]
    finally:
        stand.house.visiting.leave("quay")


def test_a_feed_is_tried_and_nothing_is_stored(stand: Stand, abroad: Abroad) -> None:
    with stand.house.store.read() as conn:
        before = posts.count(conn), [one.name for one in sources.get_all(conn)]
    trial = tried(stand, "editor", "/sources/try", {"url": f"{abroad.root}/site"})
    page = stand.get("editor", trial).text
    assert "posts in a feed" in page
    assert "Wire note 3" in page
    assert "perhaps the beginnings alone" in page
    assert f"{abroad.root}/feed.xml" in page
    assert "<img src=x" not in page
    with stand.house.store.read() as conn:
        assert (posts.count(conn), [one.name for one in sources.get_all(conn)]) == before


def test_a_wordpress_site_is_asked_by_its_api_and_for_one_page_alone(stand: Stand) -> None:
    with api_site(wordpress(many(150))) as site:
        trial = tried(stand, "editor", "/sources/try", {"url": site.url, "kind": "wordpress"})
        page = stand.get("editor", trial).text
        assert "the newest of a WordPress site" in page
        assert '<span class="number">100</span>' in page
        assert len([one for one in site.queries() if "per_page" in one]) == 1
        form = {"name": "brine", "column": "night-desk", "backlog": "archive"}
        assert stand.send("editor", f"{trial}/save", form).status_code == 303
    saved = tomllib.loads(stand.house.file.path.read_text("utf-8"))["sources"]["brine"]
    assert saved == {"column": "night-desk", "kind": "wordpress", "url": site.url}


def test_an_address_that_leads_inside_or_nowhere_is_told(stand: Stand, abroad: Abroad) -> None:
    for url, told in (
        ("http://10.0.0.1/feed", "private"),
        ("http://localhost:1/feed", ""),
        (f"{abroad.root}/nothing", "404"),
    ):
        page = stand.get("editor", tried(stand, "editor", "/sources/try", {"url": url})).text
        assert 'class="told wrong" role="alert"' in page
        assert told in page
    for url in ("file:///etc/passwd", "javascript:alert(1)", "", "https://", "not an address at all"):
        answer = stand.send("editor", "/sources/try", {"url": url})
        assert answer.status_code == 422, url
        assert "wrong-url" in answer.text
    answer = stand.get("editor", "/sources/trials/unknown")
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "path", ["/sources/try", "/sources/quay/try", "/sources/trials/x/save", "/sources/trials/x/selectors"]
)
def test_sources_are_changed_by_editors_of_the_site_alone(stand: Stand, path: str) -> None:
    for who in ("viewer", "morning-editor", "morning-sender"):
        assert stand.send(who, path, {"url": "https://x.example"}).status_code == 403
    assert stand.get("morning-editor", "/sources/new").status_code == 403


def test_a_page_is_read_by_selectors_and_saved_as_a_new_column(stand: Stand, abroad: Abroad) -> None:
    trial = tried(stand, "editor", "/sources/try", {"url": f"{abroad.root}/page"})
    page = stand.get("editor", trial).text
    assert "articles on a page" in page
    assert "Story number 3 of the quay" in page
    assert 'value="p.writer"' in page  # offered
    asked = len(abroad.asked)
    selectors = {
        "links": "li.story a",
        "title": "h1.headline",
        "author": "p.writer",
        "date": "time.when",
        "bio": "p.none",
    }
    tried(stand, "editor", f"{trial}/selectors", selectors)
    page = stand.get("editor", trial).text
    assert len(abroad.asked) == asked  # nobody was asked again
    assert "finds 3" in page
    assert "finds nothing" in page
    assert "Lotte Berg" in page
    answer = stand.send("editor", f"{trial}/selectors", {"links": "li["})
    assert answer.status_code == 422
    assert "is no CSS selector" in answer.text
    for frame in ("page", "article"):
        shown = stand.get("editor", f"{trial}/{frame}")
        assert "sandbox" in shown.headers["content-security-policy"]
        assert not re.search(r"<script|onload|onclick|onerror|<iframe|href=", shown.text)
        assert "data-found" in shown.text
    form = {
        "name": "quay-letters", "column": "+", "column_slug": "quay-letters", "column_name": "Quay Letters",
        "tagline": "", "author_name": "Lotte Berg", "author_blurb": "Lotte Berg writes about boats.",
        "newsletters": "morning", "backlog": "newest 3",
    }  # fmt: skip
    for wrong in ({"name": "Quay Letters"}, {"name": "wire"}, {"column_slug": "night-desk"}, {"backlog": "some"}):
        answer = stand.send("editor", f"{trial}/save", form | wrong)
        assert answer.status_code == 422, wrong
        assert f'aria-describedby="wrong-{next(iter(wrong))}"' in answer.text
    before = stand.house.file.path.read_text("utf-8")
    answer = stand.send("editor", f"{trial}/save", form)
    assert answer.status_code == 303, answer.text
    text = stand.house.file.path.read_text("utf-8")
    now = tomllib.loads(text)
    assert now["sources"]["quay-letters"] == {
        "column": "quay-letters", "kind": "page", "url": f"{abroad.root}/page", "backlog": "newest 3",
        "select": selectors,
    }  # fmt: skip
    assert now["columns"]["quay-letters"] == {"name": "Quay Letters", "authors": ["lotte-berg"]}
    assert now["authors"]["lotte-berg"]["blurb"] == "Lotte Berg writes about boats."
    assert now["newsletters"]["morning"]["columns"] == ["harbour-notes", "night-desk", "quay-letters"]
    assert all(line in text for line in before.splitlines() if line.lstrip().startswith("#"))
    with stand.house.store.read() as conn:
        change = audit.newest(conn, only=audit.Only(act="source.add"), limit=1)[0]
    assert "+[sources.quay-letters]" in change.after.replace("+ ", "+")
    again = stand.send("editor", f"{trial}/save", form)  # the file has it by now, though this desk does not know
    assert again.status_code in (303, 422)


def test_a_source_that_is_there_gets_other_selectors(stand: Stand) -> None:
    trial = tried(stand, "editor", "/sources/quay/try")
    assert "How quay is read" in stand.get("editor", trial).text
    tried(stand, "editor", f"{trial}/selectors", {"links": "li.story h2 a"})
    answer = stand.send("editor", f"{trial}/save")
    assert answer.status_code == 303
    text = stand.house.file.path.read_text("utf-8")
    assert tomllib.loads(text)["sources"]["quay"]["select"] == {"links": "li.story h2 a"}
    assert 'column = "night-desk"  # kept' in text


def test_a_hostile_page_is_marked_behind_the_fence() -> None:
    page = STORY.format(n=1).encode()
    with Fence() as fence:
        found = fence.mark(page, "https://quay.example/stories/1", Selectors(title="h1", image="img"))
    assert found == marked(page, "https://quay.example/stories/1", Selectors(title="h1", image="img"))
    assert [(one.name, one.count) for one in found.finds] == [("title", 1), ("image", 1)]
    assert "h1.headline" in [one.selector for one in found.candidates]
    with pytest.raises(ValueError, match="empty"):
        marked(b"", "https://quay.example/", Selectors())


@pytest.mark.parametrize("shape", [(390, "dark"), (1280, "light")])
def test_the_pages_are_for_everybody(stand: Stand, abroad: Abroad, browser: Browser, shape: tuple[int, str]) -> None:
    width, scheme = shape
    trial = tried(stand, "editor", "/sources/try", {"url": f"{abroad.root}/page"})
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.add_cookies([stand.cookie("editor")])
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    for path in ("/columns/night-desk", trial):  # others: tests/test_desk_tour.py
        page.goto(stand.url + path)
        assert told_by_axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert (
        page.frame_locator("iframe[title='The first article']").locator("h1").inner_text().startswith("Story number 3")
    )
    page.goto(f"{stand.url}/sources/new")
    page.get_by_label("Address").fill(f"{abroad.root}/feed.xml")
    page.get_by_role("button", name="Look what is there").click()
    page.get_by_role("heading", name="Found").wait_for()
    assert said == []
    context.close()
