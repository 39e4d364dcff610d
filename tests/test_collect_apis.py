"""WordPress and Ghost through the whole collector: what becomes news, what stays, and who learns the key."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.cli import run
from publisher.collect.collector import Collected, Desk, Source, collect_source
from publisher.collect.identify import Context
from publisher.errors import ConfigError
from publisher.fetch.web import Limits
from publisher.model.post import Origin, Post
from publisher.store import columns, posts
from publisher.store.database import Store
from tests.api_sites import GHOST_KEY, api_site, ghost, wordpress
from tests.test_collect_ghost import a_post as a_ghost_post
from tests.test_collect_wordpress import a_post
from tests.web_stand import Answer, web_stand

TOP = Path(__file__).parent.parent
FEED = """<rss version="2.0"><channel><title>Brine</title><item><guid>https://brine.example/?p=1</guid>
<title>As the feed has it</title><description>Words.</description></item></channel></rss>"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    limits = Limits(
        max_bytes=200_000,
        timeout=timedelta(seconds=5),
        site_url="https://post.example",
        private_hosts=frozenset({"127.0.0.1"}),
    )
    return Desk(zone=ZoneInfo("Europe/Berlin"), media=tmp_path / "media", limits=limits)


@pytest.fixture
def store(sqlite_store: Store, now: datetime) -> Store:
    with sqlite_store.write() as conn:
        columns.put_if_new(conn, "locks", feed_id="tag:post.example,2026:feed/locks", now=now)
    return sqlite_store


def a_source(kind: str, url: str) -> Source:
    context = Context(
        source="brine",
        column="locks",
        tagging_entity="post.example,2026",
        base_url="https://post.example/locks/",
        backlog="archive",
    )
    return Source(kind=kind, url=url, key=lambda: GHOST_KEY, context=context)


def stored(store: Store) -> dict[str, Post]:
    with store.read() as conn:
        return {post.title: post for post in posts.newest(conn, columns=["locks"], limit=50)}


def counts(collected: Collected) -> tuple[int, int, int]:
    assert not collected.problems
    return collected.new, collected.revised, collected.unchanged


def test_what_wordpress_has_is_archive_and_what_comes_is_news(store: Store, desk: Desk, now: datetime) -> None:
    held = [a_post(number, published=now - timedelta(days=number + 1), title=f"Old {number}") for number in range(3)]
    with api_site(wordpress(held)) as site:
        source = a_source("wordpress", site.url)
        assert counts(collect_source(store, source, desk, now=now)) == (3, 0, 0)
        later = now + timedelta(days=9)
        held.append(a_post(77, published=later - timedelta(minutes=5), title="New"))
        held[2] |= {"title": {"rendered": "Old, corrected"}, "modified_gmt": f"{later:%Y-%m-%dT%H:%M:%S}"}
        assert counts(collect_source(store, source, desk, now=later)) == (1, 1, 0)
    found = stored(store)
    assert {title: post.mailable for title, post in found.items()} == {
        "Old 0": False,
        "Old 1": False,
        "Old, corrected": False,
        "New": True,
    }
    assert found["Old, corrected"].revision == 2
    assert found["Old 0"].origin == Origin(id=site.url, title="Brine & Barge", url=site.url)
    with store.read() as conn:
        (column,) = columns.get_all(conn)
    assert (column.name, column.tagline) == ("Brine & Barge", "Slow water")


def test_a_feed_that_becomes_wordpress_keeps_its_posts_and_floods_nobody(
    store: Store, desk: Desk, now: datetime
) -> None:
    with web_stand(feed=Answer(FEED.encode())) as stand:
        collect_source(store, a_source("feed", stand.url("/feed")), desk, now=now)
    (before,) = stored(store).values()
    held = [a_post(number, published=now - timedelta(days=number), title=f"Post {number}") for number in range(1, 5)]
    with api_site(wordpress(held)) as site:
        assert counts(collect_source(store, a_source("wordpress", site.url), desk, now=now)) == (3, 1, 0)
    after = stored(store)
    assert after["Post 1"].id == before.id
    assert not any(post.mailable for post in after.values())


def test_ghost_is_visited_again_from_where_we_were(store: Store, desk: Desk, now: datetime) -> None:
    held = [a_ghost_post(number, updated=now - timedelta(days=number + 3)) for number in range(3)]
    with api_site(ghost(held)) as site:
        source = a_source("ghost", site.url)
        assert counts(collect_source(store, source, desk, now=now)) == (3, 0, 0)
        held.append(a_ghost_post(50, updated=now + timedelta(hours=1)))
        assert counts(collect_source(store, source, desk, now=now + timedelta(hours=2))) == (1, 0, 0)
    assert stored(store)["Post 50"].mailable


def test_the_key_is_read_at_each_visit_and_told_nowhere(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (TOP / "config.toml").read_text(encoding="utf-8")
    with api_site(ghost([a_ghost_post(1, updated=datetime(2026, 11, 1, tzinfo=UTC))])) as site:
        text += (
            f'[sources.quay]\ncolumn = "night-desk"\nkind = "ghost"\nurl = "{site.url}"\nkey = {{ env = "QUAY_KEY" }}\n'
        )
        text += '[collect]\nprivate_hosts = ["127.0.0.1"]\n'
        config = tmp_path / "config.toml"
        config.write_text(text, encoding="utf-8")
        collect = ["collect", "quay", "--json", "--config", str(config)]
        monkeypatch.delenv("QUAY_KEY", raising=False)
        assert run(["config", "check", "--json", "--config", str(config)]) == 0
        assert "sources.quay.key: environment variable QUAY_KEY is not set" in capsys.readouterr().out
        assert run(collect) == 1
        (told,) = json.loads(capsys.readouterr().out)
        assert "sources.quay.key: environment variable QUAY_KEY is not set" in told["problems"][0]
        monkeypatch.setenv("QUAY_KEY", GHOST_KEY[:-1])
        assert run(collect) == 1
        monkeypatch.setenv("QUAY_KEY", GHOST_KEY)
        caplog.set_level(logging.WARNING)  # as `publisher serve` has it for httpx2
        assert run(collect) == 0
    told_in_all = capsys.readouterr()
    assert GHOST_KEY[:-1] not in told_in_all.out + told_in_all.err + caplog.text
    assert '"new": 1' in told_in_all.out
    assert all(GHOST_KEY[:-1].encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_source_shows_no_key() -> None:
    def key() -> str:
        raise ConfigError(("unused",))

    assert "key" not in repr(Source(kind="ghost", key=key, context=a_source("ghost", "").context))
