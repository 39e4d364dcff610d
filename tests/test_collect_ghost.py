"""A Ghost site as a source: a real server that wants its key, pages and narrows as Ghost does."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from publisher.collect.api.calls import MOST_PAGES
from publisher.collect.api.ghost import page_url, post_of, root_of, settings_url
from publisher.collect.ghostsource import read_ghost
from publisher.collect.identify import Context, decide_all, sights_of
from publisher.collect.tidy import tidy
from publisher.errors import ConfigError, SourceError
from publisher.fetch.web import Limits
from tests.api_sites import GHOST_KEY, Asked, api_site, ghost, in_json
from tests.strange_json import strange_json
from tests.web_stand import Answer

CASES = Path(__file__).parent / "cases" / "collect" / "ghost"
SITE = "https://quay.example"
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
LIMITS = Limits(
    max_bytes=200_000,
    timeout=timedelta(seconds=5),
    site_url="https://post.example",
    private_hosts=frozenset({"127.0.0.1"}),
)
CONTEXT = Context(source="quay", column="shops", tagging_entity="post.example,2026", base_url=f"{SITE}/", backlog="all")
REAL: list[dict[str, Any]] = json.loads((CASES / "posts.json").read_text(encoding="utf-8"))["posts"]


def key() -> str:
    return GHOST_KEY


def a_post(number: int, *, updated: datetime, published: datetime | None = None) -> dict[str, Any]:
    post = copy.deepcopy(REAL[2])
    return post | {
        "id": f"{number:024x}",
        "title": f"Post {number}",
        "published_at": f"{published or updated:%Y-%m-%dT%H:%M:%S}.000+00:00",
        "updated_at": f"{updated:%Y-%m-%dT%H:%M:%S}.000+00:00",
    }


def many(count: int) -> list[dict[str, Any]]:
    return [a_post(number, updated=NOW - timedelta(days=30, minutes=number)) for number in range(count)]


def test_posts_come_out_as_expected() -> None:
    posts = [asdict(tidy(post, SITE)) for raw in REAL if (post := post_of(raw))]
    found = json.loads(json.dumps(posts, default=str))
    expected = CASES / "posts.expected.json"
    if os.environ.get("WRITE_EXPECTED"):
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


def test_a_first_visit_takes_every_page_and_the_name_of_the_site() -> None:
    with api_site(ghost([*REAL, *many(120)])) as site:
        found = read_ghost("quay", site.url, LIMITS, now=NOW, key=key)
    assert len({post.guid for post in found.posts}) == 122  # of the 123 one is for those who pay
    assert (found.column_name, found.column_tagline) == ("Quay & Co", "Rope, mostly")
    assert [query.get("page") for query in site.queries()] == ["1", "2", "3", None]
    assert all(one.headers["accept-version"] == "v5.0" for one in site.asked)
    assert found.problems == ()


def test_a_later_visit_takes_what_was_changed_since() -> None:
    corrected = a_post(9001, updated=NOW - timedelta(hours=2), published=NOW - timedelta(days=300))
    with api_site(ghost([*many(120), corrected])) as site:
        found = read_ghost("quay", site.url, LIMITS, now=NOW, key=key, since=NOW - timedelta(hours=3))
    assert [post.title for post in found.posts] == ["Post 9001"]
    assert [query["filter"] for query in site.queries()] == ["updated_at:>'2026-11-21 04:00:00'"]


def test_a_later_visit_ends_where_the_news_do_though_the_filter_is_not_heeded() -> None:
    answer = ghost([*many(300), a_post(9001, updated=NOW)])

    def deaf(asked: Asked) -> Answer:
        return answer(Asked(asked.path, {**asked.query, "filter": ""}, asked.headers))

    with api_site(deaf) as site:
        found = read_ghost("quay", site.url, LIMITS, now=NOW, key=key, since=NOW)
    assert found.posts[0].title == "Post 9001"
    assert len(site.asked) == 1


def test_the_address_may_be_the_site_or_the_api_with_a_filter() -> None:
    root = root_of("https://quay.example/blog/")
    assert root == "https://quay.example/blog/ghost/api/content"
    assert root_of("https://quay.example/ghost/api/content/posts/") == "https://quay.example/ghost/api/content"
    narrow = root_of("https://quay.example/ghost/api/content/posts/?filter=tag:rope")
    url = page_url(narrow, 2, key="k", order="updated_at desc", narrowed="updated_at:>'2026-11-21 04:00:00'")
    assert url.startswith("https://quay.example/ghost/api/content/posts/?key=k&include=authors,tags&")
    assert "filter=%28tag:rope%29%2B%28updated_at:%3E%272026-11-21+04:00:00%27%29" in url
    assert settings_url(narrow, key="k") == "https://quay.example/ghost/api/content/settings/?key=k"


def test_more_than_a_visit_takes_is_told_without_the_key() -> None:
    def endless(asked: Asked) -> Answer:
        number = int(asked.query.get("page", "0"))
        return in_json({"posts": [a_post(number, updated=NOW)], "meta": {"pagination": {"next": number + 1}}})

    with api_site(endless) as site:
        found = read_ghost("quay", site.url, LIMITS, now=NOW, key=key)
    assert len(found.posts) == MOST_PAGES
    assert "the next one goes on from there" in found.asides[0]
    assert GHOST_KEY not in f"{found.asides}{found.walks}"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (in_json({"errors": [{"message": "Unknown Content API Key", "errorType": "UnauthorizedError"}]}, status=401),
         "does not take the key .Unknown Content API Key.; correct `key`"),
        (in_json({"errors": [{"message": "Error parsing filter."}]}, status=400), "answers 400 .Error parsing filter"),
        (Answer(b"<!DOCTYPE html><title>Home</title>"), "a page instead of JSON; set `url`"),
        (Answer(b"<!DOCTYPE html><title>No</title>", status=404), "404: there is no Ghost here"),
        (Answer(b"{"), "no JSON that can be read"),
        (in_json({"posts": {}}), "holds no posts of Ghost"),
        (in_json([1, 2]), "holds no posts of Ghost"),
        (Answer(b"x" * 300_000), "larger than 200,000 bytes"),
        (Answer(status=503), "503"),
    ],
    ids=["401", "400", "home", "404", "broken", "odd", "list", "large", "503"],
)  # fmt: skip
def test_a_refusal_is_one_clear_sentence_without_the_key(answer: Answer, told: str) -> None:
    with api_site(lambda _: answer) as site, pytest.raises(SourceError, match=told) as raised:
        read_ghost("quay", site.url, LIMITS, now=NOW, key=key)
    assert str(raised.value).startswith(f"source 'quay' ({site.url}/ghost/api/content/posts/)")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=302, headers={"Location": f"http://[/?key={GHOST_KEY}"}),
        Answer(status=302, headers={"Location": "http://[/" + "x" * 45 + f"?key={GHOST_KEY}"}),
        Answer(status=302, headers={"Location": f"http://10.0.0.1/?key={GHOST_KEY}"}),
        Answer(status=302, headers={"Location": f"ftp://{GHOST_KEY}.example/"}),
        in_json({"errors": [{"message": f"The key {GHOST_KEY} is of no use."}]}, status=403),
        Answer(status=500),
    ],
    ids=["redirect", "cut-off", "private", "host", "message", "500"],
)
def test_no_message_holds_the_key(answer: Answer) -> None:
    with api_site(lambda _: answer) as site, pytest.raises(SourceError) as raised:
        read_ghost("quay", site.url, LIMITS, now=NOW, key=key)
    shown: BaseException | None = raised.value
    while shown is not None:  # a traceback shows these, too
        assert GHOST_KEY[:8] not in f"{shown} {shown!r}"
        shown = shown.__cause__ or (None if shown.__suppress_context__ else shown.__context__)


def test_a_key_that_is_nowhere_fails_its_own_source_alone() -> None:
    def nowhere() -> str:
        raise ConfigError(("config.toml: sources.quay.key: environment variable QUAY is not set; set it",))

    with pytest.raises(SourceError, match=r"sources\.quay\.key: environment variable QUAY is not set; set it"):
        read_ghost("quay", SITE, LIMITS, now=NOW, key=nowhere)


@settings(max_examples=30, deadline=None)
@given(strange_json("ghost"))
def test_whatever_the_api_answers_a_post_can_be_stored_or_is_none(raw: dict[str, Any]) -> None:
    post = post_of(raw)
    if post:
        sights = sights_of([post], CONTEXT)
        (take,) = decide_all(sights, {}, context=CONTEXT, slugs_taken=frozenset(), first_fetch=True, now=NOW)
        assert take.post.title
        assert take.post.published.tzinfo is UTC


def test_a_site_whose_name_cannot_be_read_gives_its_posts_all_the_same() -> None:
    answer = ghost(REAL)

    def nameless(asked: Asked) -> Answer:
        return Answer(status=500) if asked.path.endswith("/settings/") else answer(asked)

    with api_site(nameless) as site:
        found = read_ghost("quay", site.url, LIMITS, now=NOW, key=key)
    assert (len(found.posts), found.column_name) == (2, "")
    assert "/settings/: the site's name could not be read: the server answers 500" in found.problems[0]
    assert GHOST_KEY not in found.problems[0]
