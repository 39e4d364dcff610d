"""A source whose address is a page: the feed that the page names is found, visited, and told."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.collect.collector import Desk, collect_source
from publisher.collect.discovery import feeds_in_header, feeds_in_page
from publisher.store import sources
from publisher.store.database import Store
from tests.test_collect_collector import a_source, desk, feed, store, stored
from tests.web_stand import Answer, web_stand

__all__ = ["desk", "store"]  # fixtures

HTML = {"Content-Type": "text/html; charset=utf-8"}
URL = "https://gazette.example/boats/"


def page(*links: str, **headers: str) -> Answer:
    return Answer(f"<!DOCTYPE html><html><head>{''.join(links)}</head></html>".encode(), headers=HTML | headers)


def link(href: str, kind: str = "application/rss+xml", title: str = "") -> str:
    return f'<link rel="Alternate" type="{kind}" title="{title}" href="{href}">'


@pytest.mark.parametrize(
    ("links", "best"),
    [
        ([link("/feed"), link("/comments/feed")], "https://gazette.example/feed"),
        ([link("/feed/comments", title="All comments"), link("/a.xml", "Application/Atom+XML; x=y")],
         "https://gazette.example/a.xml"),
        ([link("/feed"), link("/boats/feed")], "https://gazette.example/boats/feed"),
        ([link("/feed.json", "application/feed+json"), link("/feed")], "https://gazette.example/feed"),
        ([link("https://feeds.elsewhere.example/g"), link("/feed")], "https://gazette.example/feed"),
        ([link("https://feeds.elsewhere.example/g")], "https://feeds.elsewhere.example/g"),
        ([link("/feed.json", "application/feed+json")], "https://gazette.example/feed.json"),
        ([link(URL), link("javascript:x"), link("http://["), link("/style.css", "text/css")], None),
    ],
)  # fmt: skip
def test_the_best_feed_of_a_page_comes_first(links: list[str], best: str | None) -> None:
    found = feeds_in_page(page(*links).content, URL)
    assert (found[0] if found else None) == best


def test_a_link_header_names_a_feed_too() -> None:
    header = '</feed>; rel="alternate"; type="application/rss+xml", </x>; rel=next, </y>; rel=alternate; type=text/html'
    assert feeds_in_header(header, URL) == ("https://gazette.example/feed",)
    assert feeds_in_header("", URL) == ()


def test_a_page_leads_to_its_feed_which_is_visited_from_then_on_and_told_once(
    store: Store, desk: Desk, now: datetime
) -> None:
    with web_stand(home=page(link("/feed")), feed=Answer(feed(_1="One"), headers={"ETag": '"1"'})) as stand:
        source = a_source("feed", stand.url("/home"))
        first = collect_source(store, source, desk, now=now)
        assert (first.new, first.failed) == (1, False)
        assert first.problems == (
            f"source 'wire' ({stand.url('/home')}): it is a page, and its feed is {stand.url('/feed')}, "
            "which is visited from now on; set `url` to it",
        )
        stand.asked.clear()
        stand.answers["/feed"] = Answer(status=304)
        again = collect_source(store, source, desk, now=now + timedelta(hours=1))
        assert (again.not_modified, again.problems, len(stand.asked)) == (True, (), 1)
        assert stand.asked[0]["if-none-match"] == '"1"'


def test_the_page_is_asked_again_when_its_feed_fails(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(home=page(link("/feed")), feed=Answer(feed(_1="One"))) as stand:
        source = a_source("feed", stand.url("/home"))
        collect_source(store, source, desk, now=now)
        del stand.answers["/feed"]
        for day in range(1, 4):
            assert collect_source(store, source, desk, now=now + timedelta(days=day)).failed
        stand.answers.update({"/home": page(link("/new")), "/new": Answer(feed(_2="Two", _1="One"))})
        assert collect_source(store, source, desk, now=now + timedelta(days=4)).new == 1
        with store.read() as conn:
            assert sources.get_state(conn, "wire").address == stand.url("/new")


def test_a_feed_that_turns_into_a_page_is_no_invitation_to_another_feed(
    store: Store, desk: Desk, now: datetime
) -> None:
    with web_stand(feed=Answer(feed(_1="One")), other=Answer(feed(_2="Other"))) as stand:
        source = a_source("feed", stand.url("/feed"))
        collect_source(store, source, desk, now=now)
        stand.answers["/feed"] = page(link("/other"))
        report = collect_source(store, source, desk, now=now + timedelta(days=1))
        assert report.failed
        assert f"if the feed it names, {stand.url('/other')}, is the same one" in report.problems[0]
        assert [post.title for post in stored(store)] == ["One"]


def test_a_header_leads_to_the_feed_of_a_page_without_links(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(feed=Answer(feed(_1="One"))) as stand:
        stand.answers["/home"] = page(Link='</feed>; rel="alternate"; type="application/rss+xml"')
        assert collect_source(store, a_source("feed", stand.url("/home")), desk, now=now).new == 1


def test_a_page_whose_feed_is_a_page_again_is_told(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(home=page(link("/feed")), feed=page(link("/home"))) as stand:
        report = collect_source(store, a_source("feed", stand.url("/home")), desk, now=now)
        assert report.failed
        assert "names it as its feed; it is an HTML page" in report.problems[0]
        assert len(stand.asked) == 2


def test_a_page_in_a_file_is_told_with_the_address_of_its_feed(
    store: Store, desk: Desk, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "feed.xml").write_bytes(page(link("https://gazette.example/feed")).content)
    report = collect_source(store, a_source("feed", tmp_path / "feed.xml"), desk, now=now)
    assert "set `url` to https://gazette.example/feed" in report.problems[0]
