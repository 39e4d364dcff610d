"""What is asked of hubs and what their answers mean: the laws of `decide.py`, and the pure readings beside it."""

from __future__ import annotations

import hmac
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.collect.websub.decide import (
    AFTER_DENIAL,
    FIRST_WAIT,
    LONGEST,
    LONGEST_WAIT,
    MOST_FAREWELLS,
    PATIENCE,
    SHORTEST_WAIT,
    accepted,
    after_finding,
    answer_to,
    asked,
    granted,
    is_over,
    is_relied_upon,
    is_trusted,
    lapsed,
    left,
    refused,
    request_of,
    unanswered,
)
from publisher.collect.websub.links import Named, links_in, links_of_json, named_in
from publisher.collect.websub.reach import is_reachable
from publisher.collect.websub.signature import is_signed
from publisher.model.lease import Lease, LeaseState

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HUB, TOPIC = "https://hub.quay.example/", "https://quay.example/feed.xml"
CALLBACK = "https://gazette.example/websub/t"
NEW = Lease(token="t", source="quay", hub=HUB, topic=TOPIC, secret="5ec7e7", next_try=NOW)
ASKED = asked(NEW, callback=CALLBACK, now=NOW)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def query(mode: str = "subscribe", topic: str = TOPIC, challenge: str = "c", seconds: str = "864000") -> dict[str, str]:
    return {"hub.mode": mode, "hub.topic": topic, "hub.challenge": challenge, "hub.lease_seconds": seconds}


def verified(lease: Lease, now: datetime = NOW, **changed: str) -> Lease:
    answer = answer_to(lease, query(**changed), now=now)
    assert answer
    assert answer.challenge == "c"
    assert answer.lease
    return answer.lease


def test_a_lease_is_asked_for_verified_and_renewed_at_four_fifths() -> None:
    assert request_of(ASKED) == {
        "hub.mode": "subscribe",
        "hub.callback": CALLBACK,
        "hub.topic": TOPIC,
        "hub.secret": "5ec7e7",
        "hub.lease_seconds": "604800",
    }
    active = verified(accepted(ASKED))
    assert (active.state, active.ends, active.asked, active.failures) == (LeaseState.ACTIVE, NOW + 10 * DAY, None, 0)
    assert active.next_try == NOW + 8 * DAY
    again = asked(active, callback=CALLBACK, now=NOW + 8 * DAY)
    assert again.ends == active.ends, "until the renewal is verified the old lease counts"
    assert verified(again, NOW + 8 * DAY).ends == NOW + 18 * DAY


@pytest.mark.parametrize(
    "changed",
    [{"topic": TOPIC + "?"}, {"mode": "unsubscribe"}, {"mode": ""}, {"challenge": ""}, {"challenge": "x" * 1001}],
)
def test_what_was_not_asked_is_not_verified(changed: dict[str, str]) -> None:
    assert answer_to(ASKED, query(**changed), now=NOW) is None


def test_only_what_is_pending_is_verified_and_only_for_a_day() -> None:
    assert answer_to(NEW, query(), now=NOW) is None
    assert answer_to(verified(ASKED), query(), now=NOW) is None, "a second verification of one request"
    assert answer_to(ASKED, query(), now=NOW + PATIENCE) is not None
    assert answer_to(ASKED, query(), now=NOW + PATIENCE + MINUTE) is None


@pytest.mark.parametrize(
    ("seconds", "length"),
    [("864000", 10 * DAY), ("", DAY), ("0", DAY), ("-5", DAY), ("soon", DAY), ("9" * 40, LONGEST), ("٣", DAY)],
)
def test_a_lease_is_as_long_as_the_hub_says_within_reason(seconds: str, length: timedelta) -> None:
    assert granted(ASKED, seconds, now=NOW).ends == NOW + length


def test_a_hub_that_grants_seconds_is_not_asked_every_few_seconds() -> None:
    assert granted(ASKED, "5", now=NOW).next_try == NOW + SHORTEST_WAIT


def test_a_denial_is_believed_of_who_knows_token_and_topic_at_any_time() -> None:
    answer = answer_to(verified(ASKED), {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "no\nmore"}, now=NOW)
    assert answer
    assert answer.lease
    assert (answer.lease.state, answer.lease.ends, answer.challenge) == (LeaseState.DENIED, None, "")
    assert answer.lease.problem == "the hub denies it: no more"
    assert answer.lease.next_try == NOW + AFTER_DENIAL
    assert answer_to(ASKED, {"hub.mode": "denied", "hub.topic": "https://other.example/"}, now=NOW) is None


def test_who_refuses_for_good_is_asked_again_after_a_week_and_who_is_in_trouble_soon() -> None:
    told = refused(ASKED, 404, {}, told="no such topic", now=NOW)
    assert (told.state, told.next_try) == (LeaseState.DENIED, NOW + AFTER_DENIAL)
    assert told.problem == "the hub answers 404: no such topic"
    for status in (429, 500, 503, 302):
        later = refused(ASKED, status, {"retry-after": "3600"}, told="", now=NOW)
        assert (later.state, later.next_try) == (LeaseState.FOUND, NOW + timedelta(hours=1))
    assert refused(ASKED, 500, {}, told="", now=NOW).next_try == NOW + FIRST_WAIT


def test_a_refused_renewal_leaves_what_was_granted_until_it_ends() -> None:
    active = verified(ASKED)
    again = refused(asked(active, callback=CALLBACK, now=NOW + 8 * DAY), 410, {}, told="", now=NOW + 8 * DAY)
    assert (again.state, again.ends) == (LeaseState.ACTIVE, active.ends)
    over = lapsed(again)
    assert (over.state, over.ends, over.pushed) == (LeaseState.FOUND, None, None)


@given(st.lists(st.sampled_from(["silence", "unreachable", "error"]), max_size=12))
def test_a_hub_that_does_not_answer_is_asked_less_and_less_often_but_never_less_than_daily(answers: list[str]) -> None:
    lease, now, waits = NEW, NOW, []
    for answer in answers:
        lease = asked(lease, callback=CALLBACK, now=now)
        if answer == "unreachable":
            lease = unanswered(lease, problem="no connection")
        elif answer == "error":
            lease = refused(lease, 500, {}, told="", now=now)
        assert lease.next_try
        waits.append(lease.next_try - now)
        now = lease.next_try
    assert waits == sorted(waits)
    assert all(SHORTEST_WAIT <= wait <= LONGEST_WAIT for wait in waits)
    assert lease.state is LeaseState.FOUND


queries = st.fixed_dictionaries(
    {},
    optional={
        "hub.mode": st.sampled_from(["subscribe", "unsubscribe", "denied", "publish"]) | st.text(max_size=8),
        "hub.topic": st.sampled_from([TOPIC, ""]) | st.text(max_size=8),
        "hub.challenge": st.text(max_size=20),
        "hub.lease_seconds": st.integers(-5, 10**13).map(str) | st.text(max_size=8),
        "hub.reason": st.text(max_size=300),
    },
)
events = st.one_of(
    st.just("ask"), st.just("leave"), queries, st.integers(200, 599), st.timedeltas(timedelta(0), 3 * DAY)
)


@given(st.lists(events, max_size=15))
def test_whatever_hubs_say_nothing_is_granted_unasked_and_they_are_never_asked_in_a_hurry(
    history: list[object],
) -> None:
    lease, now = NEW, NOW
    for event in history:
        before = lease
        if event == "ask":
            lease = asked(lease, callback=CALLBACK, now=now)
        elif event == "leave":
            lease = left(lease, now)
        elif isinstance(event, timedelta):
            now += event
        elif isinstance(event, int):
            lease = refused(lease, event, {}, told="x" * 999, now=now)
        elif isinstance(event, dict):
            answer = answer_to(lease, event, now=now)
            if answer and answer.lease is None:
                assert lease.state is LeaseState.LEAVING
                return
            lease = answer.lease if answer and answer.lease else lease
            assert lease.secret not in (answer.challenge if answer else "")
        if lease.ends and lease.ends != before.ends:
            assert before.asked is not None
            assert lease.ends <= now + LONGEST
        if lease is not before and event != "leave" and lease.next_try:
            assert lease.next_try >= now + SHORTEST_WAIT
        assert len(lease.problem) < 300
        assert lease.problem.isprintable()
        assert not is_relied_upon(lease, now), "it has pushed nothing"


def test_a_lease_is_relied_upon_only_while_it_stands_and_has_told_the_last_news() -> None:
    active = verified(ASKED)
    assert not is_relied_upon(active, NOW)
    pushed = replace(active, pushed=NOW)
    assert is_relied_upon(pushed, NOW)
    assert not is_relied_upon(pushed, NOW + 10 * DAY)
    assert not is_relied_upon(replace(pushed, state=LeaseState.DENIED), NOW)
    assert not is_relied_upon(None, NOW)


def test_what_is_given_up_is_told_three_times_and_forgotten() -> None:
    gone = left(verified(ASKED), NOW)
    assert request_of(gone) == {"hub.mode": "unsubscribe", "hub.callback": CALLBACK, "hub.topic": TOPIC}
    for _ in range(MOST_FAREWELLS):
        assert not is_over(gone, NOW)
        gone = asked(gone, callback="https://moved.example/websub/t", now=NOW)
        assert gone.callback == CALLBACK, "it is the old address that is to be forgotten"
    assert is_over(gone, NOW)
    assert is_over(left(NEW, NOW), NOW), "who was never asked needs to be told nothing"
    assert is_over(left(verified(ASKED), NOW), NOW + 10 * DAY)
    answer = answer_to(asked(left(verified(ASKED), NOW), callback="", now=NOW), query("unsubscribe"), now=NOW)
    assert answer
    assert (answer.challenge, answer.lease) == ("c", None)


def finding(standing: Lease | None, *hubs: str, topic: str = TOPIC) -> list[Lease]:
    words = itertools.count()
    named = Named(hubs=hubs, topic=topic)
    return after_finding(standing, named, source="quay", now=NOW, draw=lambda: f"word{next(words)}")


def test_a_hub_that_is_named_is_kept_one_that_is_not_is_left() -> None:
    assert finding(None) == []
    (found,) = finding(None, "http://plain.example/", HUB)
    assert (found.hub, found.state, found.next_try) == (HUB, LeaseState.FOUND, NOW)
    assert found.token != found.secret
    active = verified(ASKED)
    assert finding(active, "https://first.example/", HUB) == []
    assert [lease.state for lease in finding(active)] == [LeaseState.LEAVING]
    gone, new = finding(active, "https://other.example/")
    assert (gone.state, new.hub, new.topic) == (LeaseState.LEAVING, "https://other.example/", TOPIC)
    gone, new = finding(active, HUB, topic=TOPIC + "?new")
    assert (gone.token, new.topic) == ("t", TOPIC + "?new")


def test_a_secret_that_went_in_the_clear_proves_nothing_for_a_feed_with_tls() -> None:
    assert is_trusted(NEW)
    plain = replace(NEW, hub="http://hub.example/")
    assert not is_trusted(plain)
    assert is_trusted(replace(plain, topic="http://quay.example/feed.xml"))


@given(st.binary(max_size=200), st.sampled_from(["sha1", "sha256", "sha384", "sha512"]), st.booleans())
def test_a_signature_is_checked_by_the_method_it_names(content: bytes, method: str, upper: bool) -> None:
    mac = hmac.digest(b"secret", content, method).hex()
    header = f"{method.upper()}={mac.upper()}" if upper else f"{method}={mac}"
    assert is_signed(content, header, "secret")
    assert not is_signed(content + b"x", header, "secret")
    assert not is_signed(content, header, "Secret")
    assert not is_signed(content, header[:-1], "secret")
    assert not is_signed(content, f"md5={mac}", "secret")


@given(st.text(max_size=200), st.binary(max_size=20))
def test_no_header_made_up_is_a_signature(header: str, content: bytes) -> None:
    assert not is_signed(content, header, "secret")


def test_no_signature_is_right_where_there_is_no_secret() -> None:
    assert not is_signed(b"x", "sha256=" + hmac.digest(b"", b"x", "sha256").hex(), "")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('<https://hub.example/>; rel="hub"', [("hub", "https://hub.example/")]),
        ("</hub>;rel=hub, <?a=b,c;d>; title=\"a, <b>; rel=x\"; REL='self'", [("hub", "https://quay.example/hub")]),
        (
            '<a>; rel="Self hub"; rel=next',
            [("self", "https://quay.example/x/a"), ("hub", "https://quay.example/x/a")],
        ),
        ('<a>; rel=hub; anchor="/other"', []),
        ("<a", []),
        ("rel=hub", []),
        ("<http://[>; rel=hub", [("hub", "")]),
        ("", []),
    ],
)
def test_links_of_a_header_are_read(header: str, found: list[tuple[str, str]]) -> None:
    told = list(links_in(header, "https://quay.example/x/feed.xml"))
    assert [one for one in told if one[0] in ("hub", "self")] == found


@given(st.text(alphabet="<>;,=\"\\ \trelhub/:'x", max_size=300))
def test_no_header_is_too_odd_to_be_read(header: str) -> None:
    for rel, _ in links_in(header, "https://quay.example/"):
        assert rel == rel.lower()


def test_the_header_goes_before_the_document_and_the_address_stands_in_for_what_is_not_said() -> None:
    url = "https://quay.example/feed.xml"
    header = {"link": '<https://hub.example/h>; rel="hub", </canonical.xml>; rel="self"'}
    both = named_in(header, hubs=["https://other.example/"], topic="https://quay.example/doc.xml", url=url)
    assert both == Named(hubs=("https://hub.example/h",), topic="https://quay.example/canonical.xml")
    assert named_in({}, hubs=["https://other.example/", "ftp://no.example/"], topic="", url=url) == Named(
        hubs=("https://other.example/",), topic=url
    )
    assert len(named_in({}, hubs=[f"https://h{number}.example/" for number in range(99)], topic="", url=url).hubs) == 5


def test_a_json_feed_names_its_hubs() -> None:
    whole = {
        "feed_url": "https://quay.example/feed.json",
        "hubs": [{"type": "rssCloud", "url": "https://no.example/"}, {"type": "WebSub", "url": "/hub"}, "odd", {}],
    }
    assert links_of_json(whole, "https://quay.example/") == (
        ("https://quay.example/hub",),
        "https://quay.example/feed.json",
    )
    assert links_of_json({"hubs": 5}, "https://quay.example/") == ((), "")


@pytest.mark.parametrize(
    ("url", "can"),
    [
        ("https://courier.org", True),
        ("http://news.courier.co.uk:8443/site", True),
        ("https://courier.example", False),
        ("http://localhost:8080", False),
        ("http://newsroom", False),
        ("http://cms.local", False),
        ("https://cms.internal/", False),
        ("http://127.0.0.1:8080", False),
        ("http://10.1.2.3", False),
        ("http://[::1]/", False),
        ("http://9.9.9.9/", True),
        ("http://[2620:fe::fe]/", True),
    ],
)
def test_only_a_site_of_the_open_internet_can_be_called(url: str, can: bool) -> None:
    assert is_reachable(url) is can
    host = url.partition("//")[2].partition("/")[0]
    if not host.startswith("["):
        assert is_reachable(url, allowed={host.partition(":")[0]})
