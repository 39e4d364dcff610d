"""Pages by month: their names, their neighbours, the zone that months are in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import html as lxml_html

from publisher.publish import months
from publisher.store.database import Store
from tests.presses import Newsroom
from tests.shelves import COLUMN, a_full_post


@pytest.fixture
def newsroom(sqlite_store: Store, tmp_path: Path) -> Newsroom:
    return Newsroom(store=sqlite_store, folder=tmp_path, columns=(COLUMN,))


def put(newsroom: Newsroom, *days: str, start: int = 1) -> list[int]:
    plain = {"authors": (), "tags": (), "image": None, "related": (), "body": "<p>All.</p>"}
    moments = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days]
    return newsroom.put(
        *(a_full_post(number, published=at, updated=at, **plain) for number, at in enumerate(moments, start))
    )


def pages(newsroom: Newsroom) -> dict[str, tuple[str, str]]:
    """Each page by month with the names of the earlier and the later one that it leads to."""
    found = {}
    for path in (newsroom.feeds / "harbour-notes" / "archive").glob("*.html"):
        page = lxml_html.document_fromstring(path.read_text(encoding="utf-8"))
        named = {link.get("rel"): str(link.get("href")).removesuffix(".html") for link in page.iter("a")}
        found[path.stem] = (named.get("prev", ""), named.get("next", ""))
    return found


def test_names_stand_in_the_order_of_time_though_numbers_have_several_figures() -> None:
    names = ["2026-01", "2026-01-10", "2025-12", "2026-01-9"]
    assert months.newest_name_first(names) == ["2026-01-10", "2026-01-9", "2026-01", "2025-12"]


def test_beside_a_month_that_is_gone_stand_two_that_are_neighbours_now() -> None:
    there = ["2025-11", "2025-12", "2026-02", "2026-03", "2026-05"]
    assert months.with_neighbours(there, ["2026-01"])[:2] == ["2025-12", "2026-02"]
    assert months.with_neighbours(there, ["2026-02"]) == ["2025-12", "2026-02", "2026-03"]
    assert months.with_neighbours(there, []) == []
    assert months.with_neighbours([], ["2026-02"]) == []


def test_a_month_begins_when_it_does_in_the_newsroom() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    assert months.month_in(datetime(2026, 1, 31, 15, tzinfo=UTC), tokyo) == "2026-02"
    start, end = months.month_bounds("2026-12", tokyo)
    assert (start.astimezone(UTC), end.astimezone(UTC)) == (
        datetime(2026, 11, 30, 15, tzinfo=UTC),
        datetime(2026, 12, 31, 15, tzinfo=UTC),
    )


def test_a_place_gets_pages_by_month_when_its_first_page_is_full_and_loses_them_again(newsroom: Newsroom) -> None:
    first, _ = put(newsroom, "2026-01-05", "2026-02-05")
    newsroom.publish()
    assert pages(newsroom) == {}
    put(newsroom, "2026-02-06", start=3)
    newsroom.publish()
    assert set(pages(newsroom)) == {"2026-01", "2026-02"}
    assert b"archive/2026-01.html" in newsroom.tree()["harbour-notes/index.html"]
    newsroom.withdraw(first)
    newsroom.publish()
    assert pages(newsroom) == {}
    assert b"archive/" not in newsroom.tree()["harbour-notes/index.html"]


def test_pages_lead_to_their_neighbours_also_when_one_comes_between_and_goes(newsroom: Newsroom) -> None:
    put(newsroom, "2026-01-05", "2026-03-05", "2026-05-05")
    newsroom.publish()
    whole = {"2026-01": ("", "2026-03"), "2026-03": ("2026-01", "2026-05"), "2026-05": ("2026-03", "")}
    assert pages(newsroom) == whole
    (between,) = put(newsroom, "2026-02-05", start=4)
    newsroom.publish()
    assert pages(newsroom)["2026-02"] == ("2026-01", "2026-03")
    assert pages(newsroom)["2026-03"] == ("2026-02", "2026-05")
    newsroom.withdraw(between)
    newsroom.publish()
    assert pages(newsroom) == whole


def test_a_month_of_many_posts_has_several_pages_and_a_new_post_changes_the_last_alone(newsroom: Newsroom) -> None:
    day = datetime(2026, 1, 2, tzinfo=UTC)
    hours = [(day + timedelta(hours=hour)).isoformat()[:19] for hour in range(months.MOST + 1)]
    put(newsroom, *hours, "2026-02-05")
    newsroom.publish()
    assert pages(newsroom) == {
        "2026-01": ("", "2026-01-2"),
        "2026-01-2": ("2026-01", "2026-02"),
        "2026-02": ("2026-01-2", ""),
    }
    put(newsroom, "2026-01-30", start=1000)
    done = newsroom.publish()
    months_written = {name for name in done.written if name.startswith("harbour-notes/archive/2026-01")}
    assert {name for name in months_written if name.endswith(".html")} == {"harbour-notes/archive/2026-01-2.html"}


def test_a_new_post_in_a_month_that_has_its_page_makes_no_page_of_another_month(newsroom: Newsroom) -> None:
    put(newsroom, "2026-01-05", "2026-02-05", "2026-03-05", "2026-03-06")
    newsroom.publish()
    put(newsroom, "2026-03-07", start=5)
    done = newsroom.publish()
    assert "harbour-notes/archive/2026-03.html" in done.written
    assert done.unchanged == 1, "the list of sitemaps, made to no purpose"
