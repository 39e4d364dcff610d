"""The server: starts on a free port, stops cleanly, and tells trouble in plain words."""

from __future__ import annotations

import json
import logging
import socket
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from publisher.errors import Busy, PublisherError
from publisher.store.database import Store
from publisher.templating import Templates
from publisher.web.app import build_app
from publisher.web.guard import LONGEST_PATH, shown_path
from publisher.web.jsonlog import JsonLines
from publisher.web.server import serve_in_thread
from publisher.wording.catalogs import open_catalogs
from tests.conftest import NOW
from tests.web_site import site_of, unsubscribe_path, visiting
from tests.writers import put_readers


def test_a_request_that_is_being_answered_when_it_stops_is_answered() -> None:
    begun = threading.Event()

    def slow(_request: object) -> Response:
        begun.set()
        time.sleep(0.3)
        return PlainTextResponse("here you are")

    server = serve_in_thread(Starlette(routes=[Route("/", slow)]), "127.0.0.1", 0)
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(httpx2.get(f"http://127.0.0.1:{server.port}/").text))
    asking.start()
    assert begun.wait(10)
    server.stop()
    asking.join()
    assert answers == ["here you are"]
    assert not server.is_alive
    with pytest.raises(OSError):  # noqa: PT011  the system's words differ
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_a_port_in_use_is_told() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            Busy, match=rf"another program uses 127\.0\.0\.1:{port}; stop it, or set another `web.port`"
        ):
            serve_in_thread(Starlette(), "127.0.0.1", port)


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host"])
def test_a_host_that_is_not_here_is_told(host: str) -> None:
    with pytest.raises(PublisherError, match=r"web\.host"):
        serve_in_thread(Starlette(), host, 0)


def test_health_and_readiness(sqlite_store: Store, tmp_path: Path) -> None:
    with visiting(sqlite_store, tmp_path) as visit:
        assert visit.client.get("/healthz").text == "alive\n"
        assert visit.client.get("/readyz").text == "ready\n"


def test_a_database_in_trouble_is_told_kindly_and_nothing_is_lost(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.write() as conn:
        put_readers(conn, 1)
    with visiting(sqlite_store, tmp_path) as visit:
        with closing(sqlite3.connect(tmp_path / "publisher.db", isolation_level=None)) as other_hand:
            for table in ("schedules", "subscriptions"):
                other_hand.execute(f"ALTER TABLE {table} RENAME TO mislaid_{table}")
            assert visit.client.get("/healthz").status_code == 200
            for got in (
                visit.client.get("/readyz"),
                visit.client.get(unsubscribe_path(1)),
                visit.client.post(unsubscribe_path(1), data={"List-Unsubscribe": "One-Click"}),
            ):
                assert (got.status_code, got.headers["retry-after"]) == (503, "60")
                assert "Please try again in a minute" in got.text
            for table in ("schedules", "subscriptions"):
                other_hand.execute(f"ALTER TABLE mislaid_{table} RENAME TO {table}")
        again = visit.client.post(unsubscribe_path(1), data={"List-Unsubscribe": "One-Click"})
        assert again.status_code == 200


def test_a_fault_is_told_without_its_inside_and_the_log_has_it(
    sqlite_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A built-in template that is broken, as by an update that was cut short: the error page too."""
    own = tmp_path / "templates"
    (own / "web").mkdir(parents=True)
    (own / "web" / "unsubscribe_help.html").write_text("{{ nothing.of.the.kind }}")
    templates = Templates(own=None, defaults=own, catalogs=open_catalogs())
    app = build_app(site_of(tmp_path / "feeds"), store=sqlite_store, templates=templates, clock=lambda: NOW)
    server = serve_in_thread(app, "127.0.0.1", 0)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}") as client:
            plain = client.get("/unsubscribe")
    finally:
        server.stop()
    assert (plain.status_code, plain.headers["content-type"]) == (500, "text/plain; charset=utf-8")
    assert "Something went wrong here" in plain.text
    assert "Traceback" not in plain.text
    assert "nothing" not in plain.text
    assert plain.headers["referrer-policy"] == "no-referrer"
    assert "unsubscribe_help.html:1" in caplog.text


@given(st.text(max_size=400))
def test_a_path_in_the_log_is_one_short_line(path: str) -> None:
    shown = shown_path("/" + path)
    assert len(shown) <= LONGEST_PATH
    assert len(shown.splitlines()) == 1


@given(st.text(max_size=80), st.text(max_size=40), st.dictionaries(st.text(min_size=1, max_size=9), st.integers()))
def test_a_log_line_is_one_json_object(message: str, logger: str, facts: dict[str, int]) -> None:
    record = logging.makeLogRecord(
        {"name": logger, "msg": "%s", "args": (message,), "levelname": "INFO", "facts": facts}
    )
    written = JsonLines().format(record)
    line = json.loads(written)
    assert "\n" not in written
    assert (line["message"], line["logger"], line["level"], line["facts"]) == (message, logger, "info", facts)


def test_a_log_line_keeps_the_traceback() -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError as wrong:
        record = logging.makeLogRecord({"msg": "oh", "exc_info": (type(wrong), wrong, wrong.__traceback__)})
    assert "ZeroDivisionError" in json.loads(JsonLines().format(record))["traceback"]
