"""Collecting: each source is read, decided about, and stored.

Reading happens outside of any transaction; then one transaction looks up what is known,
decides and stores, so two collectors at once cannot store a post twice. Pictures are
written before it: a post never refers to one that is not there. A source that fails is
noted and told, and never stops another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.collect.capturesource import read_captures
from publisher.collect.feedsource import read_feed_at, read_feed_file
from publisher.collect.fetch import Limits
from publisher.collect.files import read_file
from publisher.collect.foldersource import read_folder
from publisher.collect.found import Found, FoundMedia
from publisher.collect.ghostsource import read_ghost
from publisher.collect.identify import Context, Sight, decide_all, sights_of
from publisher.collect.pictures import LARGEST, kind_of, name_for
from publisher.collect.wordpresssource import read_wordpress
from publisher.errors import SourceError, Unwritable
from publisher.model.intake import Take
from publisher.store import authors, columns, posts, settings, sources
from publisher.store.database import Store
from publisher.wholefile import write_if_changed

_APIS = frozenset({"wordpress", "ghost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as configured; exactly one of `url` and `path` is set."""

    kind: str  # `feed`, `wordpress`, `ghost`, `folder` or `capture`
    url: str = ""
    path: Path | None = None
    key: Callable[[], str] = field(default=str, repr=False)  # asked at each visit; may raise ConfigError
    context: Context

    @property
    def name(self) -> str:
        return self.context.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all sources share."""

    zone: ZoneInfo  # the newsroom's; dates without a zone are in it
    media: Path  # folder for pictures
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a visit to one source came to."""

    source: str
    column: str
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    problems: tuple[str, ...] = ()  # each a sentence that names its place
    failed: bool = False  # nothing of it could be used


def collect_all(store: Store, visited: Iterable[Source], desk: Desk, *, now: datetime) -> list[Collected]:
    """Visit every source, one after the other."""
    return [collect_source(store, source, desk, now=now) for source in visited]


def collect_source(store: Store, source: Source, desk: Desk, *, now: datetime) -> Collected:
    """Visit one source. Its failure is in what is returned; StorageError is raised."""
    try:
        found = read_source(source, desk, since=_since(store, source))
        _keep_media(found.media, source, desk)
    except (SourceError, Unwritable) as wrong:
        with store.write() as conn:
            sources.failed(conn, source.name, now=now, problem=str(wrong))
        return Collected(source=source.name, column=source.context.column, problems=(str(wrong),), failed=True)
    sights = sights_of(found.posts, source.context)
    takes = _store(store, source, found, sights, now=now)
    new = sum(take.is_new for take in takes)
    return Collected(
        source=source.name,
        column=source.context.column,
        new=new,
        revised=len(takes) - new,
        unchanged=len(sights) - len(takes),
        problems=found.problems,
    )


def _since(store: Store, source: Source) -> datetime | None:
    """The last visit, if what this address had was taken then; the whole of another is news to us."""
    if source.kind not in _APIS:
        return None
    with store.read() as conn:
        taken = settings.find_decided(conn, _address_mark(source))
        return sources.get_state(conn, source.name).last_success if taken else None


def _address_mark(source: Source) -> str:
    return f"first taken: {source.name} {source.url}"


def read_source(source: Source, desk: Desk, *, since: datetime | None = None) -> Found:
    """What the source holds now; of an API, what is new or changed `since`. Raises SourceError."""
    context, limits = source.context, desk.limits
    if source.kind == "wordpress":
        return read_wordpress(source.name, source.url, limits, since=since)
    if source.kind == "ghost":
        return read_ghost(source.name, source.url, limits, key=source.key, since=since)
    if source.kind == "feed" and source.url:
        return read_feed_at(source.name, source.url, limits)
    if source.path is None:
        raise SourceError(source=source.name, place="config.toml", problem="it has no `path`; add one")
    if source.kind == "feed":
        return read_feed_file(source.name, source.path, max_bytes=limits.max_bytes, base_url=context.base_url)
    if source.kind == "capture":
        return read_captures(source.name, source.path, zone=desk.zone, max_bytes=limits.max_bytes)
    return read_folder(source.name, source.path, zone=desk.zone, base_url=context.base_url, max_bytes=limits.max_bytes)


def _store(store: Store, source: Source, found: Found, sights: list[Sight], *, now: datetime) -> list[Take]:
    context = source.context
    with store.write() as conn:
        known = posts.find_known(conn, source.name, [sight.guid for sight in sights])
        wanted = [slug for sight in sights if sight.guid not in known for slug in sight.slugs]
        takes = decide_all(
            sights,
            known,
            context=context,
            slugs_taken=frozenset(posts.slugs_taken(conn, context.column, wanted)),
            first_fetch=sources.get_state(conn, source.name).first_fetched is None,
            now=now,
        )
        # The newest post comes last here, and its word about an author is the one that stays.
        authors.learn(conn, (author for sight in reversed(sights) for author in sight.post.authors))
        posts.save(conn, takes)
        columns.tell(conn, context.column, name=found.column_name, tagline=found.column_tagline)
        sources.succeeded(conn, source.name, now=now, problem="\n".join(found.problems[:20]))
        if source.kind in _APIS:
            settings.decide_once(conn, _address_mark(source), now.isoformat())
    return takes


def _keep_media(media: Iterable[FoundMedia], source: Source, desk: Desk) -> None:
    """Copy pictures to where they are published from, under the names that posts refer to."""
    for one in media:
        target = desk.media / one.name
        if target.is_file():
            continue  # its name is the hash of its bytes
        content = read_file(source.name, one.path, max_bytes=LARGEST)
        if name_for(content, kind_of(content)) != one.name:
            problem = "it was changed while it was read; the source is taken at the next visit"
            raise SourceError(source=source.name, place=str(one.path), problem=problem)
        write_if_changed(target, content)
