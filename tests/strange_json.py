"""Posts of an API as a hostile or broken site could send them: the right keys with anything under them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

CASES = Path(__file__).parent / "cases" / "collect"

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        [
            *("0000-00-00T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "http://[", "publish"),
            *("", "<b>&amp;", "\ud800", "public", "../../x", "javascript:alert(1)", "1" * 5000),
        ]
    )
)


def strange_json(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """A real post of `cases/collect/KIND/posts.json` in which some places hold something else."""
    loaded = json.loads((CASES / kind / "posts.json").read_text(encoding="utf-8"))
    posts = loaded["posts"] if isinstance(loaded, dict) else loaded
    names = sorted({name for post in posts for name in post})
    anything = st.recursive(
        _LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(names), inner, max_size=3),
        max_leaves=8,
    )
    return st.sampled_from(posts).flatmap(lambda post: _changed(post, anything))


def _changed(value: Any, anything: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """`value`, with each of its parts perhaps replaced; it stays an object where it is one at the top."""
    if isinstance(value, dict):
        return st.fixed_dictionaries({key: _part(inner, anything) for key, inner in value.items()})
    if isinstance(value, list):
        return st.tuples(*(_part(inner, anything) for inner in value)).map(list)
    return st.just(value)


def _part(value: Any, anything: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 5).flatmap(lambda dice: anything if dice == 0 else _changed(value, anything))
