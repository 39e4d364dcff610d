"""The configuration for nginx in docs/serving.md, run by nginx."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx2
import pytest

from tests.serving import (
    check_feeds,
    check_given_up,
    check_live,
    check_pages,
    configured,
    free_port,
    make_tree,
    program,
    running,
)
from tests.web_site import own_store, visiting

_AROUND = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map_hash_bucket_size 128;
{snippet}
}}
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    folder = tmp_path_factory.mktemp("nginx")
    make_tree(folder / "feeds")
    with own_store(folder) as store, visiting(store, folder) as publisher:
        port = free_port()
        ours = configured("nginx", folder, publisher.port).replace("listen 80;", f"listen 127.0.0.1:{port};")
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(_AROUND.format(user=user, folder=folder, snippet=ours))
        command = [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
        with running(command, port, folder / "log") as client:
            yield client


def test_feeds_are_served_as_feed_readers_wish(client: httpx2.Client) -> None:
    check_feeds(client, ("gzip",))


def test_pages_and_pictures_are_served_and_nothing_hidden_is(client: httpx2.Client) -> None:
    check_pages(client)
    assert client.get("/as-page/atom.xml").status_code == 404


def test_what_was_given_up_says_so(client: httpx2.Client) -> None:
    check_given_up(client)


def test_what_the_publisher_answers_itself_comes_through(client: httpx2.Client) -> None:
    check_live(client)
