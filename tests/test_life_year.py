"""Newsletters with readers, editors and trouble, simulated with an injected clock (`tests/year`): every law holds.

Here it is a spring. Whole years, with two thousand readers each: `python -m tests.year --seeds 1 2 3`.
PUBLISHER_YEAR_SEEDS="2 3 4" lives through other springs.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text

from publisher.store.database import Store
from tests.year.year import SPRING, Meddle, Size, Year, live_through

SEEDS = os.environ.get("PUBLISHER_YEAR_SEEDS", "1").split()
LEAST = {  # of what the laws are about, so much must have happened
    "came": 150,
    "came as archive": 10,
    "changed by hand or source": 40,
    "withdrawn": 15,
    "restored": 5,
    "restored for somebody who waited": 200,
    "left": 130,
    "came back": 40,
    "changed": 150,
    "letters": 3500,
    "letters sent": 3500,
    "letters later": 15,
    "letters never": 10,
    "letters in_doubt": 5,
    "issues daily": 50,
    "issues weekly": 25,
    "issues monthly": 6,
    "issues as-it-happens": 40,
    "issues paused": 4,
    "issues cancelled on their way": 4,
    "proposals draft": 30,
    "proposals held": 15,
    "proposals cancelled": 4,
    "drafts: forget": 3,
    "held by hand": 2,
    "slots missed": 1,
    "slots without an issue": 8,
    "downtimes": 7,
    "power cuts": 5,
    "waited for its minimum": 150,
}


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def spring(request: pytest.FixtureRequest) -> Year:
    with tempfile.TemporaryDirectory(prefix="year-") as folder:
        return live_through(Path(folder), int(request.param), SPRING)


def test_every_law_holds(spring: Year) -> None:
    assert not spring.faults, f"\n{spring.told()}"


def test_all_that_the_laws_are_about_has_happened(spring: Year) -> None:
    assert spring.people == SPRING.readers
    assert {
        what: spring.counts.get(what, 0) for what, least in LEAST.items() if spring.counts.get(what, 0) < least
    } == {}


def said_again(store: Store) -> None:
    """Everybody's place in the news goes back."""
    _do(store, "UPDATE subscriptions SET seen_seq = seen_seq - 12, ahead = '' WHERE seen_seq > 12")


def kept_from_them(store: Store) -> None:
    """Everybody has had all there is, and had not."""
    _do(store, "UPDATE subscriptions SET seen_seq = (SELECT max(seq) FROM posts)")


def in_other_hands(store: Store) -> None:
    """Everybody gets all columns."""
    _do(store, "UPDATE subscriptions SET columns = ''")


def taken_back_in_silence(store: Store) -> None:
    """What readers took leave of is sent to them again."""
    _do(store, "UPDATE subscriptions SET state = 'active' WHERE state = 'left'")


def changed_in_silence(store: Store) -> None:
    """Posts say something else, and nobody said so."""
    _do(store, "UPDATE posts SET title = 'Post 1 version 9'")


def _do(store: Store, statement: str) -> None:
    with store.write() as conn:
        conn.execute(text(statement))


@pytest.mark.parametrize(
    ("meddle", "law"),
    [
        (said_again, "had already"),
        (kept_from_them, "passed over|left out|no issue|is not sent"),
        (in_other_hands, "of a column that was not chosen"),
        (taken_back_in_silence, "somebody who does not want it"),
        (changed_in_silence, "the letter tells"),
    ],
)
def test_the_laws_are_not_kept_by_looking_away(meddle: Meddle, law: str, tmp_path: Path) -> None:
    """Whatever somebody puts wrong in the database behind the program's back is seen."""
    year = live_through(tmp_path, 1, Size(readers=60, days=12, posts_a_day=8), meddle=meddle)
    assert re.search(law, year.told())
    assert re.search(r"seed 1, 2028-01-\d\d", year.told())
