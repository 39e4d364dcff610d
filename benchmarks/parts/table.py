"""Numbers as a plain table, and how they are taken: several rounds, one contender after the other.

A ratio to something measured in the same minutes on the same machine says more than a
rate: rates change with the machine and with who else works on it.
"""

from __future__ import annotations

import contextlib
import gc
import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Row = Sequence[str]


def print_table(title: str, heads: Row, rows: Sequence[Row]) -> None:
    """Columns as wide as their widest cell; the first is words, the others are numbers."""
    print(f"\n{title}\n")
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    print(_line(heads, widths))
    print("|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""]))
    for row in rows:
        print(_line(row, widths))


def _line(row: Row, widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
    return f"| {' | '.join(cells)} |"


def number(value: float) -> str:
    """Three digits that count, thousands parted."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3g}"


def milliseconds(seconds: float) -> str:
    return number(seconds * 1000)


def times(value: float) -> str:
    return f"{number(value)}x"


def seconds_of(work: Callable[[], object]) -> float:
    gc.collect()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each number over rounds that measured the same."""
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def peak_megabytes() -> float:
    """The most memory this process has had so far."""
    # getrusage() on Linux begins with what the process had that started us; this begins with us.
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # in KiB
