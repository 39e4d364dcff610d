"""A WordPress site as a source: a real server that pages, narrows and refuses as WordPress does."""

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
from publisher.collect.api.wordpress import page_url, post_of, routes_of
from publisher.collect.identify import Context, decide_all, sights_of
from publisher.collect.tidy import tidy
from publisher.collect.wordpresssource import read_wordpress
from publisher.errors import SourceError
from publisher.fetch.web import Limits
from tests.api_sites import Asked, api_site, in_json, wordpress, wp_error
from tests.strange_json import strange_json
from tests.web_stand import Answer

CASES = Path(__file__).parent / "cases" / "collect" / "wordpress"
SITE = "https://brine.example"
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
LIMITS = Limits(
    max_bytes=200_000,
    timeout=timedelta(seconds=5),
    site_url="https://post.example",
    private_hosts=frozenset({"127.0.0.1"}),
)
CONTEXT = Context(
    source="weblog", column="locks", tagging_entity="post.example,2026", base_url=f"{SITE}/", backlog="all"
)
REAL: list[dict[str, Any]] = json.loads((CASES / "posts.json").read_text(encoding="utf-8"))


def a_post(number: int, *, published: datetime, modified: datetime | None = None, title: str = "") -> dict[str, Any]:
    post = copy.deepcopy(REAL[2])
    return post | {
        "id": number,
        "guid": {"rendered": f"{SITE}/?p={number}"},
        "title": {"rendered": title or f"Post {number}"},
        "date_gmt": f"{published:%Y-%m-%dT%H:%M:%S}",
        "modified_gmt": f"{modified or published:%Y-%m-%dT%H:%M:%S}",
    }


def many(count: int) -> list[dict[str, Any]]:
    return [a_post(number, published=NOW - timedelta(days=30, minutes=number)) for number in range(count)]


def test_posts_come_out_as_expected() -> None:
    posts = [asdict(tidy(post, SITE)) for raw in REAL if (post := post_of(raw))]
    found = json.loads(json.dumps(posts, default=str))
    expected = CASES / "posts.expected.json"
    if os.environ.get("WRITE_EXPECTED"):
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


def test_a_first_visit_takes_every_page_and_the_name_of_the_site() -> None:
    with api_site(wordpress([*REAL, *many(250)])) as site:
        found = read_wordpress("weblog", site.url, LIMITS, now=NOW)
    assert len({post.guid for post in found.posts}) == 252  # of the 253 one has a password
    assert (found.column_name, found.column_tagline) == ("Brine & Barge", "Slow water")
    assert [query.get("page") for query in site.queries()] == ["1", "2", "3", None]
    assert all("author" in query["_embed"] for query in site.queries()[:-1])
    assert found.problems == ()


def test_a_later_visit_takes_what_was_published_or_changed_since() -> None:
    old = NOW - timedelta(days=20)
    posts = [
        *many(120),
        a_post(1001, published=NOW - timedelta(hours=1), modified=old),  # scheduled long before it went out
        a_post(1002, published=old, modified=NOW - timedelta(hours=2)),  # corrected
        a_post(1003, published=old, modified=old),
    ]
    with api_site(wordpress(posts)) as site:
        found = read_wordpress("weblog", f"{site.url}/", LIMITS, now=NOW, since=NOW - timedelta(hours=3))
    assert {post.guid for post in found.posts} == {f"{SITE}/?p=1001", f"{SITE}/?p=1002"}
    assert len(site.asked) == 2
    assert site.queries()[1]["modified_after"] == "2026-11-21T04:00:00Z"


def test_an_old_wordpress_that_knows_no_modified_after_is_not_read_to_its_end() -> None:
    posts = [*many(350), a_post(1002, published=NOW - timedelta(days=20), modified=NOW)]
    with api_site(wordpress(posts, knows_modified=False)) as site:
        found = read_wordpress("weblog", site.url, LIMITS, now=NOW, since=NOW)
    assert f"{SITE}/?p=1002" in {post.guid for post in found.posts}
    assert len(site.asked) == 2


def test_a_site_without_pretty_addresses_is_asked_by_parameter() -> None:
    with api_site(wordpress(REAL, pretty=False)) as site:
        found = read_wordpress("weblog", site.url, LIMITS, now=NOW)
    assert len(found.posts) == 2
    assert found.column_name == "Brine & Barge"
    assert [one.query.get("rest_route") for one in site.asked] == [None, "/wp/v2/posts", "/"]


def test_a_route_with_a_query_is_kept_as_the_editor_wrote_it() -> None:
    with api_site(wordpress(REAL)) as site:
        read_wordpress("weblog", f"{site.url}/wp-json/wp/v2/posts?categories=7&page=9", LIMITS, now=NOW)
    assert (site.queries()[0]["categories"], site.queries()[0]["page"]) == ("7", "1")
    (route,) = routes_of("https://public-api.wordpress.com/wp/v2/sites/brine.example/posts?tags=2")
    assert page_url(route.posts, 3).startswith(
        "https://public-api.wordpress.com/wp/v2/sites/brine.example/posts?tags=2&_embed=author"
    )


def test_more_than_a_visit_takes_is_told() -> None:
    def endless(asked: Asked) -> Answer:
        number = int(asked.query.get("page", "0"))
        return in_json([a_post(number, published=NOW)], x_wp_totalpages="999999")

    with api_site(endless) as site:
        found = read_wordpress("weblog", site.url, LIMITS, now=NOW)
    assert len(found.posts) == MOST_PAGES
    assert "the next one goes on from there" in found.asides[0]
    assert found.walks
    assert found.again


def test_posts_deleted_while_we_page_end_the_visit_quietly() -> None:
    answer = wordpress(many(100))

    def shrinking(asked: Asked) -> Answer:
        found = answer(asked)
        return (
            found
            if "page" not in asked.query
            else Answer(found.content, status=found.status, headers=found.headers | {"x-wp-totalpages": "2"})
        )

    with api_site(shrinking) as site:
        assert len(read_wordpress("weblog", site.url, LIMITS, now=NOW).posts) == 100


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (in_json(wp_error("rest_no_route", "No route was found matching the URL.", 404), status=404),
         r"does not give its posts away \(No route was found.*kind = \"feed\""),
        (in_json(wp_error("rest_not_logged_in", "You are not currently logged in.", 401), status=401),
         "its API is closed to guests .*logged in"),
        (in_json(wp_error("rest_forbidden", "<b>Only</b> members &amp; friends.", 403), status=403),
         "closed to guests .Only members & friends"),
        (Answer(b"<html>Blocked</html>", status=403), "closed to guests .403"),
        (in_json(wp_error("rest_invalid_param", "Invalid parameter(s): per_page", 400), status=400),
         "answers 400 rest_invalid_param"),
        (Answer(b"<!DOCTYPE html><title>Home</title>"), "a page instead of JSON; set `url`"),
        (Answer(b"<!DOCTYPE html><title>No</title>", status=404), "404: there is no WordPress API here"),
        (Answer(b""), "no JSON that can be read"),
        (Answer(b"[" * 50_000), "nested too deeply"),
        (in_json({"hello": "there"}), "no list of WordPress posts"),
        (Answer(b"x" * 300_000), "larger than 200,000 bytes"),
        (Answer(status=503), "503"),
    ],
    ids=["no-route", "401", "403", "403-page", "400", "home", "404", "empty", "deep", "object", "large", "503"],
)  # fmt: skip
def test_a_refusal_is_one_clear_sentence(answer: Answer, told: str) -> None:
    with api_site(lambda _: answer) as site, pytest.raises(SourceError, match=told) as raised:
        read_wordpress("weblog", site.url, LIMITS, now=NOW)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith(f"source 'weblog' ({site.url}/")
    assert "?" not in raised.value.place


@settings(max_examples=30, deadline=None)
@given(strange_json("wordpress"))
def test_whatever_the_api_answers_a_post_can_be_stored_or_is_none(raw: dict[str, Any]) -> None:
    post = post_of(raw)
    if post:
        sights = sights_of([post], CONTEXT)
        (take,) = decide_all(sights, {}, context=CONTEXT, slugs_taken=frozenset(), first_fetch=True, now=NOW)
        assert take.post.title
        assert take.post.published.tzinfo is UTC


def test_a_site_whose_name_cannot_be_read_gives_its_posts_all_the_same() -> None:
    answer = wordpress(REAL)

    def nameless(asked: Asked) -> Answer:
        return Answer(status=500) if asked.path == "/wp-json/" else answer(asked)

    with api_site(nameless) as site:
        found = read_wordpress("weblog", site.url, LIMITS, now=NOW)
    assert (len(found.posts), found.column_name) == (2, "")
    assert f"{site.url}/wp-json/: the site's name could not be read: the server answers 500" in found.problems[0]


def test_a_refusal_on_a_later_page_fails_the_visit_rather_than_half_of_it() -> None:
    answer = wordpress(many(250))

    def tired(asked: Asked) -> Answer:
        refused = in_json(wp_error("rest_forbidden", "Enough.", 403), status=403)
        return refused if asked.query.get("page") == "2" else answer(asked)

    with api_site(tired) as site, pytest.raises(SourceError, match="closed to guests"):
        read_wordpress("weblog", site.url, LIMITS, now=NOW)


def test_an_address_that_tells_no_name_is_not_asked_for_one() -> None:
    with api_site(lambda _: in_json([])) as site:
        found = read_wordpress("weblog", f"{site.url}/wp/v2/sites/brine.example/posts", LIMITS, now=NOW)
    assert found.posts == ()
    assert len(site.asked) == 1


def test_an_author_without_avatars_has_no_portrait() -> None:
    raw = copy.deepcopy(REAL[0])
    raw["_embedded"]["author"][0]["avatar_urls"] = None
    post = post_of(raw)
    assert post
    assert post.authors[0].portrait is None
