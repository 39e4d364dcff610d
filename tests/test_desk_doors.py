"""Who may go through which door of the desk: every page and every button, by every role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.desk_stand import Stand, desk_stand


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("doors")) as opened:
        yield opened


def test_nobody_sees_anything_without_signing_in(stand: Stand) -> None:
    answer = stand.get("", "/about")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/desk/login?next=/desk/about")


def test_who_signed_in_sees_the_page(stand: Stand) -> None:
    answer = stand.get("viewer", "/about")
    assert answer.status_code == 200
    assert "MIT" in answer.text
