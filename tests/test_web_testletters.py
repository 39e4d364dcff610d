"""The links of a test letter: they say that it was a test, and change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from publisher.tokens import Purpose, token_for
from tests.conftest import NOW
from tests.web_site import KEYS, Visit, own_store, visiting

MADE = int(NOW.timestamp() * 1000)
PATH = f"/test-letter/{token_for(KEYS, Purpose.TEST, MADE)}"


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    folder = tmp_path_factory.mktemp("site")
    with own_store(folder) as store, visiting(store, folder) as visit:
        yield visit


def test_the_page_says_that_nobody_was_unsubscribed_and_when_the_letter_was_made(visit: Visit) -> None:
    got = visit.client.get(PATH)
    assert got.status_code == 200
    assert "This was a test letter" in got.text
    assert "Nobody was unsubscribed, and no preference was changed." in got.text
    assert "2026-11-22 07:00 UTC" in got.text
    assert "<form" not in got.text
    assert "noindex" in got.headers["x-robots-tag"]
    assert got.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("how", [{"data": {"List-Unsubscribe": "One-Click"}}, {"files": {"List-Unsubscribe": "x"}}, {}])
def test_the_button_of_a_mail_program_gets_its_answer(visit: Visit, how: dict[str, Any]) -> None:
    got = visit.client.post(PATH, **how)
    assert got.status_code == 200
    assert got.text == "This was a test letter. Nobody was unsubscribed.\n"
    assert "location" not in got.headers


def test_a_link_of_another_kind_or_a_forged_one_is_no_test_letter(visit: Visit) -> None:
    for token in (token_for(KEYS, Purpose.UNSUBSCRIBE, 7), token_for((b"a stranger's key",), Purpose.TEST, MADE), "x"):
        assert visit.client.get(f"/test-letter/{token}").status_code == 404
        assert visit.client.post(f"/test-letter/{token}").status_code == 404
    for place in ("unsubscribe", "preferences"):
        assert visit.client.get(PATH.replace("test-letter", place)).status_code == 404


def test_any_moment_a_key_may_have_signed_is_told(visit: Visit) -> None:
    for moment in (0, 2**47):
        assert visit.client.get(f"/test-letter/{token_for(KEYS, Purpose.TEST, moment)}").status_code == 200
    assert visit.client.delete(PATH).status_code == 405
