"""Which found posts are new, which are changed, and who they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.collect.found import FoundPost
from publisher.collect.identify import Context, alias_of, decide_all, guid_of, mint_id, sights_of
from publisher.collect.sameid import told_apart
from publisher.collect.summary import clean_cut, folded
from publisher.model.author import Author
from publisher.model.intake import Known, Take

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ADA = Author(key="ada", name="Ada Brook", blurb="Ada Brook covers ports.")
CONTEXT = Context(
    source="wire",
    column="tide-table",
    tagging_entity="gazette.example,2026",
    base_url="https://gazette.example/",
    backlog="all",
    column_authors=(ADA,),
    authors=(ADA,),
)


def a_post(number: int = 1, **changes: object) -> FoundPost:
    post = FoundPost(
        guid=f"post-{number}",
        title=f"Ferry number {number}",
        body_html=f"<p>The ferry of day {number}.</p>",
        published=NOW - 30 * DAY + number * DAY,
    )
    return replace(post, **changes)


def decided(
    *posts: FoundPost,
    known: dict[str, Known] | None = None,
    context: Context = CONTEXT,
    taken: frozenset[str] = frozenset(),
    first: bool = False,
    now: datetime = NOW,
) -> list[Take]:
    sights = sights_of(posts, context)
    return decide_all(sights, known or {}, context=context, slugs_taken=taken, first_fetch=first, now=now)


def known_of(take: Take, seq: int = 7) -> Known:
    post = take.post
    return Known(
        seq=seq, id=post.id, slug=post.slug, published=post.published, first_seen=post.first_seen, updated=post.updated,
        revision=post.revision, content_hash=take.content_hash, mailable=post.mailable,
    )  # fmt: skip


def test_a_new_post_has_an_id_a_slug_and_the_columns_authors() -> None:
    (take,) = decided(a_post())
    assert take.is_new
    assert take.post.id.startswith("tag:gazette.example,2026:wire/")
    assert len(take.post.id.rpartition("/")[2]) == 26
    assert take.post.slug == "ferry-number-1"
    assert take.post.authors == (ADA,)
    assert take.post.first_seen == NOW
    assert take.post.updated == take.post.published == a_post().published


def test_an_id_is_the_same_again_from_an_empty_database() -> None:
    assert mint_id("a.example,2026", "wire", "1") == mint_id("a.example,2026", "wire", "1")
    assert mint_id("a.example,2026", "wire", "1") != mint_id("a.example,2026", "feed", "1")


def test_what_is_unchanged_is_not_stored_again() -> None:
    (take,) = decided(a_post())
    assert decided(a_post(), known={"post-1": known_of(take)}) == []


def test_a_new_date_alone_is_no_new_revision() -> None:
    (take,) = decided(a_post())
    later = a_post(published=NOW, updated=NOW)
    assert decided(later, known={"post-1": known_of(take)}) == []


def test_a_changed_post_is_a_new_revision_of_the_same_post() -> None:
    (take,) = decided(a_post())
    (again,) = decided(a_post(title="Corrected"), known={"post-1": known_of(take)}, now=NOW + DAY)
    assert not again.is_new
    assert again.post == replace(take.post, seq=7, title="Corrected", revision=2, revised=NOW + DAY, updated=NOW + DAY)


def test_a_revision_takes_the_sources_word_for_when_it_was_changed() -> None:
    (take,) = decided(a_post())
    changed = a_post(title="Corrected", updated=NOW - DAY)
    (again,) = decided(changed, known={"post-1": known_of(take)})
    assert again.post.updated == NOW - DAY


@pytest.mark.parametrize("told", [None, datetime(1793, 5, 1, tzinfo=UTC), NOW + DAY])
def test_a_date_that_cannot_be_right_is_when_we_first_saw_it(told: datetime | None) -> None:
    (take,) = decided(a_post(published=told))
    assert take.post.published == NOW
    assert take.post.updated == NOW
    assert take.post.told == told  # kept, in case it was no mistake


def test_a_date_that_is_believed_is_not_kept_twice() -> None:
    (take,) = decided(a_post(published=NOW - DAY))
    assert (take.post.published, take.post.told) == (NOW - DAY, None)


def test_of_two_entries_with_one_id_the_first_is_taken() -> None:
    takes = decided(a_post(title="One"), a_post(title="Two"))
    assert [take.post.title for take in takes] == ["One"]


def test_posts_are_numbered_from_the_oldest_on() -> None:
    takes = decided(a_post(3), a_post(2), a_post(1), a_post(5, published=None), a_post(4, published=None))
    assert [take.guid for take in takes] == ["post-1", "post-2", "post-3", "post-4", "post-5"]


def test_slugs_are_unique_in_their_column() -> None:
    takes = decided(*(a_post(number, title="Notes") for number in range(4)), taken=frozenset({"notes"}))
    slugs = [take.post.slug for take in takes]
    assert len(set(slugs)) == 4
    assert all(slug.startswith("notes-") for slug in slugs)


@pytest.mark.parametrize(
    ("backlog", "news"),
    [("all", ["post-1", "post-2", "post-3"]), ("archive", []), ("newest 2", ["post-2", "post-3"]),
     ("newest 9", ["post-1", "post-2", "post-3"])],
)  # fmt: skip
def test_a_first_fetch_is_mailed_only_as_far_as_backlog_says(backlog: str, news: list[str]) -> None:
    context = replace(CONTEXT, backlog=backlog)
    takes = decided(a_post(2), a_post(3), a_post(1), context=context, first=True)
    assert [take.guid for take in takes if take.post.mailable] == news


def test_after_the_first_fetch_everything_new_is_news_whatever_its_date() -> None:
    context = replace(CONTEXT, backlog="archive")
    (take,) = decided(a_post(published=NOW - 900 * DAY), context=context)
    assert take.post.mailable


def test_a_changed_post_of_the_back_catalogue_stays_unmailed() -> None:
    context = replace(CONTEXT, backlog="archive")
    (take,) = decided(a_post(), context=context, first=True)
    (again,) = decided(a_post(title="Corrected"), known={"post-1": known_of(take)})
    assert not again.post.mailable


def test_identity_falls_back_to_the_link_and_then_to_title_date_and_text() -> None:
    assert guid_of(a_post(guid="", url="https://x.example/1")) == "https://x.example/1"
    one = a_post(guid="")
    assert guid_of(one) == guid_of(replace(one, tags=("x",)))
    assert guid_of(one) != guid_of(replace(one, title="Other"))
    assert guid_of(one) != guid_of(replace(one, published=NOW))
    assert len(guid_of(a_post(guid="x" * 10_000))) < 100


def test_a_byline_that_config_knows_is_that_author() -> None:
    found = a_post(authors=(Author(key="ada-brook", name="Ada Brook", bio="Long."), Author(key="x", name="Tom Vale")))
    (take,) = decided(found)
    assert [author.key for author in take.post.authors] == ["ada", "x"]
    (by_key,) = decided(a_post(authors=(Author(key="ada", name="ada"),)))
    assert by_key.post.authors == (ADA,)


def test_a_post_without_a_title_is_called_by_its_first_words() -> None:
    (take,) = decided(a_post(title=" \x0b ", body_html="<p>Rain, " + "and rain " * 30 + "</p>"))
    assert take.post.title.startswith("Rain, and rain and")
    assert take.post.title.endswith("…")
    assert len(take.post.title) <= 70


def test_a_summary_that_is_the_cut_off_beginning_is_cut_cleanly() -> None:
    body = "<p>The ferry sank in the night. Nobody was hurt, and nobody was surprised.</p>"
    (take,) = decided(a_post(summary="The ferry sank in the night. Nobody was hu […]", body_html=body))
    assert take.post.summary == "The ferry sank in the night."
    (whole,) = decided(a_post(summary="All of it.", body_html="<p>All of it.</p>"))
    assert whole.post.summary == ""


@settings(max_examples=60)
@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60), min_size=1, max_size=4),
    st.integers(1, 200),
)
def test_a_clean_cut_is_the_beginning_of_the_text(paragraphs: list[str], length: int) -> None:
    text = folded(" ".join(paragraphs))
    cut = clean_cut(text[:length] + "...", paragraphs)
    if cut is not None:
        assert text.startswith(cut.removesuffix(" …"))


@settings(max_examples=60)
@given(st.builds(
    FoundPost,
    guid=st.text(max_size=10), url=st.text(max_size=30), title=st.text(max_size=30), summary=st.text(max_size=30),
    body_html=st.text(max_size=60), tags=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    language=st.text(max_size=4),
    published=st.none() | st.datetimes(timezones=st.just(UTC)),
    updated=st.none() | st.datetimes(timezones=st.just(UTC)),
))  # fmt: skip
def test_whatever_is_found_is_stored_clean_and_known_again(found: FoundPost) -> None:
    (take,) = decided(found)
    assert take.post.title
    assert take.post.slug
    assert datetime(1990, 1, 1, tzinfo=UTC) <= take.post.published <= take.post.updated <= NOW
    assert not set(take.post.title + take.post.summary) & set("\x00\x0b\n\ue000\ue001")
    assert decided(found, known={take.guid: known_of(take)}) == []


@pytest.mark.parametrize(
    ("guid", "alias"),
    [
        ("http://blog.example/2026/tide", "/2026/tide"),
        ("https://www.blog.example/2026/tide", "/2026/tide"),
        ("HTTPS://blog.example/?p=12", "/?p=12"),
        ("https://blog.example?p=12", "?p=12"),
        ("https://blog.example/", ""),
        ("https://blog.example", ""),
        ("tag:blog.example,2026:tide", ""),
        ("12", ""),
        ("text:abc", ""),
    ],
)
def test_an_address_is_known_without_its_host(guid: str, alias: str) -> None:
    assert alias_of(guid) == alias


def test_posts_that_share_an_id_and_differ_are_told_apart_by_their_addresses() -> None:
    one, two = (a_post(number, guid="the-site", url=f"https://x.example/{number}") for number in (1, 2))
    assert [guid_of(post) for post in told_apart([one, two])] == ["https://x.example/1", "https://x.example/2"]
    assert len(decided(*told_apart([one, two]))) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://x.example/1"},
        {"url": ""},
        {"title": "Ferry number 1", "body_html": "<p>The ferry of day 1.</p>"},
    ],
)
def test_posts_that_share_an_id_and_could_be_one_are_one(changes: dict[str, str]) -> None:
    one, two = (a_post(number, guid="same", url=f"https://x.example/{number}") for number in (1, 2))
    two = replace(two, **changes)
    assert told_apart([one, two]) == (one, two)
    assert len(decided(one, two)) == 1


def test_ids_that_are_not_shared_stay() -> None:
    posts = [a_post(number, url=f"https://x.example/{number}") for number in (1, 2)]
    assert told_apart(posts) == tuple(posts)


def test_an_address_that_is_the_only_title_is_clean_too() -> None:
    (take,) = decided(FoundPost(url="\x00"))
    assert take.post.title == "Untitled"
