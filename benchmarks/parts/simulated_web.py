"""A web of many hosts on loopback, each with habits of its own, that lives through a simulated day.

Time is simulated seconds since midnight. Each thread has its own: it stands still but for
what the thread sleeps and for what its requests take. A host's name is resolved just before
it is asked, in the thread that asks; so the server knows at which moment it was.

What is told of each request is the server's own record, not the guest's.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
HOUR, DAY = 3600.0, 86400.0
HABITS = (
    "etag", "last-modified", "both", "none", "max-age", "ttl", "sy", "skip-hours",
    "rest-seconds", "rest-date", "moved", "gone", "dead", "slow", "broken",
)  # fmt: skip
COMMON = 8  # the first of them are what most sources do
REST = {"rest-seconds": (429, 2 * HOUR), "rest-date": (503, 1.5 * HOUR)}
MAX_AGE, TTL_MINUTES, SKIPPED = 2 * HOUR, 240, range(1, 6)
GONE_FROM, BROKEN = 6 * HOUR, (8 * HOUR, 14 * HOUR)
SLOW_SECONDS = 30.0  # until a slow server hangs up, simulated; in truth it does so at once


class Clock:
    """Simulated time, for each thread its own."""

    def __init__(self) -> None:
        self._begun = 0.0
        self._own = threading.local()
        self._lock = threading.Lock()
        self.latest = 0.0

    def begin(self, seconds: float) -> None:
        """A round begins: all threads stand at this moment."""
        self._own = threading.local()
        self._begun = self.latest = seconds

    def now(self) -> float:
        return getattr(self._own, "at", self._begun)

    def sleep(self, seconds: float) -> None:
        self._own.at = self.now() + seconds
        with self._lock:
            self.latest = max(self.latest, self._own.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A feed, and how its server treats guests."""

    name: str
    host: str
    habit: str
    posts: tuple[float, ...]  # when each appears, in order; before midnight: negative

    @property
    def path(self) -> str:
        return f"/{self.name}.xml"

    @property
    def home(self) -> str:
        """The host where it really is."""
        return "new-home.example" if self.habit == "moved" else self.host

    def guids(self, at: float) -> list[str]:
        return [f"{self.name}-{number}" for number, moment in enumerate(self.posts) if moment <= at]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, as its server saw it."""

    site: str
    host: str
    at: float
    status: int  # 0: nobody answered
    validators: tuple[str | None, str | None]  # If-None-Match, If-Modified-Since
    sent: tuple[str | None, str | None] = (None, None)  # ETag, Last-Modified
    rest: float = 0.0  # seconds of rest that were asked for


@dataclass(slots=True)
class Web:
    """All hosts, and what they saw."""

    clock: Clock
    sites: dict[str, Site]
    port: int = 0
    closed_port: int = 1
    requests: list[Request] = field(default_factory=list)
    spans: dict[str, list[tuple[float, float]]] = field(default_factory=dict)  # by host: begin and end of each turn
    crowded: list[str] = field(default_factory=list)  # hosts that had two guests of ours at once
    _at: dict[str, float] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _chance: random.Random = field(default_factory=lambda: random.Random(7))

    def url(self, site: Site) -> str:
        port = self.closed_port if site.habit == "dead" else self.port
        return f"http://{site.host}:{port}{site.path}"

    def resolve(self, host: str, port: int) -> list[str]:
        """Loopback, whatever the name; from now on the host is busy with this request for a while."""
        at = self.clock.now()
        with self._lock:
            self._at[host] = at
            takes = SLOW_SECONDS if host.startswith("slow") else self._chance.uniform(0.05, 0.8)
            self.spans.setdefault(host, []).append((at, at + takes))
        self.clock.sleep(takes)
        if port == self.closed_port:
            self.note(Request(site=host.partition(".")[0], host=host, at=at, status=0, validators=(None, None)))
        return ["127.0.0.1"]

    def note(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    @contextmanager
    def serving(self, host: str) -> Iterator[float]:
        """The host is asked; the moment."""
        with self._lock:
            if host in self._busy:
                self.crowded.append(host)
            self._busy.add(host)
        try:
            yield self._at[host]
        finally:
            with self._lock:
                self._busy.discard(host)


def make_sites(count: int, hosts: int, *, seed: int = 1) -> list[Site]:
    """Sites of all habits; those that are rude to guests live on hosts of their own."""
    chance = random.Random(seed)
    sites = []
    for number in range(count):
        habit = HABITS[number // 3 % len(HABITS)] if number % 3 == 0 else HABITS[chance.randrange(COMMON)]
        name, place = f"s{number:04}", int(hosts * chance.random() ** 2)  # some hosts have many
        host = {"dead": f"{name}.example", "slow": f"slow-{name}.example"}.get(habit, f"h{place:03}.example")
        if habit in REST:
            host = f"rest{place % 5}.example"
        a_day = 20 if habit in REST else chance.choice((0.1, 0.3, 1, 1, 2, 3, 6, 20))
        posts = sorted({round(chance.uniform(-7 * DAY, DAY), 1) for _ in range(round(a_day * 8) or 1)} | {-8 * DAY})
        sites.append(Site(name=name, host=host, habit=habit, posts=tuple(posts)))
    return sites


@contextmanager
def serve(web: Web) -> Iterator[None]:
    """Answer for all hosts on one port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers["Host"].partition(":")[0]
            validators = (self.headers["If-None-Match"], self.headers["If-Modified-Since"])
            site = web.sites[self.path.strip("/").removesuffix(".xml")]
            with web.serving(host) as at, suppress(ConnectionError):
                request, content, headers = _answer(web, site, host, at, validators)
                web.note(request)
                if not request.status:
                    return  # it hangs up
                self.send_response(request.status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """What is asked stands in `web.requests`."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        web.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


_Answer = tuple[Request, bytes, dict[str, str]]


def _answer(web: Web, site: Site, host: str, at: float, validators: tuple[str | None, str | None]) -> _Answer:
    def said(status: int, headers: dict[str, str] | None = None, content: bytes = b"", rest: float = 0.0) -> _Answer:
        headers = headers or {}
        sent = (headers.get("ETag"), headers.get("Last-Modified"))
        request = Request(
            site=site.name, host=host, at=at, status=status, validators=validators, sent=sent, rest=rest
        )  # fmt: skip
        return request, content, headers

    if site.habit == "slow":
        return said(0)
    if site.habit in REST and 8 * HOUR <= at % (12 * HOUR) < 11 * HOUR:
        status, rest = REST[site.habit]
        until = MIDNIGHT + timedelta(seconds=int(at + rest) + 1)
        return said(status, {"Retry-After": str(int(rest)) if status == 429 else http_date(until)}, rest=rest)
    if site.habit == "moved" and host != site.home:
        return said(301, {"Location": f"http://{site.home}:{web.port}{site.path}"})
    if site.habit == "gone" and at >= GONE_FROM:
        return said(410)
    if site.habit == "broken" and BROKEN[0] <= at < BROKEN[1]:
        return said(500)
    headers = _headers(site, at)
    etag, changed = headers.get("ETag"), headers.get("Last-Modified")
    if (etag and validators[0] == etag) or (not etag and changed and validators[1] == changed):
        return said(304, headers)
    return said(200, headers, _document(site, at))


def _headers(site: Site, at: float) -> dict[str, str]:
    known = site.guids(at)
    headers = {"Content-Type": "application/rss+xml"}
    if site.habit not in ("last-modified", "none"):
        headers["ETag"] = f'W/"{site.name},{len(known)}"'
    if site.habit in ("last-modified", "both", "max-age"):
        # Not how one writes a date, but what this server writes: it is to come back as it is.
        headers["Last-Modified"] = f"{MIDNIGHT + timedelta(seconds=site.posts[len(known) - 1]):%d %b %Y, %H:%M:%S}"
    if site.habit == "max-age":
        headers["Cache-Control"] = f"public, max-age={int(MAX_AGE)}"
    return headers


def _document(site: Site, at: float) -> bytes:
    head = {
        "ttl": f"<ttl>{TTL_MINUTES}</ttl>",
        "sy": "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>6</sy:updateFrequency>",
        "skip-hours": "<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in SKIPPED) + "</skipHours>",
    }.get(site.habit, "")
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>Post {guid}</title>"
        f"<pubDate>{http_date(MIDNIGHT + timedelta(seconds=site.posts[number]))}</pubDate></item>"
        for number, guid in reversed(list(enumerate(site.guids(at))))
    )
    space = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
    return f"<rss version='2.0' {space}><channel><title>{site.name}</title>{head}{items}</channel></rss>".encode()


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)
