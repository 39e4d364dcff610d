"""Where caught letters can be looked at, and that nothing is said where they are not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from publisher.house.catching import is_caught, outbox_page
from publisher.house.opened import open_house
from tests.letter_stand import edit
from tests.lives import TOP


@pytest.fixture
def site(tmp_path: Path) -> Path:
    shutil.copy(TOP / "config.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8081/outbox"),
        ("0.0.0.0", "http://127.0.0.1:8081/outbox"),
        ("::", "http://[::1]:8081/outbox"),
        ("::1", "http://[::1]:8081/outbox"),
        ("localhost", "http://localhost:8081/outbox"),
        ("192.168.1.5", ""),  # listens there alone, and so hears nobody from loopback
        ("courier.example", ""),
    ],
)
def test_a_browser_on_this_machine_is_told_where_to_look(site: Path, host: str, address: str) -> None:
    text = (site / "config.toml").read_text(encoding="utf-8")
    (site / "config.toml").write_text(f'{text}\n[web]\nhost = "{host}"\n', encoding="utf-8")
    with open_house(site / "config.toml") as house:
        assert is_caught(house)
        assert outbox_page(house, 8081) == address
        assert outbox_page(house, 0) == "", "any free port: nobody knows which"


def test_where_letters_are_sent_there_is_nothing_to_look_at(site: Path) -> None:
    edit(site, '"catcher://"', '"smtp://127.0.0.1:2525"')
    with open_house(site / "config.toml") as house:
        assert not is_caught(house)
        assert outbox_page(house, 8081) == ""
