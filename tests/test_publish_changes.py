"""Whatever happens to posts, and whenever a run is killed: what is published is what a rebuild would make.

The laws stand in `checked`, which looks at the site after each run that was not killed.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from lxml import etree
from lxml import html as lxml_html

from publisher.model.author import Author
from publisher.model.post import Post
from publisher.publish.target import File
from publisher.store import authors, edits, feeds, posts
from publisher.store.database import open_store
from tests.presses import NIGHT, Newsroom
from tests.shelves import COLUMN, SITE, a_full_post
from tests.writers import put_posts, take

PEOPLE = {key: Author(key=key, name=key.title()) for key in ("ada", "ben")}
TAGS = ("Tides", "tides!", "Locks")  # the first two are one
START = datetime(2026, 1, 31, 20, tzinfo=UTC)  # far enough in the east it is February already
MINUTES = 60 * 24
MANY = int(os.environ.get("HISTORIES", "4"))  # more of them find more: HISTORIES=500 in an idle hour


class Killed(Exception):
    """The process is no more."""


class Shelf:
    """A target in memory, which ends the process at a chosen call."""

    def __init__(self, place: str = "a shelf") -> None:
        self.place = place
        self.files: dict[str, bytes] = {}
        self.calls_left = -1  # before it dies; -1: it does not

    def _live(self) -> None:
        if self.calls_left == 0:
            self.calls_left = -1
            raise Killed
        self.calls_left -= self.calls_left > 0

    def holds(self, file: File) -> bool:
        return self.files.get(file.name) == file.content

    def put(self, some: Sequence[File]) -> Mapping[str, str]:
        for file in some:
            self._live()
            self.files[file.name] = file.content
        return dict.fromkeys((file.name for file in some), "")

    def remove(self, name: str) -> bool:
        self._live()
        found = self.files.pop(name, None) is not None
        self._live()
        return found

    def is_there(self) -> bool:
        return "index.html" in self.files

    def sweep(self, names: Iterable[str]) -> None:
        self._live()


class Site:
    """A newsroom in a folder of its own, with what it is known to have."""

    def __init__(self, database: bytes) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="publisher-history-"))
        (self.folder / "publisher.db").write_bytes(database)
        self.store = open_store("sqlite:///publisher.db", root=self.folder)
        self.newsroom = Newsroom(store=self.store, folder=self.folder, columns=(COLUMN, NIGHT))
        self.shelf = Shelf()
        self.number = 0
        self.sets: dict[str, frozenset[str]] = {}  # of each archive document: the ids it holds
        self.ids: dict[str, str] = {}  # of each feed

    def close(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    # What happens to posts.

    def new(self, post: Post) -> int:
        with self.store.write() as conn:
            return put_posts(conn, [post])[0]

    def post(self, seq: int) -> Post:
        with self.store.read() as conn:
            return posts.with_seqs(conn, [seq])[seq]

    def revise(self, seq: int, **changes: object) -> None:
        before = self.post(seq)
        revised = replace(before, revision=before.revision + 1, updated=before.updated + timedelta(hours=1), **changes)
        with self.store.write() as conn:
            posts.save(conn, [take(revised, content_hash=f"{revised.revision}")])

    # What is published, and what of it must be true.

    def publish(self, *, everything: bool = False) -> None:
        self.newsroom.publish(target=self.shelf, everything=everything)
        self.checked()

    def rebuilt(self) -> dict[str, bytes]:
        """What a run makes from the same database where nothing was published yet."""
        copy = self.folder / "copy"
        copy.mkdir(exist_ok=True)
        with (
            closing(sqlite3.connect(self.folder / "publisher.db")) as here,
            closing(sqlite3.connect(copy / "publisher.db")) as there,
        ):
            here.backup(there)
        store = open_store("sqlite:///publisher.db", root=copy)
        shelf = Shelf("another shelf")
        try:
            replace(self.newsroom, store=store).publish(target=shelf)
        finally:
            store.close()
        return shelf.files

    def checked(self) -> None:
        files, expected = self.shelf.files, self.rebuilt()
        assert {name for name in files.keys() - expected.keys() if not name.startswith("media/")} == set()
        assert [name for name in expected if files.get(name) != expected[name]] == []
        self._links_lead_somewhere()
        self._chains_are_complete()
        self._names_stay()

    def _links_lead_somewhere(self) -> None:
        site = self.newsroom.facts.site.url
        for path, content in self.shelf.files.items():
            for url in links_in(path, content, site):
                named = f"{url}index.html" if url.endswith("/") or not url else url
                assert named in self.shelf.files, f"{path} leads to {url}"
        named = [loc.text for loc in etree.fromstring(self.shelf.files["sitemap.xml"]).iter("{*}loc")]
        there = {name for name in self.shelf.files if name.startswith("sitemaps/")}
        assert {url.removeprefix(f"{site}/") for url in named} == there

    def _chains_are_complete(self) -> None:
        with self.store.read() as conn:
            names = [feed.name for feed in feeds.get_all(conn)]
            standing = {name: set(feeds.newest(conn, name, most=1000)) for name in names}
            ids = {seq: post.id for seq, post in posts.with_seqs(conn, list(range(1, self.number + 1))).items()}
            gone = {post.id for post in posts.with_seqs(conn, list(ids)).values() if post.withdrawn}
        for name in names:
            path = f"{name.folder}/atom.xml".lstrip("/")
            if path not in self.shelf.files:
                assert not standing[name]
                continue
            found, stones = self._walk(path)
            assert found == {ids[seq] for seq in standing[name]}, name
            assert stones <= gone
            rss, _ = self._walk(path.replace("atom.xml", "rss.xml"))
            assert rss == found, name

    def _walk(self, path: str) -> tuple[set[str], set[str]]:
        """The ids of entries and of tombstones in all documents of a feed."""
        site, found, stones = self.newsroom.facts.site.url, set[str](), set[str]()
        while path:
            document = etree.fromstring(self.shelf.files[path])
            here = {entry.findtext("{*}id") or entry.findtext("guid") for entry in document.iter("{*}entry", "item")}
            graves = {str(stone.get("ref")) for stone in document.iter("{*}deleted-entry")}
            found |= here
            stones |= graves
            if "archive/" in path and path.endswith("atom.xml"):
                self._set_stays(path, frozenset(here | graves))
            older = [link.get("href") for link in document.iter("{*}link") if link.get("rel") == "prev-archive"]
            path = str(older[0]).removeprefix(f"{site}/") if older else ""
        return found, stones - found

    def _set_stays(self, path: str, here: frozenset[str]) -> None:
        """An entry leaves where its post leaves the feed; none ever comes."""
        assert here <= self.sets.get(path, here), path
        self.sets[path] = here

    def _names_stay(self) -> None:
        for path, content in self.shelf.files.items():
            if path.endswith("atom.xml"):
                feed_id = str(etree.fromstring(content).findtext("{*}id"))
                assert self.ids.setdefault(path.partition("archive/")[0].removesuffix("atom.xml"), feed_id) == feed_id


def links_in(path: str, content: bytes, site: str) -> list[str]:
    """Paths below the top that a document leads to."""
    if path.endswith(".html"):
        found = [
            element.get(name)
            for element in lxml_html.document_fromstring(content).iter()
            for name in ("href", "src")
            if element.get(name)
        ]
    elif path.endswith((".xml", ".opml")):
        found = [
            value
            for element in etree.fromstring(content).iter("{*}link", "{*}loc", "{*}outline", "link")
            for value in (element.get("href"), element.get("xmlUrl"), element.text)
            if value and value.strip().startswith("http")
        ]
    else:
        return []
    here = [url for url in found if url.startswith(site) or ("//" not in url and not url.startswith(("#", "mailto:")))]
    folder = posixpath.dirname(path)
    return [
        url.removeprefix(site).lstrip("/") if url.startswith(site) else posixpath.normpath(posixpath.join(folder, url))
        for url in here
    ]


NOWHERE = "a post that nobody has"
changes = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple),
        "authors": st.lists(st.sampled_from(list(PEOPLE)), max_size=2, unique=True).map(
            lambda keys: tuple(PEOPLE[key] for key in keys)
        ),
        "column": st.sampled_from([COLUMN.slug, NIGHT.slug]),
        "url": st.sampled_from(["", "https://far.example/a", "https://far.example/b"]),
        "title": st.sampled_from(["One", "Two"]),
        "follows": st.sampled_from(
            [
                "",
                NOWHERE,
                "https://far.example/a",
                "tag:post.example,2026:post/1",
                "tag:post.example,2026:post/2",
                "g-3",
            ]
        ),
    },
)
moments = st.integers(0, 4 * 30 * MINUTES).map(lambda minutes: START + timedelta(minutes=minutes))


class History(RuleBasedStateMachine):
    """Any order of what may happen, with runs and kills between."""

    database = b""  # an empty one

    @initialize()
    def begin(self) -> None:
        self.site = Site(self.database)
        self.alive: set[int] = set()
        self.withdrawn: set[int] = set()

    def teardown(self) -> None:
        if hasattr(self, "site"):
            try:
                self.site.publish()
            finally:
                self.site.close()

    def _any(self, data: st.DataObject, seqs: set[int]) -> int:
        return data.draw(st.sampled_from(sorted(seqs)))

    @rule(published=moments, changes=changes)
    def a_post_comes(self, published: datetime, changes: dict[str, object]) -> None:
        self.site.number += 1
        number = self.site.number
        plain = {"authors": (), "tags": (), "image": None, "related": (), "body": f"<p>Text {number}.</p>"}
        post = a_full_post(number, seq=0, published=published, updated=published, **plain | changes)
        self.alive.add(self.site.new(post))

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), changes=changes)
    def a_post_is_revised(self, data: st.DataObject, changes: dict[str, object]) -> None:
        self.site.revise(self._any(data, self.alive | self.withdrawn), **changes)

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), published=moments)
    def a_post_gets_another_date(self, data: st.DataObject, published: datetime) -> None:
        with self.site.store.write() as conn:
            edits.redate_if(conn, self._any(data, self.alive), published, now=START)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def a_post_is_withdrawn(self, data: st.DataObject) -> None:
        seq = self._any(data, self.alive)
        with self.site.store.write() as conn:
            assert edits.withdraw_if(conn, seq, now=START + timedelta(days=150))
        self.alive.remove(seq)
        self.withdrawn.add(seq)

    @precondition(lambda self: self.withdrawn)
    @rule(data=st.data())
    def a_post_is_brought_back(self, data: st.DataObject) -> None:
        seq = self._any(data, self.withdrawn)
        with self.site.store.write() as conn:
            assert edits.restore_if(conn, seq, now=START + timedelta(days=151))
        self.withdrawn.remove(seq)
        self.alive.add(seq)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def a_post_goes_by_another_name(self, data: st.DataObject) -> None:
        seq = self._any(data, self.alive | self.withdrawn)
        with self.site.store.write() as conn:
            posts.rename(conn, {seq: f"g-{seq}"})

    @rule(key=st.sampled_from([*PEOPLE, "mira-voss"]), blurb=st.sampled_from(["Writes.", "Mends nets."]))
    def an_author_is_told_of(self, key: str, blurb: str) -> None:
        with self.site.store.write() as conn:
            authors.learn(conn, [Author(key=key, name=key.upper() if blurb == "Writes." else key, blurb=blurb)])

    @rule()
    def it_is_published(self) -> None:
        self.site.publish()

    @rule(calls=st.integers(0, 40))
    def the_publisher_is_killed(self, calls: int) -> None:
        self.site.shelf.calls_left = calls
        try:
            self.site.newsroom.publish(target=self.site.shelf)
        except Killed:
            pass
        finally:
            self.site.shelf.calls_left = -1


class Upheaval(History):
    """The same, while the newsroom moves, and columns come and go."""

    @rule(without=st.sampled_from([(), (0,), (1,)]), mine=st.booleans())
    def the_columns_are_others(self, without: tuple[int, ...], *, mine: bool) -> None:
        both = (replace(COLUMN, authors=("mira-voss",) if mine else ()), NIGHT)
        self.site.newsroom.columns = tuple(column for at, column in enumerate(both) if at not in without)

    @rule(
        zone=st.sampled_from(["UTC", "Asia/Tokyo"]),
        url=st.sampled_from([SITE.url, "https://new.example"]),
        entries=st.sampled_from([1, 2, 3]),
    )
    def the_site_is_another(self, zone: str, url: str, entries: int) -> None:
        facts = self.site.newsroom.facts
        site = replace(facts.site, url=url)
        self.site.newsroom.facts = replace(facts, zone=ZoneInfo(zone), site=site, entries=entries)


@pytest.fixture
def site(migrated_file: bytes) -> Iterator[Site]:
    made = Site(migrated_file)
    yield made
    made.close()


@pytest.mark.parametrize("history", [History, Upheaval])
def test_after_any_history_what_is_published_is_what_a_rebuild_makes(
    migrated_file: bytes, history: type[History]
) -> None:
    History.database = migrated_file
    run_state_machine_as_test(
        history,
        settings=settings(
            max_examples=MANY,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # so short a history needs no shrinking, which takes minutes
        ),
    )


@pytest.mark.parametrize("calls", [0, 1, 5, 12, 20, 30, 40])
def test_a_run_that_is_killed_owes_what_only_it_could_see(site: Site, calls: int) -> None:
    """Posts left a tag, a month, an author and a column, and are followed up by others, when it was killed."""
    by_ada = {"authors": (PEOPLE["ada"],), "tags": ("Locks",), "image": None, "related": (), "body": "<p>All.</p>"}
    months = [START + timedelta(days=31 * number) for number in range(4)]
    for number, when in enumerate(months, 1):
        site.new(a_full_post(number, seq=0, published=when, updated=when, **by_ada))
    site.new(a_full_post(5, seq=0, follows="tag:post.example,2026:post/1", **by_ada))
    site.number = 5
    site.publish()
    site.revise(1, tags=("Tides",))
    site.revise(2, authors=(PEOPLE["ben"],))
    site.revise(3, column=NIGHT.slug)
    site.revise(5, follows="tag:post.example,2026:post/2")
    with site.store.write() as conn:
        assert edits.redate_if(conn, 4, months[0], now=months[-1])
    site.shelf.calls_left = calls
    with contextlib.suppress(Killed):
        site.newsroom.publish(target=site.shelf)
    site.shelf.calls_left = -1
    site.revise(1, title="Again")
    site.publish()


def test_what_a_new_config_wrote_before_a_kill_is_undone_with_it(site: Site) -> None:
    site.new(a_full_post(1, seq=0, related=()))
    site.number = 1
    site.publish()
    facts = site.newsroom.facts
    site.newsroom.facts = replace(facts, site=replace(facts.site, name="The Other Post"))
    site.shelf.calls_left = 8
    with pytest.raises(Killed):
        site.newsroom.publish(target=site.shelf)
    site.newsroom.facts = facts
    site.publish()
