"""Each page of the desk over a large site: how long it takes to answer, beside the same page over an empty one.

A million readers, a hundred thousand posts, five hundred issues with fifty million deliveries take some minutes
to write and about nine gigabytes; `--keep FOLDER` keeps them for the next time. Numbers are the median and the
95th percentile over `--rounds` requests, one after another, by one client over loopback, page and templates and
database together. `holds` says whether the percentile is under 200 ms.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from parts.bigdesk import COLUMNS, CONFIG, fill
from parts.table import milliseconds, print_table, times
from publisher.house.opened import House, open_house, utc_now
from publisher.model.user import EVERYTHING, Role
from publisher.store import sessions, users
from publisher.web.app import build_app
from publisher.web.desk.desk import COOKIE, Desk, digest_of
from publisher.web.desk.doorplan import doors_of
from publisher.web.desk.doors import Method
from publisher.web.server import serve_in_thread
from publisher.web.siteof import site_of

TOKEN = "a token for the benchmark"
MOST_MS = 200.0
SEARCHES = (
    "/readers?q=reader99",
    "/readers?q=@d7.example",
    "/readers?tag=patron",
    "/posts?q=zebra",
    "/issues?state=sent",
    "/log?kind=issue",
)
WARM = 2  # requests that are not counted: templates are compiled, the file's pages come into memory
NOT_PAGES = ("/login", "/first/", "/invite/", "/oidc", "export", "/live", "/part", "/frame", "/mail", "/data", "report")


def main() -> None:
    given = _given()
    folder = given.keep or Path(tempfile.mkdtemp())
    with open_site(folder / "large", given) as large, open_site(folder / "empty", None) as empty:
        rows = [_row(path, large, empty, given) for path in given.only or pages_of(large[1], given)]
    print_table(
        f"{given.readers:,} readers, {given.posts:,} posts, {given.issues:,} issues, {given.deliveries:,} deliveries",
        ["page", "median ms", "p95 ms", "empty site, p95 ms", "ratio", "bytes", "holds"],
        rows,
    )
    if not given.keep:
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--issues", type=int, default=500)
    parser.add_argument("--deliveries", type=int, default=50_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--keep", type=Path, help="folder that keeps the site; where it stands already, it is used")
    parser.add_argument("--only", nargs="*", help="pages, e.g. /issues; the desk itself is an empty word")
    return parser.parse_args()


@contextmanager
def open_site(folder: Path, given: argparse.Namespace | None) -> Iterator[tuple[httpx2.Client, Desk]]:
    """Its desk, and somebody who owns it; filled where `given` says how far."""
    path = folder / "config.toml"
    is_new = not path.exists()
    for slug in COLUMNS:
        (folder / "columns" / slug).mkdir(parents=True, exist_ok=True)
    path.write_text(CONFIG, "utf-8")
    with open_house(path) as house:
        if is_new:
            _make(house, given)
        desk = Desk(house, utc_now)
        app = build_app(site_of(house), store=house.store, templates=house.templates, clock=utc_now, desk=desk)
        server = serve_in_thread(app, "127.0.0.1", 0)
        try:
            url = f"http://127.0.0.1:{server.port}"
            with httpx2.Client(base_url=url, cookies={COOKIE: TOKEN}, timeout=120) as client:
                yield client, desk
        finally:
            server.stop()


def _make(house: House, given: argparse.Namespace | None) -> None:
    with house.store.write() as conn:
        user = users.add(conn, "ada@courier.example", name="Ada", roles={EVERYTHING: Role.OWNER}, now=utc_now())
        sessions.begin(conn, digest_of(TOKEN), user.id, ip="", agent="", now=utc_now())
        if given:
            many = {name: getattr(given, name) for name in ("readers", "posts", "issues", "deliveries")}
            fill(conn, **many, now=utc_now())


def pages_of(desk: Desk, given: argparse.Namespace) -> list[str]:
    """Every door that is a page, with something that exists in the place of its parts."""
    places = {
        "{id:int}": str(max(1, given.issues - 2)),
        "{seq:int}": str(max(1, given.posts // 2)),
        "{slug}": "morning",
        "{name}": "column-3",
    }
    found = []
    for door in doors_of(desk):
        path = door.path
        if path.startswith(("/columns/", "/sources/")):
            path = path.replace("{slug}", "column-3")
        for part, value in places.items():
            path = path.replace(part, value)
        if door.method is Method.GET and "{" not in path and not any(word in path for word in NOT_PAGES):
            found.append(path)
    held = f"/issues/{max(1, given.issues - 1)}"  # a proposal
    return [*found, *SEARCHES, held, f"{held}/send", f"{held}/add", f"/issues/{given.issues}/progress"]


def _row(
    path: str, large: tuple[httpx2.Client, Desk], empty: tuple[httpx2.Client, Desk], given: argparse.Namespace
) -> list[str]:
    many, size = _times(large[0], path, given.rounds)
    few, _ = _times(empty[0], path, given.rounds)
    slow, base = _p95(many), _p95(few)
    holds = "yes" if slow * 1000 < MOST_MS else "no"
    middle = milliseconds(statistics.median(many) if many else math.inf)
    return [
        f"/desk{path}",
        middle,
        milliseconds(slow),
        milliseconds(base),
        times(slow / base) if base < math.inf else "-",
        f"{size:,}",
        holds,
    ]


def _times(client: httpx2.Client, path: str, rounds: int) -> tuple[list[float], int]:
    taken, size = [], 0
    for number in range(rounds + WARM):
        begun = time.perf_counter()
        answer = client.get(f"/desk{path}")
        if number >= WARM:
            taken.append(time.perf_counter() - begun)
        size = len(answer.content)
        if answer.status_code >= 500:
            print(f"/desk{path} answered {answer.status_code}: its numbers mean nothing", file=sys.stderr)
            break
    return taken, size


def _p95(taken: list[float]) -> float:
    """Of none: as long as can be, so that it holds nothing."""
    if not taken:
        return math.inf
    return sorted(taken)[min(len(taken) - 1, int(len(taken) * 0.95))]


if __name__ == "__main__":
    main()
