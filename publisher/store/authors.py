"""Authors: those of config.toml, and those found on posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from publisher.model.author import Author, Link
from publisher.model.media import Image
from publisher.store import schema
from publisher.store.counters import CHANGES, reserve
from publisher.store.upsert import insert_or_ignore

_PAGE = 500  # keys asked for at a time: databases limit the variables of a statement


def configure(conn: Connection, authors: Iterable[Author]) -> None:
    """Keep what config.toml says of these authors, and of no others; it goes before what posts tell."""
    table = schema.authors
    said = {author.key: _said(author) for author in authors}
    before = {row["key"]: row["configured"] for row in conn.execute(select(table.c.key, table.c.configured)).mappings()}
    for key in sorted(said.keys() - before.keys()):
        insert_or_ignore(conn, table, _row_of(Author(key=key, name=said[key]["name"])) | {"configured": {}})
    for key in sorted(said.keys() | before.keys()):
        if said.get(key, {}) != before.get(key, {}):
            _change(conn, key, {"configured": said.get(key, {})})


def learn(conn: Connection, authors: Iterable[Author]) -> None:
    """Keep what posts tell about their authors; what a post leaves out stays."""
    found = {author.key: author for author in authors}
    known = {row["key"]: row for row in _rows(conn, list(found))}
    for key, author in found.items():
        row = _row_of(author)
        if key not in known:
            insert_or_ignore(conn, schema.authors, row | {"configured": {}})  # another collector may be first
            continue
        told = {name: value for name, value in row.items() if value and known[key][name] != value}
        if told:
            _change(conn, key, told)


def changed_after(conn: Connection, change: int) -> list[str]:
    """The keys of authors of whom something else is told since that change."""
    table = schema.authors
    return list(conn.execute(select(table.c.key).where(table.c.change > change).order_by(table.c.key)).scalars())


def _change(conn: Connection, key: str, values: dict[str, Any]) -> None:
    changed = values | {"change": reserve(conn, CHANGES)}
    conn.execute(update(schema.authors).where(schema.authors.c.key == key).values(changed))


def _said(author: Author) -> dict[str, Any]:
    said = {name: value for name, value in _row_of(author).items() if value and name != "key"}
    return said | {"email": author.email}  # an address that config.toml leaves out stays private


def find(conn: Connection, keys: Sequence[str]) -> dict[str, Author]:
    """The authors with these keys, by key; unknown ones are left out."""
    return {row["key"]: _author_of(row) for row in _rows(conn, keys)}


def names(conn: Connection, *, most: int) -> dict[str, str]:
    """The names of authors by key, in the order of the alphabet."""
    table = schema.authors
    rows = conn.execute(select(table.c.key, table.c.name, table.c.configured).order_by(table.c.name).limit(most))
    return {row.key: row.configured.get("name") or row.name for row in rows}


def _rows(conn: Connection, keys: Sequence[str]) -> list[RowMapping]:
    rows: list[RowMapping] = []
    for start in range(0, len(keys), _PAGE):
        wanted = select(schema.authors).where(schema.authors.c.key.in_(keys[start : start + _PAGE]))
        rows.extend(conn.execute(wanted).mappings())
    return rows


def _row_of(author: Author) -> dict[str, Any]:
    return asdict(author) | {
        "links": [asdict(link) for link in author.links],
        "portrait": asdict(author.portrait) if author.portrait else {},
    }


def _author_of(row: RowMapping) -> Author:
    facts = dict(row) | row["configured"]
    return Author(
        **{name: facts[name] for name in ("key", "name", "blurb", "bio", "email", "url")},
        links=tuple(Link(**link) for link in facts["links"]),
        portrait=Image(**facts["portrait"]) if facts["portrait"] else None,
    )
