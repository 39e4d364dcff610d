"""config.toml is read, and all that is wrong with it is told at once.

The cases are files: tests/cases/config/NAME.toml, and beside it NAME.expected with the
messages word for word.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config.load import LARGEST_BYTES, read_config
from publisher.errors import ConfigError

CASES = sorted((Path(__file__).parent / "cases" / "config").glob("*.toml"))
TOP = Path(__file__).parent.parent

LEAST = """
[site]
name = "The Lantern"
url = "https://lantern.example"
postal_address = "9 Mill Lane, Oakbridge"
tag_authority = "lantern.example,2026"

[columns.garden]
"""


def mistakes_in(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        read_config(path)
    assert str(raised.value) == "\n".join(raised.value.mistakes)
    return [mistake.replace(f"{path.parent}/", "") for mistake in raised.value.mistakes]


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "config.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_every_mistake_is_told_with_its_line_and_what_to_do(case: Path, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    shutil.copy(case, path)
    assert mistakes_in(path) == case.with_suffix(".expected").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_no_message_holds_a_secret(case: Path, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    shutil.copy(case, path)
    told = " ".join(mistakes_in(path))
    assert "do-not-print-me" not in told
    assert "do not print me" not in told


def test_the_cases_hold_ten_mistakes_at_once_and_many_kinds() -> None:
    told = [case.with_suffix(".expected").read_text(encoding="utf-8").splitlines() for case in CASES]
    assert max(map(len, told)) >= 10
    kinds = {line.split(": ", 2)[2].partition(" (got")[0].partition(";")[0] for lines in told for line in lines}
    assert len(kinds) >= 40


def test_the_example_at_the_top_can_be_used() -> None:
    file = read_config(TOP / "config.toml")
    assert file.root == TOP
    assert list(file.config.columns) == ["harbour-notes", "night-desk"]
    assert file.config.relays["tryout"].url == "catcher://"
    assert all(file.resolve(source.path or "").is_dir() for source in file.config.sources.values())


def test_the_least_config_has_defaults_for_all_else(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, LEAST)).config
    assert config.storage.database == "sqlite:///var/publisher.db"
    assert config.site.secret.file == "var/secret.key"
    assert config.newsletters == {}


def test_paths_are_relative_to_the_file_and_not_to_where_one_stands(tmp_path: Path) -> None:
    file = read_config(write(tmp_path, LEAST))
    assert file.resolve("columns/garden") == tmp_path / "columns" / "garden"
    assert file.resolve("/srv/feeds") == Path("/srv/feeds")
    assert file.resolve("~/feeds") == Path.home() / "feeds"


@pytest.mark.parametrize(
    "text",
    [b"\xef\xbb\xbf" + LEAST.encode(), LEAST.replace("\n", "\r\n").encode()],
    ids=["byte order mark", "windows line ends"],
)
def test_what_editors_on_other_systems_write_is_read(text: bytes, tmp_path: Path) -> None:
    assert read_config(write(tmp_path, text)).config.site.name == "The Lantern"


def test_a_missing_file_says_how_to_make_a_site(tmp_path: Path) -> None:
    (told,) = mistakes_in(tmp_path / "config.toml")
    assert told == (
        "config.toml: there is no such file; name the file with `--config PATH`, "
        "or make a new site with `publisher init DIR`"
    )


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is a folder; name the file in it: `--config .*config\.toml`"):
        read_config(tmp_path)


def test_text_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, LEAST.encode() + b'name = "Caf\xe9"\n')
    line = LEAST.count("\n") + 1
    assert mistakes_in(path) == [f"config.toml:{line}: is not UTF-8 text; save the file as UTF-8"]


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = write(tmp_path, b"#" * (LARGEST_BYTES + 1))
    assert mistakes_in(path) == ["config.toml: is larger than 1 MiB; this is hardly a config.toml: name another file"]


def test_a_file_nested_too_deeply_is_refused_and_breaks_nothing(tmp_path: Path) -> None:
    (told,) = mistakes_in(write(tmp_path, "a = " + "[" * 100_000))
    assert "nested too deeply" in told


def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.symlink_to(path)
    (told,) = mistakes_in(path)
    assert told.startswith("config.toml: cannot be read: ")


EXAMPLE = (TOP / "config.toml").read_text(encoding="utf-8")
VALUES = st.recursive(
    st.one_of(
        st.booleans(), st.integers(-1, 2**70), st.floats(), st.datetimes(), st.text(max_size=12),
        st.sampled_from(["garden", "catcher://", "smtps://a@b", "6h", "0 7 * * *", "folder", "a@b.example"]),
    ),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["env", "file", "url", "daily", "garden", "name"]), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip
KEYS = st.sampled_from(
    ["column", "kind", "url", "path", "name", "columns", "schedule", "from", "relay", "password", "secret", "links"]
)
TABLES = st.sampled_from(
    [
        "site",
        "storage",
        "columns",
        "authors",
        "sources",
        "newsletters",
        "relays",
        "mail",
        "collect",
        "feeds",
        "web",
        "x",
    ]
)
DOCUMENTS = st.dictionaries(
    TABLES, VALUES | st.dictionaries(KEYS | st.just("garden"), VALUES | st.dictionaries(KEYS, VALUES, max_size=3))
)


def told_about(text: str) -> None:
    """Read it; any error but ConfigError comes through, and each message has its place."""
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(ConfigError):
        try:
            read_config(write(Path(folder), text))
        except ConfigError as wrong:
            for mistake in wrong.mistakes:
                place, _, sentence = mistake.partition(": ")
                assert place.startswith(f"{folder}/config.toml:"), mistake
                assert "; " in sentence, mistake
            raise


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_no_document_breaks_the_reader(document: dict[str, Any]) -> None:
    told_about(tomlkit.dumps(document))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, len(EXAMPLE)), st.integers(0, 60), st.text(alphabet='[]{}"=.#\n\\abc1', max_size=4))
def test_an_example_with_a_piece_torn_out_is_told_or_read(start: int, length: int, instead: str) -> None:
    told_about(EXAMPLE[:start] + instead + EXAMPLE[start + length :])
