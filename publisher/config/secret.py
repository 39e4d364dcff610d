"""Where secrets come from: the environment, or a file that holds one secret alone.

For `{ env = "NAME" }` the variable NAME is read, else the file that NAME_FILE names (as
container platforms hand secrets over). For `{ file = "PATH" }` the file, relative to
config.toml. No message ever holds a secret.

The site's key is special: its file is made when it is missing, 32 random octets in
hexadecimal digits, readable by its owner alone. The file may hold several keys, one a
line: the first signs, all verify, so a key can be changed without breaking the links in
letters that are out.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from publisher.config.kinds import Secret
from publisher.errors import ConfigError, Unwritable
from publisher.wholefile import write_new

_KEY_OCTETS = 32
_LARGEST_BYTES = 64 * 1024
_ENOUGH = 16  # characters; a key shorter than this can be guessed


def read_secret(secret: Secret, root: Path, environ: Mapping[str, str], *, key: str) -> str:
    """The secret, without line ends around it. `key` is its place in config.toml, for the message.

    Raises ConfigError where it is nowhere or empty.
    """
    if secret.file is not None:
        return _from_file(root / Path(secret.file).expanduser(), key)
    name = secret.env or ""
    if environ.get(name):
        return environ[name].strip("\r\n")
    file = environ.get(f"{name}_FILE")
    if file:
        return _from_file(Path(file), f"{key} (named by {name}_FILE)")
    state = "is empty" if name in environ else "is not set"
    raise _unusable(key, f"environment variable {name} {state}", f"set it, or set {name}_FILE to a file that holds it")


def read_or_make_key(secret: Secret, root: Path, environ: Mapping[str, str], *, key: str) -> tuple[bytes, ...]:
    """The keys of `site.secret`, the signing one first; a missing file is made.

    Raises ConfigError for what cannot be a key, Unwritable where the file cannot be made.
    """
    if secret.file is not None:
        path = root / Path(secret.file).expanduser()
        if not path.exists():
            _make(path)
    keys = tuple(
        line.strip().encode() for line in read_secret(secret, root, environ, key=key).splitlines() if line.strip()
    )
    if not keys or any(len(one) < _ENOUGH for one in keys):
        raise _unusable(
            key, f"holds a key of less than {_ENOUGH} characters", "use 64 random hexadecimal digits a line"
        )
    return keys


def _from_file(path: Path, key: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as wrong:
        raise _unusable(key, f"{path} cannot be read: {wrong.strerror}", "make the file, or name another") from None
    try:
        text = content.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        text = ""
    if not text.strip() or "\0" in text or len(content) > _LARGEST_BYTES:
        raise _unusable(key, f"{path} holds no secret", "write the secret into it as text, and nothing else")
    return text


def _make(path: Path) -> None:
    """Write a new key; where two processes try, both read the one that came first."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong
    write_new(path, secrets.token_hex(_KEY_OCTETS).encode("ascii") + b"\n")


def _unusable(key: str, wrong: str, cure: str) -> ConfigError:
    return ConfigError((f"config.toml: {key}: {wrong}; {cure}",))
