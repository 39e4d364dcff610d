"""WebSub from outside: `publisher serve` with a real feed and a real hub, and death while a push is taken."""

from __future__ import annotations

import json
import re
import signal
import socket
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.model.source import SourceState
from publisher.store import columns, hubleases, pushes, settings, sources
from publisher.store.database import Store
from tests import warm
from tests.conftest import NOW
from tests.hub_stand import hub_stand
from tests.lives import Site, a_site, wait_for
from tests.test_life_serve import serving
from tests.web_stand import Answer, web_stand

ITEM = "<item><guid isPermaLink='false'>{guid}</guid><title>Post number {guid}</title></item>"
SOURCE = """
[sources.wire]
column = "tide-table"
kind = "feed"
url = "{url}"

[collect]
private_hosts = ["127.0.0.1"]
"""

# Takes what was pushed, counting SQL statements, and kills itself before number N of them (0: never).
_TAKING = """
import os, signal, sqlite3, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo
from publisher.collect.collector import Desk, Source
from publisher.collect.identify import Context
from publisher.collect.websub.pushed import take_pushes
from publisher.fetch.web import Limits
from publisher.store.database import open_store
number, count = int(sys.argv[1]), 0
def look(frame, event, what):
    global count
    if event == "c_call" and isinstance(getattr(what, "__self__", None), (sqlite3.Cursor, sqlite3.Connection)):
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)
store = open_store("sqlite:///publisher.db", root=Path.cwd())
context = Context(source="wire", column="notes", tagging_entity="post.example,2026",
                  base_url="https://post.example/", backlog="all")
limits = Limits(max_bytes=100_000, timeout=timedelta(seconds=5), site_url="https://post.example")
desk = Desk(zone=ZoneInfo("UTC"), media=Path("media"), limits=limits)
source = Source(kind="feed", url="https://wire.example/feed", context=context)
sys.setprofile(look)
take_pushes(store, {"wire": source}, desk, clock=lambda: datetime.now(UTC), stop=lambda: False)
sys.setprofile(None)
print(count)
"""


def feed(*guids: int, hub: str = "") -> bytes:
    items = "".join(ITEM.format(guid=guid) for guid in guids)
    link = f"<a:link rel='hub' href='{hub}'/>"
    head = f"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><title>Wire</title>{link}"
    return f"{head}{items}</channel></rss>".encode()


def reachable_site(folder: Path, feed_url: str) -> Site:
    """A site whose own address is where it serves, so that a hub can call it."""
    site = a_site(folder)
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    site.edit('url = "https://gazette.example"', f'url = "http://127.0.0.1:{port}"')
    site.edit("port = 0", f"port = {port}")
    site.config.write_text(site.config.read_text() + SOURCE.format(url=feed_url))
    return site


def published(site: Site) -> str:
    """The column's feed as it lies on disk: asking the server all the time would fill its log."""
    path = site.folder / "feeds" / "tide-table" / "atom.xml"
    return path.read_text() if path.exists() else ""


def shown(site: Site, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    site.prepare(*arguments)
    return capsys.readouterr().out


def test_serve_subscribes_and_publishes_what_a_hub_pushes_also_when_killed_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with hub_stand() as hub, web_stand(feed=Answer(feed(1, hub=hub.url))) as stand:
        site = reachable_site(tmp_path / "site", stand.url("/feed"))
        site.prepare("collect")
        assert hub.asked == [], "who types a command needs no web server, and no hub is asked"
        with serving(site) as up:
            wait_for(lambda: hub.asked, "the request for a lease")
            assert hub.verify()[0] == 200
            assert hub.push(feed(2)) == 202
            wait_for(lambda: "Post number 2" in published(site), "what was pushed")
            assert hub.push(feed(3)) == 202
            up.process.send_signal(signal.SIGKILL)
            up.process.wait()
        told = shown(site, capsys, "sources")
        assert re.search(rf"hub +{re.escape(hub.url)}: .*its lease ends", told), told
        wire = next(one for one in json.loads(shown(site, capsys, "sources", "--json")) if one["source"] == "wire")
        assert (wire["hub"]["url"], wire["hub"]["state"]) == (hub.url, "active")
        assert "secret" not in wire["hub"]
        with serving(site) as up:
            wait_for(lambda: "Post number 3" in published(site), "what came before the kill")
            log = up.stop()
    titles = [str(title) for (title,) in site.ask("SELECT title FROM posts WHERE source = 'wire' ORDER BY title")]
    assert titles == ["Post number 1", "Post number 2", "Post number 3"]
    assert hub.asked[0]["hub.callback"].rpartition("/")[2] not in log
    assert site.ask("SELECT count(*) FROM hub_pushes") == [(0,)]
    assert len(hub.asked) == 1, "a lease that stands is not asked for anew at each start"


def test_where_hubs_cannot_reach_us_or_push_is_off_none_is_asked(tmp_path: Path) -> None:
    with hub_stand() as hub, web_stand(feed=Answer(feed(1, hub=hub.url))) as stand:
        site = reachable_site(tmp_path / "site", stand.url("/feed"))
        site.prepare("collect")
        site.config.write_text(site.config.read_text() + "push = false\n")
        with serving(site) as up:
            wait_for(lambda: up.get("/healthz")[0] == 200, "the site")
            up.stop()
        assert hub.asked == []


def taking(folder: Path, number: int) -> int:
    """Take what was pushed in a process that dies before its `number`th statement; -1 where it did."""
    done = warm.run(["-c", _TAKING, str(number)], cwd=folder)
    if done.returncode == -signal.SIGKILL:
        return -1
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_push_whose_taking_is_killed_twice_is_taken_once(sqlite_store: Store, tmp_path: Path) -> None:
    """The same push, taken by processes that die at ever later statements, and by one that lives."""
    with sqlite_store.write() as conn:
        columns.put_if_new(conn, "notes", feed_id="tag:post.example,2026:feed/notes", now=NOW)
        sources.put(conn, SourceState(name="wire", first_fetched=NOW, last_success=NOW, last_attempt=NOW))
        settings.decide_once(conn, "first taken: wire https://wire.example/feed", NOW.isoformat())
        pushes.put(conn, token="t", source="wire", content_type="", content=feed(1, 2), came=NOW)
    for number in (12, 60):  # before the transaction that stores, and in it; a third attempt would be the last
        assert taking(tmp_path, number) == -1
    assert taking(tmp_path, 0) > 60
    with sqlite_store.read() as conn:
        titles = conn.exec_driver_sql("SELECT title FROM posts ORDER BY title").scalars().all()
        assert titles == ["Post number 1", "Post number 2"]
        assert pushes.first_after(conn, 0) is None
        assert hubleases.due(conn, now=NOW + timedelta(days=1), limit=5) == []
