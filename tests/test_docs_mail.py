"""docs/email.md: every test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "email.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_[a-z_0-9]+\.py)::(test_\w+)`", PAGE)))


@cache
def functions_of(name: str) -> frozenset[str]:
    tree = ast.parse((TESTS / name).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_test_that_the_page_names_is_there() -> None:
    assert len(NAMED) > 30
    assert [f"{file}::{name}" for file, name in NAMED if name not in functions_of(file)] == []


def test_no_row_is_left_out() -> None:
    rows = re.findall(r"^\| ([PM]\d+) \|.*\| [^|]*`test_[^|]*\|$", PAGE, re.MULTILINE)
    assert rows == [f"P{number}" for number in range(1, 10)] + [f"M{number}" for number in range(1, 13)]
