"""Push from outside: `serve` as a hub, `publish` that tells hubs, `hubs` that shows it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import feedparser

from tests.hub_readers import reader_server
from tests.lives import a_site, wait_for
from tests.test_life_serve import serving

FEED = "https://gazette.example/tide-table/atom.xml"


def test_a_subscriber_of_our_hub_hears_of_a_new_post_within_seconds(tmp_path: Path) -> None:
    with reader_server() as readers:
        hub, broken = readers.url("/well/hub"), readers.url("/broken/hub")
        site = a_site(tmp_path / "site")
        push = f'[push]\nhub = true\nprivate_hosts = ["127.0.0.1"]\nhubs = ["{hub}", "{broken}"]\n'
        site.config.write_text(f"{site.config.read_text()}\n{push}")
        site.prepare("collect")
        published = site.typed("publish")
        assert published.code == 0, "what is published is published"
        assert re.fullmatch(
            rf"{broken} has not heard of \d+ feeds: it answers 500: out of order; publisher serve tells it again\n",
            published.err,
        )
        with serving(site) as up:
            for name in ("/well/one", "/well/two"):
                form = {"hub.mode": "subscribe", "hub.topic": FEED, "hub.callback": readers.url(name)}
                assert up.get("/hub", urlencode(form).encode())[0] == 202
            wait_for(lambda: len(readers.asked()) == 2, "both are asked whether they meant it")
            wait_for(lambda: len(readers.deliveries("/well/two")) == 1, "the feed, which had changed a moment before")

            site.write_post("2026-02-17-a-gull", "A gull", "It has a name, and it is not Jonathan.")
            told_before = len(readers.deliveries("/well/hub"))
            site.prepare("collect")
            published = site.typed("publish")
            assert published.code == 0
            assert hub not in published.err
            pinged = readers.deliveries("/well/hub")[told_before:]
            assert FEED in {parse_qs(got.body.decode())["hub.url"][0] for got in pinged}
            wait_for(lambda: len(readers.deliveries("/well/two")) == 2, "the news")
            told = readers.deliveries("/well/two")[1]
            assert [entry.title for entry in feedparser.parse(told.body).entries] == ["A gull"]
            assert told.headers["link"] == f'<https://gazette.example/hub>; rel="hub", <{FEED}>; rel="self"'
            links = feedparser.parse(up.get("/tide-table/atom.xml")[1]).feed.links
            assert [link.href for link in links if link.rel == "hub"] == ["https://gazette.example/hub", hub, broken]
            log = up.stop()
        assert readers.url("/well/two") not in log, "a callback's address is its key"

        shown = json.loads(site.typed("hubs", "--json").out)
        assert shown["own_hub"] == "https://gazette.example/hub"
        assert shown["subscriptions"] == [{"feed": FEED, "subscribed": 2, "to_be_told": 0, "failing": 0}]
        assert shown["hubs"][0] == {"hub": hub, "waiting": 0, "problems": []}
        assert shown["hubs"][1]["problems"] == ["it answers 500: out of order"]
