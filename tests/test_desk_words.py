"""What commands say to who types them is said at the desk by its buttons."""

from __future__ import annotations

import pytest

from publisher.web.desk.insteadwords import said_at_the_desk


@pytest.mark.parametrize(
    ("typed", "pressed"),
    [
        ("`publisher issues retry-failed 1` tries it once more", "“Try again” on the issue’s page tries it once more"),
        ("issue 3 is paused; send it with: publisher issues resume 3", "issue 3 is paused; send it with: “Resume” on"),
        ("its schedule is paused; `publisher schedule resume newsletter:tides:daily` lets it go on", "is paused; “Res"),
        ("`publisher relays` shows which", "Deliverability shows which"),
        ("or with `publisher posts edit quay-letters/a-story`", "or with “Edit” on the post’s page"),
        ("make one with `publisher dkim new`", "`publisher dkim new` (typed on the machine that runs this site)"),
        ("there is no issue 9; `publisher issues` lists them", "no issue 9; the page of issues lists them"),
        ("`publisher why ada@quay.example ferry` tells why", "the reader’s page tells why"),
        ("`publisher posts list WORDS` looks for words", "the page of posts looks for words"),
        ("post 3 is not in issue 7; `publisher issues show 7`", "not in issue 7; see the issue’s page"),
        ("where `publisher serve` runs", "`publisher serve` runs"),
        ("one who is no publisher issues nothing", "no publisher issues nothing"),
    ],
)
def test_a_command_is_told_as_the_button_that_does_the_same(typed: str, pressed: str) -> None:
    assert pressed in said_at_the_desk(typed)
