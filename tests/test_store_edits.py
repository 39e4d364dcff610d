"""Posts changed by hand: what a hand wrote stays, whatever the source says and however often it says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.collect.found import FoundPost
from publisher.collect.identify import Context, content_hash_of, sights_of
from publisher.collect.storing import known_of, store_sights
from publisher.model.issue import IssueEvent, IssueState
from publisher.model.post import Post
from publisher.model.source import SourceState
from publisher.store import edits, issues, posts, postsearch, sources
from publisher.store.database import Store
from tests.conftest import NOW
from tests.writers import a_post, freeze_for_all, put_columns, put_posts, put_readers

LATER = NOW + timedelta(hours=1)
CONTEXT = Context(
    source="wire", column="harbour", tagging_entity="courier.example,2026",
    base_url="https://courier.example/", backlog="all",
)  # fmt: skip
FOUND = FoundPost(guid="tide", title="Tide", summary="It came.", body_html="<p>It went.</p>", tags=("sea",))


def show(store: Store, found: FoundPost, hours: int = 0) -> int:
    """The source shows a post; how many revisions come of it."""
    sights = sights_of([found], CONTEXT)
    with store.write() as conn:
        put_columns(conn, "harbour")
        known = known_of(conn, "wire", sights)
        now = NOW + timedelta(hours=hours)
        return len(store_sights(conn, sights, known, context=CONTEXT, first_fetch=False, now=now))


def stored(store: Store, seq: int = 1) -> Post:
    with store.read() as conn:
        return posts.with_seqs(conn, [seq])[seq]


def change_of(store: Store, seq: int = 1) -> int:
    with store.read() as conn:
        return max(change for change, one in posts.changed_after(conn, 0) if one == seq)


def by_hand(store: Store, act: Callable[..., bool], *values: object, **named: object) -> bool:
    with store.write() as conn:
        return act(conn, 1, *values, **named, now=LATER)


def test_an_edit_is_a_new_revision_of_the_same_post(store: Store) -> None:
    show(store, FOUND)
    before, change = stored(store), change_of(store)
    assert by_hand(store, edits.edit, {"title": "The tide", "note": "It was the tide."})
    after = stored(store)
    assert after == replace(before, title="The tide", note="It was the tide.", revision=2, revised=LATER, updated=LATER)
    assert change_of(store) > change
    with store.read() as conn:
        assert edits.edited_of(conn, 1) == ("title",)


def test_the_same_edit_again_changes_nothing(store: Store) -> None:
    show(store, FOUND)
    assert by_hand(store, edits.edit, {"title": "The tide"})
    once, change = stored(store), change_of(store)
    assert not by_hand(store, edits.edit, {"title": "The tide"})
    assert (stored(store), change_of(store)) == (once, change)


def test_what_a_hand_wrote_stays_and_the_rest_goes_on_coming_from_the_source(store: Store) -> None:
    show(store, FOUND)
    by_hand(store, edits.edit, {"title": "The tide"})
    assert show(store, replace(FOUND, title="Tides", body_html="<p>It stayed.</p>"), hours=2) == 1
    after = stored(store)
    assert (after.title, after.body, after.revision) == ("The tide", "<p>It stayed.</p>", 3)


def test_a_change_of_a_held_field_alone_is_no_revision(store: Store) -> None:
    show(store, FOUND)
    by_hand(store, edits.edit, {"title": "The tide"})
    once = stored(store)
    for hours, title in enumerate(("Tides", "TIDES", "Tides"), 2):
        assert show(store, replace(FOUND, title=title), hours=hours) == 0
        with store.read() as conn:  # so that nobody takes it for news again, and fetches its page
            known = posts.find_known(conn, "wire", [FOUND.guid])[FOUND.guid]
            (sight,) = sights_of([replace(FOUND, title=title)], CONTEXT)
            assert known.content_hash == content_hash_of(sight.post)
    assert stored(store) == once


def test_a_field_that_is_let_go_is_the_source_s_again(store: Store) -> None:
    show(store, FOUND)
    by_hand(store, edits.edit, {"title": "The tide", "summary": "A hand's."})
    assert by_hand(store, edits.edit, {}, release=["title"])
    assert stored(store).title == "The tide"  # until the next visit
    assert show(store, FOUND, hours=2) == 1
    assert (stored(store).title, stored(store).summary) == ("Tide", "A hand's.")
    assert by_hand(store, edits.edit, {}, release=["summary"])
    assert show(store, FOUND, hours=3) == 1
    assert show(store, FOUND, hours=4) == 0


def test_letting_go_lets_the_source_be_read_anew(store: Store) -> None:
    show(store, FOUND)
    by_hand(store, edits.edit, {"title": "The tide"})
    with store.write() as conn:
        sources.put(conn, SourceState(name="wire", etag='"a"', last_modified="yesterday", failures=2))
        sources.remember(conn, "wire", "all of it")
        assert edits.edit(conn, 1, {}, release=["summary"], now=LATER) is False
        assert sources.get_state(conn, "wire").etag == '"a"'
        assert edits.edit(conn, 1, {}, release=["title"], now=LATER)
        state = sources.get_state(conn, "wire")
        assert (state.etag, state.last_modified, state.failures) == ("", "", 2)
        assert sources.recall(conn, "wire") == ""


def test_letting_go_what_says_the_same_is_no_revision(store: Store) -> None:
    show(store, FOUND)
    by_hand(store, edits.edit, {"title": "Tide"})
    by_hand(store, edits.edit, {}, release=["title"])
    assert show(store, FOUND, hours=2) == 0
    assert stored(store).revision == 1


def test_a_withdrawn_post_stays_withdrawn_and_is_never_mailed(store: Store) -> None:
    show(store, FOUND)
    change = change_of(store)
    assert by_hand(store, edits.withdraw_if)
    assert not by_hand(store, edits.withdraw_if)
    assert change_of(store) > change
    show(store, FOUND, hours=2)
    show(store, replace(FOUND, body_html="<p>Again!</p>"), hours=3)
    assert stored(store).withdrawn == LATER
    with store.read() as conn:
        assert posts.news(conn, columns=["harbour"], after_seq=0) == []
        assert posts.newest(conn, columns=["harbour"], limit=9) == []


def test_a_post_that_is_brought_back_is_newer_than_its_tombstone(store: Store) -> None:
    show(store, FOUND)
    assert not by_hand(store, edits.restore_if)
    by_hand(store, edits.withdraw_if)
    with store.write() as conn:
        assert edits.restore_if(conn, 1, now=LATER + timedelta(hours=1))
        assert posts.news(conn, columns=["harbour"], after_seq=0) == [(1, "harbour")]
    assert stored(store).withdrawn is None
    assert stored(store).updated > LATER


def test_another_date_keeps_id_and_address_and_no_source_takes_it_back(store: Store) -> None:
    show(store, FOUND)
    before = stored(store)
    assert by_hand(store, edits.redate_if, NOW - timedelta(days=9))
    assert not by_hand(store, edits.redate_if, NOW - timedelta(days=9))
    show(store, replace(FOUND, body_html="<p>New.</p>", published=NOW), hours=2)
    after = stored(store)
    assert (after.id, after.slug, after.published) == (before.id, before.slug, NOW - timedelta(days=9))


def test_issues_that_still_go_out_with_a_post_are_known(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(1), a_post(2)])
        put_readers(conn, 2)
        first = freeze_for_all(conn, slot="2026-11-21", seqs=(1, 2))
        second = freeze_for_all(conn, slot="2026-11-22", seqs=(2,))
        assert [one.issue for one in edits.unsent_with(conn, 1)] == [first]
        assert [one.issue for one in edits.unsent_with(conn, 2)] == [first, second]
        assert issues.move_if(conn, first, IssueEvent.CANCEL, now=NOW)
        assert edits.unsent_with(conn, 2) == [edits.Unsent(issue=second, state=IssueState.QUEUED)]


def test_posts_are_found_by_whatever_a_person_has_at_hand(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(1, title="Ébb and flood"), a_post(2, title="The flood"), a_post(3, column="night")])
        edits.withdraw_if(conn, 2, now=NOW)
        edits.edit(conn, 1, {"tags": ["sea"]}, now=NOW)
    with store.read() as conn:
        assert postsearch.by_id(conn, a_post(2).id) == 2
        assert postsearch.by_id(conn, "tag:nobody") is None
        assert postsearch.by_page(conn, "night", "post-3") == 3
        assert postsearch.by_slug(conn, "post-3") == [3]
        assert postsearch.by_address(conn, "https://elsewhere.example/2") == [2]
        assert postsearch.newest(conn, ["FLOOD"], most=9) == [2, 1]
        assert postsearch.newest(conn, ["flood"], most=1) == [2]
        assert postsearch.newest(conn, ["éBB", "flood"], most=9) == [1]
        assert postsearch.newest(conn, [], most=2) == [3, 2]
        assert postsearch.newest(conn, [], only=postsearch.Only(withdrawn=True), most=9) == [2]
        assert postsearch.newest(conn, ["ebb"], only=postsearch.Only(edited=True), most=9) == []
        assert postsearch.newest(conn, [], only=postsearch.Only(edited=True), most=9) == [1]
        assert postsearch.newest(conn, [], only=postsearch.Only(column="night"), most=9) == [3]


WORDS = st.sampled_from(("Ebb", "Flood", "Low water"))
FIELDS = st.sampled_from(edits.HELD)
ACTS = st.one_of(
    st.tuples(st.just("show"), st.tuples(WORDS, WORDS, WORDS, WORDS)),
    st.tuples(st.just("edit"), st.tuples(FIELDS, WORDS)),
    st.tuples(st.just("release"), FIELDS),
    st.tuples(st.just("withdraw"), st.none()),
    st.tuples(st.just("restore"), st.none()),
)
NUMBERS = count(1)


def written(field: str, word: str) -> object:
    return {"body": f"<p>Hand: {word}.</p>", "tags": [f"hand: {word}"]}.get(field, f"Hand: {word}")


@given(acts=st.lists(ACTS, max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_source_ever_undoes_a_hand(sqlite_store: Store, acts: list[tuple[str, tuple[str, ...]]]) -> None:
    """After any order of sights and edits each held field is as the hand left it, and so is the withdrawal."""
    guid = f"guid-{next(NUMBERS)}"
    show(sqlite_store, replace(FOUND, guid=guid))
    with sqlite_store.read() as conn:
        seq = posts.find_known(conn, "wire", [guid])[guid].seq
    held: dict[str, object] = {}
    is_withdrawn = False
    for hours, (act, what) in enumerate(acts, 1):
        revision, change = stored(sqlite_store, seq).revision, change_of(sqlite_store, seq)
        now = NOW + timedelta(hours=hours)
        if act == "show":
            title, summary, body, tag = what
            found = FoundPost(guid=guid, title=title, summary=summary, body_html=f"<p>{body} it is.</p>", tags=(tag,))
            show(sqlite_store, found, hours)
        else:
            with sqlite_store.write() as conn:
                if act == "edit":
                    held[what[0]] = written(*what)
                    edits.edit(conn, seq, {what[0]: written(*what)}, now=now)
                elif act == "release":
                    held.pop(str(what), None)
                    edits.edit(conn, seq, {}, release=[str(what)], now=now)
                else:
                    is_withdrawn = act == "withdraw"
                    (edits.withdraw_if if is_withdrawn else edits.restore_if)(conn, seq, now=now)
        after = stored(sqlite_store, seq)
        for field, value in held.items():
            assert (list(after.tags) if field == "tags" else getattr(after, field)) == value
        assert (after.withdrawn is not None) is is_withdrawn
        assert (after.revision > revision) is (change_of(sqlite_store, seq) > change)
        assert after.published <= after.updated


@pytest.mark.parametrize("field", edits.HELD)
def test_a_held_field_is_one_that_a_source_may_say(field: str) -> None:
    assert field in Post.__dataclass_fields__
