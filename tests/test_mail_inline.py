"""Pictures that travel with a letter: read back octet by octet, each once, none beyond the bound, links otherwise."""

from __future__ import annotations

from base64 import b64encode
from email.message import EmailMessage
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.mail.inline import MOST_BYTES, Picture, addresses_of, inlined, travelling, wire_bytes
from publisher.mail.wire import compile_letter
from publisher.model.letter import Letter, Slot
from publisher.model.picture import MEDIA_TYPES, is_name, kind_of, name_for
from tests.signed_letters import DOMAIN, keys, records, verified_by_dkimpy
from tests.test_mail_wire import ANN, HEAD, NAMELESS, body_of, check_form, read

STARTS = {
    "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff\xe0", "gif": b"GIF89a",
    "webp": b"RIFF\0\0\0\0WEBP", "avif": b"\0\0\0\x1cftypavif",
}  # fmt: skip
SITE = "https://fernmoor.example/media"


def picture(kind: str = "png", rest: bytes = b"words") -> Picture:
    content = STARTS[kind] + rest
    return Picture(name=name_for(content, kind), content=content)


def img(address: str, more: str = 'alt="A > B"') -> str:
    return f'<img {more} src="{escape(address)}" width="300">'


def letter(*addresses: str) -> Letter:
    pictures = "".join(map(img, addresses))
    return Letter(
        subject="Tides", html=f"<p>Dear {Slot.NAME.mark},</p>{pictures}", text=f"Dear {Slot.NAME.mark},\nhigh at six\n"
    )


def related(message: EmailMessage) -> list[EmailMessage]:
    """The parts of the multipart/related."""
    text, page = message.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert page.get_content_type() == "multipart/related"
    assert page.get_param("type") == "text/html"  # RFC 2387 §3.1
    parts = list(page.iter_parts())
    assert all(isinstance(part, EmailMessage) for part in parts)
    return [part for part in parts if isinstance(part, EmailMessage)]


@pytest.mark.parametrize("kind", MEDIA_TYPES)
def test_each_kind_of_picture_travels_with_its_letter_and_is_named_by_it(kind: str) -> None:
    one, address = picture(kind, bytes(range(256)) * 7), f"{SITE}/a.{kind}?w=600&h=400"
    assert kind_of(one.content) == kind
    assert is_name(one.name)
    for reader in (ANN, NAMELESS):
        message = compile_letter(letter(address), HEAD, keys(), pictures={address: one}).message_for(reader)
        check_form(message[message.index(b"Date:") :])
        page, part = related(read(message))
        digest = one.name.partition(".")[0]
        assert f'src="cid:{digest}@{DOMAIN}"' in str(page.get_content())
        assert address not in body_of(message, "html")
        assert part["content-id"] == f"<{digest}@{DOMAIN}>"
        assert (part.get_content_disposition(), part.get_filename()) == ("inline", one.name)
        assert part.get_content_type() == MEDIA_TYPES[kind]
        assert part.get_content() == one.content
        assert all(verified_by_dkimpy(message, records(keys()), at=at) for at in range(2))
        assert not read(message).defects


def test_a_letter_without_pictures_at_hand_is_as_it_always_was() -> None:
    one, address = picture(), f"{SITE}/a.png"
    plain = compile_letter(letter(address), HEAD).message_for(ANN)
    assert compile_letter(letter(address), HEAD, pictures={}).message_for(ANN) == plain
    assert compile_letter(letter(address), HEAD, pictures={f"{SITE}/b.png": one}).message_for(ANN) == plain
    assert b"multipart/related" not in plain


def test_a_picture_that_stands_twice_or_under_two_addresses_travels_once() -> None:
    one = picture()
    addresses = (f"{SITE}/a.png", f"{SITE}/b.png", f"{SITE}/a.png")
    message = compile_letter(letter(*addresses), HEAD, pictures=dict.fromkeys(addresses, one)).message_for(ANN)
    page, *parts = related(read(message))
    assert len(parts) == 1
    assert str(page.get_content()).count("cid:") == 3


def test_what_is_not_at_hand_stays_a_link() -> None:
    one = picture()
    message = compile_letter(letter(f"{SITE}/a.png", f"{SITE}/b.png"), HEAD, pictures={f"{SITE}/a.png": one})
    page = body_of(message.message_for(ANN), "html")
    assert page.count("cid:") == 1
    assert f'src="{SITE}/b.png"' in page


def test_pictures_travel_in_the_order_of_the_page_as_long_as_there_is_room() -> None:
    sizes = {f"{SITE}/{name}": MOST_BYTES * 3 // 10 for name in "abc"} | {f"{SITE}/small": 10}
    page = "".join(map(img, [f"{SITE}/a", f"{SITE}/b", f"{SITE}/c", f"{SITE}/small", f"{SITE}/far"]))
    chosen = travelling(page, sizes)
    assert chosen == {f"{SITE}/a", f"{SITE}/b", f"{SITE}/small"}
    assert sum(wire_bytes(sizes[address]) for address in chosen) <= MOST_BYTES
    assert travelling(page, {f"{SITE}/a": MOST_BYTES}) == set()


@given(st.integers(1, 5_000))
@settings(max_examples=60, deadline=None)
def test_the_length_on_the_wire_is_told_without_encoding(size: int) -> None:
    page, (part,) = inlined(
        img(f"{SITE}/a"), {f"{SITE}/a": Picture(name="0" * 20 + ".png", content=b"x" * size)}, DOMAIN
    )
    body = part.partition(b"\r\n\r\n")[2]
    assert body.replace(b"\r\n", b"") == b64encode(b"x" * size)
    assert len(body) + 2 == wire_bytes(size)
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    assert page == f'<img alt="A > B" src="cid:{"0" * 20}@{DOMAIN}" width="300">'


@pytest.mark.parametrize(
    "page",
    [
        "<p>src=\"https://a.example/x.png\"</p>", '<a href="https://a.example/x.png">', '<img src="cid:x@a.example">',
        '<img src="data:image/png;base64,AAAA">', '<img alt=\' src="https://a.example/x.png"\'',
        f'<img src="https://a.example/{Slot.NAME.mark}.png">', '<img data-src="https://a.example/x.png">',
        '<IMGS src="https://a.example/x.png">',
    ],
)  # fmt: skip
def test_what_is_no_picture_of_the_page_is_left_alone(page: str) -> None:
    if "alt='" in page:  # the composer never writes it; what matters is that nothing breaks
        assert addresses_of(page) in ((), ("https://a.example/x.png",))
        return
    assert addresses_of(page) == ()
    assert inlined(page, {"https://a.example/x.png": picture()}, DOMAIN) == (page, ())


def test_a_page_of_nothing_but_beginnings_is_read_quickly() -> None:
    assert addresses_of("<img " * 20_000) == ()
    assert addresses_of('<img src="https://a.example/' + "x" * 100_000) == ()


@pytest.mark.parametrize(
    "content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF", b"%PDF-1.7", b"<html>", b"RIFF\0\0\0\0WAVE"]
)
def test_what_is_no_picture_is_told_by_its_first_bytes(content: bytes) -> None:
    assert kind_of(content) == ""


@pytest.mark.parametrize("name", ["", "../a.png", "a.png", "0" * 20, "0" * 20 + ".svg", "0" * 20 + ".png\n"])
def test_only_names_that_we_give_are_names(name: str) -> None:
    assert not is_name(name)
