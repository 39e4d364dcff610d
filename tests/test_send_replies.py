"""Replies read from bytes, however they are cut, and whatever else comes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.send.replies import LONGEST_LINE, LONGEST_TEXT, MOST_LINES, Garbage, Reply, ReplyReader

TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
REPLIES = st.tuples(st.integers(200, 599), st.lists(TEXTS, min_size=1, max_size=4))


def read_all(pieces: list[bytes]) -> list[Reply | Garbage]:
    reader, found = ReplyReader(), []
    for piece in pieces:
        found += reader.read(piece)
        if found and isinstance(found[-1], Garbage):
            return found
    return found


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces, step = [], 0
    while data:
        size = sizes[step % len(sizes)]
        pieces.append(data[:size])
        data, step = data[size:], step + 1
    return pieces


@settings(max_examples=80, deadline=None)
@given(replies=st.lists(REPLIES, max_size=5), sizes=st.lists(st.integers(1, 30), min_size=1, max_size=5))
def test_replies_are_the_same_however_they_are_cut(replies: list[tuple[int, list[str]]], sizes: list[int]) -> None:
    wire = b""
    for code, lines in replies:
        *first, last = lines
        wire += b"".join(f"{code}-{line}\r\n".encode() for line in first) + f"{code} {last}\r\n".encode()
    expected = [Reply(code=code, lines=tuple(lines)) for code, lines in replies]
    assert read_all(cut(wire, sizes)) == expected


def one(data: bytes) -> Reply | Garbage | None:
    found = ReplyReader().read(data)
    return found[-1] if found else None


def test_codes_and_words_are_told_apart() -> None:
    reply = one(b"550-5.1.1 No such user\r\n550 5.1.1 here; ask the desk\r\n")
    assert isinstance(reply, Reply)
    assert (reply.kind, reply.enhanced, reply.text) == (5, "5.1.1", "No such user here; ask the desk")


def test_an_enhanced_code_that_contradicts_its_reply_is_not_one() -> None:
    reply = one(b"450 5.1.1 no such user\r\n")
    assert isinstance(reply, Reply)
    assert (reply.enhanced, reply.text) == ("", "5.1.1 no such user")


def test_a_code_alone_and_a_bare_line_feed_are_understood() -> None:
    assert one(b"250\n") == Reply(code=250, lines=("",))


def test_control_characters_stay_outside_and_long_words_are_cut() -> None:
    reply = one(b"550 a\x00b\x1b[31mc\xff " + b"x" * 900 + b"\r\n")
    assert isinstance(reply, Reply)
    assert reply.text.startswith("a b [31mc\N{REPLACEMENT CHARACTER} xxx")
    assert len(reply.text) == LONGEST_TEXT


def test_what_is_no_reply_is_garbage() -> None:
    too_many = b"250-line\r\n" * (MOST_LINES + 1)
    changing = b"250-one\r\n251 two\r\n"
    for data in (b"HTTP/1.1 200 OK\r\n", b"\r\n", b"199 x\r\n", b"25\r\n", b"x" * LONGEST_LINE, too_many, changing):
        assert isinstance(one(data), Garbage), data


@settings(max_examples=80, deadline=None)
@given(data=st.binary(max_size=200), sizes=st.lists(st.integers(1, 50), min_size=1, max_size=3))
def test_any_bytes_are_replies_or_garbage(data: bytes, sizes: list[int]) -> None:
    for found in read_all(cut(data, sizes)):
        assert isinstance(found, Reply | Garbage)
