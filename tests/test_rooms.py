"""The house itself: imports run one way, pure files stay pure, nothing grows too large."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "publisher"

# Rooms by rank. A file imports from lower ranks and from its own room, never from a
# neighbour of the same rank.
RANKS = (
    ("errors",),
    ("model", "garbage", "lockfile", "wholefile", "wording"),
    ("config", "tokens", "templating"),
    ("feed", "letter", "mail"),
    ("store", "fetch"),
    ("collect", "publish", "subscribe", "assemble", "send", "push", "bounce"),
    ("schedule", "engine"),
    ("house",),
    ("web",),
    ("cli",),
)
RANK_OF = {room: rank for rank, rooms in enumerate(RANKS) for room in rooms}

# Pure: values in, values out. `now`, ids, keys and templates are handed in.
PURE = (
    "bounce/blame",
    "bounce/bounced",
    "bounce/classify",
    "bounce/failures",
    "bounce/message",
    "bounce/named",
    "bounce/policy",
    "bounce/reading",
    "bounce/ses",
    "bounce/standing",
    "bounce/webhooks",
    "model",
    "errors",
    "tokens",
    "config/addresses",
    "config/carriers",
    "config/cron",
    "config/holidays",
    "config/completion",
    "config/controls",
    "config/crossing",
    "config/edits",
    "config/filledin",
    "config/incoming",
    "config/incomingcrossing",
    "config/kinds",
    "config/mailcrossing",
    "config/mailing",
    "config/raw",
    "config/lines",
    "config/listedits",
    "config/masking",
    "config/merging",
    "config/mistakes",
    "config/outlets",
    "config/places",
    "config/reference",
    "config/recurrence",
    "config/refused",
    "config/renames",
    "config/relaycrossing",
    "config/relays",
    "config/schedulewords",
    "config/schema",
    "config/signup",
    "config/shape",
    "config/timing",
    "config/timingwords",
    "config/values",
    "config/written",
    "feed",
    "fetch/unpack",
    "letter",
    "mail",
    "publish/jsonld",
    "publish/pages",
    "publish/place",
    "publish/recording",
    "publish/sitemap",
    "publish/view",
    "collect/api/addresses",
    "collect/api/ghost",
    "collect/api/values",
    "collect/api/walk",
    "collect/api/wordpress",
    "collect/capture",
    "collect/clean",
    "collect/discovery",
    "collect/entry",
    "collect/entrymedia",
    "collect/entryvalues",
    "collect/entryxml",
    "collect/feedlist",
    "collect/identify",
    "collect/page",
    "collect/lifetime",
    "collect/passedover",
    "collect/sameid",
    "collect/secondlook",
    "collect/summary",
    "collect/tidy",
    "collect/waiting",
    "collect/visit",
    "collect/websub/decide",
    "collect/websub/links",
    "collect/websub/reach",
    "collect/websub/signature",
    "push/request",
    "push/retry",
    "push/telling",
    "push/topics",
    "push/verification",
    "send/actions",
    "send/blocks",
    "send/capacity",
    "send/commands",
    "send/hours",
    "send/limits",
    "send/login",
    "send/opening",
    "send/outcome",
    "send/protocol",
    "send/replies",
    "send/pace",
    "send/refusals",
    "send/report",
    "send/retry",
    "send/returns",
    "send/route",
    "send/stencil",
    "send/steps",
    "send/transactions",
    "send/warmup",
    "send/wellbeing",
    "schedule/agenda",
    "schedule/plan",
    "schedule/slots",
    "web/desk/charting",
    "web/desk/moments",
    "web/desk/standing",
    "web/desk/unnamed",
    "subscribe/addressing",
    "subscribe/bounds",
    "subscribe/candidates",
    "subscribe/coding",
    "subscribe/csvrows",
    "subscribe/headings",
    "subscribe/joinform",
    "subscribe/layout",
    "subscribe/listformats",
    "subscribe/masking",
    "subscribe/receipt",
    "subscribe/spreadsheets",
    "subscribe/tickets",
    "subscribe/preferences",
    "web/addresses",
    "web/coding",
    "web/conditional",
    "web/joinwords",
    "web/loopback",
    "web/origins",
    "wording/wording",
)
IMPURE_MODULES = {
    "asyncio", "concurrent", "fcntl", "glob", "http", "httpx2", "multiprocessing", "os", "pathlib", "random",
    "secrets", "shutil", "smtplib", "socket", "sqlalchemy", "sqlite3", "ssl", "subprocess", "sys", "tempfile",
    "threading", "time", "urllib.request", "uuid",
}  # fmt: skip
IMPURE_CALLS = {"open", "input", "print"}
CLOCKS = {"now", "utcnow", "today"}

LONGEST_FILE = 300
LONGEST_FUNCTION = 60
MOST_ARGUMENTS = 4  # beyond these, arguments are keyword-only


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def place_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__")


def room_of(place: str) -> str:
    return place.partition("/")[0]


def is_pure(place: str) -> bool:
    return any(place == pure or place.startswith(pure + "/") for pure in PURE)


def imports_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            assert node.module
            if node.module == "publisher":
                yield from (f"publisher.{alias.name}" for alias in node.names)
            else:
                yield node.module


@functools.cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def forget() -> Iterator[None]:
    """Trees of all files are large, and nobody else needs them."""
    yield
    parse.cache_clear()


def test_every_file_stands_in_a_room_that_has_a_rank() -> None:
    strangers = {room_of(place_of(path)) for path in files()} - set(RANK_OF) - {"", ".", "__init__", "__main__"}
    assert not strangers


# One test looks at all files and names those at fault: two thousand tests that say the same take longer than looking.


def test_imports_run_down_only() -> None:
    assert [fault for path in files() for fault in climbing_imports(path)] == []


def climbing_imports(path: Path) -> Iterator[str]:
    place = place_of(path)
    room = room_of(place)
    if room not in RANK_OF:
        return
    for module in imports_of(parse(path)):
        if not module.startswith("publisher."):
            continue
        other = module.split(".")[1]
        if other in RANK_OF and other != room and RANK_OF[other] >= RANK_OF[room]:
            yield f"{place} (rank {RANK_OF[room]}) imports {other}"


def test_a_pure_file_touches_no_world() -> None:
    assert [fault for path in files() if is_pure(place_of(path)) for fault in impurities(path)] == []


def impurities(path: Path) -> Iterator[str]:
    tree, place = parse(path), place_of(path)
    for module in imports_of(tree):
        names = {module, module.partition(".")[0]}
        if names & IMPURE_MODULES and not (module == "pathlib" and place == "errors"):  # an error may name a path
            yield f"{place} imports {module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
                yield f"{place}:{node.lineno} calls {node.func.id}"
            elif isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                yield f"{place}:{node.lineno} reads a clock"


def test_files_and_functions_stay_small() -> None:
    assert [fault for path in files() for fault in large(path)] == []


def large(path: Path) -> Iterator[str]:
    text, place = path.read_text(encoding="utf-8"), place_of(path)
    if len(text.splitlines()) > LONGEST_FILE:
        yield f"{place} has more than {LONGEST_FILE} lines"
    if "migrations" in path.parts:
        return  # a migration is a list of statements, read once from top to bottom
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno >= LONGEST_FUNCTION:
                yield f"{place}: {node.name} is too long"
            decorated_command = bool(node.decorator_list)  # click hands its options over by name
            positional = [*node.args.posonlyargs, *node.args.args]
            if not decorated_command and len(positional) > MOST_ARGUMENTS + 1:
                yield f"{place}: {node.name} takes too many arguments"


def test_no_drawers() -> None:
    drawers = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
    assert [place_of(path) for path in files() if path.stem in drawers] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [place_of(path) for path in files() if not ast.get_docstring(parse(path))]
    assert not silent
