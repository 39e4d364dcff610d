"""Rounds in processes of their own, the sizes in turn: memory is then of one round alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence


def run_apart(
    program: str,
    alone: int | None,
    measure: Callable[[int], dict[str, float]],
    wanted: Mapping[int, int],
    more: Sequence[str] = (),
) -> dict[int, list[dict[str, float]]]:
    """For each size, what `measure` found in each round; `wanted` says how many rounds.

    The program calls itself with `--alone SIZE` and `more`, and then only prints what it measured.
    """
    if alone is not None:
        print(json.dumps(measure(alone)))
        raise SystemExit(0)
    found: dict[int, list[dict[str, float]]] = {size: [] for size in wanted}
    for turn in range(max(wanted.values())):
        for size in (size for size, count in wanted.items() if turn < count):
            command = [sys.executable, program, "--alone", str(size), *more]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found[size].append(json.loads(done.stdout))
    return found
