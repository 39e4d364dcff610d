"""The `cloud` of RSS: where to ask to be told; from the address that we ping."""

from __future__ import annotations

from dataclasses import replace

import feedparser
import pytest

from publisher.feed.atom import atom_bytes
from publisher.feed.channel import FeedFacts, channel_of
from publisher.feed.rss import rss_bytes
from publisher.feed.site import Cloud, Site, cloud_at
from tests.conftest import NOW

SITE = Site(
    name="The Courier",
    url="https://courier.example",
    language="en",
    cloud=Cloud(domain="cloud.example", port=5337, path="/rsscloud/pleaseNotify"),
)
FACTS = FeedFacts(feed_id="tag:courier.example,2026:all", folder="", title="The Courier", language="en", created=NOW)


@pytest.mark.parametrize(
    ("ping", "cloud"),
    [
        ("http://cloud.example:5337/rsscloud/ping", SITE.cloud),
        ("https://cloud.example/ping", Cloud(domain="cloud.example", port=443, path="/pleaseNotify")),
        ("http://cloud.example/ping?x=1", Cloud(domain="cloud.example", port=80, path="/pleaseNotify")),
        ("http://cloud.example/?rsscloud=notify", None),
    ],
)
def test_where_to_register_is_told_by_where_to_ping(ping: str, cloud: Cloud | None) -> None:
    assert cloud_at(ping) == cloud


def test_rss_names_its_cloud_and_atom_does_not() -> None:
    channel = channel_of(FACTS, (), site=SITE)
    assert feedparser.parse(rss_bytes(channel)).feed.cloud == {
        "domain": "cloud.example",
        "port": "5337",
        "path": "/rsscloud/pleaseNotify",
        "registerprocedure": "",
        "protocol": "http-post",
    }
    assert b"cloud.example" not in atom_bytes(channel)


def test_an_archive_and_a_site_without_one_name_no_cloud() -> None:
    for channel in (
        channel_of(FACTS, (), site=SITE, page="2026-11"),
        channel_of(FACTS, (), site=replace(SITE, cloud=None)),
    ):
        assert b"<cloud" not in rss_bytes(channel)
