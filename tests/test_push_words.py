"""What is said between a hub and others: verification, pings, signatures, what answers mean, pauses."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.push import retry, verification
from publisher.push.request import Mode
from publisher.push.telling import (
    Answer,
    Told,
    asked_pause,
    ping_to_hub,
    ping_to_rsscloud,
    problem_in,
    told_of_delivery,
    told_of_ping,
)
from publisher.push.topics import headers_of, is_feed, is_rss, path_of, signature, topic_of
from publisher.push.verification import Verdict, denial_url, verdict_of, verification_url
from tests.conftest import NOW

SITE = "https://courier.example/news"
TOPIC = f"{SITE}/harbour/atom.xml"


@pytest.mark.parametrize(
    ("callback", "joined"),
    [
        ("https://r.example/h", "https://r.example/h?hub.mode="),
        ("https://r.example/h?of=7&x=%7E", "https://r.example/h?of=7&x=%7E&hub.mode="),
        ("https://r.example/h?", "https://r.example/h?hub.mode="),
        ("https://r.example/h?hub.mode=mine", "https://r.example/h?hub.mode=mine&hub.mode="),
    ],
)
def test_what_stands_in_a_callback_s_query_stays(callback: str, joined: str) -> None:
    url = verification_url(callback, Mode.SUBSCRIBE, TOPIC, challenge="c", lease_seconds=86400)
    assert url.startswith(joined)
    asked = parse_qsl(urlsplit(url).query)[-4:]
    assert asked == [
        ("hub.mode", "subscribe"),
        ("hub.topic", TOPIC),
        ("hub.challenge", "c"),
        ("hub.lease_seconds", "86400"),
    ]


def test_who_leaves_is_asked_without_a_lease() -> None:
    url = verification_url("https://r.example/h", Mode.UNSUBSCRIBE, TOPIC, challenge="c", lease_seconds=86400)
    assert "lease" not in url


def test_a_denial_says_of_what_and_why() -> None:
    asked = parse_qs(urlsplit(denial_url("https://r.example/h", TOPIC)).query)
    assert asked == {"hub.mode": ["denied"], "hub.topic": [TOPIC], "hub.reason": [verification.GONE]}


@pytest.mark.parametrize(
    ("status", "content", "verdict"),
    [
        (200, b"c-h", Verdict.CONFIRMED),
        (202, b"c-h", Verdict.CONFIRMED),
        (200, b"c-h\n", Verdict.REFUSED),
        (200, b"", Verdict.REFUSED),
        (200, "ö".encode(), Verdict.REFUSED),
        (302, b"c-h", Verdict.REFUSED),
        (404, b"c-h", Verdict.REFUSED),
        (500, b"c-h", Verdict.REFUSED),
        (None, b"", Verdict.SILENT),
    ],
)
def test_only_the_challenge_itself_confirms(status: int | None, content: bytes, verdict: Verdict) -> None:
    assert verdict_of(status, content, challenge="c-h") is verdict


def test_silence_is_asked_three_times() -> None:
    pauses = [verification.pause_after(attempts) for attempts in (1, 2, 3, 4)]
    assert pauses == [timedelta(seconds=20), timedelta(minutes=3), None, None]


def test_pings_are_forms() -> None:
    assert parse_qs(ping_to_hub(TOPIC).decode()) == {"hub.mode": ["publish"], "hub.url": [TOPIC], "hub.topic": [TOPIC]}
    assert parse_qs(ping_to_rsscloud(TOPIC).decode()) == {"url": [TOPIC]}


@pytest.mark.parametrize(
    ("status", "of_ping", "of_delivery"),
    [
        (200, Told.HEARD, Told.HEARD),
        (204, Told.HEARD, Told.HEARD),
        (301, Told.NEVER, Told.LATER),
        (400, Told.NEVER, Told.LATER),
        (404, Told.NEVER, Told.LATER),
        (408, Told.LATER, Told.LATER),
        (410, Told.NEVER, Told.ENDED),
        (429, Told.LATER, Told.LATER),
        (503, Told.LATER, Told.LATER),
        (None, Told.LATER, Told.LATER),
    ],
)
def test_what_an_answer_means(status: int | None, of_ping: Told, of_delivery: Told) -> None:
    answer = Answer(status=status)
    assert told_of_ping(answer) is of_ping
    assert told_of_delivery(answer) is of_delivery


def test_an_rsscloud_server_may_say_no_with_200() -> None:
    content = b'<?xml version="1.0"?><result success="false" msg="The feed has not changed."/>'
    assert told_of_ping(Answer(status=200, content=content)) is Told.LATER
    assert told_of_ping(Answer(status=200, content=content.replace(b"false", b"true"))) is Told.HEARD


def test_a_problem_is_one_short_line() -> None:
    assert problem_in(Answer(status=None, problem="no connection")) == "no connection"
    assert problem_in(Answer(status=503)) == "it answers 503"
    assert problem_in(Answer(status=400, content=b"no\r\nsuch \xff feed")) == "it answers 400: no such \ufffd feed"
    assert len(problem_in(Answer(status=400, content=b"x" * 5000))) < 250


@pytest.mark.parametrize(
    ("text", "seconds"), [("120", 120), ("", 0), ("-5", 0), ("99999999", 12 * 3600), ("Sun, 22 Nov 2026", 0), ("²", 0)]
)
def test_retry_after_is_heeded_within_bounds(text: str, seconds: int) -> None:
    assert asked_pause({"retry-after": text}) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("path", "feed"),
    [
        ("atom.xml", True),
        ("harbour/rss.xml", True),
        ("tags/archive/feed.json", True),
        ("archive/2026-11/atom.xml", False),
        ("harbour/archive/2026-11-2/rss.xml", False),
        ("harbour/index.html", False),
        ("harbour/atom.xml.gz", False),
    ],
)
def test_archives_and_pages_are_nothing_to_subscribe_to(path: str, feed: bool) -> None:
    assert is_feed(path) is feed


@pytest.mark.parametrize("path", ["atom.xml", "harbour/rss.xml", "tags/élan vital/feed.json"])
def test_an_address_leads_back_to_its_file(path: str) -> None:
    topic = topic_of(path, site_url=SITE)
    assert path_of(topic, site_url=SITE) == path
    assert is_rss(topic) is path.endswith("rss.xml")


@pytest.mark.parametrize(
    "topic",
    [
        "https://other.example/news/atom.xml",
        f"{SITE}atom.xml",
        SITE,
        f"{SITE}/",
        f"{SITE}/harbour/../atom.xml?x",
        f"{SITE}/harbour/%61tom.xml",
        f"{SITE}/harbour/index.html",
        f"{SITE}/archive/2026-11/atom.xml",
    ],
)
def test_other_addresses_are_no_feed_of_ours(topic: str) -> None:
    assert path_of(topic, site_url=SITE) is None


def test_what_goes_with_a_feed() -> None:
    assert headers_of("harbour/atom.xml", TOPIC, hub=f"{SITE}/hub") == {
        "Content-Type": "application/atom+xml; charset=utf-8",
        "Link": f'<{SITE}/hub>; rel="hub", <{TOPIC}>; rel="self"',
    }


@given(st.binary(max_size=200), st.text(min_size=1, max_size=50))
def test_a_signature_is_the_hmac_of_the_body(body: bytes, secret: str) -> None:
    method, _, digits = signature(body, secret).partition("=")
    assert digits == hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()


@given(st.integers(1, 40), st.floats(0, 1), st.integers(0, 80_000))
def test_pauses_grow_and_end_after_a_day(attempts: int, jitter: float, seconds_ago: int) -> None:
    now = NOW + timedelta(seconds=seconds_ago)
    then = retry.next_try(attempts, due=NOW, now=now, jitter=jitter)
    if then is None:
        assert now + retry.LONGEST >= NOW + retry.TRIED_FOR
    else:
        assert now + retry.FIRST / 2 <= then <= now + retry.LONGEST
        assert then < NOW + retry.TRIED_FOR


def test_a_pause_is_never_shorter_than_asked_for() -> None:
    then = retry.next_try(1, due=NOW, now=NOW, jitter=0, asked_for=timedelta(hours=3))
    assert then == NOW + timedelta(hours=3)
    assert retry.next_try(1, due=NOW, now=NOW, jitter=0, asked_for=timedelta(hours=25)) is None
