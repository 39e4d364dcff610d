"""A year of newsletters, simulated with an injected clock (`tests/year`): in it every law holds.

PUBLISHER_YEAR_SEEDS="2 3 4" lives through other years; `python -m tests.year --seeds 2 3 4` tells more of them.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text

from publisher.store.database import Store
from tests.year.year import Meddle, Size, Year, live_through

SEEDS = os.environ.get("PUBLISHER_YEAR_SEEDS", "1").split()
LEAST = {  # of what the laws are about, so much must have happened
    "came": 450,
    "came as archive": 25,
    "changed by hand or source": 100,
    "withdrawn": 30,
    "restored": 15,
    "restored for somebody who waited": 1000,
    "left": 350,
    "came back": 130,
    "changed": 500,
    "letters": 30_000,
    "letters sent": 30_000,
    "letters later": 80,
    "letters never": 60,
    "letters in_doubt": 30,
    "issues daily": 200,
    "issues weekly": 100,
    "issues monthly": 25,
    "issues as-it-happens": 120,
    "proposals draft": 150,
    "proposals held": 20,
    "proposals cancelled": 10,
    "held by hand": 10,
    "slots missed": 1,
    "downtimes": 8,
    "power cuts": 3,
    "waited for its minimum": 50,
}


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def year(request: pytest.FixtureRequest) -> Year:
    # In memory where that can be: thirty thousand times a disk would be asked to keep what nobody wants to keep.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="year-", dir=memory if memory.is_dir() else None) as folder:
        return live_through(Path(folder), int(request.param))


def test_in_a_year_every_law_holds(year: Year) -> None:
    assert not year.faults, f"\n{year.told()}"


def test_the_year_had_all_that_the_laws_are_about(year: Year) -> None:
    assert year.people == Size().readers
    assert {what: year.counts.get(what, 0) for what, least in LEAST.items() if year.counts.get(what, 0) < least} == {}


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
