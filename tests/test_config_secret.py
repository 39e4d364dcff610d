"""Secrets come from the environment or a file, and are never told."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from publisher.config.kinds import Secret
from publisher.config.secret import read_or_make_key, read_secret
from publisher.errors import ConfigError, Unwritable

KEY = "relays.post.password"


def test_a_secret_is_read_from_the_environment(tmp_path: Path) -> None:
    found = read_secret(Secret(env="PASSWORD", file=None), tmp_path, {"PASSWORD": " with blanks \n"}, key=KEY)
    assert found == " with blanks "


def test_a_variable_may_name_a_file_instead(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("quiet-river\n")
    environ = {"PASSWORD_FILE": str(tmp_path / "password")}
    assert read_secret(Secret(env="PASSWORD", file=None), tmp_path, environ, key=KEY) == "quiet-river"


def test_a_file_is_relative_to_the_config(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "password").write_bytes(b"\xef\xbb\xbfquiet-river\r\n")
    assert read_secret(Secret(env=None, file="var/password"), tmp_path, {}, key=KEY) == "quiet-river"


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, "environment variable PASSWORD is not set; set it, or set PASSWORD_FILE to a file that holds it"),
        ({"PASSWORD": ""}, "environment variable PASSWORD is empty; set it, or set PASSWORD_FILE"),
        ({"PASSWORD_FILE": "/nowhere/at/all"}, "(named by PASSWORD_FILE): /nowhere/at/all cannot be read"),
    ],
)
def test_a_secret_that_is_nowhere_is_told_with_its_key_and_the_cure(
    environ: dict[str, str], told: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as raised:
        read_secret(Secret(env="PASSWORD", file=None), tmp_path, environ, key=KEY)
    assert str(raised.value).startswith(f"config.toml: {KEY}")
    assert told in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  ", b"\xff\xfe", b"a\0b", b"x" * 100_000])
def test_a_file_that_holds_no_secret_is_told_without_its_content(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(content)
    with pytest.raises(ConfigError, match="holds no secret; write the secret into it"):
        read_secret(Secret(env=None, file="password"), tmp_path, {}, key=KEY)


def test_the_site_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    secret = Secret(env=None, file="var/secret.key")
    made = read_or_make_key(secret, tmp_path, {}, key="site.secret")
    path = tmp_path / "var" / "secret.key"
    assert len(made) == 1
    assert len(bytes.fromhex(made[0].decode())) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_or_make_key(secret, tmp_path, {}, key="site.secret") == made
    assert [child.name for child in path.parent.iterdir()] == ["secret.key"]


def test_processes_that_make_the_key_at_the_same_time_agree(tmp_path: Path) -> None:
    secret = Secret(env=None, file="secret.key")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: read_or_make_key(secret, tmp_path, {}, key="site.secret"), range(32)))
    assert len(set(made)) == 1


def test_several_lines_are_several_keys_and_the_first_signs(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("new-key-of-22-letters\n\nold-key-of-22-letters\n")
    keys = read_or_make_key(Secret(env=None, file="secret.key"), tmp_path, {}, key="site.secret")
    assert keys == (b"new-key-of-22-letters", b"old-key-of-22-letters")


def test_a_key_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="less than 16 characters") as raised:
        read_or_make_key(Secret(env="KEY", file=None), tmp_path, {"KEY": "hunter2"}, key="site.secret")
    assert "hunter2" not in str(raised.value)


def test_a_key_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    with pytest.raises(Unwritable, match=r"secret\.key"):
        read_or_make_key(Secret(env=None, file="var/secret.key"), tmp_path, {}, key="site.secret")
