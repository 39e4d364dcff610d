"""A WordPress and a Ghost for tests: real HTTP servers that answer as their APIs are documented to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.web_stand import Answer

GHOST_KEY = "0f1e2d3c4b5a69788796a5b4c3"


@dataclass
class Asked:
    """One request that came."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case


@dataclass
class Site:
    """A site as tests see it; what it holds may be changed while it serves."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    def queries(self) -> list[dict[str, str]]:
        return [one.query for one in self.asked]


@contextmanager
def api_site(answer: Callable[[Asked], Answer]) -> Iterator[Site]:
    """A server on a free port whose every answer is computed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(path=parts.path, query=dict(parse_qsl(parts.query)), headers=headers)
            site.asked.append(asked)
            found = answer(asked)
            self.send_response(found.status)
            for name, value in {"Content-Length": str(len(found.content)), **found.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(found.content)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Site(url=f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


def in_json(value: object, *, status: int = 200, **headers: str) -> Answer:
    """An answer that holds `value`; `x_wp_total="3"` is the header `x-wp-total`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(json.dumps(value).encode(), status=status, headers={"Content-Type": "application/json", **named})


def wordpress(
    posts: list[dict[str, Any]], *, pretty: bool = True, knows_modified: bool = True
) -> Callable[[Asked], Answer]:
    """`pretty`: whether `/wp-json/` exists; `knows_modified`: WordPress 5.7 or later."""

    def answer(asked: Asked) -> Answer:
        route = asked.path.removeprefix("/wp-json") if pretty else asked.query.get("rest_route", "")
        if (pretty and not asked.path.startswith("/wp-json")) or not route:
            return Answer(b"<!DOCTYPE html><title>Not found</title>", status=404, headers={"Content-Type": "text/html"})
        if route == "/":
            return in_json({"name": "Brine &amp; Barge", "description": "Slow water", "url": "https://brine.example"})
        if route != "/wp/v2/posts":
            return in_json(wp_error("rest_no_route", "No route was found.", 404), status=404)
        return _wordpress_page(posts, asked.query, knows_modified=knows_modified)

    return answer


def _wordpress_page(posts: list[dict[str, Any]], query: dict[str, str], *, knows_modified: bool) -> Answer:
    chosen = [post for post in posts if query.get("after", "") < post["date_gmt"] + "Z" < query.get("before", "9")]
    if knows_modified:
        after, before = query.get("modified_after", ""), query.get("modified_before", "9")
        chosen = [post for post in chosen if after < post["modified_gmt"] + "Z" < before]
    key = {"date": "date_gmt", "modified": "modified_gmt"}[query.get("orderby", "date")]
    chosen.sort(key=lambda post: str(post[key]), reverse=query.get("order", "desc") == "desc")
    size, number = int(query["per_page"]), int(query["page"])
    pages = -(-len(chosen) // size)
    if number > max(pages, 1):
        message = "The page number requested is larger than the number of pages available."
        return in_json(wp_error("rest_post_invalid_page_number", message, 400), status=400)
    page = chosen[(number - 1) * size : number * size]
    return in_json(page, x_wp_total=str(len(chosen)), x_wp_totalpages=str(pages))


def wp_error(code: str, message: str, status: int) -> dict[str, Any]:
    return {"code": code, "message": message, "data": {"status": status}}


def ghost(posts: list[dict[str, Any]]) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        root = "/ghost/api/content"
        if asked.path not in (f"{root}/posts/", f"{root}/settings/"):
            return Answer(b"<!DOCTYPE html><title>Not found</title>", status=404, headers={"Content-Type": "text/html"})
        if asked.query.get("key") != GHOST_KEY:
            errors = [{"message": "Unknown Content API Key", "errorType": "UnauthorizedError"}]
            return in_json({"errors": errors}, status=401)
        if asked.path.endswith("/settings/"):
            return in_json({"settings": {"title": "Quay & Co", "description": "Rope, mostly"}, "meta": {}})
        return _ghost_page(posts, asked.query)

    return answer


def _ghost_page(posts: list[dict[str, Any]], query: dict[str, str]) -> Answer:
    chosen = posts
    for name, sign, written in re.findall(r"(\w+_at):(>|<=)'([^']*)'", query.get("filter", "")):
        limit = datetime.fromisoformat(written + "+00:00")
        chosen = [post for post in chosen if (datetime.fromisoformat(post[name]) > limit) == (sign == ">")]
    chosen = list(chosen)
    key, _, direction = query.get("order", "published_at desc").partition(" ")
    chosen.sort(key=lambda post: str(post[key]), reverse=direction != "asc")
    size, number = min(int(query.get("limit", "15")), 100), int(query.get("page", "1"))
    pages = max(1, -(-len(chosen) // size))
    pagination = {
        "page": number,
        "limit": size,
        "pages": pages,
        "total": len(chosen),
        "next": number + 1 if number < pages else None,
        "prev": number - 1 if number > 1 else None,
    }
    return in_json({"posts": chosen[(number - 1) * size : number * size], "meta": {"pagination": pagination}})
