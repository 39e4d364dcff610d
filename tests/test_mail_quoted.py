"""Quoted-printable in the normal form: it decodes to what it was made from, and no relay has to touch it."""

from __future__ import annotations

import quopri
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.mail.quoted import quoted_lines, quoted_run

CHARACTERS = st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n")
LINES = st.lists(st.text(st.one_of(st.sampled_from(" .=Fromé-\t"), CHARACTERS), max_size=120))


def relaxed(body: str) -> str:
    """DKIM's relaxed canonical form of lines (RFC 6376 §3.4.4), but for the empty lines at the end."""
    return "\r\n".join(re.sub(r"[ \t]+", " ", line).rstrip(" ") for line in body.split("\r\n"))


@given(LINES)
@example(["." * 200])
@example([" " * 200])
@example(["From " * 40])
@example(["x" * 74 + "."])
@example(["x" * 75 + "From me"])
@example(["." + "x" * 74])
@example(["From " + "x" * 70])
@example(["é" * 100])
@settings(max_examples=100, deadline=None)
def test_text_is_read_back_and_the_form_is_normal(lines: list[str]) -> None:
    text = "\n".join(lines)
    written = quoted_lines(text)
    assert written.isascii()
    assert quopri.decodestring(written.encode().replace(b"\r\n", b"\n")) == text.encode()
    assert relaxed(written) == written
    for line in written.split("\r\n"):
        assert len(line) <= 76
        assert not line.startswith((".", "From "))
        assert "\r" not in line
        assert "\n" not in line


@given(st.text(CHARACTERS, max_size=200))
@settings(max_examples=50, deadline=None)
def test_a_run_ends_with_room_for_a_soft_break(text: str) -> None:
    assert len(quoted_run(text).rpartition("\r\n")[2]) <= 75


def test_a_lone_surrogate_breaks_nothing() -> None:
    assert quoted_run("a\ud800b") == "a=3Fb"
