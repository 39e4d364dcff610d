"""Where a folder may lie that somebody makes a source at the desk: in the site's own, and nowhere near its secrets.

Whoever writes config.toml itself may name any place; the desk is opened to people who may not. So what
is typed there is refused where it leads out of the folder of config.toml, by `..` or by a link; where our
own folders lie (the database, caught letters, what is published, templates); where a file lies that
config.toml reads a secret from; and where its name is hidden.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from publisher.config.kinds import Secret
from publisher.config.load import ConfigFile
from publisher.config.refused import Refused

LONGEST = 1000  # characters


def place_told(file: ConfigFile, text: str, environ: Mapping[str, str]) -> str:
    """What was typed as config.toml names it, `columns/harbour-notes`. Raises Refused, in words for its field."""
    path = Path(text.strip())
    if not text.strip() or len(text) > LONGEST or not text.isprintable():
        raise Refused("is no folder", "write its way from the folder of config.toml, like `columns/harbour-notes`")
    if path.is_absolute() or text.strip().startswith("~") or "\\" in text:
        raise Refused("is not below the site's folder", "write its way from there, like `columns/harbour-notes`")
    if ".." in path.parts:
        raise Refused("leads upwards", "write the way down from the folder of config.toml, without `..`")
    if any(part.startswith(".") for part in path.parts) or path == Path():
        raise Refused("is hidden, or the whole site", "name a folder of its own, like `columns/harbour-notes`")
    _refuse_outside(file, path, environ)
    return path.as_posix()


def _refuse_outside(file: ConfigFile, path: Path, environ: Mapping[str, str]) -> None:
    try:
        top, real = file.root.resolve(), (file.root / path).resolve()
        taken = [one.resolve() for one in _taken(file, environ)]
    except (OSError, RuntimeError):  # a link to itself
        raise Refused("leads nowhere", "a link on the way goes round in circles; name the folder itself") from None
    if real == top or not real.is_relative_to(top):
        raise Refused("is a link that leads out of the site's folder", "put the files themselves there")
    if any(real.is_relative_to(one) or one.is_relative_to(real) for one in taken):
        raise Refused("is where the program keeps its own", "name a folder that holds posts alone")


def _taken(file: ConfigFile, environ: Mapping[str, str]) -> Iterator[Path]:
    """What no source may have: folders of ours, and those with secrets in them; config.toml too."""
    storage = file.config.storage
    yield file.path
    yield from map(file.resolve, (storage.var, storage.feeds, storage.templates))
    for secret in _secrets_in(file.config):
        named = secret.file or environ.get(f"{secret.env}_FILE")
        if named:
            held = file.resolve(named)
            yield (
                held if held.parent.resolve() == file.root.resolve() else held.parent
            )  # what lies beside may be one, too


def _secrets_in(value: object) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets_in(getattr(value, name))
    elif isinstance(value, dict):
        for one in value.values():
            yield from _secrets_in(one)


def shown(file: ConfigFile, words: str) -> str:
    """What is told of files, without where on this machine the site lies."""
    for top in (file.root, file.root.resolve()):
        words = words.replace(f"{top}{os.sep}", "")
    return words
