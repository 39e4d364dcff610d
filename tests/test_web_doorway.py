"""The short way to a 304 says what the long way says, and is taken by nobody else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from publisher.model.entitytag import tag_of
from publisher.web.conditional import http_date
from publisher.web.doorway import Doorway
from publisher.web.published import PublishedTree
from tests.conftest import NOW
from tests.web_site import own_store, site_of, visiting

FEED = b"<feed>news of the harbour</feed>"
TAG = tag_of(FEED)
CHANGED = http_date(int(NOW.timestamp()))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedTree]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "feeds").mkdir()
    (folder / "feeds" / "atom.xml").write_bytes(FEED)
    with own_store(folder) as store:
        yield PublishedTree(replace(site_of(folder / "feeds"), unconditional=0), store=store, clock=lambda: NOW)


def ask(app: ASGIApp, method: str, headers: list[tuple[bytes, bytes]]) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, fields and body of an answer, without a server between."""
    said: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.sleep(60)
        raise AssertionError("nobody hangs up")

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    scope = {"type": "http", "method": method, "path": "/atom.xml", "query_string": b"", "headers": headers}
    asyncio.run(app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in said[1:])
    return said[0]["status"], dict(said[0]["headers"]), body


TAGS = st.sampled_from([f'"{TAG}"', f'W/"{TAG}-gz"', f'"{TAG}-br"', '"other"', "*", "nonsense", f'"x", "{TAG}"'])
DATES = st.sampled_from([CHANGED, "Sun, 01 Jan 2006 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT", "soon"])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        b"if-none-match": TAGS,
        b"if-match": TAGS,
        b"if-modified-since": DATES,
        b"if-unmodified-since": DATES,
        b"accept-encoding": st.sampled_from(["br, gzip", "identity"]),
        b"a-im": st.just("feed"),
        b"range": st.just("bytes=0-3"),
    },
)


@settings(max_examples=60, deadline=None)
@given(method=st.sampled_from(["GET", "HEAD"]), fields=FIELDS)
def test_both_ways_say_the_same(tree: PublishedTree, method: str, fields: dict[bytes, str]) -> None:
    headers = [(name, value.encode()) for name, value in fields.items()]
    ask(tree, "GET", [])  # from now on the path is known
    assert ask(Doorway(tree, tree.known), method, headers) == ask(tree, method, headers)


def test_the_short_way_is_taken_for_what_is_known_and_unchanged_alone(tree: PublishedTree) -> None:
    passed: list[str] = []

    async def inside(scope: Any, _receive: object, send: Any) -> None:
        passed.append(scope["method"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    ask(tree, "GET", [])
    doorway = Doorway(inside, tree.known)
    has_it = [(b"if-none-match", f'"{TAG}"'.encode())]
    for method in ("GET", "HEAD"):
        assert ask(doorway, method, has_it)[0] == 304
    assert passed == []
    ask(doorway, "POST", has_it)
    ask(doorway, "GET", [])
    ask(doorway, "GET", [(b"if-none-match", b'"other"')])
    assert passed == ["POST", "GET", "GET"]


def test_a_304_leaves_no_line_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "atom.xml").write_bytes(FEED)
    with own_store(tmp_path) as store, visiting(store, tmp_path) as visit, caplog.at_level(logging.INFO):
        for _ in range(3):
            visit.client.get("/atom.xml", headers={"If-None-Match": '"other"'})
        lines = [record for record in caplog.records if record.name == "publisher.web.guard"]
        assert len(lines) == 3
        for _ in range(3):
            assert visit.client.get("/atom.xml", headers={"If-None-Match": f'"{TAG}"'}).status_code == 304
        assert [record for record in caplog.records if record.name == "publisher.web.guard"] == lines
