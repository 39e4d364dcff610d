"""Editing config.toml: what was added is there, and all that a person wrote is as it was."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config.edit import with_tables, write_config
from publisher.config.load import read_config, read_text
from publisher.errors import ConfigError

TOP = Path(__file__).parent.parent
EXAMPLE = (TOP / "config.toml").read_text(encoding="utf-8")
TIDE = {"tide": {"column": "harbour-notes", "kind": "feed", "url": "https://tide.example/feed"}}
ADDED = '[sources.tide]\ncolumn = "harbour-notes"\nkind = "feed"\nurl = "https://tide.example/feed"\n'


def test_new_tables_stand_behind_the_last_of_their_kind() -> None:
    new = with_tables(EXAMPLE, "sources", TIDE)
    last = (
        '[sources.night-desk]\ncolumn = "night-desk"\nkind = "folder"\npath = "columns/night-desk"\nbacklog = "all"\n'
    )
    assert new == EXAMPLE.replace(last, f"{last}\n{ADDED}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ADDED),
        ("[site]\nname = 'x'", f"[site]\nname = 'x'\n\n{ADDED}"),
        ("[site]\nname = 'x'\n# the end\n", f"[site]\nname = 'x'\n# the end\n\n{ADDED}"),
        ("[sources.a]\nkind = 'x'\n# about a\n\n# about b\n[b]\n",
         f"[sources.a]\nkind = 'x'\n# about a\n\n{ADDED}\n# about b\n[b]\n"),
        ("[sources.a]\nkind = 'x'\n# about b\n[b]\n", f"[sources.a]\nkind = 'x'\n\n{ADDED}\n# about b\n[b]\n"),
        ("[sources.a]\nk = '''\n[b]\n# no comment\n'''\n[b]\n",
         f"[sources.a]\nk = '''\n[b]\n# no comment\n'''\n\n{ADDED}\n[b]\n"),
        ("[sources.a]\nk = [\n  ['x'],\n]\n", f"[sources.a]\nk = [\n  ['x'],\n]\n\n{ADDED}"),
        ("[sources.a]\n[sources.a.key]\nenv = 'K'\n", f"[sources.a]\n[sources.a.key]\nenv = 'K'\n\n{ADDED}"),
        ("[sources]\na = { kind = 'x' }\n[b]\n", f"[sources]\na = {{ kind = 'x' }}\n\n{ADDED}\n[b]\n"),
        ("sources.a.kind = 'x'\n", f"sources.a.kind = 'x'\n\n{ADDED}"),
    ],
    ids=["empty", "no-line-end", "comment-at-end", "comments", "comment", "prose", "list", "sub", "one-line", "dotted"],
)  # fmt: skip
def test_every_way_to_write_a_file_keeps_its_comments(before: str, after: str) -> None:
    assert with_tables(before, "sources", TIDE) == after
    assert tomllib.loads(after)["sources"]["tide"]["kind"] == "feed"


def test_line_ends_of_windows_stay() -> None:
    new = with_tables(EXAMPLE.replace("\n", "\r\n"), "sources", TIDE)
    assert new == with_tables(EXAMPLE, "sources", TIDE).replace("\n", "\r\n")


def test_a_table_in_braces_is_told() -> None:
    with pytest.raises(ConfigError, match=r"sources: is written in braces.*\[sources.NAME\]"):
        with_tables("sources = { a = { kind = 'feed' } }\n", "sources", TIDE)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=10), max_size=3), st.text(max_size=10))
def test_any_name_and_any_text_come_back(values: dict[str, str], name: str) -> None:
    if any("\ud800" <= sign <= "\udfff" for sign in "".join([name, *values, *values.values()])):
        return
    read = tomllib.loads(with_tables(EXAMPLE, "sources", {name: values} | TIDE))["sources"]
    assert read["tide"] == TIDE["tide"]
    assert name == "tide" or read[name] == values


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    return path


def test_what_is_written_can_be_used_at_once(path: Path) -> None:
    path.chmod(0o640)
    written = write_config(path, old=EXAMPLE, new=with_tables(EXAMPLE, "sources", TIDE))
    assert "tide" in written.config.sources
    assert read_config(path).config == written.config
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_nothing_is_written_while_there_is_a_mistake(path: Path) -> None:
    stray = {"tide": TIDE["tide"] | {"column": "harbour-note"}}
    with pytest.raises(ConfigError, match="did you mean `harbour-notes`"):
        write_config(path, old=EXAMPLE, new=with_tables(EXAMPLE, "sources", stray))
    assert read_text(path) == EXAMPLE


def test_nothing_is_written_over_what_somebody_else_has_written(path: Path) -> None:
    path.write_text(EXAMPLE + "# by another hand\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="changed by somebody else"):
        write_config(path, old=EXAMPLE, new=with_tables(EXAMPLE, "sources", TIDE))
    assert read_text(path).endswith("# by another hand\n")


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "current.toml"
    link.symlink_to(path)
    write_config(link, old=EXAMPLE, new=with_tables(EXAMPLE, "sources", TIDE))
    assert link.is_symlink()
    assert "[sources.tide]" in read_text(path)
