"""Publishing a site: pages and feeds of what changed since the last run, in an order that is safe to read.

Pictures come before the pages that show them, pages before the feeds that link to them,
archive documents before those that name them, and nothing is taken away until all is
written. What a new post costs depends on the feeds it stands in and on its month, never
on how much is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from sqlalchemy import Connection

from publisher import __version__
from publisher.errors import PublishError
from publisher.feed.deltas import entries_of
from publisher.feed.jsonfeed import ABOUT
from publisher.feed.site import Site
from publisher.model.column import Column
from publisher.model.direction import direction_of
from publisher.model.entitytag import tag_of
from publisher.model.feedname import WHOLE, FeedKind, FeedName
from publisher.model.issue import Newsletter
from publisher.model.post import Post
from publisher.publish.changes import Todo, fingerprint_of, look, settle
from publisher.publish.documents import Feed, archives, find_feed, subscription
from publisher.publish.entering import Naming, enter_changes
from publisher.publish.library import Library
from publisher.publish.lists import write_lists
from publisher.publish.lock import alone
from publisher.publish.newsletters import find_new, known, settle_new, write_newsletter
from publisher.publish.pages import Setting, card_of, index_page, post_page
from publisher.publish.place import column_place, feed_links, whole_place
from publisher.publish.places import Guide, months_beside, write_place
from publisher.publish.shown import Shown
from publisher.publish.takeover import take_over
from publisher.publish.target import Target
from publisher.publish.touched import Touched, note
from publisher.publish.tree import Published, Tree
from publisher.store import archive, feeds, feedversions, posts
from publisher.store import columns as stored_columns
from publisher.store.database import Store
from publisher.templating import Templates

ON_INDEX = 5  # posts of each column on the page of all columns
_FIXED = (("feed.css", "feed/feed.css"), ("site.css", "web/site.css"), (ABOUT, "feed/about-feeds.html"))
_SOME = 200  # posts read at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What config.toml and the store say about the site."""

    site: Site
    zone: tzinfo  # the newsroom's; days and months are told in it
    feed_id: str  # of the feed of all columns; minted once and stored
    tagging_entity: str  # that the ids of other feeds are minted with
    entries: int  # newest posts in each feed
    newsletters: tuple[Newsletter, ...] = ()  # whose issues are shown
    joinable: tuple[str, ...] = ()  # slugs of those that people may join by themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a run works with."""

    store: Store
    target: Target
    media: Path  # pictures as they were collected
    lock: Path  # a file that one process at a time holds
    templates: Templates
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run under way."""

    todo: Todo
    touched: Touched
    tree: Tree
    guide: Guide
    facts: Facts
    newsletters: Sequence[Shown]  # of which other issues are shown than before

    @property
    def conn(self) -> Connection:
        return self.guide.conn

    @property
    def columns(self) -> Mapping[str, Column]:
        return self.guide.columns

    def months_of(self, feed: FeedName) -> set[str] | None:
        """Those in which its list of posts changed; None: all are written."""
        if self.todo.whole or feed in self.touched.anew:
            return None
        return self.touched.months_of(feed)


def publish_site(columns: Sequence[Column], facts: Facts, press: Press, *, everything: bool = False) -> Published:
    """Bring what is published up to date; `everything`: look at each file, also where nothing changed.

    Raises Unwritable (disk full, no permission), TemplateError, Busy, StorageError; what was
    published before is then still there, and whole.
    """
    with alone(press.lock, press.target.place):
        fingerprint = _fingerprint(columns, facts, press)
        todo = look(press.store, fingerprint, whole=everything or not press.target.is_there())
        newsletters = find_new(press.store, facts.newsletters, tagging_entity=facts.tagging_entity, whole=todo.whole)
        if todo.is_nothing and not newsletters:
            return Published()
        _refuse_unknown(press.store, columns)
        take_over(press.store, press.lock.with_suffix(".json"), now=press.clock())
        by_slug = {column.slug: column for column in columns}
        naming = Naming(columns=by_slug, whole_id=facts.feed_id, tagging_entity=facts.tagging_entity, zone=facts.zone)
        touched = enter_changes(press.store, todo, naming, now=press.clock())
        tree = Tree(press.store, press.target, media=press.media, clock=press.clock, careful=todo.whole)
        with press.store.read() as conn:
            guide = _guide(conn, by_slug, facts, press)
            run = _Run(todo=todo, touched=touched, tree=tree, guide=guide, facts=facts, newsletters=newsletters)
            _write(run, press)
        published = tree.finish()
        settle(press.store, todo, touched.feeds)
        settle_new(press.store, newsletters)
        return published


def _fingerprint(columns: Sequence[Column], facts: Facts, press: Press) -> str:
    return fingerprint_of(
        {
            "program": __version__,
            "facts": asdict(facts),
            "columns": [asdict(column) for column in columns],
            "templates": press.templates.fingerprint("web", "feed"),
            "place": press.target.place,
        }
    )


def _refuse_unknown(store: Store, columns: Sequence[Column]) -> None:
    with store.read() as conn:
        known = {stored.slug for stored in stored_columns.get_all(conn)}
    unknown = [column.slug for column in columns if column.slug not in known]
    if unknown:
        raise PublishError(f"the store knows no column {unknown[0]!r} yet; collect once before publishing")


def _guide(conn: Connection, columns: Mapping[str, Column], facts: Facts, press: Press) -> Guide:
    setting = Setting(
        name=facts.site.name,
        url=facts.site.url,
        language=facts.site.language,
        zone=facts.zone,
        render=press.templates.render,
        speak=press.templates.wording,
        joinable=facts.joinable,
    )
    library = Library(conn, columns, facts.site, press.templates.wording)
    return Guide(conn=conn, library=library, setting=setting, zone=facts.zone, most=facts.entries)


def _write(run: _Run, press: Press) -> None:
    if run.todo.whole:
        language = run.facts.site.language
        spoken = {"language": language, "direction": direction_of(language)}
        for name, template in _FIXED:
            run.tree.write(name, press.templates.render(template, spoken).encode())
    _write_posts(run)
    shown = list(_feeds_of(run))
    _owe_months(run, shown, press)
    for feed in shown:
        if feed.name != WHOLE:
            write_place(run.tree, feed, run.guide, touched=run.months_of(feed.name))
    if run.todo.whole or any(feed.name == WHOLE for feed in shown):
        run.tree.write("index.html", _index(run))
    write_lists(run.tree, run.guide, run.touched, newsletters=run.facts.newsletters, whole=run.todo.whole)
    told = [feed for feed in shown if not feed.ended]
    _write_archives(run, told)
    documents = list(_write_newsletters(run))
    for feed in told:
        _, subscribed = subscription(run.conn, feed, run.guide.library, site=run.facts.site, most=run.facts.entries)
        _write_documents(run, dict(subscribed), press)
    for written in documents:
        _write_documents(run, written, press)
    run.tree.remove(run.touched.left)
    if run.todo.whole:
        run.tree.remove_all_others()


def _write_posts(run: _Run) -> None:
    """A page for each post; those of the ones that are gone are taken away."""
    for seqs in _in_parts(run):
        found = {post.seq: post for post in run.guide.library.posts(seqs)}
        for post in found.values():
            _write_post(run, post)
        if not run.todo.whole:
            lost = posts.places_of(run.conn, [seq for seq in seqs if seq not in found])
            run.tree.remove(f"{place.column}/{place.slug}.html" for place in lost)


def _in_parts(run: _Run) -> Iterator[list[int]]:
    if not run.todo.whole:
        seqs = sorted(run.touched.posts | run.touched.linked)
        yield from (seqs[at : at + _SOME] for at in range(0, len(seqs), _SOME))
        return
    last = 0
    while some := [seq for _, seq in posts.seqs_after(run.conn, last, most=_SOME)]:
        last = some[-1]
        yield some


def _write_post(run: _Run, post: Post) -> None:
    column, library = run.columns[post.column], run.guide.library
    run.tree.copy_pictures(post)
    links = feed_links(column_place(column), run.facts.site.url)
    page = post_page(post, column, links, run.guide.setting, before=library.before(post), after=library.after(post))
    run.tree.write(f"{post.column}/{post.slug}.html", page)


def _feeds_of(run: _Run) -> Iterator[Feed]:
    """The feeds to be written; the files of those that are no longer published are taken away."""
    for name in sorted(run.touched.feeds):
        feed = find_feed(run.conn, name, columns=run.columns, site=run.facts.site)
        if feed:
            yield feed
        elif name.folder:
            run.touched.names = True
            run.tree.remove(run.tree.names_below(f"{name.folder}/"))


def _owe_months(run: _Run, shown: Sequence[Feed], press: Press) -> None:
    """Pages by month of a place that had none till now are all written, and so are those beside pages that come or go.

    If this run is killed the next one does so, which sees no more that those pages are new.
    """
    owed = Touched()
    for feed in shown:
        touched = run.months_of(feed.name)
        if feed.name == WHOLE or touched is None:
            continue
        beside = months_beside(run.tree, feed, run.guide, touched=touched)
        if beside is None:
            owed.anew.add(feed.name)
        else:
            owed.months |= {(feed.name, month) for month in beside}
    with press.store.write() as conn:
        note(conn, owed)
    run.touched.add(owed)


def _write_archives(run: _Run, shown: Sequence[Feed]) -> None:
    pages = set() if run.todo.whole else feeds.pages_with(run.conn, sorted(run.touched.posts))
    for feed in shown:
        anew = run.todo.whole or feed.name in run.touched.anew
        wanted = None if anew else [page for name, page in pages if name == feed.name]
        for path, content in archives(run.conn, feed, run.guide.library, site=run.facts.site, wanted=wanted):
            run.tree.write(path, content)


def _index(run: _Run) -> bytes:
    site = run.facts.site
    newest = {
        slug: feeds.newest(run.conn, FeedName(kind=FeedKind.COLUMN, key=slug), most=ON_INDEX) for slug in run.columns
    }
    shown = {post.seq: post for post in run.guide.library.posts([seq for some in newest.values() for seq in some])}
    cards = []
    for slug, column in run.columns.items():
        links = feed_links(column_place(column), site.url)
        of_column = [shown[seq] for seq in newest[slug] if seq in shown]
        cards.append(card_of(column, links, of_column, run.guide.setting))
    return index_page(feed_links(whole_place(site.name, site.language), site.url), cards, run.guide.setting)


def _write_newsletters(run: _Run) -> Iterator[dict[str, bytes]]:
    """Their pages and archive documents; what comes back are the documents to subscribe to."""
    new = {shown.newsletter.slug for shown in run.newsletters}
    told = set() if run.todo.whole else archive.newsletters_with(run.conn, sorted(run.touched.posts))
    also = [one for one in run.facts.newsletters if one.slug in told - new]
    for shown in [*run.newsletters, *known(run.conn, also)]:
        anew = run.todo.whole or shown.newsletter.slug in told
        yield dict(write_newsletter(run.tree, shown, run.guide, anew=anew))


def _write_documents(run: _Run, written: Mapping[str, bytes], press: Press) -> None:
    """The document to subscribe to in each format, and what is remembered of its version."""
    for path, content in written.items():
        run.tree.write(path, content)
    run.tree.flush()
    with press.store.write() as conn:
        for path, content in written.items():
            feedversions.remember(conn, path, etag=tag_of(content), entries=entries_of(content))
