"""The configuration for Caddy in docs/serving.md, run by Caddy."""

from __future__ import annotations

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


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    folder = tmp_path_factory.mktemp("caddy")
    make_tree(folder / "feeds")
    with own_store(folder) as store, visiting(store, folder) as publisher:
        port = free_port()
        ours = configured("caddy", folder, publisher.port)
        ours = ours.replace("courier.example {", f"http://127.0.0.1:{port} {{", 1)
        everything = f"{{\n\tadmin off\n\tauto_https off\n\tstorage file_system {folder}/state\n}}\n{ours}"
        (folder / "Caddyfile").write_text(everything)
        command = [program("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
        with running(command, port, folder / "log") as client:
            yield client


def test_feeds_are_served_as_feed_readers_wish(client: httpx2.Client) -> None:
    check_feeds(client, ("br", "gzip"))


def test_pages_and_pictures_are_served_and_nothing_hidden_is(client: httpx2.Client) -> None:
    check_pages(client)


def test_what_was_given_up_says_so(client: httpx2.Client) -> None:
    check_given_up(client)


def test_what_the_publisher_answers_itself_comes_through(client: httpx2.Client) -> None:
    check_live(client)
