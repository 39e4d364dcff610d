"""A simulated day of rounds over hosts of all habits (`benchmarks/day.py` lives through a longer one)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.parts.simulated_day import Day, delays_of, faults_of, live_through
from benchmarks.parts.simulated_web import HABITS, HOUR, make_sites


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return live_through(make_sites(48, 12), tmp_path_factory.mktemp("day"), hours=15)


def test_every_rule_of_a_good_guest_is_kept(day: Day) -> None:
    """One request at a time and a second apart, rest, validators, lifetimes, and every post found once and in time."""
    assert faults_of(day) == []


def test_the_day_had_all_that_the_rules_are_about(day: Day) -> None:
    assert {site.habit for site in day.web.sites.values()} == set(HABITS)
    assert {one.status for one in day.web.requests} == {0, 200, 301, 304, 410, 429, 500, 503}
    assert sum(any(one.validators) for one in day.web.requests) > 100
    assert max(len(spans) for spans in day.web.spans.values()) > 50
    assert len(delays_of(day)) > 20


def test_the_rules_are_not_kept_by_looking_away(day: Day) -> None:
    """A request at a wrong moment, and one with a validator that nobody told, are seen."""
    one = next(one for one in day.web.requests if one.status == 304)
    rests = next(one for one in day.web.requests if one.rest)
    wrong = [
        replace(one, at=one.at + 60, validators=('"made up"', None)),
        replace(rests, at=rests.at + HOUR / 4, status=200, rest=0.0),
    ]
    web = replace(day.web, requests=[*day.web.requests, *wrong], spans={**day.web.spans, "x": [(0, 1), (1.5, 2)]})
    told = "\n".join(faults_of(replace(day, web=web)))
    for words in ("made up", "wanted rest until", "0.50 s after the last answer"):
        assert words in told


def test_most_posts_are_found_soon(day: Day) -> None:
    delays = delays_of(day)
    assert delays[len(delays) // 2] < 6 * HOUR
    assert delays[-1] < 24 * HOUR
