"""What one table of config.toml says about another.

Each check is a function over the raw document that yields mistakes. It looks at what has
the right kind and leaves the rest to the schema, so that one run tells of both.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from publisher.config.carriers import CARRIER_CHECKS
from publisher.config.incomingcrossing import INCOMING_CHECKS
from publisher.config.lines import Key
from publisher.config.mailcrossing import MAIL_CHECKS
from publisher.config.mistakes import Mistake, shown
from publisher.config.raw import Raw, at, each_known, named, split, tables
from publisher.config.relaycrossing import RELAY_CHECKS
from publisher.config.segmentcrossing import SEGMENT_CHECKS

RESERVED_SLUGS = frozenset(
    {
        "admin", "all", "api", "archive", "authors", "confirm", "feed", "feeds", "healthz", "hooks", "hub", "letters",
        "media", "metrics", "newsletters", "outbox", "preferences", "readyz", "sitemaps", "static", "subscribe", "tags",
        "unsubscribe", "websub", "you",
    }
)  # fmt: skip
"""First parts of the site's own paths; a column of that name would stand in their way."""

_ON_DISK = ("folder", "capture")
_ON_THE_WEB = ("wordpress", "ghost")


def crossing_mistakes(raw: Raw) -> Iterator[Mistake]:
    for check in _CHECKS:
        yield from check(raw)


def _columns(raw: Raw) -> Iterator[Mistake]:
    for slug, column in tables(raw, "columns"):
        if slug in RESERVED_SLUGS:
            yield Mistake(
                key=("columns", slug),
                wrong="is the name of one of the site's own pages",
                cure=f"choose another, like `{slug}-column`",
            )
        yield from each_known(raw, "authors", ("columns", slug, "authors"), column.get("authors"))


def _former_columns(raw: Raw) -> Iterator[Mistake]:
    """An address leads to one place: a former slug is no column's now, and of one column alone."""
    taken: dict[str, str] = {}
    for slug, column in tables(raw, "columns"):
        aliases = column.get("aliases")
        for number, alias in enumerate(aliases if isinstance(aliases, list) else []):
            if isinstance(alias, str):
                key: Key = ("columns", slug, "aliases", number)
                yield from _free(raw, key, alias.strip(), taken)
                taken.setdefault(alias.strip(), f"an alias of `{slug}`")
    feeds = raw.get("feeds")
    gone = feeds.get("gone") if isinstance(feeds, Mapping) else None
    for number, slug in enumerate(gone if isinstance(gone, list) else []):
        if isinstance(slug, str):
            yield from _free(raw, ("feeds", "gone", number), slug.strip(), taken)


def _free(raw: Raw, key: Key, slug: str, taken: Mapping[str, str]) -> Iterator[Mistake]:
    if slug in named(raw, "columns"):
        yield Mistake(key=key, wrong="is a column", got=shown(slug), cure="take one of the two out")
    elif slug in RESERVED_SLUGS:
        yield Mistake(key=key, wrong="is the name of one of the site's own pages", got=shown(slug), cure="take it out")
    elif slug in taken:
        yield Mistake(key=key, wrong=f"is {taken[slug]}, too", got=shown(slug), cure="take one of the two out")


def _sources(raw: Raw) -> Iterator[Mistake]:
    for name, source in tables(raw, "sources"):
        key: Key = ("sources", name)
        yield from each_known(raw, "columns", (*key, "column"), source.get("column"))
        kind, has_url, has_path = source.get("kind"), "url" in source, "path" in source
        if has_url and has_path:
            yield Mistake(key=(*key, "url"), wrong="stands beside `path`", cure="keep one of the two")
        elif kind == "feed" and not has_url and not has_path:
            yield Mistake(key=key, wrong="says nowhere to look", cure="add `url` (an address) or `path` (a file)")
        elif kind in _ON_DISK:
            cures = f"a {kind} is read from disk: write `path` instead", "add `path` (relative to config.toml)"
            yield from _one_place(key, source, "path", not_here="url", cures=cures)
        elif kind in _ON_THE_WEB:
            cures = f"a {kind} site is asked over the web: write `url` instead", "add `url`, the address of the site"
            yield from _one_place(key, source, "url", not_here="path", cures=cures)
        elif kind == "page":
            cures = "a page is fetched: write `url` instead", "add `url`, the address of the column's page"
            yield from _one_place(key, source, "url", not_here="path", cures=cures)
        yield from _extras(key, source)


def _one_place(key: Key, source: Raw, here: str, *, not_here: str, cures: tuple[str, str]) -> Iterator[Mistake]:
    """A source that can only be in one kind of place."""
    if not_here in source:
        yield Mistake(key=(*key, not_here), wrong="cannot be used here", got=shown(source[not_here]), cure=cures[0])
    elif here not in source:
        yield Mistake(key=key, wrong="says nowhere to look", cure=cures[1])


def _extras(key: Key, source: Raw) -> Iterator[Mistake]:
    """Keys that only some kinds have."""
    kind = source.get("kind")
    if "every" in source and "url" not in source:
        cure = "take it out: what is on disk is read in every round (`collect.every`)"
        yield Mistake(key=(*key, "every"), wrong="is for a source with an address", cure=cure)
    of_pages = kind == "page" or source.get("text") == "page"
    if not of_pages and "select" in source:
        yield Mistake(key=(*key, "select"), wrong="is of use to a page alone", cure="take it out")
    if source.get("text") == "page" and (kind != "feed" or "url" not in source):
        cure = "take it out" if kind != "feed" else "take it out, or write `url` instead of `path`"
        yield Mistake(key=(*key, "text"), wrong="is for a feed with an address", cure=cure)
    if kind == "ghost" and "key" not in source:
        cure = 'add `key = { env = "NAME" }`, the Content API key that Ghost shows under Integrations'
        yield Mistake(key=key, wrong="has no key to ask with", cure=cure)
    elif kind != "ghost" and "key" in source:
        yield Mistake(key=(*key, "key"), wrong="is of use to a Ghost site alone", cure="take it out")


def _secrets(raw: Raw) -> Iterator[Mistake]:
    for key in _secret_keys(raw):
        secret = at(raw, key)
        if isinstance(secret, Mapping) and set(secret) <= {"env", "file"} and len(secret) != 1:
            wrong = "names two places" if secret else "names no place"
            yield Mistake(key=key, wrong=wrong, cure='write one of `{ env = "NAME" }` and `{ file = "PATH" }`')


def _secret_keys(raw: Raw) -> Iterator[Key]:
    yield ("site", "secret")
    yield ("storage", "password")
    for name, _ in tables(raw, "relays"):
        yield ("relays", name, "password")
        yield ("relays", name, "oauth", "client_secret")
        yield ("relays", name, "oauth", "refresh_token")
    for name, _ in tables(raw, "bounces"):
        yield ("bounces", name, "password")
        yield ("bounces", name, "oauth", "client_secret")
        yield ("bounces", name, "oauth", "refresh_token")
    for name, _ in tables(raw, "webhooks"):
        yield ("webhooks", name, "secret")
    for name, _ in tables(raw, "sources"):
        yield ("sources", name, "key")
    for name, _ in tables(raw, "dkim"):
        yield ("dkim", name, "key")


def _database(raw: Raw) -> Iterator[Mistake]:
    storage = raw.get("storage")
    if isinstance(storage, Mapping) and "password" in storage:
        url = storage.get("database", "sqlite:")
        if isinstance(url, str) and not url.strip().startswith("postgresql"):
            key: Key = ("storage", "password")
            yield Mistake(key=key, wrong="is for PostgreSQL, and the database is not", cure="take it out")
        elif isinstance(url, str) and not ((parts := split(url)) and parts.username):
            cure = "write the user into `database`, like `postgresql://user@host/name`"
            yield Mistake(key=("storage", "password"), wrong="has no user to go with", cure=cure)


def _folders(raw: Raw) -> Iterator[Mistake]:
    """What is published must not hold what is private."""
    storage = raw.get("storage", {})
    feeds = storage.get("feeds", "feeds") if isinstance(storage, Mapping) else None
    if not isinstance(feeds, str):
        return
    published = _parts(feeds)
    key: Key = ("storage", "feeds")
    if not published:
        cure = "name a folder of its own, like `feeds`"
        yield Mistake(key=key, wrong="would publish config.toml itself", got=shown(feeds), cure=cure)
        return
    private = {"var": storage.get("var", "var"), "templates": storage.get("templates", "templates")}
    database = storage.get("database", "sqlite:///var/publisher.db")
    if isinstance(database, str) and database.startswith("sqlite:///"):
        private["database"] = database.removeprefix("sqlite:///").partition("?")[0]
    for name, path in private.items():
        if isinstance(path, str) and _parts(path)[: len(published)] == published:
            cure = "keep what is published in a folder of its own"
            yield Mistake(key=("storage", name), wrong=f"lies in the folder that is published, `{feeds}`", cure=cure)


def _parts(path: str) -> tuple[str, ...]:
    """Parts of a path with `.` and `x/..` taken out, without asking the disk."""
    normal = posixpath.normpath(path)
    return () if normal == "." else tuple(normal.split("/"))


_CHECKS = (
    _columns, _former_columns, _sources, *MAIL_CHECKS, *RELAY_CHECKS, *CARRIER_CHECKS, *INCOMING_CHECKS,
    *SEGMENT_CHECKS, _secrets, _database, _folders,
)  # fmt: skip
