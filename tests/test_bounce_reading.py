"""What comes back is what it is: cases/bounces/ has a message each, with what it is in its own header."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.bounce.reading import read
from publisher.model.incoming import Incoming

FOLDER = Path(__file__).parent / "cases" / "bounces"
FILES = sorted(FOLDER.glob("*.eml"))


def expected_in(file: Path) -> tuple[str, bytes]:
    """The line `X-Expect: KIND [ADDRESS [ORIGINAL] REASON; …]`, and the message without it."""
    line, _, message = file.read_bytes().partition(b"\n")
    return line.decode().removeprefix("X-Expect: ").strip(), message


def told(incoming: Incoming) -> str:
    """What was understood, in the words of the cases."""
    failures = [" ".join(filter(None, (each.address, each.original, each.reason))) for each in incoming.failures]
    return f"{incoming.kind} {'; '.join((*failures, *incoming.complainers))}".strip()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_message_is_what_its_case_says(file: Path) -> None:
    wanted, message = expected_in(file)
    assert told(read(message)) == wanted
