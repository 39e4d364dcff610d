"""Posts that wait for their article: what is kept of them between two visits.

A feed may drop a post before its article could be fetched, so the whole post as the feed
told it is kept, and nothing can be lost. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from publisher.collect.found import FoundPost


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One post that is not taken yet."""

    guid: str
    told: FoundPost  # as its feed told it last
    since: datetime  # when we first saw it so
    tries: int = 0  # visits at which its article was asked for in vain
    archive: bool = False  # it was found by a first fetch, and is no news


_LIST: TypeAdapter[tuple[Waiting, ...]] = TypeAdapter(tuple[Waiting, ...])


def written(waiting: Sequence[Waiting]) -> str:
    """Half characters (a lone surrogate) are left out: no database takes them."""
    told = json.dumps(_LIST.dump_python(tuple(waiting), mode="json"), ensure_ascii=False)
    return told.encode("utf-8", "ignore").decode("utf-8") if waiting else ""


def read(text: str) -> tuple[Waiting, ...]:
    """What `written` wrote. What another version wrote differently is read from the feed once more."""
    try:
        return _LIST.validate_json(text) if text else ()
    except ValidationError:
        return ()
