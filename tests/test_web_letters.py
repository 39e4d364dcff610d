"""Letters as pages: as they were sent, for nobody in particular, with no script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from publisher.model.issue import Issue, IssueState, Variant
from publisher.model.letter import CLOSE, OPEN, Letter, Slot
from publisher.model.subscriber import Cadence
from publisher.store import corrections, issues
from publisher.store.database import Store
from tests.conftest import NOW
from tests.web_site import Visit, own_store, visiting
from tests.writers import a_post, an_issue, freeze_for_all, put_posts, put_readers, wish


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with own_store(tmp_path_factory.mktemp("site")) as store:
        with store.write() as conn:
            put_posts(conn, [a_post(1), a_post(2)])
            put_readers(conn, 2)
            freeze_for_all(conn)
        yield store


@pytest.fixture(scope="module")
def visit(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    with visiting(store, tmp_path_factory.mktemp("tree")) as visit:
        yield visit


def letter(subject: str) -> Letter:
    return Letter(subject=subject, html=f"<html><body><h1>{subject}</h1></body></html>", text=subject)


def freeze(store: Store, issue: Issue, **letters: Letter) -> int:
    with store.write() as conn:
        variants = [
            (Variant(key=key, wishes=(wish(seen=number + 90),), seqs=(1,)), one)
            for number, (key, one) in enumerate(letters.items())
        ]
        return issues.freeze(conn, issue, variants).issue


def test_a_letter_is_shown_with_its_slots_filled_for_nobody(visit: Visit) -> None:
    got = visit.client.get("/newsletters/morning/daily-2026-11-22")
    assert got.status_code == 200
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    assert "News for reader." in got.text
    assert "href='https://courier.example/unsubscribe'" in got.text
    assert OPEN not in got.text
    assert CLOSE not in got.text


def test_a_letter_of_which_something_was_put_right_is_shown_as_it_is_now(store: Store, visit: Visit) -> None:
    number = freeze(store, an_issue(slot="2026-12-24"), one=letter("First"), two=letter("Second"))
    with store.write() as conn:
        variant = corrections.variants_of(conn, number)[1].id
        corrections.put_pages(
            conn, number, {variant: f"<p>Put right for {Slot.NAME.mark}</p>"}, change=9, corrected=NOW
        )
        assert issues.find_letter(conn, number, "two") == letter("Second")
    path = "/newsletters/morning/daily-2026-12-24"
    assert "First" in visit.client.get(path).text
    assert "Put right for reader" in visit.client.get(f"{path}/two.html").text


def test_a_letter_may_have_styles_and_pictures_and_nothing_else(visit: Visit) -> None:
    policy = visit.client.get("/newsletters/morning/daily-2026-11-22").headers["content-security-policy"]
    assert policy == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_each_variant_has_its_page(store: Store, visit: Visit) -> None:
    freeze(store, an_issue(slot="2026-11-23"), one=letter("First"), two=letter("Second"))
    path = "/newsletters/morning/daily-2026-11-23"
    assert "First" in visit.client.get(path).text
    assert "First" in visit.client.get(f"{path}.html").text
    assert "Second" in visit.client.get(f"{path}/two.html").text
    assert "First" in visit.client.get(f"{path}/one").text
    assert "Second" in visit.client.get(f"{path}/two").text
    assert visit.client.get(f"{path}/three").status_code == 404


def test_the_path_of_an_issue_leads_to_its_letter_at_every_cadence(store: Store, visit: Visit) -> None:
    for cadence in Cadence:
        for slot in ("2026-12-01", "20261201T061500Z"):
            issue = Issue(
                id=0,
                newsletter="morning",
                cadence=cadence,
                slot=slot,
                state=an_issue().state,
                created=NOW,
                due=NOW,
                expires=NOW,
                through_seq=1,
            )
            freeze(store, issue, all=letter(f"{cadence} of {slot}"))
            for path in (issue.path, issue.page):  # as letters of older versions have it, and as it is now
                assert f"{cadence} of {slot}" in visit.client.get(f"/{path}").text


@pytest.mark.parametrize("state", [IssueState.DRAFT, IssueState.APPROVED, IssueState.HELD, IssueState.CANCELLED])
def test_what_was_not_released_or_was_cancelled_is_not_shown(store: Store, visit: Visit, state: IssueState) -> None:
    freeze(store, replace(an_issue(slot=state), state=state), all=letter("Not for you"))
    assert visit.client.get(f"/newsletters/morning/daily-{state}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["evening/", "evening/daily-2026-11-22", "morning/daily-2026-11-21", "morning/hourly-1", "morning/daily"],
)
def test_what_was_never_sent_is_not_there(visit: Visit, path: str) -> None:
    got = visit.client.get(f"/newsletters/{path}")
    assert got.status_code == 404
    assert "There is no such page" in got.text
