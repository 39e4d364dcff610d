"""A source written into config.toml, with its column and authors where these are new: as edits of the file's text.

What a person typed is judged field by field first; what the whole file says of it is judged
when it is saved (`configsaving`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

from publisher.collect.page.selectors import Selectors
from publisher.config import addresses, values
from publisher.config.edits import Edit
from publisher.config.kinds import Secret
from publisher.config.refused import Refused
from publisher.config.schema import Config
from publisher.model.slug import slug_of

NEW = "+"  # in place of a column's slug: it is made with its source
_LIKE_A_KEY = re.compile(r"[0-9a-fA-F]{20}")  # Ghost's has 26 such digits
BACKLOGS = ("archive", "newest 3", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewColumn:
    slug: str
    name: str = ""
    tagline: str = ""
    authors: Sequence[str] = ()  # keys of those that are there
    author_name: str = ""  # of one that is new; "": there is none
    author_blurb: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAsked:
    """A source as somebody wants it."""

    name: str
    kind: str  # as config.toml names it
    url: str = ""
    path: str = ""  # of a folder or captured pages, in place of `url`; it was judged when it was tried
    key: Secret | None = None  # where Ghost's is found
    column: str = ""  # slug
    backlog: str = "archive"
    is_text_on_page: bool = False  # the feed has beginnings alone
    selectors: Selectors = field(default_factory=Selectors)
    new_column: NewColumn | None = None
    newsletters: Sequence[str] = ()  # that get the new column, of those that name theirs


def mistakes_of(config: Config, asked: SourceAsked) -> dict[str, str]:
    """What is wrong, by field."""
    wrong = _refused({"name": (values.slug, asked.name)})
    if not asked.path:
        wrong |= _refused({"url": (addresses.web_url, asked.url)})
    if "name" not in wrong and asked.name in config.sources:
        wrong["name"] = f"there is a source {asked.name} already; choose another name"
    wrong |= _refused({"backlog": (values.backlog, asked.backlog)})
    if asked.new_column is None:
        if asked.column not in config.columns:
            wrong["column"] = "choose a column, or make a new one"
        return wrong
    column = asked.new_column
    wrong |= _refused({"column_slug": (values.slug, column.slug)})
    if "column_slug" not in wrong and column.slug in config.columns:
        wrong["column_slug"] = f"there is a column {column.slug} already; choose it above, or another slug"
    if column.author_name and slug_of(column.author_name) in config.authors:
        wrong["author_name"] = f"{column.author_name} is there already; tick the box instead"
    return wrong


def key_told(env: str, file: str) -> Secret:
    """Where a key is found. Raises Refused, and never says what was typed: it may be the key itself."""
    env, file = env.strip(), file.strip()
    if bool(env) == bool(file):
        raise Refused("", "name a variable or a file that holds the key, one of the two")
    if _LIKE_A_KEY.search(env or file):
        raise Refused("", "this looks like the key itself; put it into a file, and write the file's name here")
    if env:
        values.environment_name(env)
        return Secret(env=env, file=None)
    return Secret(env=None, file=str(values.line(file)))


def mistakes_in_selectors(selectors: Selectors) -> dict[str, str]:
    """What is wrong with any of them, by its name."""
    return _refused({name: (values.css, text) for name, text in asdict(selectors).items()})


def selectors_told(told: Mapping[str, str]) -> Selectors:
    """Those that a form or config.toml names, without blanks around them."""
    return Selectors(**{one.name: " ".join(told.get(one.name, "").split()) for one in fields(Selectors)})


def edits_for_new(config: Config, asked: SourceAsked) -> list[Edit]:
    """The edits that add it."""
    slug, edits = asked.column, list[Edit]()
    if asked.new_column:
        slug = asked.new_column.slug
        edits += _column_edits(config, asked.new_column, asked.newsletters)
    where = {"path": asked.path} if asked.path else {"url": asked.url}
    table: dict[str, object] = {"column": slug, "kind": asked.kind, **where}
    if asked.key:
        table["key"] = asked.key.model_dump(exclude_none=True)
    if asked.kind == "feed" and asked.is_text_on_page:
        table["text"] = "page"
    if asked.backlog != "archive":
        table["backlog"] = asked.backlog
    if selectors := _set(asked.selectors):
        table["select"] = selectors
    return [*edits, Edit(key=("sources", asked.name), value=table)]


def edits_for_change(name: str, *, url: str, kind: str, selectors: Selectors) -> list[Edit]:
    """The edits that let a source be read in another way; all else of its table stays."""
    return [
        Edit(key=("sources", name, "url"), value=url),
        Edit(key=("sources", name, "kind"), value=kind),
        Edit(key=("sources", name, "select"), value=_set(selectors) or None),
    ]


def _column_edits(config: Config, column: NewColumn, newsletters: Sequence[str]) -> list[Edit]:
    authors, edits = list(column.authors), list[Edit]()
    if column.author_name:
        key = slug_of(column.author_name)
        authors.append(key)
        author = {"name": column.author_name, "blurb": column.author_blurb}
        edits.append(Edit(key=("authors", key), value={name: one for name, one in author.items() if one}))
    told = {"name": column.name, "tagline": column.tagline, "authors": authors}
    edits.insert(0, Edit(key=("columns", column.slug), value={name: one for name, one in told.items() if one}))
    for slug in newsletters:
        columns = config.newsletters[slug].columns
        if columns:  # one that names none has all
            edits.append(Edit(key=("newsletters", slug, "columns"), value=[*columns, column.slug]))
    return edits


def _set(selectors: Selectors) -> dict[str, str]:
    return {name: text for name, text in asdict(selectors).items() if text}


def _refused(told: Mapping[str, tuple[Callable[[object], object], str]]) -> dict[str, str]:
    wrong = {}
    for name, (read, text) in told.items():
        try:
            read(text)
        except Refused as refused:
            wrong[name] = f"{text or 'nothing'} {refused}"
    return wrong
