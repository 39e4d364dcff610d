"""Golden files: what a document was, kept beside what it is made from.

A change that is meant is written down by running the test with REWRITE_GOLDEN=1 and
reading the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

CASES = Path(__file__).parent / "cases"


def check_golden(path: Path, made: bytes) -> None:
    if os.environ.get("REWRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made)
    assert made == path.read_bytes(), f"{path.name} is no longer what is made; see tests/golden.py"
