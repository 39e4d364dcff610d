"""`publisher subscribers segments`, and readers told apart by one: `--segment`, `--tag`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.config.nouns import segment_of
from publisher.config.segments import SegmentTable
from publisher.config.values import duration_text
from publisher.errors import WrongUse
from publisher.house.opened import House, open_house, utc_now
from publisher.model.segment import Segment, key_of
from publisher.store import segments as stored
from publisher.store.segments import Among

segment_option = click.option("--segment", metavar="NAME", help="Only those of a segment in config.toml.")
tag_option = click.option("--tag", metavar="TAG", help="Only those with this tag.")


@click.command("segments", epilog=examples("publisher subscribers segments", "publisher subscribers segments --json"))
@config_option
@json_option
def segments(config_path: Path, *, as_json: bool) -> None:
    """List the segments of config.toml: what each says, how many readers belong to it, whom it is the audience of.

    Readers who have not confirmed, or get no mail any more, are not counted.
    """
    with open_house(config_path) as house:
        with house.store.read() as conn:
            found = {
                name: stored.count(conn, segment_of(house.config, name), now=utc_now())
                for name in house.config.segments
            }
        told = [_told(house, name, readers) for name, readers in found.items()]
    if as_json:
        print_json(told)
        return
    for one in told:
        audience = f"; the audience of {', '.join(one['audience_of'])}" if one["audience_of"] else ""
        readers = "1 reader" if one["readers"] == 1 else f"{one['readers']:,} readers"
        say(f"{one['segment']}  {readers}  {one['says']}{audience}")
    if not told:
        say("there is no segment; `[segments.NAME]` in config.toml makes one")


def _told(house: House, name: str, readers: int) -> dict[str, Any]:
    holding = [slug for slug, table in house.config.newsletters.items() if table.audience == name]
    says = "; ".join(_in_words(house.config.segments[name]))
    return {"segment": name, "readers": readers, "says": says, "audience_of": holding}


def _in_words(table: SegmentTable) -> Iterator[str]:
    for key in table.model_fields_set:
        value = getattr(table, key)
        if key in ("newer_than", "older_than"):
            yield f"{key} {duration_text(value)}"
        elif isinstance(value, tuple):
            yield f"{key} {', '.join(map(str, value))}"
        else:
            yield f"{key} {value}"


def among_of(conn: Connection, house: House, *, segment: str | None, tag: str | None = None) -> Among:
    """The readers that are asked for; None: all. Raises WrongUse for a segment that is not there."""
    if segment is not None and segment not in house.config.segments:
        known = ", ".join(house.config.segments) or "none"
        raise WrongUse(f"there is no segment {segment!r} in {house.file.path}; there are: {known}")
    chosen = segment_of(house.config, segment) if segment else None
    if tag:
        tagged = stored.belongs(conn, Segment(name=tag, tags=(key_of(tag),)), now=utc_now())
        return tagged if chosen is None else tagged & stored.belongs(conn, chosen, now=utc_now())
    return stored.among(conn, chosen, now=utc_now())
